// SPDX-License-Identifier: GPL-2.0
/*
 * EPC that is given to a virtual machine: how it comes, and how it goes.
 *
 * Such a page is charged when it is first touched, and never reclaimed. When a
 * limit refuses it, pages of enclaves below that limit are reclaimed; if that does
 * not make room, the fault fails. What the pages hold is the guest's business, so
 * all that can be done is to take a whole instance back: to revoke it.
 */

#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <asm/trace/sgx.h>
#include "encls.h"
#include "epc_cgroup.h"

/* As many pages as vepc->lock or the lock of the zombies is held over at once. */
#define SGX_VEPC_BATCH	64

/*
 * SECS pages of instances that are gone, which EREMOVE refuses as long as another
 * instance has pages of the same enclave. They stay charged.
 */
static LIST_HEAD(sgx_zombies);
static unsigned long sgx_nr_zombies;
static DEFINE_MUTEX(sgx_zombies_lock);

/* Make sure that there is a page at @index. */
static struct sgx_epc_page *sgx_vepc_populate(struct sgx_vepc *vepc, unsigned long index)
{
	struct sgx_epc_page *page;
	int ret;

	lockdep_assert_held(&vepc->lock);

	if (vepc->holder.dead)
		return ERR_PTR(-ENODEV);

	page = xa_load(&vepc->page_array, index);
	if (page)
		return page;

	page = sgx_holder_alloc_page(&vepc->holder, vepc, false);
	if (IS_ERR(page))
		return page;

	ret = xa_err(xa_store(&vepc->page_array, index, page, GFP_KERNEL));
	if (ret) {
		sgx_free_epc_page(page);
		return ERR_PTR(ret);
	}
	return page;
}

/* An instance that was revoked meanwhile is left for the retried fault to find. */
static int sgx_vepc_populate_waiting(struct sgx_epc_request *rq,
				     struct sgx_vepc *vepc, unsigned long index)
{
	int ret;

	do {
		ret = sgx_request_make_room(rq, 1);
		if (ret)
			return ret;
		mutex_lock(&vepc->lock);
		sgx_vepc_populate(vepc, index);
		mutex_unlock(&vepc->lock);
	} while (sgx_request_refused(rq));

	return 0;
}

static vm_fault_t sgx_vepc_map_page(struct vm_fault *vmf, struct sgx_vepc *vepc,
				    unsigned long index)
{
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct sgx_epc_page *page;

	mutex_lock(&vepc->lock);
	page = sgx_vepc_populate(vepc, index);
	if (!IS_ERR(page))
		ret = vmf_insert_pfn(vmf->vma, vmf->address,
				     PFN_DOWN(sgx_get_epc_phys_addr(page)));
	mutex_unlock(&vepc->lock);

	return ret == VM_FAULT_NOPAGE ? ret : VM_FAULT_SIGBUS;
}

/**
 * sgx_vepc_fault() - handle a page fault in EPC given to a virtual machine
 * @vmf: the fault
 *
 * Context: as sgx_encl_fault().
 * Return: as the fault operation of a VMA.
 */
vm_fault_t sgx_vepc_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long index = vma->vm_pgoff + PFN_DOWN(vmf->address - vma->vm_start);
	struct sgx_vepc *vepc = vma->vm_private_data;
	struct file *file = get_file(vma->vm_file);
	struct mm_struct *mm = vma->vm_mm;
	struct sgx_epc_request rq;
	vm_fault_t ret;

	sgx_request_begin(&rq, &vepc->holder, sgx_fault_wake(vmf));

	ret = sgx_vepc_map_page(vmf, vepc, index);
	if (sgx_request_refused(&rq)) {
		if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY)) {
			ret = sgx_request_comes_again(&rq) ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
		} else if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) {
			ret = VM_FAULT_RETRY;
		} else {
			mmap_read_unlock(mm);
			ret = sgx_fault_waited(mm, sgx_vepc_populate_waiting(&rq, vepc, index));
		}
	}

	sgx_request_end(&rq);
	fput(file);
	return ret;
}

/*
 * EREMOVE a page, whatever a guest has left in it. This fails for a SECS that has
 * children, for a page of an enclave that a virtual CPU is in, by way of another
 * instance, and while a guest works on the page.
 */
