// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that can be reclaimed, by cgroup and by age.
 *
 * Every such page is on the list of its cgroup, with the time at which it was put
 * there. Each cgroup knows the oldest time in its subtree and keeps its children
 * sorted by it, so that the oldest page below any cgroup is found by going down.
 * Taking the oldest page first takes from every cgroup below in proportion to what
 * it has, just as one common list would.
 *
 * There are two such orders: one leaves out subtrees that misc.low protects from
 * reclaim for an ancestor, the other has all.
 */

#include "encl.h"
#include "epc_cgroup.h"

/*
 * Covers the lists of reclaimable pages of all cgroups, their order and their
 * counters, sgx_clock and &sgx_epc_holder.held. One lock for all, as the counters
 * of a page's ancestors change with it. Taken inside encl->lock and the driver's
 * node->lock; nothing is taken inside it.
 */
static DEFINE_SPINLOCK(sgx_lru_lock);

/* Counts the pages put on a list: the time by which pages are old. */
static u64 sgx_clock;

static bool sgx_order_older(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct sgx_order, node)->oldest <
	       rb_entry(b, struct sgx_order, node)->oldest;
}

static struct sgx_cgroup *sgx_cgroup_oldest_child(struct sgx_cgroup *cg,
						  enum sgx_order_type type)
{
	struct rb_node *first = rb_first_cached(&cg->order[type].children);

	return first ? rb_entry(first, struct sgx_order, node)->cg : NULL;
}

static struct sgx_epc_page *sgx_cgroup_first_page(struct sgx_cgroup *cg)
{
	return list_first_entry_or_null(&cg->lru, struct sgx_epc_page, list);
}

/**
 * sgx_cgroup_init_order() - a new cgroup, without pages
 * @cg: cgroup
 *
 * Context: Process context.
 */
void sgx_cgroup_init_order(struct sgx_cgroup *cg)
{
	enum sgx_order_type type;

	INIT_LIST_HEAD(&cg->lru);
	for (type = 0; type < SGX_NR_ORDERS; type++) {
		cg->order[type].children = RB_ROOT_CACHED;
		RB_CLEAR_NODE(&cg->order[type].node);
		cg->order[type].oldest = SGX_NO_PAGES;
		cg->order[type].cg = cg;
	}
}

/* Put a cgroup where it belongs among its siblings; taking it out needs no key. */
static void sgx_cgroup_place_locked(struct sgx_cgroup *cg, enum sgx_order_type type)
{
	struct sgx_order *order = &cg->order[type];
	struct rb_root_cached *siblings;

	lockdep_assert_held(&sgx_lru_lock);

	if (!cg->parent)
		return;

	siblings = &cg->parent->order[type].children;
	if (!RB_EMPTY_NODE(&order->node)) {
		rb_erase_cached(&order->node, siblings);
		RB_CLEAR_NODE(&order->node);
	}
	if (order->oldest != SGX_NO_PAGES &&
	    (type == SGX_ORDER_ALL || !cg->is_protected))
		rb_add_cached(&order->node, siblings, sgx_order_older);
}

/* The head of a list or of a tree has changed: put cgroup and ancestors in order. */
static void sgx_cgroup_sort_locked(struct sgx_cgroup *cg, enum sgx_order_type type)
{
	lockdep_assert_held(&sgx_lru_lock);

	for (; cg; cg = cg->parent) {
		struct sgx_cgroup *child = sgx_cgroup_oldest_child(cg, type);
		struct sgx_epc_page *page = sgx_cgroup_first_page(cg);
		u64 oldest = page ? page->stamp : SGX_NO_PAGES;

		if (child)
			oldest = min(oldest, child->order[type].oldest);
		if (oldest == cg->order[type].oldest)
			return;

		cg->order[type].oldest = oldest;
		sgx_cgroup_place_locked(cg, type);
	}
}

/* The low of a cgroup and of all above it, for none protects more than its parent. */
static u64 sgx_cgroup_effective_low(struct sgx_cgroup *cg)
{
	u64 low = U64_MAX;

	for (; cg->parent; cg = cg->parent)
		low = min(low, misc_cg_low(MISC_CG_RES_SGX_EPC, cg->misc));
	return low;
}

