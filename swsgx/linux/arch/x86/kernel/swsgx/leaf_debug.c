// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLS leaves that look into a debug enclave: EDBGRD, EDBGWR.
 *
 * Checks are in the order of the SDM (Vol. 3D, chapter "SGX Instruction
 * References", section of the leaf), and nothing is changed before the last.
 */
#include "swsgx.h"

/* Find the 8 bytes that RCX names, if a debugger may look at them. */
static int find_word(u64 rcx, u32 *nr, u64 **word)
{
	struct swsgx_epcm *e;

	lockdep_assert_held(&swsgx.lock);

	if (!IS_ALIGNED(rcx, sizeof(u64)))
		return SWSGX_GP;
	*nr = swsgx_kva_to_page(rcx);
	if (*nr == SWSGX_NO_PAGE)
		return SWSGX_PF;
	e = &swsgx.epcm[*nr];
	if (!e->valid || (e->type != SGX_PAGE_TYPE_REG &&
			  e->type != SGX_PAGE_TYPE_TCS))
		return SWSGX_PF;
	if (!(swsgx_arch_secs(e->secs)->attributes & SGX_ATTR_DEBUG))
		return SWSGX_GP;
	if (e->state & (SWSGX_PENDING | SWSGX_MODIFIED))
		return SGX_PAGE_NOT_DEBUGGABLE;

	*word = swsgx_page(*nr) + offset_in_page(rcx);
	return 0;
}

/**
 * swsgx_edbgrd() - EDBGRD: read 8 bytes of a debug enclave
 * @ops: RCX address in an EPC page; RBX gets the bytes
 */
int swsgx_edbgrd(struct swsgx_ops *ops)
{
	u64 *word;
	u32 nr;
	int ret;

	/* The driver takes any result for success: give it nothing then. */
	ops->rbx = 0;
	ret = find_word(ops->rcx, &nr, &word);
	if (ret)
		return ret;
	ops->rbx = READ_ONCE(*word);
	return 0;
}

/**
 * swsgx_edbgwr() - EDBGWR: write 8 bytes of a debug enclave
 * @ops: RBX the bytes, RCX address in an EPC page
 */
int swsgx_edbgwr(struct swsgx_ops *ops)
{
	u64 *word;
	u32 nr;
	int ret;

	ret = find_word(ops->rcx, &nr, &word);
	if (ret)
		return ret;
	/* "If the page is a TCS, only FLAGS may be written" */
	if (swsgx.epcm[nr].type == SGX_PAGE_TYPE_TCS &&
	    (offset_in_page(ops->rcx) != offsetof(struct sgx_tcs, flags) ||
	     ops->rbx & SGX_TCS_RESERVED_MASK))
		return SWSGX_GP;
	WRITE_ONCE(*word, ops->rbx);
	return 0;
}
