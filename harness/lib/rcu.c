// SPDX-License-Identifier: GPL-2.0
/*
 * RCU, and work that is done later.
 *
 * Readers are counted by phase. A grace period ends two phases, so that whoever was
 * about to be counted in the first one is in the second at the latest.
 */
#include <harness/harness.h>
#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include "guard.h"

static int phase;
static int readers[2];
static int periods_guard;

void rcu_read_lock(void)
{
	struct task_struct *task = current;

	harness_schedule_point(HARNESS_RCU, NULL);
	if (!task->rcu_depth++) {
		task->rcu_section = __atomic_load_n(&phase, __ATOMIC_SEQ_CST);
		__atomic_fetch_add(&readers[task->rcu_section], 1, __ATOMIC_SEQ_CST);
	}
}

void rcu_read_unlock(void)
{
	struct task_struct *task = current;
	int *mine = &readers[task->rcu_section];

	if (!task->rcu_depth)
		harness_fail("rcu_read_unlock() outside of a read section");
	if (!--task->rcu_depth && !__atomic_sub_fetch(mine, 1, __ATOMIC_SEQ_CST))
		harness_unpark(mine);
	harness_schedule_point(HARNESS_RCU, NULL);
}

bool rcu_read_lock_held(void)
{
	return current->rcu_depth;
}

void synchronize_rcu(void)
{
	int i, old, left;

	might_sleep();
	for (i = 0; i < 2; i++) {
		harness_guard(&periods_guard);
		old = __atomic_load_n(&phase, __ATOMIC_SEQ_CST);
		__atomic_store_n(&phase, !old, __ATOMIC_SEQ_CST);
		harness_unguard(&periods_guard);
		while ((left = __atomic_load_n(&readers[old], __ATOMIC_SEQ_CST)))
			harness_park(&readers[old], left, MAX_SCHEDULE_TIMEOUT);
	}
}

static int work_guard;
static struct harness_work *work_first, **work_last = &work_first;
static struct rcu_head *rcu_first, **rcu_last = &rcu_first;

void harness_queue_work(struct harness_work *work, void (*fn)(struct harness_work *work))
{
	work->fn = fn;
	work->next = NULL;
	harness_guard(&work_guard);
	*work_last = work;
	work_last = &work->next;
	harness_unguard(&work_guard);
}

void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->func = func;
	head->next = NULL;
	harness_guard(&work_guard);
	*rcu_last = head;
	rcu_last = &head->next;
	harness_unguard(&work_guard);
}

static struct harness_work *next_work(void)
{
	struct harness_work *work;

	harness_guard(&work_guard);
	work = work_first;
	if (work)
		work_first = work->next;
	if (!work_first)
		work_last = &work_first;
	harness_unguard(&work_guard);
	return work;
}

static struct rcu_head *all_callbacks(void)
{
	struct rcu_head *head;

	harness_guard(&work_guard);
	head = rcu_first;
	rcu_first = NULL;
	rcu_last = &rcu_first;
	harness_unguard(&work_guard);
	return head;
}

static bool is_idle(void)
{
	bool idle;

	harness_guard(&work_guard);
	idle = !work_first && !rcu_first;
	harness_unguard(&work_guard);
	return idle;
}

void harness_run_work(void)
{
	struct rcu_head *head, *next;
	struct harness_work *work;

	might_sleep();
	do {
		while ((work = next_work()))
			work->fn(work);
		while (harness_do_work())
			;
		head = all_callbacks();
		if (head)
			synchronize_rcu();
		for (next = head; head; head = next) {
			next = head->next;
			head->func(head);
		}
	} while (!is_idle());
}
