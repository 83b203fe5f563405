// SPDX-License-Identifier: GPL-2.0
/* Address spaces, their page tables, memory cgroups, and an instruction's use of a page. */
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "harness_sgx.h"

static struct page source_page;

struct mem_cgroup *harness_memcg_new(long limit)
{
	struct mem_cgroup *memcg = kzalloc(sizeof(*memcg), GFP_KERNEL);

	atomic_set(&memcg->refs, 1);
	memcg->limit = limit;
	return memcg;
}

struct mem_cgroup *get_mem_cgroup_from_mm(struct mm_struct *mm)
{
	if (!mm || !mm->memcg)
		return NULL;
	atomic_inc(&mm->memcg->refs);
	return mm->memcg;
}

void mem_cgroup_put(struct mem_cgroup *memcg)
{
	if (memcg && atomic_dec_and_test(&memcg->refs)) {
		if (atomic_long_read(&memcg->usage))
			harness_fail("memory cgroup is released with pages charged");
		kfree(memcg);
	}
}

static void add_source(struct mm_struct *mm, unsigned long start, unsigned long flags)
{
	struct vm_area_struct *vma = kzalloc(sizeof(*vma), GFP_KERNEL);

	if (!vma)
		harness_fail("no memory for an address space");
	vma->vm_start = start;
	vma->vm_end = start + PAGE_SIZE;
	vma->vm_flags = flags;
	vma->vm_mm = mm;
	list_add_tail(&vma->in_mm, &mm->vmas);
}

/* Takes over the caller's reference to @memcg, which may be %NULL. */
struct mm_struct *harness_mm_new(struct mem_cgroup *memcg)
{
	struct mm_struct *mm = kzalloc(sizeof(*mm), GFP_KERNEL);

	if (!mm)
		harness_fail("no memory for an address space");
	init_rwsem(&mm->mmap_lock);
	spin_lock_init(&mm->page_table_lock);
	INIT_LIST_HEAD(&mm->vmas);
	xa_init(&mm->ptes);
	mm->memcg = memcg;
	add_source(mm, HARNESS_SOURCE, VM_READ | VM_MAYEXEC);
	add_source(mm, HARNESS_NOEXEC_SOURCE, VM_READ);
	return mm;
}

void harness_mm_free(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long index;
	pte_t *pte;

	while (!list_empty(&mm->vmas)) {
		vma = list_last_entry(&mm->vmas, struct vm_area_struct, in_mm);
		if (vma->vm_file) {
			harness_munmap(vma);
		} else {
			list_del(&vma->in_mm);
			kfree(vma);
		}
	}
	xa_for_each(&mm->ptes, index, pte)
		kfree(pte);
	xa_destroy(&mm->ptes);
	mem_cgroup_put(mm->memcg);
	kfree(mm);
}

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma, *found = NULL;

	lockdep_assert_held(&mm->mmap_lock);
	list_for_each_entry(vma, &mm->vmas, in_mm) {
		if (addr < vma->vm_end && (!found || vma->vm_end < found->vm_end))
			found = vma;
	}
	return found;
}

struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = find_vma(mm, addr);

	return vma && vma->vm_start <= addr ? vma : NULL;
}

long get_user_pages(unsigned long start, unsigned long nr, unsigned int flags,
		    struct page **pages, struct vm_area_struct **vmas)
{
	struct vm_area_struct *vma = vma_lookup(current->mm, start);

	might_sleep();
	if (!vma || vma->vm_file)
		return -EFAULT;
	*pages = &source_page;
	return 1;
}

void put_page(struct page *page)
{
	if (page != &source_page)
		harness_fail("put_page() of an unknown page");
}

int follow_pte(struct mm_struct *mm, unsigned long addr, pte_t **pte, spinlock_t **ptl)
{
	*pte = xa_load(&mm->ptes, PFN_DOWN(addr));
	if (!*pte)
		return -EINVAL;
	*ptl = &mm->page_table_lock;
	spin_lock(*ptl);
	if ((*pte)->present)
		return 0;
	spin_unlock(*ptl);
	return -EINVAL;
}

int ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	bool young = pte->young;

	lockdep_assert_held(&vma->vm_mm->page_table_lock);
	pte->young = false;
	return young;
}

static void zap_pte(struct vm_area_struct *vma, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte;

	if (follow_pte(vma->vm_mm, addr, &pte, &ptl))
		return;
	pte->present = false;
	spin_unlock(ptl);
}

void zap_vma_ptes(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	unsigned long end = addr + size;

	if (!range_in_vma(vma, addr, end))
		return;
	for (; addr < end; addr += PAGE_SIZE)
		zap_pte(vma, addr);
}

void unmap_mapping_range(struct address_space *mapping, loff_t begin, loff_t size, int even_cows)
{
	struct vm_area_struct *vma;

	might_sleep();
	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, 0, ULONG_MAX)
		zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	i_mmap_unlock_read(mapping);
}

static pte_t *get_pte(struct mm_struct *mm, unsigned long addr)
{
	pte_t *pte = xa_load(&mm->ptes, PFN_DOWN(addr));
	int ret;

	if (pte)
		return pte;
	pte = kzalloc(sizeof(*pte), GFP_KERNEL);
	if (!pte)
		return NULL;
	ret = xa_insert(&mm->ptes, PFN_DOWN(addr), pte, GFP_KERNEL);
	if (ret)
		kfree(pte);
	return ret == -ENOMEM ? NULL : xa_load(&mm->ptes, PFN_DOWN(addr));
}

vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn)
{
	pte_t *pte = get_pte(vma->vm_mm, addr);

	if (!pte)
		return VM_FAULT_OOM;
	spin_lock(&vma->vm_mm->page_table_lock);
	if (!pte->present)
		*pte = (pte_t){ .present = true, .pfn = pfn };
	spin_unlock(&vma->vm_mm->page_table_lock);
	return VM_FAULT_NOPAGE;
}

static void vma_link(struct vm_area_struct *vma, struct mm_struct *mm)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	list_add_tail(&vma->in_mm, &mm->vmas);
	i_mmap_lock_write(mapping);
	list_add_tail(&vma->in_mapping, &mapping->i_mmap);
	i_mmap_unlock_write(mapping);
}

static unsigned long end_of(struct mm_struct *mm)
{
	struct vm_area_struct *vma;
	unsigned long end = 0;

	list_for_each_entry(vma, &mm->vmas, in_mm)
		end = max(end, vma->vm_end);
	return end;
}

struct vm_area_struct *harness_mmap(struct file *file, unsigned long nr_pages)
{
	struct vm_area_struct *vma = kzalloc(sizeof(*vma), GFP_KERNEL);
	struct mm_struct *mm = current->mm;
	int ret;

	if (!vma)
		return ERR_PTR(-ENOMEM);
	mmap_write_lock(mm);
	vma->vm_mm = mm;
	vma->vm_flags = VM_READ | VM_WRITE;
	vma->vm_start = end_of(mm);
	vma->vm_end = vma->vm_start + nr_pages * PAGE_SIZE;
	ret = file->mmap(file, vma);
	if (ret) {
		kfree(vma);
		vma = ERR_PTR(ret);
	} else {
		vma->vm_file = get_file(file);
		vma_link(vma, mm);
	}
	mmap_write_unlock(mm);
	return vma;
}

void harness_munmap(struct vm_area_struct *vma)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct mm_struct *mm = vma->vm_mm;

	mmap_write_lock(mm);
	i_mmap_lock_write(mapping);
	list_del(&vma->in_mapping);
	i_mmap_unlock_write(mapping);
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	list_del(&vma->in_mm);
	mmap_write_unlock(mm);
	fput(vma->vm_file);
	kfree(vma);
}

/* The page table says that the page is there: then it is, and is used. */
static bool use_page(struct vm_area_struct *vma, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte;

	if (follow_pte(vma->vm_mm, addr, &pte, &ptl))
		return false;
	pte->young = true;
	/* What a guest has in its pages is its own business. */
	if (vma->vm_ops == &sgx_vm_ops &&
	    harness_peek(harness_page(harness_page_number(PFN_PHYS(pte->pfn)))) != addr)
		harness_fail("a page has become another one's contents");
	spin_unlock(ptl);
	return true;
}

/* One page fault: 0 if it is done with, 1 if mmap_lock was dropped for another try. */
static int fault_once(struct vm_area_struct *vma, unsigned long addr, unsigned int flags)
{
	struct vm_fault vmf = { .vma = vma, .address = addr, .flags = flags };
	struct mm_struct *mm = vma->vm_mm;
	vm_fault_t ret;

	mmap_read_lock(mm);
	ret = vma->vm_ops->fault(&vmf);
	if (ret & VM_FAULT_RETRY) {
		if (flags & FAULT_FLAG_RETRY_NOWAIT)
			mmap_read_unlock(mm);
		return 1;
	}
	mmap_read_unlock(mm);
	return ret & (VM_FAULT_SIGBUS | VM_FAULT_OOM) ? -EFAULT : 0;
}

int harness_touch_flags(struct vm_area_struct *vma, unsigned long index, unsigned int flags)
{
	unsigned long addr = vma->vm_start + index * PAGE_SIZE;
	unsigned int first = flags;
	int ret;

	while (!use_page(vma, addr)) {
		ret = fault_once(vma, addr, flags);
		if (ret < 0)
			return ret;
		if (flags & FAULT_FLAG_USER ? signal_pending(current) : fatal_signal_pending(current))
			return -EINTR;
		if (flags & FAULT_FLAG_ALLOW_RETRY && !(flags & FAULT_FLAG_RETRY_NOWAIT)) {
			flags = ret ? flags | FAULT_FLAG_TRIED : first;
			continue;
		}
		return use_page(vma, addr) ? 0 : -EAGAIN;
	}
	return 0;
}

int harness_touch(struct vm_area_struct *vma, unsigned long index)
{
	return harness_touch_flags(vma, index, FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_USER |
						FAULT_FLAG_INTERRUPTIBLE);
}

/* The guest works on a page as long as that is mapped: whoever unmaps it waits for that. */
static int guest_leaf(struct vm_area_struct *vma, unsigned long index, enum harness_leaf leaf,
		      struct sgx_epc_page *secs)
{
	spinlock_t *ptl;
	pte_t *pte;
	int ret;

	if (follow_pte(vma->vm_mm, vma->vm_start + index * PAGE_SIZE, &pte, &ptl))
		return -EFAULT;
	ret = harness_encls_add(leaf, harness_page(harness_page_number(PFN_PHYS(pte->pfn))),
				secs, 0);
	spin_unlock(ptl);
	return ret;
}

int harness_guest_create(struct vm_area_struct *vma, unsigned long index)
{
	return guest_leaf(vma, index, HARNESS_ECREATE, NULL);
}

int harness_guest_add(struct vm_area_struct *vma, unsigned long index, struct sgx_epc_page *secs)
{
	return guest_leaf(vma, index, HARNESS_EADD, secs);
}
