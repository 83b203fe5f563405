// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: what a thread does that was refused a page, until it has one.
 *
 * It reclaims in its own context, below the cgroup whose limit is in the way, or
 * below the root if no page of the machine is free. It sleeps only while others are
 * about to free pages there. When nothing is left, exhaust.c decides.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include <asm/trace/sgx.h>
#include "encl.h"
#include "epc_cgroup.h"

/* To look at many pages is work: it is waited for longer, as each is looked at twice. */
#define SGX_LOOK_PAUSE	12

/*
 * How often to wait for isolated pages, which may well be put back, for requests that
 * have pages in hand, and for enclaves whose lock is taken: together a second.
 */
#define SGX_MAX_LOOKS	50

/* How often to wait a moment when nothing is to be seen: for pages that were got at once. */
#define SGX_MIN_LOOKS	5

/*
 * What may be freed beyond a refused charge: a share of the limit, but nothing where
 * that has fewer pages than this.
 */
#define SGX_RESERVE_LIMIT	64
#define SGX_RESERVE_SHARE	8

/**
 * sgx_request_init() - set up a request that wants no pages for itself
 * @rq: request, of no holder
 * @wake: what ends the wait early
 *
 * Context: Process context.
 */
void sgx_request_init(struct sgx_epc_request *rq, enum sgx_wake wake)
{
	*rq = (struct sgx_epc_request) {
		.task	= current,
		.wake	= wake,
		.nr_least = 1,
		.batch	= SGX_NR_TO_SCAN,
		.age	= SGX_SPARE_YOUNG,
	};
	INIT_LIST_HEAD(&rq->spares);
}

/**
 * sgx_request_begin() - a thread starts to work on something that may need EPC
 * @rq: request, on the stack of the thread
 * @holder: for whom
 * @wake: what ends the wait early
 *
 * Context: Process context.
 */
void sgx_request_begin(struct sgx_epc_request *rq, struct sgx_epc_holder *holder,
		       enum sgx_wake wake)
{
	sgx_request_init(rq, wake);
	rq->holder = holder;

	spin_lock(&holder->lock);
	list_add(&rq->list, &holder->requests);
	spin_unlock(&holder->lock);
}

/**
 * sgx_request_for_load() - a request is to load a page that the enclave has
 * @rq: request
 * @index: which page, for an initialized enclave
 *
 * Without it the enclave cannot go on, so it may kill when all else fails.
 *
 * Context: Any context.
 */
void sgx_request_for_load(struct sgx_epc_request *rq, unsigned long index)
{
	rq->index = index;
	rq->may_kill = true;
}

/*
 * From its first page until it ends, or needs more and has used what it had, a
 * request has pages in flight that are on no list.
 */
static void sgx_request_set_in_hand(struct sgx_epc_request *rq, bool in_hand)
{
	struct sgx_cgroup *cg;

	if (rq->in_hand == in_hand)
		return;

	rq->in_hand = in_hand;
	for (cg = rq->holder->cg; cg; cg = cg->parent)
		atomic_add(in_hand ? 1 : -1, &cg->nr_in_hand);
}

static void sgx_free_epc_pages(struct list_head *pages)
{
	struct sgx_epc_page *page, *next;

	list_for_each_entry_safe(page, next, pages, list) {
		list_del_init(&page->list);
		sgx_free_epc_page(page);
	}
}

static void sgx_request_drop_spares(struct sgx_epc_request *rq)
{
	sgx_free_epc_pages(&rq->spares);
	rq->nr_spares = 0;
	sgx_request_set_in_hand(rq, false);
}

/* Would a limit let the request have as many pages? If not, *@limiting is in the way. */
static bool sgx_request_fits(struct sgx_epc_request *rq, unsigned int nr_pages,
			     struct sgx_cgroup **limiting)
{
	u64 amount = (u64)(nr_pages - rq->nr_spares) * PAGE_SIZE;
	struct misc_cg *misc;

	misc = misc_cg_limiting(MISC_CG_RES_SGX_EPC, rq->holder->cg->misc, amount);
	*limiting = misc ? misc_cg_priv(MISC_CG_RES_SGX_EPC, misc) : NULL;
	return !misc;
}

/*
 * Would it get all of them, page by page? They are not charged to find out: to take a charge
 * back wakes others, who look in vain, too, and they this one.
 */
