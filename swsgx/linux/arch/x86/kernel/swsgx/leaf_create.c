// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLS leaves that build an enclave: ECREATE, EADD, EEXTEND, EINIT.
 *
 * Checks are in the order of the SDM (Vol. 3D, chapter "SGX Instruction
 * References", section of the leaf), and nothing is changed before the last.
 */
#include <linux/log2.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/fpu/xstate.h>
#include "swsgx.h"

/* What an enclave's measurement is made of: 64 byte blocks, tag first. */
#define TAG_ECREATE	0x0045544145524345ULL
#define TAG_EADD	0x0000000044444145ULL
#define TAG_EEXTEND	0x00444E4554584545ULL

#define EEXTEND_BLOCK	256

static void measure(u32 secs, u64 tag, const void *data, size_t size)
{
	u8 block[64] = {};

	memcpy(block, &tag, sizeof(tag));
	memcpy(block + sizeof(tag), data, size);
	sha256_update(&swsgx_secs(secs)->hash, block, sizeof(block));
}

/* Bytes that XSAVE needs for these features, in the standard format. */
static u64 xsave_size(u64 xfrm)
{
	u64 size = FXSAVE_SIZE + XSAVE_HDR_SIZE;

	if (xfrm & XFEATURE_MASK_YMM)
		size += sizeof(struct ymmh_struct);
	return size;
}

/* SDM Vol. 3D, ECREATE: the checks of the SECS that was copied. */
static bool secs_ok(const struct sgx_secs *s)
{
	u64 frame = (u64)s->ssa_frame_size << PAGE_SHIFT;

	/* "Check lower 2 bits of XFRM are set", "XFRM is legal" */
	if ((s->xfrm & XFEATURE_MASK_FPSSE) != XFEATURE_MASK_FPSSE ||
	    s->xfrm & ~swsgx.xfrm)
		return false;
	/* "Make sure SSA frame size is sufficient"; MISCSELECT is all 0 */
	if (s->miscselect ||
	    frame < xsave_size(s->xfrm) + sizeof(struct swsgx_gpr))
		return false;
	/* "Check that the size is sufficient", canonical, aligned */
	if (s->size < 2 * PAGE_SIZE || !is_power_of_2(s->size) ||
	    s->base & (s->size - 1) || s->base >= TASK_SIZE_MAX ||
	    s->size > TASK_SIZE_MAX - s->base)
		return false;
	/* ATTRIBUTES: reserved bits, INIT; no 32-bit enclaves here */
	if (s->attributes & (SGX_ATTR_RESERVED_MASK | SGX_ATTR_INIT) ||
	    !(s->attributes & SGX_ATTR_MODE64BIT))
		return false;
	/* "Ensure the SECS does not have any unsupported attributes/reserved" */
	return !memchr_inv(s->reserved1, 0, sizeof(s->reserved1)) &&
	       !memchr_inv(s->reserved2, 0, sizeof(s->reserved2)) &&
	       !memchr_inv(s->reserved3, 0, sizeof(s->reserved3)) &&
	       !memchr_inv(s->reserved4, 0, sizeof(s->reserved4));
}

static void start_measurement(u32 nr)
{
	struct sgx_secs *s = swsgx_arch_secs(nr);
	u8 data[sizeof(s->ssa_frame_size) + sizeof(s->size)];

	sha256_init(&swsgx_secs(nr)->hash);
	memcpy(data, &s->ssa_frame_size, sizeof(s->ssa_frame_size));
	memcpy(data + sizeof(s->ssa_frame_size), &s->size, sizeof(s->size));
	measure(nr, TAG_ECREATE, data, sizeof(data));
}

/**
 * swsgx_ecreate() - ECREATE: make an EPC page the SECS of a new enclave
 * @ops: RBX PAGEINFO, RCX EPC page
 */
int swsgx_ecreate(struct swsgx_ops *ops)
{
	struct sgx_secs *s = (void *)swsgx.scratch;
	struct sgx_pageinfo pi;
	struct sgx_secinfo si;
	struct swsgx_secs *p;
	u32 nr;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_get_pageinfo(ops->rbx, &pi);
	if (!ret)
		ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;
	if (!PAGE_ALIGNED(pi.contents) || pi.addr || pi.secs)
		return SWSGX_GP;
	ret = swsgx_get_secinfo(pi.metadata, &si);
	if (ret)
		return ret;
	if (si.flags != SGX_SECINFO_SECS)
		return SWSGX_GP;
	if (swsgx.epcm[nr].valid)
		return SWSGX_PF;
	if (copy_from_kernel_nofault(s, (void *)pi.contents, PAGE_SIZE))
		return SWSGX_PF;
	if (!secs_ok(s))
		return SWSGX_GP;

	memcpy(swsgx_page(nr), s, PAGE_SIZE);
	s = swsgx_arch_secs(nr);
	memset(s->mrenclave, 0, sizeof(s->mrenclave));
	memset(s->mrsigner, 0, sizeof(s->mrsigner));
	s->isv_prod_id = 0;
	s->isv_svn = 0;

	p = swsgx_secs(nr);
	p->eid = ++swsgx.last_eid;
	p->epoch = 1;
	p->gen = 1;
	p->record = swsgx_record_alloc(p->eid);
	start_measurement(nr);
	swsgx_epcm_set(nr, SGX_PAGE_TYPE_SECS, 0, nr, 0);
	return 0;
}

/* SDM Vol. 3D, EADD: the checks of a TCS that was copied. */
static bool tcs_ok(const struct sgx_tcs *t)
{
	return !(t->flags & SGX_TCS_RESERVED_MASK) &&
	       !memchr_inv(t->reserved, 0, sizeof(t->reserved)) &&
	       PAGE_ALIGNED(t->ssa_offset) && PAGE_ALIGNED(t->fs_offset) &&
	       PAGE_ALIGNED(t->gs_offset);
}

static int eadd_check(const struct sgx_pageinfo *pi,
		      const struct sgx_secinfo *si, u32 nr, u32 secs)
{
	u8 type = si->flags >> 8;

	if (swsgx.epcm[nr].valid || !swsgx_is_secs(secs))
		return SWSGX_PF;
	if (copy_from_kernel_nofault(swsgx.scratch, (void *)pi->contents,
				     PAGE_SIZE))
		return SWSGX_PF;
	if (type == SGX_PAGE_TYPE_TCS && !tcs_ok((void *)swsgx.scratch))
		return SWSGX_GP;
	if (type == SGX_PAGE_TYPE_REG &&
	    (si->flags & SWSGX_RW) == SGX_SECINFO_W)
		return SWSGX_GP;
	if (swsgx_arch_secs(secs)->attributes & SGX_ATTR_INIT ||
	    !swsgx_in_elrange(secs, pi->addr))
		return SWSGX_GP;
	return 0;
}

static void eadd_measure(u32 secs, u64 addr, struct sgx_secinfo *si)
{
	u64 offset = addr - swsgx_arch_secs(secs)->base;
	u8 data[sizeof(offset) + 48];

	memcpy(data, &offset, sizeof(offset));
	memcpy(data + sizeof(offset), si, 48);
	measure(secs, TAG_EADD, data, sizeof(data));
}

/**
 * swsgx_eadd() - EADD: add a page to an enclave that is being built
 * @ops: RBX PAGEINFO, RCX EPC page
 */
int swsgx_eadd(struct swsgx_ops *ops)
{
	struct sgx_pageinfo pi;
	struct sgx_secinfo si;
	u32 nr, secs;
	u8 type;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	ret = swsgx_get_pageinfo(ops->rbx, &pi);
	if (!ret)
		ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;
	if (!PAGE_ALIGNED(pi.contents) || !PAGE_ALIGNED(pi.addr))
		return SWSGX_GP;
	ret = swsgx_check_target(pi.secs, &secs);
	if (!ret)
		ret = swsgx_get_secinfo(pi.metadata, &si);
	if (ret)
		return ret;
	type = si.flags >> 8;
	if (si.flags & (SWSGX_PENDING | SWSGX_MODIFIED | SWSGX_PR) ||
	    (type != SGX_PAGE_TYPE_REG && type != SGX_PAGE_TYPE_TCS))
		return SWSGX_GP;
	ret = eadd_check(&pi, &si, nr, secs);
	if (ret)
		return ret;

	memcpy(swsgx_page(nr), swsgx.scratch, PAGE_SIZE);
	if (type == SGX_PAGE_TYPE_TCS) {
		struct sgx_tcs *t = swsgx_page(nr);

		t->state = 0;
		t->flags = 0;
		t->ssa_index = 0;
		t->exit_addr = 0;
		/* A TCS has no permissions: it is the processor's. */
		si.flags &= ~SWSGX_RWX;
	}
	eadd_measure(secs, pi.addr, &si);
	swsgx_epcm_set(nr, type, si.flags & SWSGX_RWX, secs, pi.addr);
	return 0;
}

/**
 * swsgx_eextend() - EEXTEND: measure 256 bytes of a page
 * @ops: RBX SECS, RCX address in an EPC page
 */
int swsgx_eextend(struct swsgx_ops *ops)
{
	struct swsgx_epcm *e;
	struct sgx_secs *s;
	u64 offset;
	u32 nr;

	lockdep_assert_held(&swsgx.lock);

	if (!IS_ALIGNED(ops->rcx, EEXTEND_BLOCK))
		return SWSGX_GP;
	nr = swsgx_kva_to_page(ops->rcx);
	if (nr == SWSGX_NO_PAGE)
		return SWSGX_PF;
	e = &swsgx.epcm[nr];
	if (!e->valid || (e->type != SGX_PAGE_TYPE_REG &&
			  e->type != SGX_PAGE_TYPE_TCS))
		return SWSGX_PF;
	s = swsgx_arch_secs(e->secs);
	if (swsgx_kva_to_page(ops->rbx) != e->secs ||
	    s->attributes & SGX_ATTR_INIT)
		return SWSGX_GP;

	offset = e->linaddr - s->base + offset_in_page(ops->rcx);
	measure(e->secs, TAG_EEXTEND, &offset, sizeof(offset));
	sha256_update(&swsgx_secs(e->secs)->hash,
		      swsgx_page(nr) + offset_in_page(ops->rcx), EEXTEND_BLOCK);
	return 0;
}

/* The part of EINIT that looks at the SECS; swsgx.einit_lock is held too. */
static int einit_secs(const struct sgx_sigstruct *sig, u32 nr)
{
	const struct sgx_sigstruct_body *b = &sig->body;
	struct sgx_secs *s = swsgx_arch_secs(nr);
	u8 mrsigner[SHA256_DIGEST_SIZE];
	u8 mrenclave[SHA256_DIGEST_SIZE];
	struct sha256_state hash;

	lockdep_assert_held(&swsgx.lock);

	if (!swsgx_is_secs(nr))
		return SWSGX_PF;
	if (s->attributes & SGX_ATTR_INIT)
		return SWSGX_GP;

	/* "Calculate finalized version of MRENCLAVE" */
	hash = swsgx_secs(nr)->hash;
	sha256_final(&hash, mrenclave);
	if (memcmp(mrenclave, b->mrenclave, sizeof(mrenclave)))
		return SGX_INVALID_MEASUREMENT;

	/* No token is ever valid: the launch key has to be the signer's. */
	sha256(sig->modulus, SGX_MODULUS_SIZE, mrsigner);
	if (memcmp(mrsigner, swsgx.lepubkeyhash[smp_processor_id()],
		   sizeof(mrsigner)))
		return SGX_INVALID_EINITTOKEN;

	/* "Verify SIGSTRUCT's ATTRIBUTES, XFRM and MISCSELECT" */
	if ((b->attributes ^ s->attributes) & b->attributes_mask ||
	    (b->xfrm ^ s->xfrm) & b->xfrm_mask ||
	    (b->miscselect ^ s->miscselect) & b->misc_mask)
		return SGX_INVALID_ATTRIBUTE;

	memcpy(s->mrenclave, mrenclave, sizeof(mrenclave));
	memcpy(s->mrsigner, mrsigner, sizeof(mrsigner));
	s->isv_prod_id = b->isvprodid;
	s->isv_svn = b->isvsvn;
	s->attributes |= SGX_ATTR_INIT;
	return 0;
}

static int einit_locked(u64 sigstruct, u32 nr)
{
	struct sgx_sigstruct *sig = &swsgx.sigstruct;
	unsigned long flags;
	int ret;

	lockdep_assert_held(&swsgx.einit_lock);

	if (copy_from_kernel_nofault(sig, (void *)sigstruct, sizeof(*sig)))
		return SWSGX_PF;
	if (!swsgx_sigstruct_format_ok(sig))
		return SGX_INVALID_SIG_STRUCT;
	if (!swsgx_sigstruct_signature_ok(sig, &swsgx.rsa))
		return SGX_INVALID_SIGNATURE;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	ret = einit_secs(sig, nr);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	return ret;
}

/**
 * swsgx_einit() - EINIT: check the signature and make the enclave runnable
 * @ops: RBX SIGSTRUCT, RCX SECS, RDX EINITTOKEN
 *
 * The signature is checked before swsgx.lock is taken, with IRQs on.
 *
 * Context: preemption disabled, because of the launch key of this CPU.
 */
int swsgx_einit(struct swsgx_ops *ops)
{
	u32 nr;
	int ret;

	if (!PAGE_ALIGNED(ops->rbx) || !IS_ALIGNED(ops->rdx, 512))
		return SWSGX_GP;
	ret = swsgx_check_target(ops->rcx, &nr);
	if (ret)
		return ret;

	raw_spin_lock(&swsgx.einit_lock);
	ret = einit_locked(ops->rbx, nr);
	raw_spin_unlock(&swsgx.einit_lock);
	return ret;
}
