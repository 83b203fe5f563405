// SPDX-License-Identifier: GPL-2.0
/*
 * Who has EPC: enclaves and vEPC instances, both called holders.
 *
 * A holder belongs to one cgroup for life and is on the list of that cgroup, so
 * that it is found when all its files are closed, too.
 */

#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "encl.h"
#include "epc_cgroup.h"

/*
 * Covers the lists of holders of all cgroups, and sgx_last_id. A holder found on a
 * list exists as long as the lock is held, but may be about to be released.
 * Nothing is taken inside it.
 */
static DEFINE_SPINLOCK(sgx_holders_lock);
static u64 sgx_last_id;

/**
 * sgx_holder_init() - set up an enclave or vEPC instance whose file was opened
 * @holder: zeroed
 * @kind: which of the two
 * @file: the file. Its mapping becomes that of the holder, so that all VMAs of
 *	  the instance are found through it, without a lock of any process.
 *
 * Context: Process context.
 */
void sgx_holder_init(struct sgx_epc_holder *holder, enum sgx_holder_kind kind,
		     struct file *file)
{
	holder->kind = kind;
	INIT_LIST_HEAD(&holder->requests);
	spin_lock_init(&holder->lock);
	INIT_WORK(&holder->sweep, sgx_encl_sweep_work);

	address_space_init_once(&holder->mapping);
	holder->mapping.host = file_inode(file);
	holder->mapping.a_ops = file->f_mapping->a_ops;
	file->f_mapping = &holder->mapping;
}

/**
 * sgx_holder_charge_current() - from now on the current task's cgroup pays
 * @holder: without a cgroup
 *
 * Context: Process context.
 */
void sgx_holder_charge_current(struct sgx_epc_holder *holder)
{
	struct misc_cg *misc = get_current_misc_cg();
	struct sgx_cgroup *cg = &sgx_cgroup_root;

	if (misc)
		cg = misc_cg_priv(MISC_CG_RES_SGX_EPC, misc);
	/* EPC of a virtual machine is never written to ordinary memory. */
	if (holder->kind == SGX_HOLDER_ENCLAVE)
		holder->memcg = get_mem_cgroup_from_mm(current->mm);
	holder->creator = get_task_pid(current, PIDTYPE_TGID);
	get_task_comm(holder->comm, current);

	spin_lock(&sgx_holders_lock);
	holder->cg = cg;
	holder->id = ++sgx_last_id;
	list_add_tail(&holder->node, &cg->holders);
	spin_unlock(&sgx_holders_lock);
}

/**
 * sgx_holder_exit() - undo sgx_holder_charge_current()
 * @holder: without pages, with a cgroup or without
 *
 * Context: Any context.
 */
void sgx_holder_exit(struct sgx_epc_holder *holder)
{
	struct sgx_cgroup *cg = holder->cg;

	if (!cg)
		return;

	spin_lock(&sgx_holders_lock);
	list_del(&holder->node);
	holder->cg = NULL;
	spin_unlock(&sgx_holders_lock);

	put_pid(holder->creator);
	mem_cgroup_put(holder->memcg);
	put_misc_cg(cg->misc);
	holder->memcg = NULL;
}

/**
 * sgx_holder_last_id() - all holders from now on have larger numbers
 *
 * Context: Any context.
 * Return: the number of the youngest, which may be gone.
 */
u64 sgx_holder_last_id(void)
{
	u64 id;

	spin_lock(&sgx_holders_lock);
	id = sgx_last_id;
	spin_unlock(&sgx_holders_lock);

	return id;
}

/**
 * sgx_holder_get_cgroup() - the cgroup of a holder, for others than its own threads
 * @holder: holder
 *
 * Context: Process context.
 * Return: the cgroup, with a reference to its misc cgroup if it has one, or %NULL:
 * an enclave has none before it is created.
 */
struct sgx_cgroup *sgx_holder_get_cgroup(struct sgx_epc_holder *holder)
{
	struct sgx_cgroup *cg;

