// SPDX-License-Identifier: GPL-2.0
/*
 * EPC cgroup policy: which cgroup pays for a page, which pages to reclaim when a
 * charge is refused, and when there is nothing left to reclaim.
 *
 * An enclave or vEPC instance (a holder) belongs to one cgroup for life, and all
 * its pages are charged there. When a limit is in the way of a charge, pages of
 * the subtree of the limiting cgroup are reclaimed and no others. When no limit
 * is in the way but no page is free, the subtree is that of the root.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <asm/trace/sgx.h>
#include "encl.h"
#include "epc_cgroup.h"

/* How long to wait for a page in flight before looking again. */
#define SGX_LOOK_AGAIN	msecs_to_jiffies(20)

/*
 * How often to wait for isolated pages, which may well be put back, and for
 * enclaves whose lock is taken: together a second.
 */
#define SGX_MAX_LOOKS	50

/* The root of the hierarchy, which there is without cgroups too. */
struct sgx_cgroup sgx_cgroup_root;
static u64 sgx_capacity;

/* Charge and take one page. On failure *@limiting is %NULL if none was free. */
static struct sgx_epc_page *sgx_cgroup_try_alloc(struct sgx_cgroup *cg,
						 struct sgx_cgroup **limiting)
{
	struct sgx_epc_page *page;
	struct misc_cg *misc;

	/* Do not take a page, even for a moment, that a limit will refuse. */
	misc = misc_cg_limiting(MISC_CG_RES_SGX_EPC, cg->misc, PAGE_SIZE);
	if (misc)
		goto err_limit;

	*limiting = NULL;
	page = __sgx_alloc_epc_page();
	if (IS_ERR(page))
		return NULL;

	misc = misc_cg_charge_or_limit(MISC_CG_RES_SGX_EPC, cg->misc, PAGE_SIZE);
	if (misc) {
		sgx_free_epc_page(page);
		goto err_limit;
	}
	get_misc_cg(cg->misc);
	page->cg = cg;
	sgx_cgroup_grown(cg);
	return page;

err_limit:
	*limiting = misc_cg_priv(MISC_CG_RES_SGX_EPC, misc);
	return NULL;
}

/**
 * sgx_cgroup_detach_page() - a page that is about to be free
 * @page: page, of a cgroup or of none
 *
 * Context: Any context.
 * Return: the cgroup to give to sgx_cgroup_uncharge() when the page is free, so
 * that whoever is let in by the uncharge finds it.
 */
struct sgx_cgroup *sgx_cgroup_detach_page(struct sgx_epc_page *page)
{
	struct sgx_cgroup *cg = page->cg;

	sgx_holder_drop_page(page);
	page->cg = NULL;
	return cg;
}

/**
 * sgx_cgroup_uncharge() - take the charge of one page back
 * @cg: cgroup, or %NULL for a page that was never charged
 *
 * Context: Any context.
 */
void sgx_cgroup_uncharge(struct sgx_cgroup *cg)
{
	if (!cg)
		return;

	misc_cg_uncharge(MISC_CG_RES_SGX_EPC, cg->misc, PAGE_SIZE);
	sgx_cgroup_wake(cg);
	put_misc_cg(cg->misc);
}

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

static void sgx_request_drop_spares(struct sgx_epc_request *rq)
{
	struct sgx_epc_page *page, *next;

	list_for_each_entry_safe(page, next, &rq->spares, list) {
		list_del_init(&page->list);
		sgx_free_epc_page(page);
	}
	rq->nr_spares = 0;
}

/* Get pages without reclaim. On failure *@limiting is as for sgx_cgroup_try_alloc(). */
static bool sgx_request_fill(struct sgx_epc_request *rq, unsigned int nr_pages,
			     struct sgx_cgroup **limiting)
{
	struct sgx_epc_page *page;

	while (rq->nr_spares < nr_pages) {
		page = sgx_cgroup_try_alloc(rq->holder->cg, limiting);
		if (!page)
			return false;
		list_add(&page->list, &rq->spares);
		rq->nr_spares++;
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
	spin_lock(&rq->holder->lock);
	list_del(&rq->list);
	spin_unlock(&rq->holder->lock);

	if (rq->counted)
		sgx_request_count_wait(rq);
	sgx_request_drop_spares(rq);
}

static struct sgx_epc_request *sgx_request_find(struct sgx_epc_holder *holder)
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

	for (age = SGX_SPARE_YOUNG; age <= SGX_TAKE_PROTECTED; age++) {
		if (sgx_cgroup_reclaim(rq->in_the_way, age, rq->batch).freed)
			return true;
	}
	return false;
}

