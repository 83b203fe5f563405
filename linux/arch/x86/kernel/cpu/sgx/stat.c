// SPDX-License-Identifier: GPL-2.0
/*
 * What operators see of the EPC: counters of each cgroup.
 */

#include <linux/atomic.h>
#include "epc_cgroup.h"

/**
 * sgx_cgroup_count() - count something in a cgroup and all its ancestors
 * @cg: where it happened
 * @stat: what
 * @n: how often
 *
 * Each level has its own sum, so that what is counted outlives a removed child.
 *
 * Context: Any context.
 */
void sgx_cgroup_count(struct sgx_cgroup *cg, enum sgx_stat stat, unsigned long n)
{
	if (!n)
		return;
	for (; cg; cg = cg->parent)
		atomic64_add(n, &cg->stat[stat]);
}
