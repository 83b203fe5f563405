/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: an enclave as the driver knows it. Where a written-out page's version is kept
 * is counted, not stored: a VA page has slots, and a page outside the EPC has one.
 */
#ifndef HARNESS_ENCL_H
#define HARNESS_ENCL_H

#include <linux/cpumask.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/xarray.h>
#include "epc_cgroup.h"
#include "sgx.h"

/* Numbers of bits in &sgx_encl.flags. */
#define SGX_ENCL_CREATED	0
#define SGX_ENCL_INITIALIZED	1

struct sgx_secinfo {
	u64 flags;
};

/* Versions that fit into one VA page, 512 unless a test says less. */
extern unsigned int harness_va_slots;
#define SGX_VA_SLOT_COUNT	harness_va_slots

struct sgx_va_page {
	struct sgx_epc_page	*epc_page;
	unsigned int		nr_used;
	struct list_head	list;
};

struct sgx_encl_page {
	unsigned long		desc;
	struct sgx_epc_page	*epc_page;
	struct sgx_encl		*encl;
	struct sgx_va_page	*va_page;
};

struct sgx_encl {
	unsigned long		base;
	unsigned long		size;
	unsigned long		flags;
	unsigned int		page_cnt;
	unsigned int		secs_child_cnt;
	struct mutex		lock;
	struct xarray		page_array;
	struct sgx_encl_page	secs;
	cpumask_t		cpumask;
	struct file		*backing;
	struct kref		refcount;
	struct list_head	va_pages;
	struct sgx_epc_holder	holder;
};

struct sgx_backing {
	struct page *contents;
};

extern const struct vm_operations_struct sgx_vm_ops;

static inline int sgx_encl_find(struct mm_struct *mm, unsigned long addr,
				struct vm_area_struct **vma)
{
	*vma = vma_lookup(mm, addr);
	return *vma && (*vma)->vm_ops == &sgx_vm_ops ? 0 : -EINVAL;
}

static inline const cpumask_t *sgx_encl_cpumask(struct sgx_encl *encl)
{
	return &encl->cpumask;
}

void sgx_encl_release(struct kref *ref);
int sgx_encl_alloc_backing(struct sgx_encl *encl, unsigned long page_index,
			   struct sgx_backing *backing);
void sgx_encl_put_backing(struct sgx_backing *backing);
void sgx_encl_free_epc_page(struct sgx_epc_page *page);
void sgx_zap_enclave_ptes(struct sgx_encl *encl, unsigned long addr);
struct sgx_encl_page *sgx_encl_load_page(struct sgx_encl *encl, unsigned long addr);
unsigned long sgx_fault_error_code(unsigned long address);

#endif /* HARNESS_ENCL_H */
