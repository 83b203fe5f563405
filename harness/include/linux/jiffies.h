/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: a clock that tests move (harness_clock_advance()), or, after
 * harness_clock_real(), that of the machine. Moved, it also goes on a little with each
 * look at it in nanoseconds, so that loops with a deadline end.
 */
#ifndef HARNESS_LINUX_JIFFIES_H
#define HARNESS_LINUX_JIFFIES_H

#include <linux/compiler.h>
#include <linux/types.h>

#define HZ			250
#define NSEC_PER_SEC		1000000000L
#define NSEC_PER_USEC		1000L
#define NSEC_PER_MSEC		1000000L
#define HARNESS_NSEC_PER_JIFFY	(NSEC_PER_SEC / HZ)
#define MAX_JIFFY_OFFSET	((long)(~0UL >> 1) - 1)

unsigned long harness_jiffies(void);
void harness_clock_advance(u64 nsec);
void harness_clock_real(void);

/* Nanoseconds that the moved clock goes on with each look at it. */
extern u64 harness_clock_tick;

#define jiffies			harness_jiffies()
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)

static inline unsigned long msecs_to_jiffies(unsigned int msec)
{
	return ((u64)msec * HZ + 999) / 1000;
}

#endif /* HARNESS_LINUX_JIFFIES_H */
