/* SPDX-License-Identifier: GPL-2.0 */
/* model: a number with a count, and the task that has it; there is one namespace. */
#ifndef HARNESS_LINUX_PID_H
#define HARNESS_LINUX_PID_H

#include <linux/atomic.h>
#include <linux/types.h>

struct task_struct;
struct pid_namespace;

enum pid_type { PIDTYPE_PID, PIDTYPE_TGID };

struct pid {
	atomic_t count;
	pid_t nr;
	struct task_struct *task;
};

struct pid *get_task_pid(struct task_struct *task, enum pid_type type);
void put_pid(struct pid *pid);
struct task_struct *pid_task(struct pid *pid, enum pid_type type);

static inline pid_t pid_nr(struct pid *pid)
{
	return pid->nr;
}

static inline pid_t pid_nr_ns(struct pid *pid, struct pid_namespace *ns)
{
	return pid->nr;
}

#endif /* HARNESS_LINUX_PID_H */
