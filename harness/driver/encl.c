// SPDX-License-Identifier: GPL-2.0
/*
 * What the driver does for an enclave: its pages in the EPC and outside, its VA pages,
 * loading, adding, faults, and its end. Where the kernel's driver calls ours, by the
 * hooks, this does, under the same locks.
 */
#include <harness/harness.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include "encl_internal.h"
#include "harness_sgx.h"

unsigned int harness_va_slots = 512;

struct sgx_encl_page *harness_encl_page_new(struct sgx_encl *encl, unsigned long index)
{
	struct sgx_encl_page *entry = kzalloc(sizeof(*entry), GFP_KERNEL);

	if (!entry)
		return ERR_PTR(-ENOMEM);
	entry->desc = encl->base + index * PAGE_SIZE;
	entry->encl = encl;
	return entry;
}

/* One more page: with a VA page of its own for each so many, else %NULL. */
struct sgx_va_page *harness_encl_grow(struct sgx_encl *encl, bool reclaim)
{
	struct sgx_va_page *va_page = NULL;
	struct sgx_epc_page *page;

	if (!(encl->page_cnt % harness_va_slots)) {
		va_page = kzalloc(sizeof(*va_page), GFP_KERNEL);
		if (!va_page)
			return ERR_PTR(-ENOMEM);
		page = sgx_holder_alloc_page(&encl->holder, &encl->secs, reclaim);
		if (!IS_ERR(page) && harness_encls_add(HARNESS_EPA, page, NULL, 0)) {
			sgx_encl_free_epc_page(page);
			page = ERR_PTR(-EFAULT);
		}
		if (IS_ERR(page)) {
			kfree(va_page);
			return ERR_CAST(page);
		}
		va_page->epc_page = page;
		INIT_LIST_HEAD(&va_page->list);
	}
	encl->page_cnt++;
	return va_page;
}

void harness_encl_shrink(struct sgx_encl *encl, struct sgx_va_page *va_page)
{
	encl->page_cnt--;
	if (!va_page)
		return;
	list_del(&va_page->list);
	sgx_encl_free_epc_page(va_page->epc_page);
	kfree(va_page);
}

static unsigned long backing_index(struct sgx_encl_page *entry)
{
	struct sgx_encl *encl = entry->encl;

	return entry == &encl->secs ? PFN_DOWN(encl->size) : PFN_DOWN(entry->desc - encl->base);
}

/* EWB: its version takes a slot of a VA page, of which there always is one. */
void sgx_encl_ewb(struct sgx_epc_page *page, struct sgx_backing *backing)
{
	struct sgx_encl_page *entry = page->owner;
	struct sgx_encl *encl = entry->encl;
	struct sgx_va_page *va_page;
	int ret;

	lockdep_assert_held(&encl->lock);

	ret = harness_encls_write(page, &backing->contents->contents);
	/* What is lost has no version, and so is not loaded again. */
	if (ret == (ENCLS_FAULT_FLAG | X86_TRAP_PF))
		return;
	if (ret)
		harness_fail("EWB returned 0x%x", ret);
	list_for_each_entry(va_page, &encl->va_pages, list) {
		if (va_page->nr_used == harness_va_slots)
			continue;
		va_page->nr_used++;
		entry->va_page = va_page;
		return;
	}
	harness_fail("no slot is left in a VA page");
}

/* Bring a page, or the SECS, back into the EPC. */
static struct sgx_epc_page *load(struct sgx_encl_page *entry, struct sgx_epc_page *secs)
{
	struct sgx_encl *encl = entry->encl;
	struct sgx_epc_page *page;
	u64 contents;
	int ret;

	if (!entry->va_page)
		return ERR_PTR(-EFAULT);
	page = sgx_holder_alloc_page(&encl->holder, entry, false);
	if (IS_ERR(page))
		return page;
	ret = harness_backing_read(encl->backing, backing_index(entry), &contents);
	if (!ret)
		ret = harness_encls_add(HARNESS_ELDU, page, secs, contents);
	if (ret) {
		sgx_encl_free_epc_page(page);
		return ERR_PTR(-EFAULT);
	}
	harness_backing_drop(encl->backing, backing_index(entry));
	entry->va_page->nr_used--;
	entry->va_page = NULL;
	entry->epc_page = page;
	sgx_holder_count_loaded(&encl->holder);
	return page;
}

static struct sgx_epc_page *load_secs(struct sgx_encl *encl)
{
	return encl->secs.epc_page ?: load(&encl->secs, NULL);
}

struct sgx_encl_page *sgx_encl_load_page(struct sgx_encl *encl, unsigned long addr)
{
	struct sgx_encl_page *entry = xa_load(&encl->page_array, PFN_DOWN(addr));
	struct sgx_epc_page *page;

	lockdep_assert_held(&encl->lock);

	if (!entry)
		return ERR_PTR(-EFAULT);
	if (encl->holder.dead)
		return ERR_PTR(-ENOMEM);
	if (entry->epc_page)
		return entry;
	page = load_secs(encl);
	if (!IS_ERR(page))
		page = load(entry, page);
	if (IS_ERR(page))
		return ERR_CAST(page);
	encl->secs_child_cnt++;
	sgx_mark_page_reclaimable(page);
	return entry;
}

