/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: page tables and faults as far as the driver uses them. A fault may be retried,
 * or not, or without waiting, as in the kernel; see harness_touch().
 */
#ifndef HARNESS_LINUX_MM_H
#define HARNESS_LINUX_MM_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/sched.h>

#define VM_READ			0x1UL
#define VM_WRITE		0x2UL
#define VM_EXEC			0x4UL
#define VM_MAYEXEC		0x40UL

#define VM_FAULT_OOM		0x1
#define VM_FAULT_SIGBUS		0x2
#define VM_FAULT_NOPAGE		0x100
#define VM_FAULT_RETRY		0x400

#define FAULT_FLAG_ALLOW_RETRY		0x04
#define FAULT_FLAG_RETRY_NOWAIT		0x08
#define FAULT_FLAG_TRIED		0x20
#define FAULT_FLAG_USER			0x40
#define FAULT_FLAG_INTERRUPTIBLE	0x200

#define mmap_read_lock(mm)	down_read(&(mm)->mmap_lock)
#define mmap_read_unlock(mm)	up_read(&(mm)->mmap_lock)
#define mmap_write_lock(mm)	down_write(&(mm)->mmap_lock)
#define mmap_write_unlock(mm)	up_write(&(mm)->mmap_lock)

static inline int mmap_read_lock_killable(struct mm_struct *mm)
{
	if (READ_ONCE(current->fatal_signal))
		return -EINTR;
	mmap_read_lock(mm);
	return 0;
}

static inline unsigned long vma_pages(struct vm_area_struct *vma)
{
	return (vma->vm_end - vma->vm_start) >> PAGE_SHIFT;
}

static inline bool range_in_vma(struct vm_area_struct *vma, unsigned long start,
				unsigned long end)
{
	return vma->vm_start <= start && end <= vma->vm_end;
}

#define vma_interval_tree_foreach(vma, tree, first, last)			\
	for (lockdep_assert_held(&container_of(tree, struct address_space, i_mmap)->i_mmap_rwsem), \
	     vma = list_first_entry(tree, struct vm_area_struct, in_mapping);	\
	     &vma->in_mapping != (tree); vma = list_next_entry(vma, in_mapping))	\
		if ((last) >= vma->vm_pgoff && (first) < vma->vm_pgoff + vma_pages(vma))

struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr);
struct vm_area_struct *vma_lookup(struct mm_struct *mm, unsigned long addr);
int follow_pte(struct mm_struct *mm, unsigned long addr, pte_t **pte, spinlock_t **ptl);
int ptep_test_and_clear_young(struct vm_area_struct *vma, unsigned long addr, pte_t *pte);
void zap_vma_ptes(struct vm_area_struct *vma, unsigned long addr, unsigned long size);
void unmap_mapping_range(struct address_space *mapping, loff_t begin, loff_t size, int even_cows);
vm_fault_t vmf_insert_pfn(struct vm_area_struct *vma, unsigned long addr, unsigned long pfn);
long get_user_pages(unsigned long start, unsigned long nr, unsigned int flags,
		    struct page **pages, struct vm_area_struct **vmas);
void put_page(struct page *page);

#define pte_unmap_unlock(pte, ptl)	((void)(pte), spin_unlock(ptl))

#endif /* HARNESS_LINUX_MM_H */
