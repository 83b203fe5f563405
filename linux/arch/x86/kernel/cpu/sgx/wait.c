// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults and ioctls that wait for room in the EPC.
 *
 * The driver's own functions allocate pages under encl->lock, and page faults run
 * under mmap_lock besides, where nobody may wait. So an allocation which does not
 * succeed at once is refused there, and noted in the thread's request. Here, one
 * level up, all locks are dropped, room is made in the thread's own context, and
 * the same function is called again with the pages at hand. A fault then goes
 * back with VM_FAULT_RETRY to find everything in place.
 */

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include "encl.h"
#include "epc_cgroup.h"

/* SECS, page and VA page: no single step of the driver needs more. */
#define SGX_MAX_STEP_PAGES	3

/**
 * sgx_fault_wake() - what may end the wait of a fault
 * @vmf: the fault
 *
 * Context: Any context.
 * Return: any signal for a fault from user mode, which the task takes on its way
 * back, and only a fatal one for a fault from the kernel, which would come again.
 */
enum sgx_wake sgx_fault_wake(struct vm_fault *vmf)
{
	unsigned int user = FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE;

	return (vmf->flags & user) == user ? SGX_WAKE_SIGNAL : SGX_WAKE_FATAL_SIGNAL;
}

/* Bring the page at @addr into the EPC, or add it, but do not map it. */
static void sgx_encl_populate(struct sgx_encl *encl, unsigned long addr)
{
	if (!xa_load(&encl->page_array, PFN_DOWN(addr))) {
		sgx_encl_eaug_page(NULL, encl, addr);
		return;
	}

	mutex_lock(&encl->lock);
	sgx_encl_load_page(encl, addr);
	mutex_unlock(&encl->lock);
}

/*
 * How many pages have to be there at once: a SECS that was loaded stays, but a new page
 * is given back if there is none for its versions.
 */
static unsigned int sgx_encl_least_pages(struct sgx_encl *encl, unsigned long addr)
{
	unsigned int nr_pages = 1;

	mutex_lock(&encl->lock);
	if (!xa_load(&encl->page_array, PFN_DOWN(addr)) &&
	    encl->page_cnt % SGX_VA_SLOT_COUNT == 0)
		nr_pages = 2;
	mutex_unlock(&encl->lock);

	return nr_pages;
}

/*
 * Any error but lack of room is left for the retried fault to find and report.
 * Each time that the step is refused again it needed more pages than it had.
 */
static int sgx_encl_populate_waiting(struct sgx_epc_request *rq,
				     struct sgx_encl *encl, unsigned long addr)
{
	unsigned int nr_pages = 1;
	int ret;

	do {
		rq->nr_least = sgx_encl_least_pages(encl, addr);
		ret = sgx_request_make_room(rq, max(nr_pages, rq->nr_least));
		if (ret)
			return ret;
		sgx_encl_populate(encl, addr);
		nr_pages = min(nr_pages + 1, SGX_MAX_STEP_PAGES);
	} while (sgx_request_refused(rq));

	return 0;
}

/**
 * sgx_fault_waited() - the result of a fault that has waited
 * @mm: the address space, whose mmap_lock was dropped
 * @ret: result of sgx_request_make_room()
 *
 * Context: Process context; mmap_lock is taken again for an error.
 * Return: as the fault operation of a VMA.
 */
vm_fault_t sgx_fault_waited(struct mm_struct *mm, int ret)
{
	if (ret != -ENOMEM)
		return VM_FAULT_RETRY;
	/*
	 * An error is returned with mmap_lock held. The VMA may be another one by
	 * now, but after an error nobody looks at it again.
	 */
	mmap_read_lock(mm);
	return VM_FAULT_SIGBUS;
}

/*
 * What a fault has waited for may be gone again when it is retried, and then it waits
 * once more. That is one request, for which one max event was counted already.
 */
static void sgx_fault_begin(struct sgx_epc_request *rq, struct sgx_epc_holder *holder,
			    struct vm_fault *vmf)
{
	bool counted = test_and_clear_bit(sgx_thread_bit(), holder->counted);