static bool sgx_request_interrupted(struct sgx_epc_request *rq)
{
	return rq->wake == SGX_WAKE_SIGNAL ? signal_pending(current)
					   : fatal_signal_pending(current);
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

	if (rq->wake == SGX_WAKE_SIGNAL)
		state = TASK_INTERRUPTIBLE | TASK_FREEZABLE;
	prepare_to_wait(&target->wait, &wait, state);
	timeout = schedule_timeout(timeout);
	finish_wait(&target->wait, &wait);

	return timeout;
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
	} while (!sum.freed && !result.soon && result.looked && !sgx_request_interrupted(rq) &&
		 sum.looked <= READ_ONCE(target->nr_reclaimable));

	return sum;
}

/* Is anybody about to free a page below @target, or likely enough to? */
static bool sgx_request_in_flight(struct sgx_epc_request *rq, struct sgx_cgroup *target,
				  bool busy)
{
	if (READ_ONCE(target->nr_writing))
		return true;
	return (busy || READ_ONCE(target->nr_isolated)) && rq->looks < SGX_MAX_LOOKS;
}

/* With @verdict held: 0 to try again, -EAGAIN to wait before that, or -errno. */
static int sgx_request_look_alone(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	struct sgx_reclaim_result result;
	struct sgx_cgroup *limiting;

	/* Somebody else's verdict may have made room. */
	if (rq->holder && sgx_request_fill(rq, rq->nr_wanted, &limiting))
		return 0;

	result = sgx_reclaim_any(rq, target);
	if (result.freed)
		sgx_request_freed(rq, result.freed);
	if (result.freed || sgx_request_interrupted(rq))
		return 0;
	if (sgx_request_in_flight(rq, target, result.busy))
		return -EAGAIN;
	return rq->holder ? sgx_request_exhausted(rq, target) : -ENOMEM;
}

/*
 * Every page below @target that misc.low does not protect was looked at in vain,
 * young or not. Look at them all, alone, so that whoever has pages in his hands now is about to free them or is
 * reclaiming for another cgroup: who gets here has nothing. Pages that are being
 * written are waited for as long as it takes; those that may be put back, and those
 * of an enclave whose lock is taken, for a second. No lock of a tenant is held in the
 * wait, and @verdict is held only over the bounded part.
 */
static int sgx_request_last_look(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	int ret;

	sgx_request_drop_spares(rq);
	if (rq->wake == SGX_WAKE_SIGNAL ? mutex_lock_interruptible(&target->verdict)
					: mutex_lock_killable(&target->verdict))
		return -ERESTARTSYS;
	ret = sgx_request_look_alone(rq, target);
	mutex_unlock(&target->verdict);

	if (ret != -EAGAIN)
		return ret;
	/* In vain, it counts against those that are waited for. */
	if (!sgx_request_wait(rq, target, SGX_LOOK_AGAIN))
		rq->looks++;
	return 0;
}