static bool sgx_request_would_get(struct sgx_epc_request *rq, unsigned int nr_pages,
				  struct sgx_cgroup **limiting)
{
	unsigned int nr = rq->nr_spares;
	struct sgx_epc_page *page;
	LIST_HEAD(pages);

	while (nr < nr_pages && sgx_request_fits(rq, nr + 1, limiting)) {
		page = __sgx_alloc_epc_page();
		if (IS_ERR(page))
			break;
		list_add(&page->list, &pages);
		nr++;
	}
	sgx_free_epc_pages(&pages);
	return nr >= nr_pages;
}

/**
 * sgx_request_fill() - get pages without reclaim
 * @rq: request, which keeps the pages
 * @nr_pages: number of pages that it should have
 * @limiting: on failure as for sgx_cgroup_try_alloc()
 *
 * Context: Process context.
 * Return: true if it has all of them.
 */
bool sgx_request_fill(struct sgx_epc_request *rq, unsigned int nr_pages,
		      struct sgx_cgroup **limiting)
{
	struct sgx_epc_page *page;

	if (rq->in_vain && !sgx_request_would_get(rq, nr_pages, limiting))
		return false;
	while (rq->nr_spares < nr_pages) {
		page = sgx_cgroup_try_alloc(rq->holder->cg, limiting);
		if (!page)
			return false;
		list_add(&page->list, &rq->spares);
		rq->nr_spares++;
		sgx_request_set_in_hand(rq, true);
	}
	return true;
}

/**
 * sgx_request_end() - give back what a request did not use
 * @rq: request
 *
 * Context: Process context.
 */
void sgx_request_end(struct sgx_epc_request *rq)
{
	bool in_hand = rq->in_hand;

	spin_lock(&rq->holder->lock);
	list_del(&rq->list);
	spin_unlock(&rq->holder->lock);

	if (rq->counted)
		sgx_request_count_wait(rq);
	sgx_request_drop_spares(rq);
	/* What it had in hand is on a list now, or free. */
	if (in_hand)
		sgx_cgroup_wake(rq->holder->cg);
}

/**
 * sgx_request_find() - the request of the current thread
 * @holder: for whom
 *
 * Context: Process context.
 * Return: the request, %NULL if the thread has begun none.
 */
struct sgx_epc_request *sgx_request_find(struct sgx_epc_holder *holder)
{
	struct sgx_epc_request *rq, *found = NULL;

	spin_lock(&holder->lock);
	list_for_each_entry(rq, &holder->requests, list) {
		if (rq->task == current) {
			found = rq;
			break;
		}
	}
	spin_unlock(&holder->lock);

	return found;
}

/**
 * sgx_request_refused() - was an allocation refused because it could not wait?
 * @rq: request
 *
 * Context: Process context.
 * Return: true once for each refusal.
 */
bool sgx_request_refused(struct sgx_epc_request *rq)
{
	bool refused = rq->refused;

	rq->refused = false;
	return refused;
}

/*
 * How large a batch may be. It is cheaper than its pages one by one, but below a limit
 * no more may go than is too much, and a small reserve.
 */
static void sgx_request_set_batch(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	u64 usage = misc_cg_usage(MISC_CG_RES_SGX_EPC, target->misc) >> PAGE_SHIFT;
	u64 max = misc_cg_max(MISC_CG_RES_SGX_EPC, target->misc) >> PAGE_SHIFT;
	u64 wanted = 1;

	if (rq->nr_wanted > rq->nr_spares)
		wanted = rq->nr_wanted - rq->nr_spares;
	if (usage > max)
		wanted += usage - max;
	if (max >= SGX_RESERVE_LIMIT)
		wanted += max / SGX_RESERVE_SHARE;
	rq->batch = min_t(u64, wanted, SGX_NR_TO_SCAN);
}

/**
 * sgx_request_reclaim_once() - make room where nothing may wait
 * @rq: request of which an allocation was just refused
 *
 * For those who cannot drop mmap_lock: a debugger, or a fault that may not be
 * retried. Reclaim takes no mmap_lock and waits for nobody, but it may find nothing.
 *
 * Context: Process context, no lock of an enclave held.
 * Return: true if pages were freed.
 */