	sgx_request_begin(rq, holder, sgx_fault_wake(vmf));
	if (counted && (vmf->flags & FAULT_FLAG_TRIED)) {
		rq->counted = true;
		rq->refused_at = ktime_get_ns();
	}
}

/**
 * sgx_encl_fault() - handle a page fault in an enclave
 * @vmf: the fault
 *
 * Context: Process context, mmap_lock held; dropped if VM_FAULT_RETRY is returned
 * and FAULT_FLAG_RETRY_NOWAIT was not given.
 * Return: as the fault operation of a VMA.
 */
vm_fault_t sgx_encl_fault(struct vm_fault *vmf)
{
	struct sgx_encl *encl = vmf->vma->vm_private_data;
	struct mm_struct *mm = vmf->vma->vm_mm;
	unsigned long addr = vmf->address;
	struct sgx_epc_request rq;
	vm_fault_t ret;

	/* The fork that made this VMA had no memory to keep track of it. */
	if (unlikely(!encl))
		return VM_FAULT_SIGBUS;
	/* Nor had mremap(), to unmap the copy that it was not allowed to keep. */
	if (unlikely(vmf->vma->vm_pgoff != PFN_DOWN(vmf->vma->vm_start)))
		return VM_FAULT_SIGBUS;

	kref_get(&encl->refcount);
	sgx_fault_begin(&rq, &encl->holder, vmf);
	if (test_bit(SGX_ENCL_INITIALIZED, &encl->flags) &&
	    xa_load(&encl->page_array, PFN_DOWN(addr)))
		sgx_request_for_load(&rq, PFN_DOWN(addr));

	ret = sgx_vma_fault(vmf);
	if (sgx_request_refused(&rq)) {
		if (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY)) {
			ret = sgx_request_reclaim_once(&rq) || !fatal_signal_pending(current) ?
			      VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
		} else if (vmf->flags & FAULT_FLAG_RETRY_NOWAIT) {
			ret = VM_FAULT_RETRY;
		} else {
			mmap_read_unlock(mm);
			ret = sgx_fault_waited(mm, sgx_encl_populate_waiting(&rq, encl, addr));
			if (rq.counted && ret == VM_FAULT_RETRY)
				set_bit(sgx_thread_bit(), encl->holder.counted);
		}
	}

	sgx_request_end(&rq);
	kref_put(&encl->refcount, sgx_encl_release);
	return ret;
}

/* Pin the page of user memory at @src that is to be added to an enclave. */
static int sgx_pin_source(unsigned long src, struct page **page)
{
	struct vm_area_struct *vma;
	int ret = -EFAULT;

	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, src);
	/* What may not be executed outside may not be executed inside either. */
	if (vma && !(vma->vm_flags & VM_MAYEXEC))
		ret = -EACCES;
	else if (vma && get_user_pages(src, 1, 0, page, NULL) == 1)
		ret = 0;
	mmap_read_unlock(current->mm);

	return ret;
}

/**
 * sgx_encl_add_user_page() - add a page to an enclave that is being built
 * @encl: enclave
 * @src: address of its contents in user space
 * @offset: where in the enclave
 * @secinfo: type and permissions
 * @flags: of &struct sgx_enclave_add_pages
 *
 * Reading the source may take for ever, if user space handles its page faults. So
 * that is done first, before encl->lock is taken, which reclaim needs. All that is
 * allocated for the page is one request.
 *
 * Context: An ioctl of the enclave, no lock held.
 * Return: 0 or -errno, as SGX_IOC_ENCLAVE_ADD_PAGES.
 */
int sgx_encl_add_user_page(struct sgx_encl *encl, unsigned long src,
			   unsigned long offset, struct sgx_secinfo *secinfo,
			   unsigned long flags)
{
	struct sgx_epc_request rq;
	struct page *src_page;
	int ret;

	ret = sgx_pin_source(src, &src_page);
	if (ret)
		return ret;

	sgx_request_begin(&rq, &encl->holder, SGX_WAKE_SIGNAL);
	ret = sgx_encl_add_page(encl, src_page, offset, secinfo, flags);
	sgx_request_end(&rq);

	put_page(src_page);
	return ret;
}

