/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: tasks, of which each thread is one at a time. A task sleeps by state, as in
 * the kernel; signals and wakers end that if the state allows. What may not sleep is
 * known by the spinlocks and RCU read sections that the task is in.
 */
#ifndef HARNESS_LINUX_SCHED_H
#define HARNESS_LINUX_SCHED_H

#include <string.h>
#include <linux/bitmap.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/types.h>

#define TASK_COMM_LEN		16
#define TASK_RUNNING		0x0
#define TASK_INTERRUPTIBLE	0x1
#define TASK_UNINTERRUPTIBLE	0x2
#define TASK_WAKEKILL		0x4
#define TASK_FREEZABLE		0x8
/* Freezable although it may hold a lock: no warning then. */
#define TASK_FREEZABLE_UNSAFE	0x10
#define TASK_KILLABLE		(TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_NORMAL		(TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define MAX_SCHEDULE_TIMEOUT	((long)(~0UL >> 1))
#define HARNESS_MAX_HELD	16

struct cgroup;
struct mem_cgroup;
struct mm_struct;

/* A lock that a task holds, and where it took it. */
struct harness_held {
	struct harness_lock	*lock;
	unsigned int		how;
	const char		*file;
	int			line;
};

struct task_struct {
	char			comm[TASK_COMM_LEN];
	struct pid		*pid;
	struct mm_struct	*mm;
	struct nsproxy		*nsproxy;
	struct cgroup		*cgroup;
	struct mem_cgroup	*memcg;
	struct mem_cgroup	*active_memcg;
	unsigned int		memcg_nr_pages_over_high;
	int			state;
	int			wakeups;
	const int		*parked;
	bool			signal;
	bool			fatal_signal;
	/* What it is in just now. */
	unsigned int		nr_spinlocks;
	unsigned int		nr_held;
	struct harness_held	held[HARNESS_MAX_HELD];
	unsigned int		rcu_depth;
	int			rcu_section;
	struct list_head	all;
};

/* Set for the first thread before anything else runs, and for those that the harness starts. */
extern __thread struct task_struct *harness_current;

#define current harness_current

static inline char *get_task_comm(char *to, struct task_struct *task)
{
	return memcpy(to, task->comm, TASK_COMM_LEN);
}

/* Schedule points that may sleep. */
void harness_cond_resched(const char *file, int line);
#define cond_resched()		harness_cond_resched(__FILE__, __LINE__)

static inline bool need_resched(void)
{
	return false;
}

static inline void cpu_relax(void)
{
	harness_schedule_point(HARNESS_RESCHED, NULL);
}

void set_current_state(int state);
#define __set_current_state(state)	set_current_state(state)
long harness_schedule_timeout(long timeout, const char *file, int line);
#define schedule_timeout(timeout)	harness_schedule_timeout(timeout, __FILE__, __LINE__)
#define schedule()			((void)schedule_timeout(MAX_SCHEDULE_TIMEOUT))

#define schedule_timeout_interruptible(timeout)					\
	(set_current_state(TASK_INTERRUPTIBLE), schedule_timeout(timeout))
#define schedule_timeout_killable(timeout)					\
	(set_current_state(TASK_KILLABLE), schedule_timeout(timeout))

/* Wake a task that sleeps in one of these states. */
bool harness_wake(struct task_struct *task, int states);

static inline int wake_up_process(struct task_struct *task)
{
	return harness_wake(task, TASK_NORMAL);
}

#endif /* HARNESS_LINUX_SCHED_H */
