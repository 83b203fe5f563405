// SPDX-License-Identifier: GPL-2.0
/*
 * Killing an enclave: taking all its EPC away for good.
 *
 * The enclave is dead from the moment at which encl->lock is held to say so. From
 * then on nobody gets a page for it or maps one. Its pages are freed here, but
 * those that somebody has in his hands: a reclaimer frees them unwritten, and a
 * builder when it sees what happened. Everything else of the enclave goes as usual
 * when its last file, mapping and process are gone.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/smp.h>
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
static bool sgx_encl_sweep_batch(struct sgx_encl *encl, unsigned long *next,
				 unsigned long *nr_freed)
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
			(*nr_freed)++;
		else
			sgx_mark_page_reclaimable(entry->epc_page);
	}
	*next = ULONG_MAX;

	*nr_freed += sgx_encl_drop_va_pages(encl, left);
	if (!list_empty(&encl->va_pages))
		return true;
	*nr_freed += sgx_encl_drop_secs(encl);
	return false;
}

/**
 * sgx_encl_sweep() - free the pages of a dead enclave that nobody works on
 * @encl: the enclave
 *
 * A page fault that did not see it dead yet has its page mapped when this comes,
 * and so loses it.
 *
 * Context: Process context, no lock of an enclave held, a reference to @encl.
 * Return: number of pages freed.
 */
unsigned long sgx_encl_sweep(struct sgx_encl *encl)
{
	unsigned long nr_freed = 0;
	unsigned long next = 0;
	bool more;

	unmap_mapping_range(&encl->holder.mapping, 0, 0, 1);
	do {
		mutex_lock(&encl->lock);
		more = sgx_encl_sweep_batch(encl, &next, &nr_freed);
		mutex_unlock(&encl->lock);
		cond_resched();
	} while (more);

	return nr_freed;
}

/* Whoever holds the lock is not waited for longer than it takes him normally. */
static bool sgx_encl_lock_patiently(struct sgx_encl *encl)
{
	unsigned long end = jiffies + SGX_KILL_PATIENCE;

	while (!mutex_trylock(&encl->lock)) {
		if (time_after(jiffies, end) || fatal_signal_pending(current))
			return false;
		schedule_timeout_killable(1);
	}
	return true;
}

static long sgx_encl_kill(struct sgx_encl *encl)
{
	bool dead;
	long nr_freed;

	if (!sgx_encl_lock_patiently(encl))
		return -EAGAIN;
	dead = encl->holder.dead;
	WRITE_ONCE(encl->holder.dead, true);
	mutex_unlock(&encl->lock);
	if (dead)
		return -EAGAIN;

	nr_freed = sgx_encl_sweep(encl);
	shmem_truncate_range(file_inode(encl->backing), 0, (loff_t)-1);
	sgx_holder_forget_written(&encl->holder);
	return nr_freed;
}

static bool sgx_holder_get_encl(struct sgx_epc_holder *holder)
{
	return kref_get_unless_zero(&sgx_holder_encl(holder)->refcount);
}

/**
 * sgx_cgroup_kill_locked() - kill the enclave whose death helps a cgroup most
 * @target: top of the subtree, whose limit is in the way
 *
 * Context: Process context, no lock of an enclave and no mmap_lock held;
 * @target->verdict held.
 * Return: number of pages freed, perhaps 0 if others have them in their hands just
 * now; -ENOENT if there is nobody to kill; -EAGAIN if one is dying already.
 */
long sgx_cgroup_kill_locked(struct sgx_cgroup *target)
{
	struct sgx_epc_holder *holder;
	struct sgx_encl *encl;
	long nr_freed;

	lockdep_assert_held(&target->verdict);

	holder = sgx_cgroup_largest(target, SGX_HOLDER_ENCLAVE, sgx_holder_get_encl);
	if (!holder)
		return -ENOENT;
	if (IS_ERR(holder))
		return PTR_ERR(holder);

	encl = sgx_holder_encl(holder);
	nr_freed = sgx_encl_kill(encl);
	if (nr_freed >= 0) {
		misc_cg_event(MISC_CG_RES_SGX_EPC, target->misc, MISC_CG_EVENT_KILL);
		trace_sgx_encl_kill(target, holder, nr_freed);
		sgx_cgroup_log_end("enclave killed", target, holder, nr_freed);
	}
	kref_put(&encl->refcount, sgx_encl_release);

	return nr_freed;
}

/**
 * sgx_cgroup_kill_one() - the same, where no verdict is being reached
 * @target: top of the subtree
 *
 * Context: Process context, no lock held.
 * Return: as sgx_cgroup_kill_locked(), or -EINTR on a signal.
 */
long sgx_cgroup_kill_one(struct sgx_cgroup *target)
{
	long ret;

	if (mutex_lock_interruptible(&target->verdict))
		return -EINTR;
	ret = sgx_cgroup_kill_locked(target);
	mutex_unlock(&target->verdict);

	return ret;
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
