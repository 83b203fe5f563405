/* SPDX-License-Identifier: GPL-2.0 */
/* model: a memory cgroup is a number of pages and two limits; it invokes no OOM killer. */
#ifndef HARNESS_LINUX_MEMCONTROL_H
#define HARNESS_LINUX_MEMCONTROL_H

#include <linux/atomic.h>
#include <linux/sched.h>

struct mem_cgroup {
	atomic_t	refs;
	atomic_long_t	usage;
	long		limit;
	/* 0 is none. Who is too far over it would have to sleep. */
	long		high;
};

/* Called when a memory cgroup is full. */
extern void (*harness_on_memory_refused)(void);

struct mem_cgroup *get_mem_cgroup_from_mm(struct mm_struct *mm);
void mem_cgroup_put(struct mem_cgroup *memcg);

#endif /* HARNESS_LINUX_MEMCONTROL_H */
