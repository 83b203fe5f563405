// SPDX-License-Identifier: GPL-2.0
/* Tasks, and how they sleep, wake and get signals. */
#include <pthread.h>
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/string.h>
#include <linux/delay.h>
#include <linux/memcontrol.h>
#include <linux/mm_types.h>
#include <linux/sched/signal.h>
#include "guard.h"

__thread struct task_struct *harness_current;

static struct nsproxy nsproxy;
static pid_t last_pid;

struct task_struct *harness_task_new(const char *comm, struct cgroup *cgrp)
{
	struct task_struct *task = calloc(1, sizeof(*task));

	strscpy(task->comm, comm, sizeof(task->comm));
	task->pid = calloc(1, sizeof(*task->pid));
	task->pid->nr = __atomic_add_fetch(&last_pid, 1, __ATOMIC_RELAXED);
	task->pid->task = task;
	atomic_set(&task->pid->count, 1);
	task->nsproxy = &nsproxy;
	if (cgrp)
		harness_task_move(task, cgrp);
	return task;
}

void harness_task_free(struct task_struct *task)
{
	if (task->nr_held || task->rcu_depth)
		harness_fail("task %s ends with locks held", task->comm);
	harness_task_move(task, NULL);
	__atomic_store_n(&task->pid->task, NULL, __ATOMIC_RELEASE);
	put_pid(task->pid);
	free(task);
}

__attribute__((constructor(101))) static void first_task(void)
{
	harness_current = harness_task_new("harness", NULL);
}

struct task_struct *harness_become(struct task_struct *task)
{
	struct task_struct *old = current;

	harness_current = task;
	return old;
}

struct pid *get_task_pid(struct task_struct *task, enum pid_type type)
{
	atomic_inc(&task->pid->count);
	return task->pid;
}

void put_pid(struct pid *pid)
{
	int left;

	if (!pid)
		return;
	left = atomic_sub_return(1, &pid->count);
	if (left < 0)
		harness_fail("pid %d is given back too often", pid->nr);
	if (!left)
		free(pid);
}

struct task_struct *pid_task(struct pid *pid, enum pid_type type)
{
	if (!rcu_read_lock_held())
		harness_fail("pid_task() outside of an RCU read section");
	return pid ? __atomic_load_n(&pid->task, __ATOMIC_ACQUIRE) : NULL;
}

void set_current_state(int state)
{
	__atomic_store_n(&current->state, state, __ATOMIC_SEQ_CST);
}

static bool is_runnable(struct task_struct *task)
{
	int state = __atomic_load_n(&task->state, __ATOMIC_SEQ_CST);

	return !(state & TASK_NORMAL) ||
	       ((state & TASK_INTERRUPTIBLE) && READ_ONCE(task->signal)) ||
	       ((state & TASK_WAKEKILL) && READ_ONCE(task->fatal_signal));
}

long harness_schedule_timeout(long timeout, const char *file, int line)
{
	struct task_struct *task = current;
	unsigned long begin = harness_jiffies();
	long left = timeout;
	int seen;

	harness_may_sleep(file, line);
	/* Who is frozen with a lock keeps others from being frozen. */
	if ((READ_ONCE(task->state) & TASK_FREEZABLE) && task->nr_held)
		harness_fail("%s:%d: freezable with a lock held", file, line);
	harness_schedule_point(HARNESS_SLEEP, task);
	while (!harness_worker_is_a_thread && harness_do_work())
		;
	while (left > 0) {
		seen = __atomic_load_n(&task->wakeups, __ATOMIC_SEQ_CST);
		if (is_runnable(task))
			break;
		if (!harness_park(&task->wakeups, seen, left))
			left = 0;
		else if (timeout != MAX_SCHEDULE_TIMEOUT)
			left = max(timeout - (long)(harness_jiffies() - begin), 1L);
	}
	set_current_state(TASK_RUNNING);
	return left;
}

bool harness_wake(struct task_struct *task, int states)
{
	int state = __atomic_load_n(&task->state, __ATOMIC_SEQ_CST);

	harness_schedule_point(HARNESS_WAKE, task);
	do {
		if (!(state & states))
			return false;
	} while (!__atomic_compare_exchange_n(&task->state, &state, TASK_RUNNING, false,
					      __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	__atomic_fetch_add(&task->wakeups, 1, __ATOMIC_SEQ_CST);
	harness_unpark(&task->wakeups);
	return true;
}

void harness_signal(struct task_struct *task, bool fatal)
{
	WRITE_ONCE(task->signal, true);
	if (fatal)
		WRITE_ONCE(task->fatal_signal, true);
	/* Whoever is about to sleep sees the signal, or is seen asleep. */
	smp_mb();
	harness_wake(task, TASK_INTERRUPTIBLE | (fatal ? TASK_WAKEKILL : 0));
	/* Who waits for a mutex looks again, too. */
	if (__atomic_load_n(&task->parked, __ATOMIC_SEQ_CST))
		harness_unpark(__atomic_load_n(&task->parked, __ATOMIC_SEQ_CST));
}

void harness_signal_clear(struct task_struct *task)
{
	WRITE_ONCE(task->signal, false);
	WRITE_ONCE(task->fatal_signal, false);
}

void harness_cond_resched(const char *file, int line)
{
	harness_may_sleep(file, line);
	harness_schedule_point(HARNESS_RESCHED, NULL);
}

void msleep(unsigned int msec)
{
	harness_run_work();
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_timeout(msecs_to_jiffies(msec));
	harness_run_work();
}
