// SPDX-License-Identifier: GPL-2.0
/*
 * Killing an enclave: taking all its EPC away for good.
 *
 * The enclave is dead from the moment at which encl->lock is held to say so. From
 * then on nobody gets a page for it or maps one. Its pages are freed here, by a
 * worker, but those that somebody has in his hands: a reclaimer frees them unwritten,
 * and a builder when it sees what happened. Everything else of the enclave goes as
 * usual when its last file, mapping and process are gone.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/smp.h>
#include <linux/workqueue.h>
#include <asm/trace/sgx.h>
#include <asm/trap_pf.h>
#include "encl.h"
#include "encls.h"
#include "epc_cgroup.h"

/* EREMOVE: a thread is in the enclave. SDM Vol. 3D, Table 38-4. */
#define SGX_ENCLAVE_ACT		14

/* What is done under one hold of encl->lock. */
#define SGX_KILL_BATCH		64

/* How often threads are asked to leave the enclave before their page is left. */
#define SGX_KILL_KICKS		10

/*
 * For how long to wait for encl->lock, whose holder a tenant may slow down: longer than
 * the longest period of cpu.max, in which every holder goes on for a while.
 */
#define SGX_KILL_PATIENCE	(2 * HZ)

/*
 * For how long the pages of a killed enclave are waited for before somebody else has to
 * suffer: its tenant may keep them from being freed, by the same means.
 */
#define SGX_DYING_PATIENCE	(10 * HZ)

/* For sweeps alone: a tenant who stalls some delays nothing else of the kernel. */
static struct workqueue_struct *sgx_sweep_queue;

/**
 * sgx_kill_init() - make what kills need beforehand
 *
 * Context: Boot.
 * Return: 0 or -ENOMEM.
 */
int __init sgx_kill_init(void)
{
	sgx_sweep_queue = alloc_workqueue("sgx_sweep", WQ_UNBOUND | WQ_MEM_RECLAIM,
					  WQ_UNBOUND_MAX_ACTIVE);
	return sgx_sweep_queue ? 0 : -ENOMEM;
}

/**
 * sgx_kill_exit() - undo sgx_kill_init(), whether it succeeded or not
 *
 * Context: Boot.
 */
void __init sgx_kill_exit(void)
{
	if (sgx_sweep_queue)
		destroy_workqueue(sgx_sweep_queue);
	sgx_sweep_queue = NULL;
}

static void sgx_kick(void *unused)
{
}

/* EREMOVE a page of a dead enclave, out of which threads may still have to go. */
static int sgx_encl_eremove(struct sgx_encl *encl, struct sgx_epc_page *page)
{
	int kicks, ret;

	for (kicks = 0; kicks <= SGX_KILL_KICKS; kicks++) {
		ret = __eremove(sgx_get_epc_virt_addr(page));
		if (ret != SGX_ENCLAVE_ACT)
			break;
		/* Unmapped, it leaves with the next interrupt and cannot resume. */
		on_each_cpu_mask(sgx_encl_cpumask(encl), sgx_kick, NULL, 1);
	}
	return ret;
}

/* Free a page after sgx_encl_eremove(), or account for its loss. */
static void sgx_encl_free_removed(struct sgx_epc_page *page, int eremove)
{
	if (eremove)
		sgx_encl_free_epc_page(page);
	else
		sgx_free_epc_page(page);
}

/* False if a thread does not leave the enclave: then the page stays as it is. */
static bool sgx_encl_drop_entry(struct sgx_encl *encl, struct sgx_encl_page *entry,
				bool isolated)
{
	struct sgx_epc_page *page = entry->epc_page;
	int ret;

	ret = sgx_encl_eremove(encl, page);
	if (ret == SGX_ENCLAVE_ACT)
		return false;

	if (isolated)
		sgx_cgroup_start_write(page);
	sgx_encl_free_removed(page, ret);
	entry->epc_page = NULL;
	encl->secs_child_cnt--;
	return true;
}

static void sgx_encl_count_freed(struct sgx_encl *encl, unsigned int nr_pages)
{
	lockdep_assert_held(&encl->lock);

	WRITE_ONCE(encl->holder.nr_freed, encl->holder.nr_freed + nr_pages);
}

