// SPDX-License-Identifier: GPL-2.0
/*
 * Page faults in EPC that is given to a virtual machine.
 *
 * Such a page is charged when it is first touched, and never taken back. When a
 * limit refuses it, pages of enclaves below that limit are reclaimed; if that does
 * not make room, the fault fails.
 */

#include <linux/file.h>
#include <linux/mm.h>
#include "epc_cgroup.h"
#include "sgx.h"

/* Make sure that there is a page at @index. */
static struct sgx_epc_page *sgx_vepc_populate(struct sgx_vepc *vepc, unsigned long index)
{
	struct sgx_epc_page *page;
	int ret;

	lockdep_assert_held(&vepc->lock);

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
			ret = VM_FAULT_SIGBUS;
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
