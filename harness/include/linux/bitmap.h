/* SPDX-License-Identifier: GPL-2.0 */
/* model: bitmaps of unsigned long. */
#ifndef HARNESS_LINUX_BITMAP_H
#define HARNESS_LINUX_BITMAP_H

#include <linux/bitops.h>

#define for_each_set_bit(bit, map, size)					\
	for ((bit) = 0; (bit) < (size); (bit)++)				\
		if ((map)[(bit) / BITS_PER_LONG] & BIT((bit) % BITS_PER_LONG))

static inline unsigned int bitmap_weight(const unsigned long *map, unsigned int bits)
{
	unsigned int i, weight = 0;

	for (i = 0; i < bits / BITS_PER_LONG; i++)
		weight += __builtin_popcountl(map[i]);
	if (bits % BITS_PER_LONG)
		weight += __builtin_popcountl(map[i] & (BIT(bits % BITS_PER_LONG) - 1));
	return weight;
}

#endif /* HARNESS_LINUX_BITMAP_H */