static int sgx_vepc_remove_page(struct sgx_epc_page *page)
{
	int ret = __eremove(sgx_get_epc_virt_addr(page));

	/* Anything else can be brought about by a guest. */
	WARN_ON_ONCE(encls_faulted(ret) && ENCLS_TRAPNR(ret) != X86_TRAP_GP);
	return ret;
}

typedef long (*sgx_vepc_fn)(struct sgx_vepc *vepc, unsigned long index,
			    struct sgx_epc_page *page);

/* The sum of what @fn says for each page, or its first -errno. */
static long sgx_vepc_walk(struct sgx_vepc *vepc, sgx_vepc_fn fn)
{
	struct sgx_epc_page *page;
	unsigned long index;
	unsigned int nr = 0;
	long sum = 0;
	long ret;

	mutex_lock(&vepc->lock);
	xa_for_each(&vepc->page_array, index, page) {
		ret = fn(vepc, index, page);
		if (ret < 0) {
			sum = ret;
			break;
		}
		sum += ret;
		if (++nr % SGX_VEPC_BATCH)
			continue;
		mutex_unlock(&vepc->lock);
		cond_resched();
		mutex_lock(&vepc->lock);
	}
	mutex_unlock(&vepc->lock);

	return sum;
}

static long sgx_vepc_free_page(struct sgx_vepc *vepc, unsigned long index,
			       struct sgx_epc_page *page)
{
	if (sgx_vepc_remove_page(page))
		return 0;

	xa_erase(&vepc->page_array, index);
	sgx_free_epc_page(page);
	return 1;
}

/*
 * The last try before the instance goes. A SECS whose children are elsewhere stays
 * charged until they are gone; a page that is refused for another reason is lost,
 * until it is given back all the same.
 */
static long sgx_vepc_bury_page(struct sgx_vepc *vepc, unsigned long index,
			       struct sgx_epc_page *page)
{
	int ret = sgx_vepc_remove_page(page);

	xa_erase(&vepc->page_array, index);
	if (!ret) {
		sgx_free_epc_page(page);
		return 1;
	}
	if (ret == SGX_CHILD_PRESENT)
		sgx_holder_forget_page(page);
	else
		sgx_page_leaked(page);

	mutex_lock(&sgx_zombies_lock);
	list_add_tail(&page->list, &sgx_zombies);
	sgx_nr_zombies++;
	mutex_unlock(&sgx_zombies_lock);
	return 1;
}

static long sgx_vepc_empty_page(struct sgx_vepc *vepc, unsigned long index,
				struct sgx_epc_page *page)
{
	int ret = sgx_vepc_remove_page(page);

	/* User space retries when the children of a SECS are gone. */
	if (ret == SGX_CHILD_PRESENT)
		return 1;
	return ret ? -EBUSY : 0;
}

/*
 * Try each zombie again that there is now. Whoever else is at it takes from the
 * same end of the list, so after as many tries each was tried since the call.
 */
static void sgx_vepc_free_zombies(void)
{
	struct sgx_epc_page *page;
	unsigned long nr;

	mutex_lock(&sgx_zombies_lock);
	for (nr = sgx_nr_zombies; nr && !list_empty(&sgx_zombies); nr--) {
		page = list_first_entry(&sgx_zombies, struct sgx_epc_page, list);
		if (sgx_vepc_remove_page(page)) {
			list_move_tail(&page->list, &sgx_zombies);
		} else {
			list_del(&page->list);
			sgx_nr_zombies--;
			sgx_free_epc_page(page);
		}
		if (nr % SGX_VEPC_BATCH)
			continue;
		mutex_unlock(&sgx_zombies_lock);
		cond_resched();
		mutex_lock(&sgx_zombies_lock);
	}
	mutex_unlock(&sgx_zombies_lock);
}

/* From now on nobody gets a page, or maps one. False if that is so already. */
static bool sgx_vepc_end(struct sgx_vepc *vepc)
{
	bool dead;

	mutex_lock(&vepc->lock);
	dead = vepc->holder.dead;
	WRITE_ONCE(vepc->holder.dead, true);
	mutex_unlock(&vepc->lock);

	return !dead;
}

