/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: a balanced tree (AVL, where the kernel's is red-black): the same calls and the
 * same complexity. A node has its height beside the kernel's three words.
 */
#ifndef HARNESS_LINUX_RBTREE_H
#define HARNESS_LINUX_RBTREE_H

#include <linux/container_of.h>
#include <linux/types.h>

struct rb_node {
	struct rb_node	*parent;
	struct rb_node	*left;
	struct rb_node	*right;
	int		height;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT_CACHED			(struct rb_root_cached){ { NULL }, NULL }
#define rb_entry(p, type, member)	container_of(p, type, member)

/* A node that is in no tree is its own parent. */
#define RB_CLEAR_NODE(node)		((node)->parent = (node))
#define RB_EMPTY_NODE(node)		((node)->parent == (node))

#define rb_first_cached(root)		((root)->rb_leftmost)

void rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
		   bool (*less)(struct rb_node *a, const struct rb_node *b));
void rb_erase_cached(struct rb_node *node, struct rb_root_cached *tree);
struct rb_node *rb_next(const struct rb_node *node);

#endif /* HARNESS_LINUX_RBTREE_H */
