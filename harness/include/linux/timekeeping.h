/* SPDX-License-Identifier: GPL-2.0 */
/* model: the clock of linux/jiffies.h in nanoseconds. */
#ifndef HARNESS_LINUX_TIMEKEEPING_H
#define HARNESS_LINUX_TIMEKEEPING_H

#include <linux/jiffies.h>

u64 ktime_get_ns(void);

#endif /* HARNESS_LINUX_TIMEKEEPING_H */