/* Pages in the hands of reclaimers count as gone, or they would take too many. */
static bool sgx_cgroup_low_holds_locked(struct sgx_cgroup *cg)
{
	u64 going = (u64)(cg->nr_isolated + cg->nr_writing) * PAGE_SIZE;
	u64 usage, low;

	lockdep_assert_held(&sgx_lru_lock);

	/* Most cgroups have no low: look no further. */
	if (!cg->parent || !misc_cg_low(MISC_CG_RES_SGX_EPC, cg->misc))
		return false;
	low = sgx_cgroup_effective_low(cg);
	usage = misc_cg_usage(MISC_CG_RES_SGX_EPC, cg->misc);
	return low && (usage <= low || usage - low <= going);
}

static void sgx_cgroup_protect_locked(struct sgx_cgroup *cg, bool is_protected)
{
	lockdep_assert_held(&sgx_lru_lock);

	if (cg->is_protected == is_protected)
		return;

	WRITE_ONCE(cg->is_protected, is_protected);
	sgx_cgroup_place_locked(cg, SGX_ORDER_UNPROTECTED);
	sgx_cgroup_sort_locked(cg->parent, SGX_ORDER_UNPROTECTED);
}

static void sgx_cgroup_grown_locked(struct sgx_cgroup *cg)
{
	lockdep_assert_held(&sgx_lru_lock);

	for (; cg; cg = cg->parent) {
		if (cg->is_protected && !sgx_cgroup_low_holds_locked(cg))
			sgx_cgroup_protect_locked(cg, false);
	}
}

/**
 * sgx_cgroup_grown() - a page was charged: is more in use than misc.low protects?
 * @cg: cgroup that pays
 *
 * Context: Process context.
 */
void sgx_cgroup_grown(struct sgx_cgroup *cg)
{
	struct sgx_cgroup *i;

	for (i = cg; i; i = i->parent) {
		if (READ_ONCE(i->is_protected))
			break;
	}
	if (!i)
		return;

	spin_lock(&sgx_lru_lock);
	sgx_cgroup_grown_locked(cg);
	spin_unlock(&sgx_lru_lock);
}

/**
 * sgx_cgroup_low_changed() - misc.low was stored, or the cgroup was removed
 * @priv: the cgroup
 *
 * What is protected now is found out when reclaim comes along. What is not any more
 * is found here.
 *
 * Context: Process context.
 */
void sgx_cgroup_low_changed(void *priv)
{
	struct sgx_cgroup *cg = priv;
	struct misc_cg *misc = NULL;

	rcu_read_lock();
	spin_lock(&sgx_lru_lock);
	while ((misc = misc_cg_next_descendant(misc, cg->misc))) {
		struct sgx_cgroup *i = misc_cg_priv(MISC_CG_RES_SGX_EPC, misc);

		if (i->is_protected && !sgx_cgroup_low_holds_locked(i))
			sgx_cgroup_protect_locked(i, false);
	}
	spin_unlock(&sgx_lru_lock);
	rcu_read_unlock();
}

/* One way down. A child that turns out to be protected is put aside: %NULL then. */
static struct sgx_epc_page *sgx_cgroup_descend_locked(struct sgx_cgroup *cg,
						      enum sgx_order_type type)
{
	lockdep_assert_held(&sgx_lru_lock);

	for (;;) {
		struct sgx_epc_page *page = sgx_cgroup_first_page(cg);

		if (page && page->stamp == cg->order[type].oldest)
			return page;
		cg = sgx_cgroup_oldest_child(cg, type);
		if (type == SGX_ORDER_UNPROTECTED && sgx_cgroup_low_holds_locked(cg)) {
			sgx_cgroup_protect_locked(cg, true);
			return NULL;
		}
	}
}

static struct sgx_epc_page *sgx_cgroup_oldest_page_locked(struct sgx_cgroup *cg,
							  enum sgx_order_type type)
{
	struct sgx_epc_page *page = NULL;

	lockdep_assert_held(&sgx_lru_lock);

	while (!page && cg->order[type].oldest != SGX_NO_PAGES)
		page = sgx_cgroup_descend_locked(cg, type);
	return page;
}

static void sgx_lru_sort_locked(struct sgx_cgroup *cg)
{
	sgx_cgroup_sort_locked(cg, SGX_ORDER_UNPROTECTED);
	sgx_cgroup_sort_locked(cg, SGX_ORDER_ALL);
}

