/* SPDX-License-Identifier: GPL-2.0 */
/* model: a multiplicative hash; its values are not the kernel's. */
#ifndef HARNESS_LINUX_HASH_H
#define HARNESS_LINUX_HASH_H

#include <linux/types.h>

static inline u32 hash_long(unsigned long value, unsigned int bits)
{
	return (value * 0x9e3779b97f4a7c15UL) >> (64 - bits);
}

static inline u32 hash_ptr(const void *p, unsigned int bits)
{
	return hash_long((unsigned long)p, bits);
}

#endif /* HARNESS_LINUX_HASH_H */
