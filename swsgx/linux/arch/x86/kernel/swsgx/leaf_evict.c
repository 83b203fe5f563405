// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLS leaves that move pages out of the EPC and back: EBLOCK, ETRACK, EPA,
 * EWB, ELDU, EREMOVE.
 *
 * Checks are in the order of the SDM (Vol. 3D, chapter "SGX Instruction
 * References", section of the leaf), and nothing is changed before the last.
 */
#include <linux/string.h>
#include <linux/uaccess.h>
#include "swsgx.h"

/**
 * swsgx_eblock() - EBLOCK: no new translations to this page
 * @ops: RCX EPC page
 */
int swsgx_eblock(struct swsgx_ops *ops)
{
	struct swsgx_epcm *e;
	u32 nr;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;
	e = &swsgx.epcm[nr];
	if (!e->valid)
		return SGX_PG_INVLD;
	if (e->type == SGX_PAGE_TYPE_SECS)
		return SGX_PG_IS_SECS;
	if (!swsgx_is_child_type(e->type))
		return SGX_NOTBLOCKABLE;
	if (e->blocked)
		return SGX_BLSTATE;

	e->blocked = 1;
	e->epoch = swsgx_secs(e->secs)->epoch;
	return 0;
}

/**
 * swsgx_etrack() - ETRACK: start a new tracking epoch of an enclave
 * @ops: RCX SECS
 */
int swsgx_etrack(struct swsgx_ops *ops)
{
	struct swsgx_secs *p;
	u32 nr;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;
	if (!swsgx_is_secs(nr))
		return SWSGX_PF;
	p = swsgx_secs(nr);
	if (p->in_prev)
		return SGX_PREV_TRK_INCMPL;

	p->epoch++;
	p->in_prev = p->in_cur;
	p->in_cur = 0;
	return 0;
}

/**
 * swsgx_epa() - EPA: make a page a version array
 * @ops: RBX PT_VA, RCX EPC page
 */
int swsgx_epa(struct swsgx_ops *ops)
{
	u32 nr;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	if (ops->rbx != SGX_PAGE_TYPE_VA)
		return SWSGX_GP;
	ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;
	if (swsgx.epcm[nr].valid)
		return SWSGX_PF;

	memset(swsgx_page(nr), 0, PAGE_SIZE);
	swsgx_epcm_set(nr, SGX_PAGE_TYPE_VA, 0, 0, 0);
	return 0;
}

/* The VA slot that RDX names: its page, and where it is. */
static int find_slot(u64 rdx, u32 *va, u64 **slot)
{
	if (!IS_ALIGNED(rdx, sizeof(u64)))
		return SWSGX_GP;
	*va = swsgx_kva_to_page(rdx);
	if (*va == SWSGX_NO_PAGE)
		return SWSGX_PF;
	*slot = swsgx_page(*va) + offset_in_page(rdx);
	return 0;
}

static bool is_va(u32 nr)
{
	return swsgx.epcm[nr].valid &&
	       swsgx.epcm[nr].type == SGX_PAGE_TYPE_VA;
}

/* EWB: may this page, of whatever type, be written out now? */
static int ewb_check_type(u32 nr)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];

	if (swsgx_is_child_type(e->type)) {
		if (!e->blocked)
			return SGX_PAGE_NOT_BLOCKED;
		/* "Check if tracking done correctly" */
		if (!swsgx_tracked(e))
			return SGX_NOT_TRACKED;
	} else if (e->type == SGX_PAGE_TYPE_SECS &&
		   swsgx_secs(nr)->nr_children) {
		return SGX_CHILD_PRESENT;
	}
	return 0;
}

/* A page has been copied out: tell the witness, and let it go. */
static void ewb_commit(u32 nr, u32 va)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];
	struct swsgx_record *r;
	u32 record;

	if (e->type == SGX_PAGE_TYPE_VA) {
		/* With their versions' page gone, these are out of sight. */
		swsgx_records_va_gone(nr);
		swsgx_epcm_clear(nr);
		return;
	}

	record = swsgx_secs(e->secs)->record;
	r = &swsgx.records[record];
	r->evicted++;
	if (e->type == SGX_PAGE_TYPE_SECS && record != SWSGX_NO_RECORD) {
		r->secs_va = va;
		swsgx.epcm[va].nr_secs++;
	}
	swsgx_epcm_clear(nr);
}

