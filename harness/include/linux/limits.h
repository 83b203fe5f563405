/* SPDX-License-Identifier: GPL-2.0 */
/* model: limits of the kernel's integers, beside those of user space. */
#ifndef HARNESS_LINUX_LIMITS_H
#define HARNESS_LINUX_LIMITS_H

#include_next <linux/limits.h>
#include <limits.h>

#define U64_MAX		((u64)~0ULL)
#define U32_MAX		((u32)~0U)
#define S64_MAX		((s64)(U64_MAX >> 1))

#endif /* HARNESS_LINUX_LIMITS_H */
