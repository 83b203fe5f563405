/* SPDX-License-Identifier: GPL-2.0 */
/* model: a signal is pending or not, and fatal or not; harness_signal() sends one. */
#ifndef HARNESS_LINUX_SCHED_SIGNAL_H
#define HARNESS_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>

static inline int signal_pending(struct task_struct *task)
{
	return READ_ONCE(task->signal);
}

static inline int fatal_signal_pending(struct task_struct *task)
{
	return READ_ONCE(task->fatal_signal);
}

#endif /* HARNESS_LINUX_SCHED_SIGNAL_H */