bool sgx_request_reclaim_once(struct sgx_epc_request *rq)
{
	enum sgx_age age;

	sgx_request_set_batch(rq, rq->in_the_way);
	for (age = SGX_SPARE_YOUNG; age <= SGX_TAKE_PROTECTED; age++) {
		if (sgx_cgroup_reclaim(rq->in_the_way, age, rq->batch).freed)
			return true;
	}
	return false;
}

/* Has somebody a page of the subtree in his hands? */
static bool sgx_cgroup_in_flight(struct sgx_cgroup *cg)
{
	return READ_ONCE(cg->nr_writing) || READ_ONCE(cg->nr_isolated) ||
	       atomic_read(&cg->nr_in_hand) || sgx_cgroup_awaits_end(cg);
}

/**
 * sgx_request_comes_again() - may there be room soon, where nothing may wait?
 * @rq: request of which an allocation was just refused
 *
 * Context: Process context, no lock of an enclave held.
 * Return: true if pages were freed, or somebody else has just done so or may be about to,
 * and false for a task that was killed, which would come again for ever.
 */
bool sgx_request_comes_again(struct sgx_epc_request *rq)
{
	struct sgx_cgroup *limiting;

	if (fatal_signal_pending(current))
		return false;
	return sgx_request_reclaim_once(rq) || sgx_cgroup_in_flight(rq->in_the_way) ||
	       sgx_request_would_get(rq, 1, &limiting);
}

/* A write of misc.reclaim is in the way of the cgroup's removal. */
static bool sgx_request_dying(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	return !rq->holder && misc_cg_dying(target->misc);
}

static bool sgx_request_interrupted(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	if (sgx_request_dying(rq, target))
		return true;
	return rq->wake == SGX_WAKE_SIGNAL ? signal_pending(current)
					   : fatal_signal_pending(current);
}

/*
 * Did it come while the thread was not asleep yet? Nobody is in the wait queue during a
 * look, and a removal wakes nobody.
 */
static bool sgx_request_missed_it(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	struct sgx_cgroup *limiting;

	if (!rq->holder)
		return sgx_request_dying(rq, target);
	return sgx_request_would_get(rq, rq->nr_wanted, &limiting);
}

/*
 * Sleep until pages below @target are freed, but not for long. Return whether any were.
 *
 * A suspend does not wait for this. What faulted from the kernel may well hold
 * locks there, of a pipe for instance, so the freezer is told not to mind.
 */
static bool sgx_request_wait(struct sgx_epc_request *rq, struct sgx_cgroup *target,
			     long timeout)
{
	unsigned int state = TASK_KILLABLE | TASK_FREEZABLE_UNSAFE;
	DEFINE_WAIT(wait);
	bool missed;
	long nap;

	if (rq->wake == SGX_WAKE_SIGNAL)
		state = TASK_INTERRUPTIBLE | TASK_FREEZABLE;
	/* Who writes misc.reclaim has the file locked, and leaves it before a suspend. */
	if (!rq->holder)
		state = TASK_INTERRUPTIBLE;
	do {
		prepare_to_wait(&target->wait, &wait, state);
		missed = sgx_request_missed_it(rq, target);
		nap = rq->holder ? timeout : min_t(long, timeout, SGX_LOOK_AGAIN);
		timeout -= nap;
		if (!missed)
			nap = schedule_timeout(nap);
	} while (!missed && !nap && timeout);
	finish_wait(&target->wait, &wait);

	return nap;
}

/**
 * sgx_request_freed() - there is progress, so begin to look from the start
 * @rq: request
 * @nr_pages: number of pages that its thread has freed
 *
 * Context: Process context.
 */
void sgx_request_freed(struct sgx_epc_request *rq, unsigned long nr_pages)
{
	rq->freed += nr_pages;
	rq->in_vain = false;
	rq->looked = 0;
	rq->looks = 0;
	rq->age = SGX_SPARE_YOUNG;
}

/* Look at every page below @target, until one can be freed. */
static struct sgx_reclaim_result sgx_reclaim_any(struct sgx_epc_request *rq,
						 struct sgx_cgroup *target)
{
	struct sgx_reclaim_result sum = { };
	struct sgx_reclaim_result result;