	spin_lock(&sgx_holders_lock);
	cg = holder->cg;
	if (cg && cg->misc)
		get_misc_cg(cg->misc);
	spin_unlock(&sgx_holders_lock);

	return cg;
}

/**
 * sgx_cgroup_walk_holders() - look at the enclaves and vEPC instances of a cgroup
 * @cg: the cgroup; those of its descendants are not looked at
 * @fn: is called for each, oldest first, and does not sleep
 * @arg: for @fn
 *
 * Context: Process context.
 */
void sgx_cgroup_walk_holders(struct sgx_cgroup *cg,
			     void (*fn)(struct sgx_epc_holder *holder, void *arg),
			     void *arg)
{
	struct sgx_epc_holder *holder;

	spin_lock(&sgx_holders_lock);
	list_for_each_entry(holder, &cg->holders, node)
		fn(holder, arg);
	spin_unlock(&sgx_holders_lock);
}

/**
 * sgx_page_holder() - the enclave or vEPC instance that has a page
 * @page: page
 *
 * Context: Any context in which the holder cannot be released.
 * Return: the holder; %NULL for a page that is free, or a spare of a request.
 */
struct sgx_epc_holder *sgx_page_holder(struct sgx_epc_page *page)
{
	if (!page->owner)
		return NULL;
	if (page->flags & SGX_EPC_PAGE_VEPC)
		return &((struct sgx_vepc *)page->owner)->holder;
	return &page->owner->encl->holder;
}

static void sgx_cgroup_add_vepc(struct sgx_cgroup *cg, long nr_pages)
{
	for (; cg; cg = cg->parent)
		atomic_long_add(nr_pages, &cg->nr_vepc);
}

/**
 * sgx_holder_take_page() - a charged page gets its owner
 * @holder: who has it from now on
 * @page: page of the holder's cgroup
 * @owner: what it will be, see sgx_holder_alloc_page()
 *
 * Context: Process context.
 */
void sgx_holder_take_page(struct sgx_epc_holder *holder, struct sgx_epc_page *page,
			  void *owner)
{
	page->owner = owner;
	atomic_long_inc(&holder->nr_pages);
	if (holder->kind == SGX_HOLDER_VEPC) {
		page->flags |= SGX_EPC_PAGE_VEPC;
		sgx_cgroup_add_vepc(page->cg, 1);
	}
}

/**
 * sgx_holder_drop_page() - undo sgx_holder_take_page()
 * @page: page that is about to be free, with an owner or without
 *
 * Context: Any context.
 */
void sgx_holder_drop_page(struct sgx_epc_page *page)
{
	struct sgx_epc_holder *holder = sgx_page_holder(page);

	if (holder)
		atomic_long_dec(&holder->nr_pages);
	if (page->flags & SGX_EPC_PAGE_VEPC)
		sgx_cgroup_add_vepc(page->cg, -1);
	page->owner = NULL;
}

/**
 * sgx_holder_forget_page() - a page outlives its vEPC instance, charged as it is
 * @page: page of an instance that is about to go
 *
 * Context: Process context.
 */
void sgx_holder_forget_page(struct sgx_epc_page *page)
{
	atomic_long_dec(&sgx_page_holder(page)->nr_pages);
	page->owner = NULL;
}

/* Not before its SECS exists: till then CREATE works on it without a lock. */
static bool sgx_holder_complete(struct sgx_epc_holder *holder)
{
	return holder->kind == SGX_HOLDER_VEPC ||
	       test_bit(SGX_ENCL_CREATED, &sgx_holder_encl(holder)->flags);
}

static bool sgx_holder_before(struct sgx_epc_holder *a, struct sgx_epc_holder *b)
{
	long nr_a = atomic_long_read(&a->nr_pages);
	long nr_b = atomic_long_read(&b->nr_pages);
	bool stuck_a = READ_ONCE(a->cannot_spill);
	bool stuck_b = READ_ONCE(b->cannot_spill);

	if (stuck_a != stuck_b)
		return stuck_a;
	return nr_a > nr_b || (nr_a == nr_b && a->id > b->id);
}

