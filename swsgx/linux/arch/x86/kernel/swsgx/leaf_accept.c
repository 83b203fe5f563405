// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLU leaves by which an enclave agrees to changes of its pages: EACCEPT,
 * EMODPE, EACCEPTCOPY.
 *
 * Called when the operands have been found in the page tables and belong to
 * the enclave at the right address; the checks of the page itself are here,
 * in the order of the SDM (Vol. 3D, "ENCLU", section of the leaf).
 */
#include <linux/string.h>
#include "swsgx.h"

#define SWSGX_CHANGES	(SWSGX_PENDING | SWSGX_MODIFIED | SWSGX_PR)

/* EACCEPT: the combinations of type and state that can be accepted at all. */
static bool acceptable(u8 type, u8 state)
{
	u8 changes = state & SWSGX_CHANGES;

	switch (type) {
	case SGX_PAGE_TYPE_REG:
		return changes == SWSGX_PENDING || changes == SWSGX_PR;
	case SGX_PAGE_TYPE_TCS:
	case SGX_PAGE_TYPE_TRIM:
		return state == SWSGX_MODIFIED;
	default:
		return false;
	}
}

/* EACCEPT: "If the page is a TCS, verify its fields". */
static bool new_tcs_ok(const struct sgx_tcs *t)
{
	return !t->state && !(t->flags & ~(u64)SGX_TCS_DBGOPTIN) &&
	       !t->exit_addr && t->ssa_index < t->nr_ssa_frames &&
	       PAGE_ALIGNED(t->ssa_offset) &&
	       !memchr_inv(t->reserved, 0, sizeof(t->reserved));
}

/**
 * swsgx_eaccept() - EACCEPT: agree to EAUG, EMODPR or EMODT
 * @si: what the enclave expects
 * @nr: page
 */
int swsgx_eaccept(const struct sgx_secinfo *si, u32 nr)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];
	u8 state = si->flags & SWSGX_STATE_MASK;
	u8 type = si->flags >> 8;

	lockdep_assert_held(&swsgx.lock);

	if (!acceptable(type, state))
		return SWSGX_GP;
	if (e->type != type || e->state != state)
		return SGX_PAGE_ATTRIBUTES_MISMATCH;
	if (state & (SWSGX_MODIFIED | SWSGX_PR) && !swsgx_tracked(e))
		return SGX_NOT_TRACKED;
	if (type == SGX_PAGE_TYPE_TCS && !new_tcs_ok(swsgx_page(nr)))
		return SWSGX_GP;

	e->state &= ~SWSGX_CHANGES;
	return 0;
}

/**
 * swsgx_emodpe() - EMODPE: give permissions to a page
 * @si: the permissions to add
 * @nr: page
 */
int swsgx_emodpe(const struct sgx_secinfo *si, u32 nr)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];
	u8 more = si->flags & SWSGX_RWX;

	lockdep_assert_held(&swsgx.lock);

	if (e->type != SGX_PAGE_TYPE_REG ||
	    e->state & (SWSGX_PENDING | SWSGX_MODIFIED))
		return SWSGX_PF;
	if (((e->state | more) & SWSGX_RW) == SGX_SECINFO_W)
		return SWSGX_GP;

	e->state |= more;
	return 0;
}

/**
 * swsgx_eacceptcopy() - EACCEPTCOPY: agree to EAUG and fill the page
 * @si: its permissions from now on
 * @nr: page
 * @src: page that its contents come from
 */
int swsgx_eacceptcopy(const struct sgx_secinfo *si, u32 nr, u32 src)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr], *from = &swsgx.epcm[src];
	u64 perm = si->flags & SWSGX_RWX;

	lockdep_assert_held(&swsgx.lock);

	if (si->flags != (SGX_SECINFO_REG | perm) ||
	    (perm & SWSGX_RW) == SGX_SECINFO_W)
		return SWSGX_GP;
	if (from->type != SGX_PAGE_TYPE_REG || !(from->state & SGX_SECINFO_R) ||
	    from->state & (SWSGX_PENDING | SWSGX_MODIFIED))
		return SWSGX_PF;
	if (e->type != SGX_PAGE_TYPE_REG ||
	    e->state != (SWSGX_RW | SWSGX_PENDING))
		return SGX_PAGE_ATTRIBUTES_MISMATCH;

	memcpy(swsgx_page(nr), swsgx_page(src), PAGE_SIZE);
	e->state = perm;
	return 0;
}
