/* SPDX-License-Identifier: GPL-2.0 */
/* stub: there is one namespace, and nothing in it. */
#ifndef HARNESS_LINUX_PID_NAMESPACE_H
#define HARNESS_LINUX_PID_NAMESPACE_H

#include <linux/pid.h>

static inline struct pid_namespace *task_active_pid_ns(struct task_struct *task)
{
	return NULL;
}

#endif /* HARNESS_LINUX_PID_NAMESPACE_H */
