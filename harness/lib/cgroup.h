/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the cgroup model know of each other. */
#ifndef HARNESS_LIB_CGROUP_H
#define HARNESS_LIB_CGROUP_H

#include <linux/cgroup.h>
#include <linux/mutex.h>

extern struct mutex cgroup_mutex;

/* Have something done by harness_run_work(). */
void harness_queue_work(struct harness_work *work, void (*fn)(struct harness_work *work));

#endif /* HARNESS_LIB_CGROUP_H */