/* The SECS of a dead enclave goes after its last child. */
static unsigned int sgx_encl_drop_secs(struct sgx_encl *encl)
{
	struct sgx_epc_page *page = encl->secs.epc_page;

	if (encl->secs_child_cnt || !page)
		return 0;

	sgx_encl_free_removed(page, sgx_encl_eremove(encl, page));
	encl->secs.epc_page = NULL;
	return 1;
}

/**
 * sgx_encl_drop_isolated() - free isolated pages of a dead enclave unwritten
 * @encl: the enclave
 * @pages: isolated pages of it, not mapped; those that are freed become %NULL
 * @nr: number of pages
 *
 * Context: Process context, encl->lock held.
 * Return: number of pages that were freed, with the SECS if it went too.
 */
unsigned int sgx_encl_drop_isolated(struct sgx_encl *encl, struct sgx_epc_page **pages,
				    unsigned int nr)
{
	unsigned int nr_freed = 0;
	unsigned int nr_secs;
	unsigned int i;

	lockdep_assert_held(&encl->lock);

	for (i = 0; i < nr; i++) {
		if (sgx_encl_drop_entry(encl, pages[i]->owner, true)) {
			pages[i] = NULL;
			nr_freed++;
		}
	}
	nr_secs = sgx_encl_drop_secs(encl);
	sgx_cgroup_end_write(encl->holder.cg, nr_freed);
	sgx_encl_count_freed(encl, nr_freed + nr_secs);

	return nr_freed + nr_secs;
}

/* VA pages have nothing to remember: written-out pages of a dead enclave are lost. */
static unsigned int sgx_encl_drop_va_pages(struct sgx_encl *encl, unsigned int max)
{
	struct sgx_va_page *va_page;
	unsigned int nr_freed = 0;

	while (nr_freed < max && !list_empty(&encl->va_pages)) {
		va_page = list_first_entry(&encl->va_pages, struct sgx_va_page, list);
		list_del(&va_page->list);
		sgx_encl_free_epc_page(va_page->epc_page);
		kfree(va_page);
		nr_freed++;
	}
	return nr_freed;
}

/* One hold of encl->lock. False when there is no more to do. */
static bool sgx_encl_sweep_batch(struct sgx_encl *encl, unsigned long *next)
{
	unsigned int left = SGX_KILL_BATCH;
	struct sgx_encl_page *entry;
	unsigned long index;

	lockdep_assert_held(&encl->lock);

	xa_for_each_start(&encl->page_array, index, entry, *next) {
		if (!left--) {
			*next = index;
			return true;
		}
		if (!entry->epc_page || sgx_unmark_page_reclaimable(entry->epc_page))
			continue;
		if (sgx_encl_drop_entry(encl, entry, false))
			sgx_encl_count_freed(encl, 1);
		else
			sgx_mark_page_reclaimable(entry->epc_page);
	}
	*next = ULONG_MAX;

	sgx_encl_count_freed(encl, sgx_encl_drop_va_pages(encl, left));
	if (!list_empty(&encl->va_pages))
		return true;
	sgx_encl_count_freed(encl, sgx_encl_drop_secs(encl));
	return false;
}

static void sgx_encl_set_dying(struct sgx_encl *encl, struct sgx_cgroup *target)
{
	struct sgx_epc_holder *holder = &encl->holder;
	struct sgx_cgroup *cg;

	lockdep_assert_held(&encl->lock);

	get_misc_cg(target->misc);
	holder->killed_for = target;
	for (cg = holder->cg; cg; cg = cg->parent) {
		if (cg == target || !atomic_read(&cg->nr_dying))
			WRITE_ONCE(cg->dying_since, jiffies);
		smp_wmb(); /* Who sees that it dies has to see since when. */
		atomic_inc(&cg->nr_dying);
	}
	WRITE_ONCE(holder->dying, true);
	WRITE_ONCE(holder->dead, true);
}

