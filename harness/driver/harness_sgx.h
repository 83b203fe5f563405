/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests do with SGX: EPC of some size, enclaves, vEPC instances and address spaces,
 * as user space and a CPU would.
 */
#ifndef HARNESS_HARNESS_SGX_H
#define HARNESS_HARNESS_SGX_H

#include "encl.h"
#include "encls.h"

/* pool.c. The size of the EPC is set once; the second half may be another section. */
int harness_sgx_init(unsigned long nr_pages, unsigned int nr_sections);
void harness_sgx_reset(void);
unsigned long harness_nr_free(void);
unsigned long harness_nr_pages(void);
struct sgx_epc_page *harness_page(unsigned long number);
unsigned long harness_page_number(unsigned long addr);
void harness_poison(struct sgx_epc_page *page);
bool harness_ksgxd_wanted(void);
unsigned int harness_ksgxd_pass(void);

void harness_encls_init(unsigned long nr_pages);

/* encls.c. The next @nr calls of a leaf return @ret, all of them if @nr is negative. */
void harness_encls_fail(enum harness_leaf leaf, int nr, int ret);
unsigned long harness_nr_valid(void);
void harness_lose_epc(void);
u64 harness_peek(struct sgx_epc_page *page);
void harness_poke(struct sgx_epc_page *page, u64 contents);

/* encl.c, ioctl.c. */
struct file *harness_encl_open(void);
int harness_encl_create(struct file *file, unsigned long nr_pages);
int harness_encl_add(struct file *file, unsigned long index);
int harness_encl_add_from(struct file *file, unsigned long index, unsigned long src);
int harness_encl_init(struct file *file);
int harness_encl_modify(struct file *file, unsigned long index, unsigned long nr,
			unsigned long *nr_done);
int harness_encl_remove(struct file *file, unsigned long index);
struct file *harness_encl_build(unsigned long size, unsigned long nr_pages, int *ret);
struct sgx_encl *harness_encl(struct file *file);

/* Ordinary memory that every address space has, from which pages are added. */
#define HARNESS_SOURCE		0x10000UL
/* Behind it such that may not be executed. */
#define HARNESS_NOEXEC_SOURCE	(HARNESS_SOURCE + PAGE_SIZE)

/* virt.c */
struct file *harness_vepc_open(void);
struct sgx_vepc *harness_vepc(struct file *file);

/* mm.c. A VMA of all of an enclave, or of so many pages of a vEPC instance. */
struct mm_struct *harness_mm_new(struct mem_cgroup *memcg);
void harness_mm_free(struct mm_struct *mm);
struct vm_area_struct *harness_mmap(struct file *file, unsigned long nr_pages);
void harness_munmap(struct vm_area_struct *vma);
struct mem_cgroup *harness_memcg_new(long limit);

/*
 * Use a page as an instruction does. Return 0, -EFAULT for a SIGBUS, -EINTR if a signal
 * has to be taken first, or -EAGAIN if the fault may not be retried or not wait and has
 * made nothing.
 */
int harness_touch(struct vm_area_struct *vma, unsigned long index);
int harness_touch_flags(struct vm_area_struct *vma, unsigned long index, unsigned int flags);
/* A guest makes a mapped page a SECS, or a page of the enclave of such a one. */
int harness_guest_create(struct vm_area_struct *vma, unsigned long index);
int harness_guest_add(struct vm_area_struct *vma, unsigned long index, struct sgx_epc_page *secs);

#endif /* HARNESS_HARNESS_SGX_H */
