// SPDX-License-Identifier: GPL-2.0
/*
 * misc.reclaim: free an amount of EPC because somebody asks for it, not because a
 * charge was refused. Ordinary reclaim comes first. What makes enclaves or virtual
 * machines lose their EPC for good comes only after that, and only where asked for.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include "epc_cgroup.h"
#include "sgx.h"

/*
 * Free the EPC of one enclave or vEPC instance. Return the number of pages, -ENOENT if
 * there is none left, -EAGAIN if one is just dying or its lock taken, or -EINTR on a signal.
 */
static long sgx_explicit_take(struct sgx_cgroup *cg, unsigned int words, u64 last_id)
{
	long nr_pages = -ENOENT;

	if (words & MISC_RECLAIM_KILL_ENCLAVES)
		nr_pages = sgx_cgroup_kill_one(cg, last_id);
	if (nr_pages == -ENOENT && (words & MISC_RECLAIM_REVOKE_VEPC))
		nr_pages = sgx_cgroup_revoke_one(cg, last_id) ?: -ENOENT;

	return nr_pages;
}

/**
 * sgx_cgroup_reclaim_amount() - free pages of a subtree
 * @priv: &struct sgx_cgroup at its top
 * @bytes: how much this call shall free, %U64_MAX for all that can go
 * @words: what may be done when ordinary reclaim finds nothing more to free
 *
 * All is what is there now: what threads load meanwhile is theirs to keep, and so is
 * what they create, or they could keep this going for ever. Pages that others free do not count,
 * but those of an enclave that it kills, until that has ended.
 *
 * Context: Process context, no lock held. The cgroup cannot be gone before this
 * returns; so it returns when removal begins.
 * Return: 0; -EAGAIN if no more can be freed, or the cgroup is being removed;
 * -EINTR on a signal. What was freed until then remains so.
 */
int sgx_cgroup_reclaim_amount(void *priv, u64 bytes, unsigned int words)
{
	struct sgx_cgroup *cg = priv;
	u64 last_id = sgx_holder_last_id();
	bool all = bytes == U64_MAX;
	struct sgx_epc_request rq;
	long taken;
	u64 goal;

	if (all)
		bytes = misc_cg_usage(MISC_CG_RES_SGX_EPC, cg->misc);
	goal = (bytes >> PAGE_SHIFT) + !!offset_in_page(bytes);

	sgx_request_init(&rq, SGX_WAKE_SIGNAL);
	for (;;) {
		if (rq.freed >= goal && !all)
			return 0;
		if (signal_pending(current))
			return -EINTR;
		if (misc_cg_dying(cg->misc))
			return -EAGAIN;
		cond_resched();

		if (rq.freed < goal) {
			rq.batch = min_t(u64, goal - rq.freed, SGX_NR_TO_SCAN);
			if (sgx_request_reclaim(&rq, cg) != -ENOMEM)
				continue;
		}
		taken = sgx_explicit_take(cg, words, last_id);
		if (taken == -ENOENT)
			return all ? 0 : -EAGAIN;
		if (taken == -EINTR)
			return -EINTR;
		if (taken == -EAGAIN)
			schedule_timeout_interruptible(HZ / 10);
		else
			sgx_request_freed(&rq, taken);
	}
}
