/* SPDX-License-Identifier: GPL-2.0 */
/* model: the clock of linux/jiffies.h, the same on all CPUs. */
#ifndef HARNESS_LINUX_SCHED_CLOCK_H
#define HARNESS_LINUX_SCHED_CLOCK_H

#include <linux/timekeeping.h>

static inline u64 local_clock(void)
{
	return ktime_get_ns();
}

#endif /* HARNESS_LINUX_SCHED_CLOCK_H */