	do {
		result = sgx_cgroup_reclaim(target, SGX_TAKE_PROTECTED, rq->batch);
		sum.looked += result.looked;
		sum.freed += result.freed;
		sum.busy |= result.busy;
		cond_resched();
	} while (!sum.freed && !result.soon && result.looked && !sgx_request_interrupted(rq, target) &&
		 sum.looked <= READ_ONCE(target->nr_reclaimable));

	return sum;
}

/*
 * Is anybody about to free a page below @target, or likely enough to? A page that was
 * allocated without a refusal is no request's and on no list until it is loaded: a
 * moment later it is seen.
 */
static bool sgx_request_in_flight(struct sgx_epc_request *rq, struct sgx_cgroup *target,
				  bool busy)
{
	if (READ_ONCE(target->nr_writing) || rq->looks < SGX_MIN_LOOKS)
		return true;
	return (busy || sgx_cgroup_in_flight(target)) && rq->looks < SGX_MAX_LOOKS;
}

/* With @verdict held: 0 to try again, -EAGAIN to wait before that, or -errno. */
static int sgx_request_look_alone(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	struct sgx_reclaim_result result;
	struct sgx_cgroup *limiting;

	/* Somebody else's verdict may have made room. */
	if (rq->holder && sgx_request_fill(rq, rq->nr_wanted, &limiting))
		return 0;
	/* Some of what it wants helps nobody, and keeps others from theirs. */
	sgx_request_drop_spares(rq);

	result = sgx_reclaim_any(rq, target);
	if (result.freed)
		sgx_request_freed(rq, result.freed);
	if (result.freed || sgx_request_interrupted(rq, target))
		return 0;
	/* More than these are only to be quicker, so that others take less of it away. */
	if (rq->nr_wanted > rq->nr_least) {
		rq->nr_wanted = rq->nr_least;
		return 0;
	}
	if (sgx_request_in_flight(rq, target, result.busy))
		return -EAGAIN;
	return rq->holder ? sgx_request_exhausted(rq, target) : -ENOMEM;
}

static int sgx_request_lock_verdict(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	int ret = rq->wake == SGX_WAKE_SIGNAL ? mutex_lock_interruptible(&target->verdict)
					      : mutex_lock_killable(&target->verdict);

	return ret ? -ERESTARTSYS : 0;
}

/*
 * Every page below @target that misc.low does not protect was looked at in vain,
 * young or not. Look at them all, alone, so that whoever has pages in his hands now
 * is about to free them or is reclaiming for another cgroup: who gets here has
 * nothing. Pages that are being written are waited for as long as it takes; those
 * that may be put back, and those of an enclave whose lock is taken, for a second. No
 * lock of a tenant is held in the wait, and @verdict is held only over the bounded
 * part.
 */
static int sgx_request_last_look(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	unsigned long took, pause;
	int ret;

	rq->in_vain = true;
	sgx_request_drop_spares(rq);
	ret = sgx_request_lock_verdict(rq, target);
	if (ret)
		return ret;
	took = jiffies;
	ret = sgx_request_look_alone(rq, target);
	took = jiffies - took;
	mutex_unlock(&target->verdict);

	if (ret != -EAGAIN)
		return ret;
	if (rq->looks < SGX_MIN_LOOKS) {
		/* A long look is as good as several: what comes meanwhile is looked at, too. */
		rq->looks = min(rq->looks + 1 + took, (unsigned long)SGX_MIN_LOOKS);
		pause = max(1UL, took * SGX_LOOK_PAUSE);
	} else {
		pause = max(SGX_LOOK_AGAIN, took * SGX_LOOK_PAUSE);
		rq->looks += pause / SGX_LOOK_AGAIN;
	}
	/* In vain, it counts against those that are waited for. */
	if (sgx_request_wait(rq, target, pause))
		rq->looks = 0;
	return 0;
}

/* The loads of this limit lead nowhere: that is exhaustion, too. */
static int sgx_request_end_thrash(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	int ret = sgx_request_lock_verdict(rq, target);

	if (ret)
		return ret;
	ret = sgx_request_exhausted(rq, target);
	mutex_unlock(&target->verdict);

	return ret == -EAGAIN ? 0 : ret;
}

