// SPDX-License-Identifier: GPL-2.0
/* A balanced tree: siblings differ in height by one at most (AVL). */
#include <linux/compiler.h>
#include <linux/rbtree.h>

static int height(const struct rb_node *node)
{
	return node ? node->height : 0;
}

static void measure(struct rb_node *node)
{
	int left = height(node->left), right = height(node->right);

	node->height = 1 + (left > right ? left : right);
}

/* @to takes the place of @from below its parent. */
static void replace(struct rb_root *root, struct rb_node *from, struct rb_node *to)
{
	struct rb_node *parent = from->parent;

	if (!parent)
		root->rb_node = to;
	else if (parent->left == from)
		parent->left = to;
	else
		parent->right = to;
	if (to)
		to->parent = parent;
}

static struct rb_node *rotate_left(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *up = node->right;

	replace(root, node, up);
	node->right = up->left;
	if (node->right)
		node->right->parent = node;
	up->left = node;
	node->parent = up;
	measure(node);
	measure(up);
	return up;
}

static struct rb_node *rotate_right(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *up = node->left;

	replace(root, node, up);
	node->left = up->right;
	if (node->left)
		node->left->parent = node;
	up->right = node;
	node->parent = up;
	measure(node);
	measure(up);
	return up;
}

/* From @node up to the first whose height stays. */
static void balance(struct rb_root *root, struct rb_node *node)
{
	for (; node; node = node->parent) {
		int old = node->height;
		int lean = height(node->left) - height(node->right);

		if (lean > 1) {
			if (height(node->left->left) < height(node->left->right))
				rotate_left(root, node->left);
			node = rotate_right(root, node);
		} else if (lean < -1) {
			if (height(node->right->right) < height(node->right->left))
				rotate_right(root, node->right);
			node = rotate_left(root, node);
		} else {
			measure(node);
		}
		if (node->height == old)
			return;
	}
}

void rb_add_cached(struct rb_node *node, struct rb_root_cached *tree,
		   bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &tree->rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool leftmost = true;

	while (*link) {
		parent = *link;
		if (less(node, parent)) {
			link = &parent->left;
		} else {
			link = &parent->right;
			leftmost = false;
		}
	}
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	node->height = 1;
	*link = node;
	if (leftmost)
		tree->rb_leftmost = node;
	balance(&tree->rb_root, parent);
}

struct rb_node *rb_next(const struct rb_node *node)
{
	const struct rb_node *next = node->right;

	if (next) {
		while (next->left)
			next = next->left;
		return (struct rb_node *)next;
	}
	for (next = node->parent; next && next->right == node; next = next->parent)
		node = next;
	return (struct rb_node *)next;
}

void rb_erase_cached(struct rb_node *node, struct rb_root_cached *tree)
{
	struct rb_root *root = &tree->rb_root;
	struct rb_node *from, *next;

	if (tree->rb_leftmost == node)
		tree->rb_leftmost = rb_next(node);

	if (!node->left || !node->right) {
		from = node->parent;
		replace(root, node, node->left ?: node->right);
		balance(root, from);
		return;
	}

	/* Its successor, which has no left child, comes in its place. */
	next = rb_next(node);
	from = next->parent == node ? next : next->parent;
	if (from != next) {
		replace(root, next, next->right);
		next->right = node->right;
		next->right->parent = next;
	}
	replace(root, node, next);
	next->left = node->left;
	next->left->parent = next;
	next->height = node->height;
	balance(root, from);
}
