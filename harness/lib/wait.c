// SPDX-License-Identifier: GPL-2.0
/* Wait queues. */
#include <linux/atomic.h>
#include <linux/wait.h>

void prepare_to_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait, int state)
{
	spin_lock(&wq->lock);
	if (list_empty(&wait->entry))
		list_add_tail(&wait->entry, &wq->head);
	set_current_state(state);
	spin_unlock(&wq->lock);
}

void finish_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait)
{
	set_current_state(TASK_RUNNING);
	spin_lock(&wq->lock);
	if (!list_empty(&wait->entry))
		list_del_init(&wait->entry);
	spin_unlock(&wq->lock);
}

void wake_up_all(wait_queue_head_t *wq)
{
	struct wait_queue_entry *wait, *next;

	spin_lock(&wq->lock);
	list_for_each_entry_safe(wait, next, &wq->head, entry) {
		struct task_struct *task = wait->task;

		list_del_init(&wait->entry);
		harness_wake(task, TASK_NORMAL);
	}
	spin_unlock(&wq->lock);
}

/* A waiter that is not seen sees what was done before this. */
bool wq_has_sleeper(wait_queue_head_t *wq)
{
	/* Pairs with that of set_current_state() in prepare_to_wait(). */
	smp_mb();
	return !list_empty(&wq->head);
}
