/* SPDX-License-Identifier: GPL-2.0 */
/* model: which memory cgroup pays for what the thread allocates. */
#ifndef HARNESS_LINUX_SCHED_MM_H
#define HARNESS_LINUX_SCHED_MM_H

#include <linux/sched.h>

static inline struct mem_cgroup *set_active_memcg(struct mem_cgroup *memcg)
{
	struct mem_cgroup *old = current->active_memcg;

	current->active_memcg = memcg;
	return old;
}

#endif /* HARNESS_LINUX_SCHED_MM_H */
