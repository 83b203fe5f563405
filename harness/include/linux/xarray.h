/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: a balanced tree of indices under a lock of its own, instead of a radix tree
 * that is read without. Storing allocates, and may be refused memory.
 */
#ifndef HARNESS_LINUX_XARRAY_H
#define HARNESS_LINUX_XARRAY_H

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct xarray {
	struct rb_root_cached	tree;
	int			busy;
};

void xa_init(struct xarray *xa);
void *xa_load(struct xarray *xa, unsigned long index);
void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void xa_destroy(struct xarray *xa);
bool xa_empty(struct xarray *xa);

/* The first entry at *@index or above, whose index it becomes; %NULL if there is none. */
void *harness_xa_find(struct xarray *xa, unsigned long *index);

static inline int xa_err(void *entry)
{
	return IS_ERR(entry) ? PTR_ERR(entry) : 0;
}

#define xa_for_each_start(xa, index, entry, start)				\
	for (index = (start), entry = harness_xa_find(xa, &index); entry;	\
	     index++, entry = harness_xa_find(xa, &index))
#define xa_for_each(xa, index, entry)	xa_for_each_start(xa, index, entry, 0)

#endif /* HARNESS_LINUX_XARRAY_H */