/* copy_to_kernel_nofault() does not ask where to, unlike its counterpart. */
static bool copy_out(u64 kva, const void *src, size_t size)
{
	return kva >= TASK_SIZE_MAX &&
	       !copy_to_kernel_nofault((void *)kva, src, size);
}

/* Encrypt into the scratch page, copy out, and only then change anything. */
static int ewb_write(struct swsgx_ops *ops, struct sgx_pageinfo *pi, u32 nr,
		     u64 *slot)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];
	u64 version = swsgx.last_version + 1;
	struct sgx_pcmd pcmd = {};

	pcmd.secinfo.flags = (u64)e->type << 8 | e->state;
	if (swsgx_is_child_type(e->type))
		pcmd.enclave_id = swsgx_secs(e->secs)->eid;
	swsgx_paging_crypt(swsgx.scratch, swsgx_page(nr), version);
	swsgx_paging_mac(pcmd.mac, swsgx.scratch, version, pcmd.enclave_id,
			 e->linaddr, pcmd.secinfo.flags);
	pi->addr = e->linaddr;

	if (!copy_out(pi->contents, swsgx.scratch, PAGE_SIZE) ||
	    !copy_out(pi->metadata, &pcmd, sizeof(pcmd)) ||
	    !copy_out(ops->rbx, pi, sizeof(*pi)))
		return SWSGX_PF;

	swsgx.last_version = version;
	*slot = version;
	return 0;
}

/**
 * swsgx_ewb() - EWB: write a page out to ordinary memory and free it
 * @ops: RBX PAGEINFO, RCX EPC page, RDX VA slot
 */
int swsgx_ewb(struct swsgx_ops *ops)
{
	struct sgx_pageinfo pi;
	u32 nr, va;
	u64 *slot;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_get_pageinfo(ops->rbx, &pi);
	if (!ret)
		ret = swsgx_check_target(ops->rcx, &nr);
	if (!ret)
		ret = find_slot(ops->rdx, &va, &slot);
	if (ret)
		return ret;
	if (nr == va || pi.addr || pi.secs || !PAGE_ALIGNED(pi.contents) ||
	    !IS_ALIGNED(pi.metadata, 128))
		return SWSGX_GP;
	if (!swsgx.epcm[nr].valid || !is_va(va))
		return SWSGX_PF;
	ret = ewb_check_type(nr);
	if (ret)
		return ret;
	if (*slot)
		return SGX_VA_SLOT_OCCUPIED;

	ret = ewb_write(ops, &pi, nr, slot);
	if (ret)
		return ret;
	ewb_commit(nr, va);
	return 0;
}

/* A page has been copied in: make it valid, and tell the witness. */
static void eldu_commit(const struct sgx_pcmd *pcmd, u32 nr, u32 secs,
			u64 addr, u32 va)
{
	u8 type = pcmd->secinfo.flags >> 8;
	struct swsgx_record *r;

	if (type == SGX_PAGE_TYPE_SECS)
		secs = nr;
	swsgx_epcm_set(nr, type, pcmd->secinfo.flags & SWSGX_STATE_MASK,
		       secs, addr);
	if (type == SGX_PAGE_TYPE_VA)
		return;

	r = &swsgx.records[swsgx_secs(secs)->record];
	r->loaded++;
	if (type == SGX_PAGE_TYPE_SECS && r->secs_va == va) {
		r->secs_va = SWSGX_NO_PAGE;
		swsgx.epcm[va].nr_secs--;
	}
	/*
	 * No translation to this page can be cached: any MODIFIED or PR was
	 * tracked before the page could be written out.
	 */
	if (type != SGX_PAGE_TYPE_SECS)
		swsgx.epcm[nr].epoch = swsgx_secs(secs)->epoch - 2;
}

/* ELDU: the SECS that PAGEINFO names, for a page that has one. */
static int eldu_secs(const struct sgx_pageinfo *pi, u8 type, u32 *secs)
{
	int ret;

	*secs = 0;
	if (!swsgx_is_child_type(type))
		return 0;
	ret = swsgx_check_target(pi->secs, secs);
	if (ret)
		return ret;
	return swsgx_is_secs(*secs) ? 0 : SWSGX_PF;
}

