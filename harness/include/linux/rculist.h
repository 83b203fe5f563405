/* SPDX-License-Identifier: GPL-2.0 */
/* model: lists that are read without their lock: what is taken off still leads on. */
#ifndef HARNESS_LINUX_RCULIST_H
#define HARNESS_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

static inline void list_add_tail_rcu(struct list_head *entry, struct list_head *head)
{
	list_add_tail(entry, head);
}

static inline void list_del_rcu(struct list_head *entry)
{
	harness_list_unlink(entry);
	entry->prev = LIST_POISON;
}

static inline struct list_head *harness_list_next_rcu(struct list_head *entry)
{
	harness_schedule_point(HARNESS_READ, entry);
	return __atomic_load_n(&entry->next, __ATOMIC_ACQUIRE);
}

#endif /* HARNESS_LINUX_RCULIST_H */
