/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: bits of a bitmap; those without underscores are atomic, and ordered as on x86,
 * where a locked instruction is a barrier and loads are not reordered.
 */
#ifndef HARNESS_LINUX_BITOPS_H
#define HARNESS_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/compiler.h>

#define BITS_TO_LONGS(n)	(((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

static inline void __set_bit(unsigned int n, unsigned long *map)
{
	map[n / BITS_PER_LONG] |= BIT(n % BITS_PER_LONG);
}

static inline void __clear_bit(unsigned int n, unsigned long *map)
{
	map[n / BITS_PER_LONG] &= ~BIT(n % BITS_PER_LONG);
}

static inline void set_bit(unsigned int n, unsigned long *map)
{
	harness_schedule_point(HARNESS_ATOMIC, map);
	__atomic_fetch_or(&map[n / BITS_PER_LONG], BIT(n % BITS_PER_LONG), __ATOMIC_SEQ_CST);
}

static inline void clear_bit(unsigned int n, unsigned long *map)
{
	harness_schedule_point(HARNESS_ATOMIC, map);
	__atomic_fetch_and(&map[n / BITS_PER_LONG], ~BIT(n % BITS_PER_LONG), __ATOMIC_SEQ_CST);
}

static inline bool test_and_clear_bit(unsigned int n, unsigned long *map)
{
	unsigned long bit = BIT(n % BITS_PER_LONG);

	harness_schedule_point(HARNESS_ATOMIC, map);
	return __atomic_fetch_and(&map[n / BITS_PER_LONG], ~bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool test_bit(unsigned int n, const unsigned long *map)
{
	harness_schedule_point(HARNESS_READ, map);
	return __atomic_load_n(&map[n / BITS_PER_LONG], __ATOMIC_ACQUIRE) & BIT(n % BITS_PER_LONG);
}

#endif /* HARNESS_LINUX_BITOPS_H */