static int eldu_load(const struct sgx_pageinfo *pi,
		     const struct sgx_pcmd *pcmd, u32 nr, u32 secs, u64 *slot)
{
	u8 type = pcmd->secinfo.flags >> 8;
	u64 eid = 0, addr = 0;
	u8 mac[16];

	if (swsgx_is_child_type(type)) {
		eid = swsgx_secs(secs)->eid;
		addr = pi->addr;
	}
	if (copy_from_kernel_nofault(swsgx.scratch, (void *)pi->contents,
				     PAGE_SIZE))
		return SWSGX_PF;
	swsgx_paging_mac(mac, swsgx.scratch, *slot, eid, addr,
			 pcmd->secinfo.flags);
	/* An empty slot is no version: the page has been loaded already. */
	if (!*slot || eid != pcmd->enclave_id ||
	    memcmp(mac, pcmd->mac, sizeof(mac)))
		return SGX_MAC_COMPARE_FAIL;

	swsgx_paging_crypt(swsgx_page(nr), swsgx.scratch, *slot);
	*slot = 0;
	return 0;
}

/**
 * swsgx_eldu() - ELDU: load a written-out page, verified and unblocked
 * @ops: RBX PAGEINFO, RCX free EPC page, RDX VA slot
 */
int swsgx_eldu(struct swsgx_ops *ops)
{
	struct sgx_pageinfo pi;
	struct sgx_pcmd pcmd;
	u32 nr, va, secs;
	u64 *slot;
	u8 type;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_get_pageinfo(ops->rbx, &pi);
	if (!ret)
		ret = swsgx_check_target(ops->rcx, &nr);
	if (!ret)
		ret = find_slot(ops->rdx, &va, &slot);
	if (ret)
		return ret;
	if (!PAGE_ALIGNED(pi.contents) || !IS_ALIGNED(pi.metadata, 128))
		return SWSGX_GP;
	if (swsgx.epcm[nr].valid || !is_va(va))
		return SWSGX_PF;
	if (copy_from_kernel_nofault(&pcmd, (void *)pi.metadata, sizeof(pcmd)))
		return SWSGX_PF;
	type = pcmd.secinfo.flags >> 8;
	if (type > SGX_PAGE_TYPE_TRIM ||
	    pcmd.secinfo.flags & ~(SGX_SECINFO_PAGE_TYPE_MASK |
				   SWSGX_STATE_MASK))
		return SWSGX_GP;
	ret = eldu_secs(&pi, type, &secs);
	if (!ret)
		ret = eldu_load(&pi, &pcmd, nr, secs, slot);
	if (ret)
		return ret;

	eldu_commit(&pcmd, nr, secs, swsgx_is_child_type(type) ? pi.addr : 0,
		    va);
	return 0;
}

/* EREMOVE: what forbids to take this page away? */
static int eremove_check(u32 nr)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];
	struct swsgx_secs *p;

	if (e->type == SGX_PAGE_TYPE_VA)
		return 0;
	/* A trim that the enclave has accepted: nobody can be using it. */
	if (e->type == SGX_PAGE_TYPE_TRIM && !(e->state & SWSGX_MODIFIED))
		return 0;

	p = swsgx_secs(e->secs);
	if (e->type == SGX_PAGE_TYPE_SECS)
		return p->nr_children ? SGX_CHILD_PRESENT : 0;
	return p->in_cur || p->in_prev ? SGX_ENCLAVE_ACT : 0;
}

/**
 * swsgx_eremove() - EREMOVE: make a page free
 * @ops: RCX EPC page
 */
int swsgx_eremove(struct swsgx_ops *ops)
{
	u32 nr;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_check_target(ops->rcx, &nr);
	if (ret || !swsgx.epcm[nr].valid)
		return ret;
	ret = eremove_check(nr);
	if (ret)
		return ret;

	if (swsgx.epcm[nr].type == SGX_PAGE_TYPE_VA)
		swsgx_records_va_gone(nr);
	swsgx_epcm_clear(nr);
	if (swsgx.epcm[nr].type == SGX_PAGE_TYPE_SECS)
		swsgx_record_free(swsgx_secs(nr)->record);
	return 0;
}