static struct sgx_epc_holder *sgx_cgroup_largest_locked(struct sgx_cgroup *cg,
							enum sgx_holder_kind kind,
							u64 last_id,
							struct sgx_epc_holder *best)
{
	struct sgx_epc_holder *holder;

	lockdep_assert_held(&sgx_holders_lock);

	list_for_each_entry(holder, &cg->holders, node) {
		if (holder->id > last_id)
			break;
		if (holder->kind == kind && !READ_ONCE(holder->dead) &&
		    sgx_holder_complete(holder) && atomic_long_read(&holder->nr_pages) &&
		    (!best || sgx_holder_before(holder, best)))
			best = holder;
	}
	return best;
}

/**
 * sgx_cgroup_largest() - whose end frees most pages below a cgroup?
 * @target: top of the subtree
 * @kind: what to look for
 * @last_id: the youngest that may be found
 * @get: takes a reference to a holder, false if it is being released
 *
 * An enclave whose pages could not be written out comes first, then the one with
 * most pages in the EPC, then the youngest. All groups below @target are looked at.
 *
 * Context: Process context.
 * Return: the holder with a reference, %NULL if none has pages and is not dead, or
 * ERR_PTR(-EAGAIN) if the one that was found is being released.
 */
struct sgx_epc_holder *sgx_cgroup_largest(struct sgx_cgroup *target,
					  enum sgx_holder_kind kind, u64 last_id,
					  bool (*get)(struct sgx_epc_holder *holder))
{
	struct sgx_epc_holder *best = NULL;
	struct misc_cg *misc = NULL;

	rcu_read_lock();
	spin_lock(&sgx_holders_lock);
	while ((misc = misc_cg_next_descendant(misc, target->misc)))
		best = sgx_cgroup_largest_locked(misc_cg_priv(MISC_CG_RES_SGX_EPC, misc),
						 kind, last_id, best);
	if (best && !get(best))
		best = ERR_PTR(-EAGAIN);
	spin_unlock(&sgx_holders_lock);
	rcu_read_unlock();

	return best;
}

/**
 * sgx_cgroup_log_end() - say that an enclave was killed, or a vEPC instance revoked
 * @what: which of the two, in words
 * @limiting: cgroup on whose behalf
 * @holder: the enclave or instance
 * @nr_pages: pages that this has freed
 *
 * Names are chosen by tenants: what cannot be printed is escaped, so that nobody
 * writes lines of his own. Long paths are cut off.
 *
 * Context: Process context, no lock held.
 */
void sgx_cgroup_log_end(const char *what, struct sgx_cgroup *limiting,
			struct sgx_epc_holder *holder, long nr_pages)
{
	static DEFINE_RATELIMIT_STATE(limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	static char limiting_path[256], path[256];
	static DEFINE_MUTEX(path_lock);
	char max[24] = "max";

	if (!__ratelimit(&limit))
		return;

	if (misc_cg_max(MISC_CG_RES_SGX_EPC, limiting->misc) != U64_MAX)
		snprintf(max, sizeof(max), "%llu",
			 misc_cg_max(MISC_CG_RES_SGX_EPC, limiting->misc));

	mutex_lock(&path_lock);
	misc_cg_path(limiting->misc, limiting_path, sizeof(limiting_path));
	misc_cg_path(holder->cg->misc, path, sizeof(path));
	pr_info("%s for cgroup %*pE: id %llu of cgroup %*pE, created by %d (%*pE), %ld pages freed, usage %llu, limit %s\n",
		what, (int)strlen(limiting_path), limiting_path, holder->id,
		(int)strlen(path), path, pid_nr(holder->creator),
		(int)strlen(holder->comm), holder->comm, nr_pages,
		misc_cg_usage(MISC_CG_RES_SGX_EPC, limiting->misc), max);
	mutex_unlock(&path_lock);
}
