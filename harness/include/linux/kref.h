/* SPDX-License-Identifier: GPL-2.0 */
/* model: a count that may not come back from 0; misuse fails the test. */
#ifndef HARNESS_LINUX_KREF_H
#define HARNESS_LINUX_KREF_H

#include <linux/atomic.h>
#include <linux/bug.h>

struct kref {
	atomic_t refcount;
};

static inline void kref_init(struct kref *kref)
{
	atomic_set(&kref->refcount, 1);
}

static inline unsigned int kref_read(struct kref *kref)
{
	return atomic_read(&kref->refcount);
}

static inline void kref_get(struct kref *kref)
{
	if (atomic_inc_return(&kref->refcount) < 2)
		harness_fail("reference taken to an object that is being released");
}

static inline bool kref_get_unless_zero(struct kref *kref)
{
	int old = atomic_read(&kref->refcount);
	int seen;

	for (; old; old = seen) {
		seen = atomic_cmpxchg(&kref->refcount, old, old + 1);
		if (seen == old)
			return true;
	}
	return false;
}

static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	int left = atomic_sub_return(1, &kref->refcount);

	if (left < 0)
		harness_fail("more references given back than taken");
	if (left)
		return 0;
	release(kref);
	return 1;
}

#endif /* HARNESS_LINUX_KREF_H */