/* Say what became of it, and have those look again who wait for that. */
static void sgx_encl_end_dying(struct sgx_encl *encl)
{
	struct sgx_epc_holder *holder = &encl->holder;
	struct sgx_cgroup *target = holder->killed_for;
	struct sgx_cgroup *cg;

	if (!holder->dying)
		return;

	trace_sgx_encl_kill(target, holder, READ_ONCE(holder->nr_freed));
	sgx_cgroup_log_end("enclave killed", target, holder, READ_ONCE(holder->nr_freed));
	WRITE_ONCE(holder->dying, false);
	for (cg = holder->cg; cg; cg = cg->parent)
		atomic_dec(&cg->nr_dying);
	sgx_cgroup_wake(holder->cg);
	put_misc_cg(target->misc);
}

/**
 * sgx_encl_sweep_work() - free the pages of a dead enclave that nobody works on
 * @work: &sgx_epc_holder.sweep of the enclave
 *
 * A page fault that did not see it dead yet has its page mapped when this comes,
 * and so loses it.
 *
 * Context: A worker, which may wait for locks that a tenant has for as long as he likes.
 */
void sgx_encl_sweep_work(struct work_struct *work)
{
	struct sgx_epc_holder *holder = container_of(work, struct sgx_epc_holder, sweep);
	struct sgx_encl *encl = sgx_holder_encl(holder);
	unsigned long next = 0;
	bool more;

	unmap_mapping_range(&holder->mapping, 0, 0, 1);
	do {
		mutex_lock(&encl->lock);
		more = sgx_encl_sweep_batch(encl, &next);
		mutex_unlock(&encl->lock);
		cond_resched();
	} while (more);
	shmem_truncate_range(file_inode(encl->backing), 0, (loff_t)-1);
	sgx_holder_forget_written(holder);

	sgx_encl_end_dying(encl);
	kref_put(&encl->refcount, sgx_encl_release);
}

/**
 * sgx_encl_sweep() - have the pages of a dead enclave freed that nobody works on
 * @encl: the enclave
 *
 * By a worker, for a tenant can be slow with a lock of his enclave in his hands, and
 * neither a killer nor a reclaimer may be made to wait for him. Where it is at work
 * already it begins anew, and so finds what was put on a list just now.
 *
 * Context: Any context, a reference to @encl.
 */
void sgx_encl_sweep(struct sgx_encl *encl)
{
	kref_get(&encl->refcount);
	if (!queue_work(sgx_sweep_queue, &encl->holder.sweep))
		kref_put(&encl->refcount, sgx_encl_release);
}

/*
 * Whoever holds the lock is not waited for longer than it takes him normally. Who was
 * asked for a kill by a write of misc.reclaim must not be in the way of a removal.
 */
static bool sgx_encl_lock_patiently(struct sgx_encl *encl, struct sgx_cgroup *asked)
{
	unsigned long end = jiffies + SGX_KILL_PATIENCE;

	while (!mutex_trylock(&encl->lock)) {
		if (time_after(jiffies, end) || fatal_signal_pending(current))
			return false;
		if (asked && misc_cg_dying(asked->misc))
			return false;
		schedule_timeout_killable(1);
	}
	return true;
}

static int sgx_encl_kill(struct sgx_encl *encl, struct sgx_cgroup *target, bool asked)
{
	bool dead;

	if (!sgx_encl_lock_patiently(encl, asked ? target : NULL))
		return -EAGAIN;
	dead = encl->holder.dead;
	if (!dead)
		sgx_encl_set_dying(encl, target);
	mutex_unlock(&encl->lock);
	if (dead)
		return -EAGAIN;

	misc_cg_event(MISC_CG_RES_SGX_EPC, target->misc, MISC_CG_EVENT_KILL);
	sgx_encl_sweep(encl);
	return 0;
}

/**
 * sgx_cgroup_awaits_end() - are the pages of a killed enclave still to be freed?
 * @target: top of the subtree in which it was
 *
 * Then nobody else is killed or refused, unless that takes too long: its tenant may keep
 * its pages from being freed.
 *
 * Context: Any context.
 * Return: true if they are.
 */
bool sgx_cgroup_awaits_end(struct sgx_cgroup *target)
{
	if (!atomic_read(&target->nr_dying))
		return false;
	smp_rmb(); /* Pairs with smp_wmb() in sgx_encl_set_dying(). */
	return time_before(jiffies, READ_ONCE(target->dying_since) + SGX_DYING_PATIENCE);
}

