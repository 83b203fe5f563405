/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUID leaf 0x12 for programs under software SGX.
 *
 * User mode's CPUID cannot be made to trap where the kernel itself runs
 * under emulation, so a program that asks CPUID about SGX is compiled with
 *
 *	gcc -include swsgx/include/swsgx-cpuid.h ...
 *
 * which turns leaf 0x12 into an ENCLU leaf that only software SGX knows. On
 * any other machine such a program gets SIGILL when it asks.
 */
#ifndef SWSGX_CPUID_H
#define SWSGX_CPUID_H

/* First, so that its own include guard keeps our definition later. */
#include <cpuid.h>

#define SWSGX_CPUID_LEAF	0x12
#define SWSGX_CPUID_CALL	0x53475845

#undef __cpuid_count
#define __cpuid_count(leaf, count, a, b, c, d)				\
do {									\
	if ((leaf) == SWSGX_CPUID_LEAF)					\
		__asm__ __volatile__(".byte 0x0f, 0x01, 0xd7"		\
			: "=a" (a), "=b" (b), "=c" (c), "=d" (d)	\
			: "0" (SWSGX_CPUID_CALL), "2" (count));		\
	else								\
		__asm__ __volatile__("cpuid"				\
			: "=a" (a), "=b" (b), "=c" (c), "=d" (d)	\
			: "0" (leaf), "2" (count));			\
} while (0)

#endif /* SWSGX_CPUID_H */
