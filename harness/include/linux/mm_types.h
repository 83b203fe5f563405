/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: an address space is its lock, its VMAs and one entry for each page that was
 * ever mapped, all under one page table lock.
 */
#ifndef HARNESS_LINUX_MM_TYPES_H
#define HARNESS_LINUX_MM_TYPES_H

#include <asm/page.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

typedef unsigned int vm_fault_t;

struct mem_cgroup;
struct vm_area_struct;

struct page {
	struct mem_cgroup	*memcg;
	u64			contents;
	atomic_t		refs;
};

typedef struct {
	bool		present;
	bool		young;
	unsigned long	pfn;
} pte_t;

struct mm_struct {
	struct rw_semaphore	mmap_lock;
	spinlock_t		page_table_lock;
	struct list_head	vmas;
	struct xarray		ptes;
	struct mem_cgroup	*memcg;
};

struct vm_fault {
	struct vm_area_struct	*vma;
	unsigned long		address;
	unsigned int		flags;
};

struct vm_operations_struct {
	vm_fault_t (*fault)(struct vm_fault *vmf);
	void (*close)(struct vm_area_struct *vma);
};

struct vm_area_struct {
	unsigned long				vm_start;
	unsigned long				vm_end;
	unsigned long				vm_pgoff;
	unsigned long				vm_flags;
	struct mm_struct			*vm_mm;
	struct file				*vm_file;
	void					*vm_private_data;
	const struct vm_operations_struct	*vm_ops;
	struct list_head			in_mm;
	struct list_head			in_mapping;
};

#endif /* HARNESS_LINUX_MM_TYPES_H */