/* The list of a page: the young end, or where it was taken from a moment ago. */
static void sgx_lru_add_locked(struct sgx_epc_page *page, bool anew)
{
	struct sgx_cgroup *cg;

	lockdep_assert_held(&sgx_lru_lock);

	if (anew) {
		page->stamp = ++sgx_clock;
		list_add_tail(&page->list, &page->cg->lru);
	} else {
		list_add(&page->list, &page->cg->lru);
	}
	for (cg = page->cg; cg; cg = cg->parent)
		cg->nr_reclaimable++;
	if (sgx_cgroup_first_page(page->cg) == page)
		sgx_lru_sort_locked(page->cg);
}

static void sgx_lru_del_locked(struct sgx_epc_page *page)
{
	bool first = sgx_cgroup_first_page(page->cg) == page;
	struct sgx_cgroup *cg;

	lockdep_assert_held(&sgx_lru_lock);

	list_del_init(&page->list);
	for (cg = page->cg; cg; cg = cg->parent)
		cg->nr_reclaimable--;
	if (first)
		sgx_lru_sort_locked(page->cg);
}

/*
 * From now on reclaim may find the page, but not if it has a memory error: reading it
 * to write it out could stop the machine. If the error comes later than this,
 * arch_memory_failure() waits for sgx_lru_lock and takes the page off the list.
 */
static void sgx_lru_track_locked(struct sgx_epc_page *page, bool anew)
{
	lockdep_assert_held(&sgx_lru_lock);

	if (READ_ONCE(page->poison)) {
		page->flags &= ~SGX_EPC_PAGE_RECLAIMER_TRACKED;
		return;
	}
	page->flags |= SGX_EPC_PAGE_RECLAIMER_TRACKED;
	sgx_lru_add_locked(page, anew);
}

/**
 * sgx_mark_page_reclaimable() - let a page be reclaimed
 * @page: page of an enclave, not marked yet
 *
 * Context: Process context, may hold encl->lock.
 */
void sgx_mark_page_reclaimable(struct sgx_epc_page *page)
{
	spin_lock(&sgx_lru_lock);
	sgx_lru_track_locked(page, true);
	spin_unlock(&sgx_lru_lock);
}

/* Is it in the hands of a reclaimer? */
static bool sgx_page_isolated_locked(struct sgx_epc_page *page)
{
	lockdep_assert_held(&sgx_lru_lock);

	return (page->flags & SGX_EPC_PAGE_RECLAIMER_TRACKED) &&
	       list_empty(&page->list);
}

/**
 * sgx_unmark_page_reclaimable() - do not let a page be reclaimed any more
 * @page: page, marked or not
 *
 * Context: Process context, may hold encl->lock or node->lock.
 * Return: 0, or -EBUSY if a reclaimer has the page just now.
 */
int sgx_unmark_page_reclaimable(struct sgx_epc_page *page)
{
	int ret = 0;

	spin_lock(&sgx_lru_lock);
	if (sgx_page_isolated_locked(page)) {
		ret = -EBUSY;
	} else if (page->flags & SGX_EPC_PAGE_RECLAIMER_TRACKED) {
		sgx_lru_del_locked(page);
		page->flags &= ~SGX_EPC_PAGE_RECLAIMER_TRACKED;
	}
	spin_unlock(&sgx_lru_lock);

	return ret;
}

/**
 * sgx_holder_hold_page() - keep reclaimers away from a page for a while
 * @holder: enclave; the page that it held before may be isolated again
 * @page: page of it
 *
 * Context: Process context, encl->lock held.
 * Return: false if a reclaimer has the page just now.
 */
bool sgx_holder_hold_page(struct sgx_epc_holder *holder, struct sgx_epc_page *page)
{
	bool held;

	spin_lock(&sgx_lru_lock);
	held = !sgx_page_isolated_locked(page);
	holder->held = held ? page : NULL;
	spin_unlock(&sgx_lru_lock);

	return held;
}

/**
 * sgx_holder_release_page() - undo sgx_holder_hold_page()
 * @holder: enclave
 *
 * Context: Process context.
 */
void sgx_holder_release_page(struct sgx_epc_holder *holder)
{
	spin_lock(&sgx_lru_lock);
	holder->held = NULL;
	spin_unlock(&sgx_lru_lock);
}

