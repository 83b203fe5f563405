// SPDX-License-Identifier: GPL-2.0
/* Entries by index. */
#include <linux/slab.h>
#include <linux/xarray.h>
#include <harness/point.h>
#include "guard.h"

struct slot {
	struct rb_node	node;
	unsigned long	index;
	void		*entry;
};

static bool slot_before(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct slot, node)->index < rb_entry(b, struct slot, node)->index;
}

/* The slot at @index, or the next one. */
static struct slot *slot_from(struct xarray *xa, unsigned long index)
{
	struct rb_node *node = xa->tree.rb_root.rb_node;
	struct slot *best = NULL;

	while (node) {
		struct slot *slot = rb_entry(node, struct slot, node);

		if (slot->index < index) {
			node = node->right;
		} else {
			best = slot;
			node = node->left;
		}
	}
	return best;
}

static struct slot *slot_at(struct xarray *xa, unsigned long index)
{
	struct slot *slot = slot_from(xa, index);

	return slot && slot->index == index ? slot : NULL;
}

void xa_init(struct xarray *xa)
{
	xa->tree = RB_ROOT_CACHED;
	xa->busy = 0;
}

void *harness_xa_find(struct xarray *xa, unsigned long *index)
{
	void *entry = NULL;
	struct slot *slot;

	harness_schedule_point(HARNESS_READ, xa);
	harness_guard(&xa->busy);
	slot = slot_from(xa, *index);
	if (slot) {
		*index = slot->index;
		entry = slot->entry;
	}
	harness_unguard(&xa->busy);
	return entry;
}

void *xa_load(struct xarray *xa, unsigned long index)
{
	unsigned long found = index;
	void *entry = harness_xa_find(xa, &found);

	return found == index ? entry : NULL;
}

/* Put @entry at @index, unless something is there and @keep is set. */
static void *put(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp, bool keep)
{
	struct slot *fresh = kmalloc(sizeof(*fresh), gfp);
	struct slot *slot;
	void *old = NULL;

	if (!fresh)
		return ERR_PTR(-ENOMEM);
	fresh->index = index;
	fresh->entry = entry;

	harness_schedule_point(HARNESS_WRITE, xa);
	harness_guard(&xa->busy);
	slot = slot_at(xa, index);
	if (slot) {
		old = slot->entry;
		if (!keep)
			slot->entry = entry;
	} else {
		rb_add_cached(&fresh->node, &xa->tree, slot_before);
	}
	harness_unguard(&xa->busy);
	if (slot)
		kfree(fresh);
	return old;
}

void *xa_store(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	return entry ? put(xa, index, entry, gfp, false) : xa_erase(xa, index);
}

int xa_insert(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp)
{
	void *old = put(xa, index, entry, gfp, true);

	if (IS_ERR(old))
		return PTR_ERR(old);
	return old ? -EBUSY : 0;
}

void *xa_erase(struct xarray *xa, unsigned long index)
{
	void *old = NULL;
	struct slot *slot;

	harness_schedule_point(HARNESS_WRITE, xa);
	harness_guard(&xa->busy);
	slot = slot_at(xa, index);
	if (slot) {
		old = slot->entry;
		rb_erase_cached(&slot->node, &xa->tree);
	}
	harness_unguard(&xa->busy);
	kfree(slot);
	return old;
}

bool xa_empty(struct xarray *xa)
{
	return !xa->tree.rb_leftmost;
}

void xa_destroy(struct xarray *xa)
{
	while (xa->tree.rb_leftmost)
		xa_erase(xa, rb_entry(xa->tree.rb_leftmost, struct slot, node)->index);
}
