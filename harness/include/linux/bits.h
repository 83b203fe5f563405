/* SPDX-License-Identifier: GPL-2.0 */
/* model: single bits. */
#ifndef HARNESS_LINUX_BITS_H
#define HARNESS_LINUX_BITS_H

#define BIT(n)		(1UL << (n))
#define BITS_PER_LONG	64

#endif /* HARNESS_LINUX_BITS_H */