/**
 * sgx_request_reclaim() - one step towards room below a cgroup
 * @rq: request, which knows how far it has come
 * @target: top of the subtree to reclaim from
 *
 * Context: Process context, no lock of a tenant held.
 * Return: 0 to try again, -ERESTARTSYS on a signal, -ENOMEM if nothing is left to
 * reclaim and nothing in flight.
 */
int sgx_request_reclaim(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	struct sgx_reclaim_result result;

	result = sgx_cgroup_reclaim(target, rq->age, rq->batch);
	if (result.freed) {
		sgx_request_freed(rq, result.freed);
		return 0;
	}

	if (result.soon) {
		sgx_request_wait(rq, target, 1);
		return 0;
	}

	rq->looked += result.looked;
	if (result.looked && rq->looked <= READ_ONCE(target->nr_reclaimable))
		return 0;

	rq->looked = 0;
	if (rq->age == SGX_SPARE_YOUNG) {
		rq->age = SGX_TAKE_YOUNG;
		return 0;
	}
	return sgx_request_last_look(rq, target);
}

static void sgx_request_count(struct sgx_epc_request *rq, struct sgx_cgroup *limiting)
{
	if (rq->counted)
		return;

	rq->counted = true;
	rq->refused_at = ktime_get_ns();
	trace_sgx_epc_refused(limiting, rq->holder);
	misc_cg_event(MISC_CG_RES_SGX_EPC, limiting->misc, MISC_CG_EVENT_MAX);
}

/**
 * sgx_request_refuse() - an allocation that cannot wait has found no room
 * @rq: request of the thread
 * @limiting: cgroup in the way, %NULL if no page was free
 *
 * Context: Process context.
 */
void sgx_request_refuse(struct sgx_epc_request *rq, struct sgx_cgroup *limiting)
{
	if (limiting)
		sgx_request_count(rq, limiting);
	rq->in_the_way = limiting ?: &sgx_cgroup_root;
	rq->refused = true;
}

/* One step towards room below the cgroup in the way: 0 to try again, or -errno. */
static int sgx_request_step(struct sgx_epc_request *rq, struct sgx_cgroup *limiting)
{
	if (READ_ONCE(rq->holder->dead))
		return -ENOMEM;
	if (limiting)
		sgx_request_count(rq, limiting);
	if (sgx_request_interrupted(rq, limiting))
		return -ERESTARTSYS;
	sgx_request_set_batch(rq, limiting ?: &sgx_cgroup_root);
	if (!limiting)
		return sgx_request_reclaim(rq, &sgx_cgroup_root);

	if (rq->may_kill && !rq->noted) {
		rq->noted = true;
		if (sgx_request_thrashes(rq, limiting))
			return sgx_request_end_thrash(rq, limiting);
	}
	return sgx_request_reclaim(rq, limiting);
}

/**
 * sgx_request_make_room() - get pages, reclaiming what is in the way
 * @rq: request, which keeps the pages for allocations that cannot wait
 * @nr_pages: number of pages that it should have; if there are none left,
 *	      &sgx_epc_request.nr_least will do
 *
 * Context: Process context, no lock of a tenant held, neither encl->lock nor
 * mmap_lock.
 * Return: 0, -ERESTARTSYS on a signal, -ENOMEM if nothing is left to reclaim or the
 * enclave is dead.
 */
int sgx_request_make_room(struct sgx_epc_request *rq, unsigned int nr_pages)
{
	struct sgx_cgroup *limiting;
	int ret = 0;

	if (!rq->nr_spares)
		sgx_request_set_in_hand(rq, false);
	rq->nr_wanted = nr_pages;
	while (!sgx_request_fill(rq, rq->nr_wanted, &limiting)) {
		/* Nothing was left, and nobody has made room since. */
		if (ret)
			return ret;
		ret = sgx_request_step(rq, limiting);
		cond_resched();
	}
	return 0;
}

/**
 * sgx_request_take_spare() - use a page that was allocated without a lock
 * @rq: request
 *
 * Context: Process context.
 * Return: the page, %NULL if the request has none.
 */
struct sgx_epc_page *sgx_request_take_spare(struct sgx_epc_request *rq)
{
	struct sgx_epc_page *page;

	page = list_first_entry_or_null(&rq->spares, struct sgx_epc_page, list);
	if (page) {
		list_del_init(&page->list);
		rq->nr_spares--;
	}
	return page;
}
