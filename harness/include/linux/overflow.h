/* SPDX-License-Identifier: GPL-2.0 */
/* model: arithmetic that says whether it overflowed. */
#ifndef HARNESS_LINUX_OVERFLOW_H
#define HARNESS_LINUX_OVERFLOW_H

#define check_add_overflow(a, b, sum)		__builtin_add_overflow(a, b, sum)
#define check_mul_overflow(a, b, product)	__builtin_mul_overflow(a, b, product)

#endif /* HARNESS_LINUX_OVERFLOW_H */