struct sgx_encl_page *sgx_encl_load_page_in_vma(struct sgx_encl *encl, unsigned long addr,
						unsigned long vm_flags)
{
	return sgx_encl_load_page(encl, addr);
}

/* Put @page, a child of the SECS, where @entry is. Under encl->lock, all is there. */
int harness_encl_insert(struct sgx_encl *encl, struct sgx_encl_page *entry,
			struct sgx_epc_page *page, struct sgx_va_page *va_page,
			enum harness_leaf leaf)
{
	int ret;

	lockdep_assert_held(&encl->lock);

	if (va_page)
		list_add(&va_page->list, &encl->va_pages);
	ret = encl->holder.dead ? -ENOMEM :
	      xa_insert(&encl->page_array, PFN_DOWN(entry->desc), entry, GFP_KERNEL);
	if (!ret && harness_encls_add(leaf, page, encl->secs.epc_page, entry->desc)) {
		xa_erase(&encl->page_array, PFN_DOWN(entry->desc));
		ret = -EIO;
	}
	if (ret) {
		harness_encl_shrink(encl, va_page);
		return ret;
	}
	entry->epc_page = page;
	encl->secs_child_cnt++;
	sgx_mark_page_reclaimable(page);
	return 0;
}

/* Two threads that touch the same new page both go on; -EBUSY is for them, too. */
static vm_fault_t fault_result(int ret)
{
	return ret == -EBUSY ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
}

static int augment(struct sgx_encl *encl, struct sgx_encl_page *entry)
{
	struct sgx_va_page *va_page;
	struct sgx_epc_page *page;
	int ret;

	page = load_secs(encl);
	if (IS_ERR(page))
		return PTR_ERR(page);
	page = sgx_holder_alloc_page(&encl->holder, entry, false);
	if (IS_ERR(page))
		return PTR_ERR(page);
	va_page = harness_encl_grow(encl, false);
	ret = IS_ERR(va_page) ? PTR_ERR(va_page) :
	      harness_encl_insert(encl, entry, page, va_page, HARNESS_EAUG);
	if (ret)
		sgx_encl_free_epc_page(page);
	return ret;
}

vm_fault_t sgx_encl_eaug_page(struct vm_area_struct *vma, struct sgx_encl *encl,
			      unsigned long addr)
{
	struct sgx_encl_page *entry;
	int ret;

	if (!test_bit(SGX_ENCL_INITIALIZED, &encl->flags))
		return VM_FAULT_SIGBUS;
	entry = harness_encl_page_new(encl, PFN_DOWN(addr - encl->base));
	if (IS_ERR(entry))
		return VM_FAULT_OOM;

	mutex_lock(&encl->lock);
	ret = augment(encl, entry);
	if (!ret && vma)
		ret = vmf_insert_pfn(vma, addr,
				     PFN_DOWN(sgx_get_epc_phys_addr(entry->epc_page))) ==
		      VM_FAULT_NOPAGE ? 0 : -EFAULT;
	else if (ret)
		kfree(entry);
	mutex_unlock(&encl->lock);
	return ret ? fault_result(ret) : VM_FAULT_NOPAGE;
}

vm_fault_t sgx_vma_fault(struct vm_fault *vmf)
{
	struct sgx_encl *encl = vmf->vma->vm_private_data;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct sgx_encl_page *entry;

	if (!xa_load(&encl->page_array, PFN_DOWN(vmf->address)))
		return sgx_encl_eaug_page(vmf->vma, encl, vmf->address);

	mutex_lock(&encl->lock);
	entry = sgx_encl_load_page_in_vma(encl, vmf->address, vmf->vma->vm_flags);
	if (IS_ERR(entry))
		ret = fault_result(PTR_ERR(entry));
	else if (vmf_insert_pfn(vmf->vma, vmf->address,
				PFN_DOWN(sgx_get_epc_phys_addr(entry->epc_page))) ==
		 VM_FAULT_NOPAGE)
		ret = VM_FAULT_NOPAGE;
	mutex_unlock(&encl->lock);
	return ret;
}

static void free_pages(struct sgx_encl *encl)
{
	struct sgx_encl_page *entry;
	unsigned long index;

	xa_for_each(&encl->page_array, index, entry) {
		if (entry->epc_page) {
			/* Nobody has a reference, so no reclaimer has the page. */
			if (sgx_unmark_page_reclaimable(entry->epc_page))
				harness_fail("page of a released enclave is isolated");
			sgx_encl_free_epc_page(entry->epc_page);
			encl->secs_child_cnt--;
		}
		kfree(entry);
	}
	xa_destroy(&encl->page_array);
}

void sgx_encl_release(struct kref *ref)
{
	struct sgx_encl *encl = container_of(ref, struct sgx_encl, refcount);

	free_pages(encl);
	WARN_ON_ONCE(encl->secs_child_cnt);
	if (encl->secs.epc_page)
		sgx_encl_free_epc_page(encl->secs.epc_page);
	while (!list_empty(&encl->va_pages))
		harness_encl_shrink(encl, list_first_entry(&encl->va_pages,
							   struct sgx_va_page, list));
	if (encl->backing)
		fput(encl->backing);
	sgx_holder_exit(&encl->holder);
	kfree(encl);
}
