/* SPDX-License-Identifier: GPL-2.0 */
/* model: circular lists; a list that is out of shape fails, as with DEBUG_LIST. */
#ifndef HARNESS_LINUX_LIST_H
#define HARNESS_LINUX_LIST_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/types.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)
#define LIST_POISON		((struct list_head *)0x100)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void harness_list_link(struct list_head *a, struct list_head *b)
{
	__atomic_store_n(&a->next, b, __ATOMIC_RELEASE);
	b->prev = a;
}

static inline void harness_list_insert(struct list_head *entry, struct list_head *before,
				       struct list_head *after)
{
#ifndef HARNESS_NO_CHECKS
	if (before->next != after || after->prev != before)
		harness_fail("list_add: list is corrupt");
	if (entry == before || entry == after)
		harness_fail("list_add: entry is on the list already");
#endif
	harness_list_link(entry, after);
	harness_list_link(before, entry);
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	harness_list_insert(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	harness_list_insert(entry, head->prev, head);
}

static inline void harness_list_unlink(struct list_head *entry)
{
#ifndef HARNESS_NO_CHECKS
	if (entry->next == LIST_POISON || entry->prev == LIST_POISON)
		harness_fail("list_del: entry is on no list");
	if (entry->prev->next != entry || entry->next->prev != entry)
		harness_fail("list_del: list is corrupt");
#endif
	harness_list_link(entry->prev, entry->next);
}

static inline void list_del(struct list_head *entry)
{
	harness_list_unlink(entry);
	entry->next = LIST_POISON;
	entry->prev = LIST_POISON;
}

static inline void list_del_init(struct list_head *entry)
{
	harness_list_unlink(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	harness_list_unlink(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	harness_list_unlink(entry);
	list_add_tail(entry, head);
}

static inline int list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

#define list_entry(p, type, member)		container_of(p, type, member)
#define list_first_entry(head, type, member)	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	list_entry((head)->prev, type, member)
#define list_next_entry(p, member)	list_entry((p)->member.next, __typeof__(*(p)), member)

#define list_first_entry_or_null(head, type, member)				\
({										\
	struct list_head *head_ = (head);					\
	struct list_head *first_ = READ_ONCE(head_->next);			\
										\
	first_ == head_ ? NULL : list_entry(first_, type, member);		\
})

#define list_for_each_entry(p, head, member)					\
	for (p = list_first_entry(head, __typeof__(*p), member);		\
	     &p->member != (head); p = list_next_entry(p, member))

#define list_for_each_entry_safe(p, n, head, member)				\
	for (p = list_first_entry(head, __typeof__(*p), member),		\
	     n = list_next_entry(p, member);					\
	     &p->member != (head); p = n, n = list_next_entry(n, member))

#endif /* HARNESS_LINUX_LIST_H */
