/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: one count instead of one per CPU. Taking a reference when there is none left
 * fails the test. Killed, it can still be taken by who has one, and tryget_live cannot.
 */
#ifndef HARNESS_LINUX_PERCPU_REFCOUNT_H
#define HARNESS_LINUX_PERCPU_REFCOUNT_H

#include <linux/atomic.h>

struct percpu_ref {
	atomic_long_t	count;
	bool		dead;
	void		*data;
	void		(*release)(struct percpu_ref *ref);
};

int percpu_ref_init(struct percpu_ref *ref, void (*release)(struct percpu_ref *ref));
void percpu_ref_exit(struct percpu_ref *ref);
void percpu_ref_get(struct percpu_ref *ref);
bool percpu_ref_tryget(struct percpu_ref *ref);
bool percpu_ref_tryget_live(struct percpu_ref *ref);
void percpu_ref_put(struct percpu_ref *ref);
void percpu_ref_kill(struct percpu_ref *ref);

#endif /* HARNESS_LINUX_PERCPU_REFCOUNT_H */