static bool sgx_holder_get_encl(struct sgx_epc_holder *holder)
{
	return kref_get_unless_zero(&sgx_holder_encl(holder)->refcount);
}

/**
 * sgx_cgroup_kill_locked() - kill the enclave whose death helps a cgroup most
 * @target: top of the subtree, whose limit is in the way
 * @last_id: the youngest that may be killed
 * @asked: by a write of misc.reclaim
 *
 * Its pages come when sgx_cgroup_awaits_end() says so no longer, or before.
 *
 * Context: Process context, no lock of an enclave and no mmap_lock held;
 * @target->verdict held.
 * Return: the enclave, with a reference; ERR_PTR(-ENOENT) if there is nobody to kill,
 * ERR_PTR(-EAGAIN) if one is dying already or its lock is taken.
 */
struct sgx_encl *sgx_cgroup_kill_locked(struct sgx_cgroup *target, u64 last_id, bool asked)
{
	struct sgx_epc_holder *holder;
	struct sgx_encl *encl;
	int ret;

	lockdep_assert_held(&target->verdict);

	if (sgx_cgroup_awaits_end(target))
		return ERR_PTR(-EAGAIN);
	holder = sgx_cgroup_largest(target, SGX_HOLDER_ENCLAVE, last_id,
				    sgx_holder_get_encl);
	if (!holder)
		return ERR_PTR(-ENOENT);
	if (IS_ERR(holder))
		return ERR_CAST(holder);

	encl = sgx_holder_encl(holder);
	ret = sgx_encl_kill(encl, target, asked);
	if (ret) {
		kref_put(&encl->refcount, sgx_encl_release);
		return ERR_PTR(ret);
	}
	return encl;
}

/* Until its pages were gone over, but not for too long, nor beyond a signal or a removal. */
static long sgx_encl_await_end(struct sgx_encl *encl, struct sgx_cgroup *target)
{
	unsigned long end = jiffies + SGX_DYING_PATIENCE;

	/* A removal wakes nobody. */
	while (READ_ONCE(encl->holder.dying) && time_before(jiffies, end) &&
	       !signal_pending(current) && !misc_cg_dying(target->misc))
		wait_event_interruptible_timeout(target->wait,
						 !READ_ONCE(encl->holder.dying),
						 SGX_LOOK_AGAIN);

	return READ_ONCE(encl->holder.nr_freed);
}

/**
 * sgx_cgroup_kill_one() - the same for a write of misc.reclaim
 * @target: top of the subtree
 * @last_id: the youngest that may be killed
 *
 * Context: Process context, no lock held.
 * Return: number of pages freed, perhaps 0 if others have them in their hands just now, or
 * a lock of the enclave; -errno as sgx_cgroup_kill_locked(), or -EINTR on a signal.
 */
long sgx_cgroup_kill_one(struct sgx_cgroup *target, u64 last_id)
{
	struct sgx_encl *encl;
	long nr_freed;

	if (mutex_lock_interruptible(&target->verdict))
		return -EINTR;
	encl = sgx_cgroup_kill_locked(target, last_id, true);
	mutex_unlock(&target->verdict);
	if (IS_ERR(encl))
		return PTR_ERR(encl);

	nr_freed = sgx_encl_await_end(encl, target);
	kref_put(&encl->refcount, sgx_encl_release);
	return nr_freed;
}

/**
 * sgx_fault_error_code() - what a process is told of a fault that failed
 * @address: where it was
 *
 * A killed enclave looks like one whose EPC was lost in a suspend, which the
 * runtimes of enclaves know how to survive: the fault has the SGX bit.
 *
 * Context: A fault from user mode that ends in SIGBUS, no lock held.
 * Return: bits to add to the error code of the page fault.
 */
unsigned long sgx_fault_error_code(unsigned long address)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	unsigned long bits = 0;
	struct sgx_encl *encl;

	if (mmap_read_lock_killable(mm))
		return 0;
	if (!sgx_encl_find(mm, address, &vma)) {
		encl = vma->vm_private_data;
		if (encl && READ_ONCE(encl->holder.dead))
			bits = X86_PF_SGX;
	}
	mmap_read_unlock(mm);

	return bits;
}
