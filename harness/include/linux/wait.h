/* SPDX-License-Identifier: GPL-2.0 */
/* model: queues of sleeping tasks; whoever is woken is taken off. */
#ifndef HARNESS_LINUX_WAIT_H
#define HARNESS_LINUX_WAIT_H

#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

struct wait_queue_head {
	spinlock_t		lock;
	struct list_head	head;
};

typedef struct wait_queue_head wait_queue_head_t;

struct wait_queue_entry {
	struct task_struct	*task;
	struct list_head	entry;
};

#define init_waitqueue_head(wq)							\
	do {									\
		spin_lock_init(&(wq)->lock);					\
		INIT_LIST_HEAD(&(wq)->head);					\
	} while (0)

#define DECLARE_WAIT_QUEUE_HEAD(name)						\
	wait_queue_head_t name = {						\
		.lock = { .dep = HARNESS_LOCK_UNLOCKED(#name) },		\
		.head = LIST_HEAD_INIT(name.head),				\
	}
#define DEFINE_WAIT(name)							\
	struct wait_queue_entry name = {					\
		.task = current, .entry = LIST_HEAD_INIT(name.entry),		\
	}

void prepare_to_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait, int state);
void finish_wait(wait_queue_head_t *wq, struct wait_queue_entry *wait);
void wake_up_all(wait_queue_head_t *wq);
bool wq_has_sleeper(wait_queue_head_t *wq);

#define wait_event_interruptible_timeout(wq, condition, timeout)			\
	({										\
		long __left = timeout;							\
		DEFINE_WAIT(__wait);							\
											\
		for (;;) {								\
			prepare_to_wait(&(wq), &__wait, TASK_INTERRUPTIBLE);		\
			if ((condition) || __left <= 0 || signal_pending(current))	\
				break;							\
			__left = schedule_timeout(__left);				\
		}									\
		finish_wait(&(wq), &__wait);						\
		(condition) ? __left ?: 1 : signal_pending(current) ? -ERESTARTSYS : 0;	\
	})

#define wake_up(wq)	wake_up_all(wq)

#endif /* HARNESS_LINUX_WAIT_H */