/**
 * sgx_cgroup_isolate() - take the oldest pages of a subtree off their lists
 * @target: its top
 * @age: whether to take those that are protected
 * @pages: filled in; each comes with a reference to its enclave
 * @max: how many to look at
 * @nr: how many there are in @pages
 *
 * Context: Process context.
 * Return: number of pages looked at, some of which may not have been taken.
 */
unsigned int sgx_cgroup_isolate(struct sgx_cgroup *target, enum sgx_age age,
				struct sgx_epc_page **pages, unsigned int max,
				unsigned int *nr)
{
	enum sgx_order_type type = age == SGX_TAKE_PROTECTED ? SGX_ORDER_ALL :
							       SGX_ORDER_UNPROTECTED;
	struct sgx_epc_page *page;
	struct sgx_cgroup *cg;
	unsigned int looked;

	*nr = 0;
	spin_lock(&sgx_lru_lock);
	for (looked = 0; looked < max; looked++) {
		page = sgx_cgroup_oldest_page_locked(target, type);
		if (!page)
			break;

		sgx_lru_del_locked(page);
		if (sgx_page_encl(page)->holder.held == page) {
			sgx_cgroup_count(page->cg, SGX_STAT_SCANNED, 1);
			sgx_cgroup_count(page->cg, SGX_STAT_SKIPPED, 1);
			sgx_lru_add_locked(page, true);
			continue;
		}
		if (!kref_get_unless_zero(&sgx_page_encl(page)->refcount)) {
			/* The enclave is being released, and frees the page. */
			page->flags &= ~SGX_EPC_PAGE_RECLAIMER_TRACKED;
			continue;
		}
		for (cg = page->cg; cg; cg = cg->parent)
			cg->nr_isolated++;
		pages[(*nr)++] = page;
	}
	spin_unlock(&sgx_lru_lock);

	return looked;
}

/**
 * sgx_cgroup_put_back() - an isolated page stays in the EPC
 * @page: page
 * @anew: it was looked at; otherwise it keeps its turn
 *
 * Context: Process context.
 */
void sgx_cgroup_put_back(struct sgx_epc_page *page, bool anew)
{
	struct sgx_cgroup *cg;

	spin_lock(&sgx_lru_lock);
	for (cg = page->cg; cg; cg = cg->parent)
		cg->nr_isolated--;
	sgx_lru_track_locked(page, anew);
	sgx_cgroup_grown_locked(page->cg);
	spin_unlock(&sgx_lru_lock);
}

/**
 * sgx_cgroup_start_write() - an isolated page will not be put back any more
 * @page: isolated page, which is freed before sgx_cgroup_end_write()
 *
 * Context: Process context, encl->lock held.
 */
void sgx_cgroup_start_write(struct sgx_epc_page *page)
{
	struct sgx_cgroup *cg;

	spin_lock(&sgx_lru_lock);
	page->flags &= ~SGX_EPC_PAGE_RECLAIMER_TRACKED;
	for (cg = page->cg; cg; cg = cg->parent) {
		cg->nr_isolated--;
		cg->nr_writing++;
	}
	spin_unlock(&sgx_lru_lock);
}

/**
 * sgx_cgroup_wake() - wake those who wait for pages of a cgroup to be freed
 * @cg: cgroup; its ancestors' waiters wait for its pages too
 *
 * Context: Any context.
 */
void sgx_cgroup_wake(struct sgx_cgroup *cg)
{
	for (; cg; cg = cg->parent) {
		if (wq_has_sleeper(&cg->wait))
			wake_up_all(&cg->wait);
	}
}

/**
 * sgx_cgroup_end_write() - pages that were written are free now
 * @cg: cgroup that paid for them
 * @nr_pages: number of pages, 0 if it came to nothing
 *
 * Context: Process context, with a reference to the enclave.
 */
void sgx_cgroup_end_write(struct sgx_cgroup *cg, unsigned int nr_pages)
{
	struct sgx_cgroup *i;

	/* Two who look in vain would wake each other, and neither would give up. */
	if (!nr_pages)
		return;

	spin_lock(&sgx_lru_lock);
	for (i = cg; i; i = i->parent)
		i->nr_writing -= nr_pages;
	/* Pages that were about to go were why misc.low protected the rest. */
	sgx_cgroup_grown_locked(cg);
	spin_unlock(&sgx_lru_lock);
	sgx_cgroup_wake(cg);
}
