// SPDX-License-Identifier: GPL-2.0
/*
 * EPC exhaustion: what becomes of a request when nothing is left to reclaim.
 *
 * A load of a page that an enclave already has may kill an enclave to go on, all
 * else fails. Verdicts of one cgroup are reached one at a time, and whoever got one
 * has time to free something before the next is refused.
 */

#include <linux/hash.h>
#include <linux/sched.h>
#include "encl.h"
#include "epc_cgroup.h"

/* Below this many pages that can be traded, a running thread may get nowhere. */
#define SGX_FLOOR_PAGES		32

/*
 * So many loads are called a thrash if the threads have loaded no more than so many
 * pages each. Hardly an instruction needs as many as the first; whoever uses more is
 * likely to go on, if slowly, and gets more time.
 */
#define SGX_THRASH_LOADS	4096
#define SGX_THRASH_PAGES	12
#define SGX_SLOW_THRASH_LOADS	65536
#define SGX_SLOW_THRASH_PAGES	SGX_FLOOR_PAGES

/* Loads that take longer than this together are not a thrash. */
#define SGX_THRASH_TIME		(300 * HZ)

/* For how long others try again after one of them was refused, at most. */
#define SGX_VERDICT_SPACING	HZ

static bool sgx_cgroup_floor_reached(struct sgx_cgroup *target, unsigned int threads)
{
	unsigned long nr = READ_ONCE(target->nr_reclaimable) +
			   READ_ONCE(target->nr_isolated) +
			   READ_ONCE(target->nr_writing);

	return nr >= SGX_FLOOR_PAGES * threads;
}

/* What was loaded until now has been judged. */
static void sgx_request_forget_loads(struct sgx_epc_request *rq)
{
	spin_lock(&rq->holder->lock);
	rq->holder->thrash.loads = 0;
	spin_unlock(&rq->holder->lock);
}

/**
 * sgx_request_thrashes() - is this a load that helps nobody?
 * @rq: request of a fault that must load a page
 * @target: cgroup whose limit is in the way
 *
 * With too few pages for all that one instruction needs, each load takes a page away
 * that the same instruction needs too, and no thread ever goes on. Neither CPU nor
 * kernel tells whether one does. What is seen is that the threads of an enclave load
 * the same few pages in turn, with fewer than the documented floor to trade.
 *
 * Context: Process context.
 * Return: true from so many such loads on, until there was a verdict.
 */
bool sgx_request_thrashes(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	struct sgx_thrash *thrash = &rq->holder->thrash;
	unsigned int threads, pages;
	bool few;

	spin_lock(&rq->holder->lock);
	if (!thrash->loads || time_after(jiffies, thrash->since + SGX_THRASH_TIME)) {
		memset(thrash, 0, sizeof(*thrash));
		thrash->since = jiffies;
	}
	__set_bit(hash_long(rq->index, SGX_THRASH_PAGE_BITS), thrash->pages);
	__set_bit(sgx_thread_bit(), thrash->threads);
	thrash->loads++;

	threads = bitmap_weight(thrash->threads, 1 << SGX_THREAD_BITS);
	pages = bitmap_weight(thrash->pages, 1 << SGX_THRASH_PAGE_BITS);
	few = (thrash->loads >= SGX_THRASH_LOADS && pages <= SGX_THRASH_PAGES * threads) ||
	      thrash->loads >= SGX_SLOW_THRASH_LOADS;
	if (pages > SGX_SLOW_THRASH_PAGES * threads)
		thrash->loads = 0;
	spin_unlock(&rq->holder->lock);

	if (few && sgx_cgroup_floor_reached(target, threads)) {
		sgx_request_forget_loads(rq);
		return false;
	}
	return few;
}

/* No death of an enclave helps when EPC of virtual machines is too much already. */
static bool sgx_cgroup_kill_helps(struct sgx_cgroup *target)
{
	u64 vepc = (u64)atomic_long_read(&target->nr_vepc) * PAGE_SIZE;

	return vepc + PAGE_SIZE <= misc_cg_max(MISC_CG_RES_SGX_EPC, target->misc);
}

/* Not by a shortage of the whole machine: that is nobody's limit. */
static bool sgx_request_may_kill(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	return rq->may_kill && target != &sgx_cgroup_root &&
	       !misc_cg_exhausted_fails(MISC_CG_RES_SGX_EPC, target->misc) &&
	       sgx_cgroup_kill_helps(target);
}

/*
 * Whoever was refused has some time to free what he has, in which others wait. When
 * he comes back without having done so, he has had his chance.
 */
static int sgx_request_give_up(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	lockdep_assert_held(&target->verdict);

	if (target->refused_id == rq->holder->id) {
		target->refused_id = 0;
		return -ENOMEM;
	}
	if (target->refused_id &&
	    time_before(jiffies, target->refused_at + SGX_VERDICT_SPACING))
		return -EAGAIN;

	/* Who has nothing can free nothing. */
	if (atomic_long_read(&rq->holder->nr_pages)) {
		target->refused_id = rq->holder->id;
		target->refused_at = jiffies;
	}
	return -ENOMEM;
}

static void sgx_request_count_exhausted(struct sgx_epc_request *rq,
					struct sgx_cgroup *target)
{
	if (rq->exhausted)
		return;

	rq->exhausted = true;
	if (target == &sgx_cgroup_root)
		sgx_cgroup_count(target, SGX_STAT_EXHAUSTED, 1);
	else
		misc_cg_event(MISC_CG_RES_SGX_EPC, target->misc, MISC_CG_EVENT_EXHAUSTED);
}

/**
 * sgx_request_exhausted() - nothing is left below a cgroup: decide what happens
 * @rq: request that found it so
 * @target: the limiting cgroup, or the root if the machine has no page left
 *
 * Context: Process context, no lock of an enclave and no mmap_lock held;
 * @target->verdict held.
 * Return: 0 if there is room below @target or an enclave was killed, -ENOMEM if the
 * request has to fail, -EAGAIN if somebody else's end is still to be awaited.
 */
int sgx_request_exhausted(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	bool awaits_end = sgx_cgroup_awaits_end(target);
	struct sgx_cgroup *limiting;
	struct sgx_encl *encl;

	lockdep_assert_held(&target->verdict);

	/* If not any more, his pages may have come since the last look. */
	if (sgx_request_fill(rq, rq->nr_wanted, &limiting))
		return 0;
	/* Or there is room here, but others have taken what is behind it. */
	if ((limiting ?: &sgx_cgroup_root) != target) {
		rq->looks = 0;
		return 0;
	}
	sgx_request_forget_loads(rq);
	sgx_request_count_exhausted(rq, target);
	/* Somebody was killed for that already. With his pages all looks begin anew. */
	if (awaits_end) {
		rq->looks = 0;
		return -EAGAIN;
	}
	if (!sgx_request_may_kill(rq, target))
		return sgx_request_give_up(rq, target);

	encl = sgx_cgroup_kill_locked(target, U64_MAX, false);
	if (encl == ERR_PTR(-ENOENT))
		return sgx_request_give_up(rq, target);
	if (IS_ERR(encl))
		return PTR_ERR(encl);
	kref_put(&encl->refcount, sgx_encl_release);
	rq->looks = 0;
	return 0;
}
