/* SPDX-License-Identifier: GPL-2.0 */
/* model: ENCLS leaf functions on an EPCM without contents; encls.c has what they check. */
#ifndef HARNESS_ENCLS_H
#define HARNESS_ENCLS_H

#include <linux/bug.h>
#include <linux/types.h>
#include "sgx.h"

#define X86_TRAP_GP		13
#define X86_TRAP_PF		14

/* A leaf function that faulted instead of returning an error code. */
#define ENCLS_FAULT_FLAG	0x40000000
#define ENCLS_TRAPNR(ret)	((ret) & ~ENCLS_FAULT_FLAG)
#define ENCLS_WARN(ret, name)	WARN(1, "%s returned %d (0x%x)", name, ret, ret)

static inline bool encls_faulted(int ret)
{
	return ret & ENCLS_FAULT_FLAG;
}

/* Not a page fault, as after the EPC was lost. */
static inline bool encls_failed(int ret)
{
	return encls_faulted(ret) ? ENCLS_TRAPNR(ret) != X86_TRAP_PF : !!ret;
}

enum harness_leaf {
	HARNESS_ECREATE, HARNESS_EADD, HARNESS_EPA, HARNESS_EAUG, HARNESS_EBLOCK,
	HARNESS_EWB, HARNESS_ELDU, HARNESS_EREMOVE,
	HARNESS_NR_LEAVES
};

int __eremove(void *addr);
int __eblock(void *addr);

/* @secs is the page of the enclave's SECS, %NULL if @page is one or a VA page. */
int harness_encls_add(enum harness_leaf leaf, struct sgx_epc_page *page,
		      struct sgx_epc_page *secs, u64 contents);
int harness_encls_write(struct sgx_epc_page *page, u64 *contents);

#endif /* HARNESS_ENCLS_H */
