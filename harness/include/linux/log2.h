/* SPDX-License-Identifier: GPL-2.0 */
/* model: logarithm of a constant or a number above 0. */
#ifndef HARNESS_LINUX_LOG2_H
#define HARNESS_LINUX_LOG2_H

#define ilog2(n)	(63 - __builtin_clzll(n))

#endif /* HARNESS_LINUX_LOG2_H */
