/* SPDX-License-Identifier: GPL-2.0 */
/* model: so many per interval, and no word about the rest. */
#ifndef HARNESS_LINUX_RATELIMIT_H
#define HARNESS_LINUX_RATELIMIT_H

#include <linux/jiffies.h>

#define DEFAULT_RATELIMIT_INTERVAL	(5 * HZ)
#define DEFAULT_RATELIMIT_BURST		10

struct ratelimit_state {
	int		interval;
	int		burst;
	int		nr;
	unsigned long	begin;
};

#define DEFINE_RATELIMIT_STATE(name, interval_, burst_)				\
	struct ratelimit_state name = { .interval = interval_, .burst = burst_ }

int __ratelimit(struct ratelimit_state *rs);

#endif /* HARNESS_LINUX_RATELIMIT_H */
