/* SPDX-License-Identifier: GPL-2.0 */
/* model: that of the harness, but where the compiler makes more of it than the kernel does. */
#ifndef HARNESS_BENCH_ATOMIC_H
#define HARNESS_BENCH_ATOMIC_H

#include_next <linux/atomic.h>

/* One locked instruction, of which the sign is used. */
static inline bool bench_add_negative(s64 i, s64 *counter)
{
	bool negative;

	__asm__ __volatile__("lock addq %2, %0"
			     : "+m"(*counter), "=@ccs"(negative) : "er"(i) : "memory");
	return negative;
}

#define atomic64_add_negative(i, v)	bench_add_negative(i, (s64 *)&(v)->counter)
#define atomic_long_add_negative(i, v)	bench_add_negative(i, (s64 *)&(v)->counter)

#endif /* HARNESS_BENCH_ATOMIC_H */
