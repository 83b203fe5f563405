// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLS leaves that change a running enclave: EAUG, EMODPR, EMODT.
 *
 * Checks are in the order of the SDM (Vol. 3D, chapter "SGX Instruction
 * References", section of the leaf), and nothing is changed before the last.
 * The enclave's half of each is in leaf_accept.c.
 */
#include <linux/string.h>
#include "swsgx.h"

/* EAUG takes no SECINFO, or one that says what it would do anyway. */
static int eaug_secinfo(u64 metadata)
{
	struct sgx_secinfo si;
	int ret;

	if (!metadata)
		return 0;
	ret = swsgx_get_secinfo(metadata, &si);
	if (ret)
		return ret;
	return si.flags == (SGX_SECINFO_REG | SWSGX_RW) ? 0 : SWSGX_GP;
}

/**
 * swsgx_eaug() - EAUG: add an empty page to a running enclave
 * @ops: RBX PAGEINFO, RCX EPC page
 */
int swsgx_eaug(struct swsgx_ops *ops)
{
	struct sgx_pageinfo pi;
	u32 nr, secs;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_get_pageinfo(ops->rbx, &pi);
	if (!ret)
		ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;
	if (pi.contents || !PAGE_ALIGNED(pi.addr))
		return SWSGX_GP;
	ret = swsgx_check_target(pi.secs, &secs);
	if (!ret)
		ret = eaug_secinfo(pi.metadata);
	if (ret)
		return ret;
	if (swsgx.epcm[nr].valid || !swsgx_is_secs(secs))
		return SWSGX_PF;
	if (!(swsgx_arch_secs(secs)->attributes & SGX_ATTR_INIT) ||
	    !swsgx_in_elrange(secs, pi.addr))
		return SWSGX_GP;

	memset(swsgx_page(nr), 0, PAGE_SIZE);
	swsgx_epcm_set(nr, SGX_PAGE_TYPE_REG, SWSGX_RW | SWSGX_PENDING, secs,
		       pi.addr);
	return 0;
}

/* EMODPR and EMODT: the operands, and the checks that both begin with. */
static int get_modification(struct swsgx_ops *ops, struct sgx_secinfo *si,
			    u32 *nr)
{
	int ret = swsgx_get_secinfo(ops->rbx, si);

	if (!ret)
		ret = swsgx_check_target(ops->rcx, nr);
	if (ret)
		return ret;
	return si->flags & (SWSGX_PENDING | SWSGX_MODIFIED | SWSGX_PR) ?
	       SWSGX_GP : 0;
}

/*
 * The page may do less than before: page tables that reflect the EPCM are out
 * of date, and the page's threads have to be tracked.
 */
static void restrict_page(u32 nr)
{
	struct swsgx_secs *p = swsgx_secs(swsgx.epcm[nr].secs);

	swsgx.epcm[nr].epoch = p->epoch;
	p->gen++;
}

/**
 * swsgx_emodpr() - EMODPR: take permissions from a page
 * @ops: RBX SECINFO, RCX EPC page
 */
int swsgx_emodpr(struct swsgx_ops *ops)
{
	struct sgx_secinfo si;
	struct swsgx_epcm *e;
	u32 nr;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = get_modification(ops, &si, &nr);
	if (ret)
		return ret;
	if ((si.flags & SWSGX_RW) == SGX_SECINFO_W)
		return SWSGX_GP;
	e = &swsgx.epcm[nr];
	if (!e->valid || !swsgx_is_child_type(e->type))
		return SWSGX_PF;
	if (e->state & (SWSGX_PENDING | SWSGX_MODIFIED))
		return SGX_PAGE_NOT_MODIFIABLE;
	if (e->type != SGX_PAGE_TYPE_REG)
		return SWSGX_PF;
	if (!(swsgx_arch_secs(e->secs)->attributes & SGX_ATTR_INIT))
		return SWSGX_GP;

	e->state = (e->state & si.flags & SWSGX_RWX) | SWSGX_PR;
	restrict_page(nr);
	return 0;
}

/**
 * swsgx_emodt() - EMODT: make a page a TCS, or trim it
 * @ops: RBX SECINFO, RCX EPC page
 */
int swsgx_emodt(struct swsgx_ops *ops)
{
	struct sgx_secinfo si;
	struct swsgx_epcm *e;
	u32 nr;
	u8 type;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = get_modification(ops, &si, &nr);
	if (ret)
		return ret;
	type = si.flags >> 8;
	if (type != SGX_PAGE_TYPE_TCS && type != SGX_PAGE_TYPE_TRIM)
		return SWSGX_GP;
	e = &swsgx.epcm[nr];
	if (!e->valid || (e->type != SGX_PAGE_TYPE_REG &&
			  !(e->type == SGX_PAGE_TYPE_TCS &&
			    type == SGX_PAGE_TYPE_TRIM)))
		return SWSGX_PF;
	if (e->state & (SWSGX_PENDING | SWSGX_MODIFIED))
		return SGX_PAGE_NOT_MODIFIABLE;
	if (!(swsgx_arch_secs(e->secs)->attributes & SGX_ATTR_INIT))
		return SWSGX_GP;

	swsgx.nr_valid[e->type]--;
	swsgx.nr_valid[type]++;
	e->type = type;
	e->state = SWSGX_MODIFIED;
	restrict_page(nr);
	return 0;
}
