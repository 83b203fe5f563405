/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: pages of EPC and where they come from. Sections have no memory; what the CPU
 * knows of their pages is in encls.c.
 */
#ifndef HARNESS_SGX_H
#define HARNESS_SGX_H

#include <asm/page.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#undef pr_fmt
#define pr_fmt(fmt) "sgx: " fmt

#define EREMOVE_ERROR_MESSAGE	"EREMOVE returned %d (0x%x), a page of EPC is lost"

#define SGX_NR_TO_SCAN			16
#define SGX_NR_LOW_PAGES		32
#define SGX_NR_HIGH_PAGES		64
#define SGX_EPC_PAGE_RECLAIMER_TRACKED	BIT(0)
#define SGX_EPC_PAGE_IS_FREE		BIT(1)
#define SGX_CHILD_PRESENT		13

struct sgx_encl_page;
struct sgx_cgroup;

/* One page of EPC, with the members that hooks/0010-sgx-structs.cocci adds. */
struct sgx_epc_page {
	unsigned int		section;
	u16			flags;
	u16			poison;
	struct sgx_encl_page	*owner;
	struct list_head	list;
	struct sgx_cgroup	*cg;
	u64			stamp;
};

struct sgx_epc_page *__sgx_alloc_epc_page(void);
void sgx_free_epc_page(struct sgx_epc_page *page);
void sgx_mark_page_reclaimable(struct sgx_epc_page *page);
int sgx_unmark_page_reclaimable(struct sgx_epc_page *page);
unsigned long sgx_get_epc_phys_addr(struct sgx_epc_page *page);
void *sgx_get_epc_virt_addr(struct sgx_epc_page *page);

#endif /* HARNESS_SGX_H */