/* How often a debugger reclaims for one page, its SECS and its bad luck. */
#define SGX_RESERVE_TRIES	8

/**
 * sgx_encl_reserve_page() - lock an enclave with a page that a debugger wants
 * @encl: enclave
 * @addr: address of the page
 * @vm_flags: of the VMA through which it is wanted
 *
 * Nothing waits here, for whoever asks holds the mmap_lock of the process.
 *
 * Context: Process context, mmap_lock held. Returns with encl->lock held if there is
 * no error.
 * Return: the page or an ERR_PTR: -EAGAIN if no room could be made, -ENOMEM if the
 * enclave is dead, -EFAULT for all else.
 */
struct sgx_encl_page *sgx_encl_reserve_page(struct sgx_encl *encl, unsigned long addr,
					    unsigned long vm_flags)
{
	struct sgx_encl_page *entry;
	struct sgx_epc_request rq;
	bool refused;
	int tries;

	sgx_request_begin(&rq, &encl->holder, SGX_WAKE_FATAL_SIGNAL);
	for (tries = 0; tries < SGX_RESERVE_TRIES; tries++) {
		mutex_lock(&encl->lock);
		entry = sgx_encl_load_page_in_vma(encl, addr, vm_flags);
		refused = sgx_request_refused(&rq);
		if (!IS_ERR(entry))
			break;
		mutex_unlock(&encl->lock);

		if (!refused)
			break;
		entry = ERR_PTR(-EAGAIN);
		if (!sgx_request_reclaim_once(&rq) || fatal_signal_pending(current))
			break;
	}
	sgx_request_end(&rq);

	return entry;
}

/* Wait until no reclaimer has the page any more. Returns 0 or -ERESTARTSYS. */
static int sgx_wait_isolated(void)
{
	schedule_timeout_interruptible(1);
	return signal_pending(current) ? -ERESTARTSYS : 0;
}

/**
 * sgx_encl_lock_page() - lock an enclave with one of its pages in the EPC
 * @encl: enclave
 * @addr: address of the page
 *
 * The page stays out of the hands of reclaimers until the next call for this
 * enclave or sgx_encl_unlock_pages(), also when encl->lock is dropped and taken.
 *
 * Context: An ioctl of the enclave, no lock held. Returns with encl->lock held.
 * Return: the page or an ERR_PTR: -ERESTARTSYS on a signal, -ENOMEM when nothing
 * is left to reclaim or the enclave is dead, -EFAULT for all else.
 */
struct sgx_encl_page *sgx_encl_lock_page(struct sgx_encl *encl, unsigned long addr)
{
	struct sgx_encl_page *entry;
	struct sgx_epc_request rq;
	int ret = 0;

	sgx_request_begin(&rq, &encl->holder, SGX_WAKE_SIGNAL);
	for (;;) {
		mutex_lock(&encl->lock);
		if (ret) {
			entry = ERR_PTR(ret);
			break;
		}

		entry = sgx_encl_load_page(encl, addr);
		if (sgx_request_refused(&rq)) {
			mutex_unlock(&encl->lock);
			ret = sgx_request_make_room(&rq, 1);
		} else if (IS_ERR(entry)) {
			entry = ERR_PTR(encl->holder.dead ? -ENOMEM : -EFAULT);
			break;
		} else if (!sgx_holder_hold_page(&encl->holder, entry->epc_page)) {
			mutex_unlock(&encl->lock);
			ret = sgx_wait_isolated();
		} else {
			break;
		}
	}
	sgx_request_end(&rq);

	return entry;
}

/**
 * sgx_encl_unlock_pages() - end an ioctl that used sgx_encl_lock_page()
 * @encl: enclave
 * @ret: what the ioctl is about to return
 * @count: how many bytes it did
 *
 * Context: An ioctl of the enclave, no lock held.
 * Return: @ret, but 0 if a signal came when something was done already: user
 * space sees @count and calls again.
 */
long sgx_encl_unlock_pages(struct sgx_encl *encl, long ret, unsigned long count)
{
	sgx_holder_release_page(&encl->holder);

	return ret == -ERESTARTSYS && count ? 0 : ret;
}