/* All that EREMOVE gives back; a SECS only when its children are gone. */
static long sgx_vepc_free_pages(struct sgx_vepc *vepc)
{
	long nr_pages;

	nr_pages = sgx_vepc_walk(vepc, sgx_vepc_free_page);
	nr_pages += sgx_vepc_walk(vepc, sgx_vepc_free_page);
	return nr_pages;
}

static bool sgx_vepc_get(struct sgx_epc_holder *holder)
{
	return kref_get_unless_zero(&sgx_holder_vepc(holder)->refcount);
}

static void sgx_vepc_put_last(struct kref *ref)
{
	struct sgx_vepc *vepc = container_of(ref, struct sgx_vepc, refcount);

	sgx_holder_exit(&vepc->holder);
	xa_destroy(&vepc->page_array);
	kfree(vepc);
}

/**
 * sgx_vepc_remove_all() - empty all pages of an instance, but keep them
 * @vepc: instance
 *
 * Context: An ioctl of the instance.
 * Return: number of SECS pages that still have children, -EBUSY if a page is in
 * use, -ENODEV if the instance was revoked.
 */
long sgx_vepc_remove_all(struct sgx_vepc *vepc)
{
	long ret = sgx_vepc_walk(vepc, sgx_vepc_empty_page);

	return READ_ONCE(vepc->holder.dead) ? -ENODEV : ret;
}

/**
 * sgx_vepc_release() - the last reference to the file of an instance is gone
 * @inode: of the file
 * @file: the file
 *
 * A page that EREMOVE refuses becomes a zombie, and is tried again whenever pages
 * of some instance were freed. Who frees the last child of a SECS later than this
 * looks at the zombies later, too.
 *
 * Context: The release operation of the file.
 * Return: 0.
 */
int sgx_vepc_release(struct inode *inode, struct file *file)
{
	struct sgx_vepc *vepc = file->private_data;

	sgx_vepc_end(vepc);
	sgx_vepc_free_pages(vepc);
	sgx_vepc_walk(vepc, sgx_vepc_bury_page);
	sgx_vepc_free_zombies();
	kref_put(&vepc->refcount, sgx_vepc_put_last);

	return 0;
}

/* Return the number of pages freed, 0 if somebody else is at it. */
static long sgx_vepc_revoke(struct sgx_vepc *vepc, struct sgx_cgroup *target)
{
	long nr_pages;

	if (!sgx_vepc_end(vepc))
		return 0;

	/* Virtual CPUs leave their guests, and find nothing when they return. */
	unmap_mapping_range(&vepc->holder.mapping, 0, 0, 1);
	nr_pages = sgx_vepc_free_pages(vepc);
	sgx_vepc_free_zombies();

	misc_cg_event(MISC_CG_RES_SGX_EPC, target->misc, MISC_CG_EVENT_REVOKE);
	trace_sgx_vepc_revoke(target, &vepc->holder, nr_pages);
	sgx_cgroup_log_end("vEPC revoked", target, &vepc->holder, nr_pages);
	return nr_pages;
}

/**
 * sgx_cgroup_revoke_one() - take the largest vEPC instance of a subtree back
 * @target: its top, where the event is counted
 * @last_id: the youngest that may go
 *
 * Pages that EREMOVE refuses stay with the instance, and charged, until its file is
 * closed. If it gives back none at all, the next instance is revoked.
 *
 * Context: Process context, no lock of an instance and no mmap_lock held.
 * Return: number of pages freed, 0 if there was nobody to revoke.
 */
long sgx_cgroup_revoke_one(struct sgx_cgroup *target, u64 last_id)
{
	struct sgx_epc_holder *holder;
	long nr_pages = 0;

	while (!nr_pages) {
		holder = sgx_cgroup_largest(target, SGX_HOLDER_VEPC, last_id,
					    sgx_vepc_get);
		if (!holder)
			break;
		/* About to be released, and no longer on the list then. */
		if (IS_ERR(holder)) {
			cond_resched();
			continue;
		}
		nr_pages = sgx_vepc_revoke(sgx_holder_vepc(holder), target);
		kref_put(&sgx_holder_vepc(holder)->refcount, sgx_vepc_put_last);
	}
	return nr_pages;
}
