// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim by the batch: the oldest pages of a subtree, grouped by enclave.
 */

#include <linux/freezer.h>
#include <linux/sched.h>
#include <asm/trace/sgx.h>
#include "encl.h"
#include "epc_cgroup.h"

/* The lock of an enclave was found taken: has it been so for a short time only? */
static bool sgx_encl_busy_recently(struct sgx_encl *encl)
{
	if (!READ_ONCE(encl->holder.busy_since))
		WRITE_ONCE(encl->holder.busy_since, jiffies ?: 1);

	return !sgx_holder_busy_for_long(&encl->holder);
}

/*
 * Give the pages of one enclave in @pages to the enclave's own reclaim, all at
 * once to share the cost of ETRACK, and clear their places.
 */
static void sgx_reclaim_one_encl(struct sgx_epc_page **pages, unsigned int nr,
				 enum sgx_age age, struct sgx_reclaim_result *result)
{
	struct sgx_encl *encl = sgx_page_encl(pages[0]);
	struct sgx_epc_page *mine[SGX_NR_TO_SCAN];
	unsigned int nr_mine = 0;
	bool recently = false;
	bool left = false;
	unsigned int i;
	int ret;

	for (i = 0; i < nr; i++) {
		if (!pages[i] || sgx_page_encl(pages[i]) != encl)
			continue;
		mine[nr_mine++] = pages[i];
		pages[i] = NULL;
	}

	sgx_cgroup_count(encl->holder.cg, SGX_STAT_SCANNED, nr_mine);
	ret = sgx_encl_write_back(encl, mine, nr_mine, age);
	if (ret < 0) {
		sgx_cgroup_count(encl->holder.cg, SGX_STAT_SKIPPED, nr_mine);
		result->busy = true;
		recently = sgx_encl_busy_recently(encl);
		result->soon |= recently;
	} else {
		WRITE_ONCE(encl->holder.busy_since, 0);
		result->freed += ret;
	}

	/* Backwards, so that those which keep their place keep their order, too. */
	for (i = nr_mine; i-- > 0;) {
		if (mine[i]) {
			sgx_cgroup_put_back(mine[i], !recently);
			left = true;
		}
	}
	/* The sweep after its death has passed these over while they were isolated. */
	if (left && READ_ONCE(encl->holder.dead))
		sgx_encl_sweep(encl);
	for (i = 0; i < nr_mine; i++)
		kref_put(&encl->refcount, sgx_encl_release);
}

/**
 * sgx_cgroup_reclaim() - write out some of the oldest pages of a subtree
 * @target: its top
 * @age: whether to leave pages that were used recently, or are protected
 * @max: how many pages to look at, no more than SGX_NR_TO_SCAN
 *
 * Context: Process context, no lock of an enclave held; mmap_lock may be held.
 * Return: what came of one batch.
 */
struct sgx_reclaim_result sgx_cgroup_reclaim(struct sgx_cgroup *target,
					     enum sgx_age age, unsigned int max)
{
	struct sgx_epc_page *pages[SGX_NR_TO_SCAN];
	struct sgx_reclaim_result result = { };
	unsigned int nr, i;

	result.looked = sgx_cgroup_isolate(target, age, pages, max, &nr);
	for (i = 0; i < nr; i++) {
		if (pages[i])
			sgx_reclaim_one_encl(pages + i, nr - i, age, &result);
	}
	trace_sgx_epc_reclaim(target, result.looked, result.freed,
			      age != SGX_SPARE_YOUNG);
	return result;
}

/**
 * sgx_cgroup_reclaimable() - can any page of the machine be reclaimed?
 *
 * Context: Any context.
 */
bool sgx_cgroup_reclaimable(void)
{
	return READ_ONCE(sgx_cgroup_root.nr_reclaimable);
}

/**
 * sgx_cgroup_reclaim_direct() - reclaim a batch because few pages are free
 *
 * Context: Process context, no lock of an enclave held.
 */
void sgx_cgroup_reclaim_direct(void)
{
	sgx_cgroup_reclaim(&sgx_cgroup_root, SGX_SPARE_YOUNG, SGX_NR_TO_SCAN);
}

/**
 * sgx_cgroup_reclaim_background() - reclaim a batch from ksgxd
 *
 * When every page was looked at in vain, they all are in use or cannot be
 * written out. Looking again at once would burn a CPU.
 *
 * Context: The thread ksgxd, no lock held.
 */
void sgx_cgroup_reclaim_background(void)
{
	static unsigned long fruitless;
	struct sgx_reclaim_result result;

	result = sgx_cgroup_reclaim(&sgx_cgroup_root, SGX_SPARE_YOUNG, SGX_NR_TO_SCAN);
	if (result.freed) {
		fruitless = 0;
		return;
	}
	if (result.soon) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		schedule_timeout(1);
		return;
	}
	fruitless += result.looked;
	if (result.looked && fruitless <= 2 * READ_ONCE(sgx_cgroup_root.nr_reclaimable))
		return;
	fruitless = 0;
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	schedule_timeout(HZ / 10);
}
