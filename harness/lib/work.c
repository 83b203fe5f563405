// SPDX-License-Identifier: GPL-2.0
/* Workqueues. */
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <harness/harness.h>
#include "guard.h"

bool harness_worker_is_a_thread;

static int guard;
static struct work_struct *first, **last = &first;
static bool working;
static struct task_struct *worker;

/* They outlive the test that makes one first, so they are no memory that it has to free. */
struct workqueue_struct {
	unsigned int		nr_made;
};

static struct workqueue_struct all_queues;

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active)
{
	void *memory = kmalloc(1, GFP_KERNEL);

	if (!memory)
		return NULL;
	kfree(memory);
	all_queues.nr_made++;
	return &all_queues;
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	if (first)
		harness_fail("work is left in a queue that goes");
	wq->nr_made--;
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	bool queued;

	if (!wq->nr_made)
		harness_fail("no queue");
	harness_schedule_point(HARNESS_WAKE, work);
	harness_guard(&guard);
	queued = !work->pending;
	if (queued) {
		work->pending = true;
		work->next = NULL;
		*last = work;
		last = &work->next;
	}
	harness_unguard(&guard);
	return queued;
}

__attribute__((constructor(102))) static void first_worker(void)
{
	worker = harness_task_new("kworker", NULL);
}

/* The next work, unless somebody else is at work. */
static struct work_struct *take_work(void)
{
	struct work_struct *work = NULL;

	harness_guard(&guard);
	if (!working && first) {
		work = first;
		first = work->next;
		if (!first)
			last = &first;
		work->pending = false;
		working = true;
	}
	harness_unguard(&guard);
	return work;
}

bool harness_do_work(void)
{
	struct work_struct *work = take_work();
	struct task_struct *old;

	if (!work)
		return false;
	old = harness_become(worker);
	work->func(work);
	harness_become(old);

	harness_guard(&guard);
	working = false;
	harness_unguard(&guard);
	return true;
}
