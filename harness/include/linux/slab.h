/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: memory that may be refused at the Nth call, and of which every piece is known
 * until it is freed. GFP_KERNEL may not be used where sleeping is forbidden.
 */
#ifndef HARNESS_LINUX_SLAB_H
#define HARNESS_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/types.h>

void *harness_alloc(size_t size, gfp_t gfp, const char *file, int line);
void kfree(const void *p);

#define kmalloc(size, gfp)	harness_alloc(size, gfp, __FILE__, __LINE__)
#define kzalloc(size, gfp)	harness_alloc(size, (gfp) | __GFP_ZERO, __FILE__, __LINE__)
#define kcalloc(n, size, gfp)	kzalloc((n) * (size), gfp)

#endif /* HARNESS_LINUX_SLAB_H */