/* The loads of this limit lead nowhere: that is exhaustion, too. */
static int sgx_request_end_thrash(struct sgx_epc_request *rq, struct sgx_cgroup *target)
{
	int ret;

	if (mutex_lock_killable(&target->verdict))
		return -ERESTARTSYS;
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

/* One step towards room below the cgroup in the way: 0 to try again, or -errno. */
static int sgx_request_step(struct sgx_epc_request *rq, struct sgx_cgroup *limiting)
{
	if (READ_ONCE(rq->holder->dead))
		return -ENOMEM;
	if (sgx_request_interrupted(rq))
		return -ERESTARTSYS;
	if (!limiting)
		return sgx_request_reclaim(rq, &sgx_cgroup_root);

	sgx_request_count(rq, limiting);
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
 * @nr_pages: number of pages that it should have
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

	rq->nr_wanted = nr_pages;
	while (!sgx_request_fill(rq, nr_pages, &limiting)) {
		/* Nothing was left, and nobody has made room since. */
		if (ret)
			return ret;
		ret = sgx_request_step(rq, limiting);
		cond_resched();
	}
	return 0;
}

static struct sgx_epc_page *sgx_request_take_spare(struct sgx_epc_request *rq)
{
	struct sgx_epc_page *page;

	page = list_first_entry_or_null(&rq->spares, struct sgx_epc_page, list);
	if (page) {
		list_del_init(&page->list);
		rq->nr_spares--;
	}
	return page;
}

static struct sgx_epc_page *sgx_request_alloc(struct sgx_epc_request *rq)
{
	int ret = sgx_request_make_room(rq, 1);

	return ret ? ERR_PTR(ret) : sgx_request_take_spare(rq);
}

static struct sgx_epc_page *sgx_holder_alloc_waiting(struct sgx_epc_holder *holder)
{
	struct sgx_epc_request rq;
	struct sgx_epc_page *page;

	sgx_request_begin(&rq, holder, SGX_WAKE_SIGNAL);
	page = sgx_request_alloc(&rq);
	sgx_request_end(&rq);

	return page;
}

/**
 * sgx_holder_alloc_page() - allocate a page of EPC and charge it
 * @holder: for whom
 * @owner: what the page will be: &struct sgx_encl_page, that of the SECS for a VA
 *	   page, or &struct sgx_vepc
 * @reclaim: make room if necessary
 *
 * Context: Process context; with @reclaim no lock of an enclave and no mmap_lock
 * may be held.
 * Return: the page or an ERR_PTR: with @reclaim as sgx_request_make_room(), else
 * -EBUSY if the thread's request should wait and try again, -EAGAIN if it has none.
 * -ENOMEM for a holder that is dead.
 */
struct sgx_epc_page *sgx_holder_alloc_page(struct sgx_epc_holder *holder,
					   void *owner, bool reclaim)
{
	struct sgx_epc_request *rq = sgx_request_find(holder);
	struct sgx_cgroup *limiting = NULL;
	struct sgx_epc_page *page = NULL;

	if (READ_ONCE(holder->dead))
		return ERR_PTR(-ENOMEM);
	if (rq)
		page = sgx_request_take_spare(rq);
	if (!page)
		page = sgx_cgroup_try_alloc(holder->cg, &limiting);
	if (!page && reclaim)
		page = rq ? sgx_request_alloc(rq) : sgx_holder_alloc_waiting(holder);
	if (!page && !rq)
		page = ERR_PTR(-EAGAIN);
	if (!page) {
		if (limiting)
			sgx_request_count(rq, limiting);
		rq->in_the_way = limiting ?: &sgx_cgroup_root;
		rq->refused = true;
		page = ERR_PTR(-EBUSY);
	}

	if (!IS_ERR(page))
		sgx_holder_take_page(holder, page, owner);
	sgx_wake_ksgxd();
	return page;
}

static void sgx_cgroup_setup(struct sgx_cgroup *cg, struct misc_cg *misc,
			     struct sgx_cgroup *parent)
{
	cg->misc = misc;
	cg->parent = parent;
	sgx_cgroup_init_order(cg);
	INIT_LIST_HEAD(&cg->holders);
	init_waitqueue_head(&cg->wait);
	mutex_init(&cg->verdict);
}

static void *sgx_cgroup_alloc(struct misc_cg *misc, void *parent)
{
	struct sgx_cgroup *cg = &sgx_cgroup_root;

	if (parent) {
		cg = kzalloc(sizeof(*cg), GFP_KERNEL);
		if (!cg)
			return ERR_PTR(-ENOMEM);
	}
	sgx_cgroup_setup(cg, misc, parent);
	return cg;
}

static void sgx_cgroup_free(void *cg)
{
	kfree(cg);
}

/* A higher limit may be what somebody waits for. */
static void sgx_cgroup_max_changed(void *cg)
{
	wake_up_all(&((struct sgx_cgroup *)cg)->wait);
}

static const struct misc_res_ops sgx_cgroup_ops = {
	.alloc		= sgx_cgroup_alloc,
	.free		= sgx_cgroup_free,
	.max_changed	= sgx_cgroup_max_changed,
	.low_changed	= sgx_cgroup_low_changed,
	.offline	= sgx_cgroup_low_changed,
	.reclaim	= sgx_cgroup_reclaim_amount,
	.stat_show	= sgx_cgroup_stat_show,
	.holders_show	= sgx_cgroup_holders_show,
};

/**
 * sgx_cgroup_add_capacity() - an EPC section was found
 * @bytes: its size
 *
 * Context: Boot.
 */
void __init sgx_cgroup_add_capacity(u64 bytes)
{
	sgx_capacity += bytes;
}

/**
 * sgx_cgroup_init() - start to account for EPC
 *
 * Context: Boot, after the EPC sections were found and before the first page is
 * allocated.
 * Return: 0 or -errno.
 */
int __init sgx_cgroup_init(void)
{
	int ret;

	/* Without CONFIG_CGROUP_MISC there is only this one. */
	sgx_cgroup_setup(&sgx_cgroup_root, NULL, NULL);

	ret = misc_cg_set_ops(MISC_CG_RES_SGX_EPC, &sgx_cgroup_ops);
	if (ret)
		return ret;
	return misc_cg_set_capacity(MISC_CG_RES_SGX_EPC, sgx_capacity);
}

/**
 * sgx_cgroup_exit() - there is no EPC after all
 *
 * Context: Boot.
 */
void __init sgx_cgroup_exit(void)
{
	misc_cg_set_capacity(MISC_CG_RES_SGX_EPC, 0);
}
