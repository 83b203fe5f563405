/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: work is done one at a time, by a task of its own: in the thread of whoever sleeps
 * next, or where a test has it done, see harness_do_work().
 */
#ifndef HARNESS_LINUX_WORKQUEUE_H
#define HARNESS_LINUX_WORKQUEUE_H

#include <linux/types.h>

struct work_struct;
struct workqueue_struct;

typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	struct work_struct	*next;
	bool			pending;
	work_func_t		func;
};

#define INIT_WORK(work, fn)							\
	do {									\
		(work)->pending = false;					\
		(work)->func = (fn);						\
	} while (0)

#define WQ_UNBOUND	2
#define WQ_MEM_RECLAIM	8
#define WQ_UNBOUND_MAX_ACTIVE	512

/* All queues share one worker. */
struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max_active);
void destroy_workqueue(struct workqueue_struct *wq);

bool queue_work(struct workqueue_struct *wq, struct work_struct *work);

#endif /* HARNESS_LINUX_WORKQUEUE_H */
