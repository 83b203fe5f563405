// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLU inside an enclave: EEXIT, EACCEPT, EMODPE, EACCEPTCOPY.
 *
 * The #UD has made an asynchronous exit, so the registers of the enclave are
 * in its SSA frame and user mode stands at the AEP, about to ERESUME. A leaf
 * that is done moves the instruction pointer in the SSA and resumes; one that
 * is not, for whatever reason, leaves all as it is, and the ERESUME leads to
 * its being executed again.
 */
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <asm/trap_pf.h>
#include "swsgx.h"

#define ENCLU_LENGTH	3

/* EXITINFO: SDM Vol. 3D, valid, hardware exception, vector #UD. */
#define EXITINFO_UD	(BIT(31) | 3 << 8 | X86_TRAP_UD)

/* The operands of one ENCLU, found. */
struct accept_ops {
	struct sgx_secinfo	secinfo;
	struct swsgx_xlat	page;
	struct swsgx_xlat	src;
};

/* Does the page still belong to what it was found as? */
static bool unchanged(const struct swsgx_xlat *x, u64 eid)
{
	const struct swsgx_epcm *e = &swsgx.epcm[x->nr];

	lockdep_assert_held(&swsgx.lock);

	return e->valid && !e->blocked && e->type != SGX_PAGE_TYPE_VA &&
	       e->linaddr == x->epcm.linaddr &&
	       swsgx_secs(e->secs)->eid == eid;
}

/* Read memory of the enclave, all within one page. */
static bool read_page(struct pt_regs *regs, u64 va, unsigned long ec,
		      void *buf, size_t size)
{
	u64 eid = current->thread.swsgx.eid;
	u8 perm = ec & X86_PF_INSTR ? SGX_SECINFO_X : SGX_SECINFO_R;
	struct swsgx_xlat x;
	unsigned long flags;
	bool ok;

	if (!swsgx_translate(regs, va, ec, &x))
		return false;
	if (!swsgx_xlat_usable(&x, SGX_PAGE_TYPE_REG, va, perm) ||
	    x.eid != eid) {
		swsgx_raise_epcm(regs, ec, va);
		return false;
	}

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	ok = unchanged(&x, eid);
	if (ok)
		memcpy(buf, swsgx_page(x.nr) + offset_in_page(va), size);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	return ok;
}

static bool read_opcode(struct pt_regs *regs, u64 va, u8 *opcode)
{
	const unsigned long ec = X86_PF_USER | X86_PF_INSTR;
	size_t first = min_t(size_t, ENCLU_LENGTH, PAGE_SIZE - offset_in_page(va));

	return read_page(regs, va, ec, opcode, first) &&
	       (first == ENCLU_LENGTH ||
		read_page(regs, va + first, ec, opcode + first,
			  ENCLU_LENGTH - first));
}

/* Copy the registers out of the SSA frame, if it is still there. */
static bool read_gpr(const struct swsgx_thread *t, struct swsgx_gpr *gpr)
{
	unsigned long flags;
	bool ok;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	ok = swsgx_frame_usable(t);
	if (ok)
		*gpr = *swsgx_gpr(t);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	return ok;
}

/* A #UD that is the enclave's own: tell it so, as hardware would. */
static void report_ud(const struct swsgx_thread *t)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	if (swsgx_frame_usable(t))
		swsgx_gpr(t)->exitinfo = EXITINFO_UD;
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
}

/* Find the page that RCX or RDX names; it has to be the enclave's own. */
static bool find_page(struct pt_regs *regs, u64 va, struct swsgx_xlat *x)
{
	if (!swsgx_translate(regs, va, X86_PF_USER, x))
		return false;
	if (!x->epcm.valid || x->epcm.blocked || x->epcm.linaddr != va ||
	    x->eid != current->thread.swsgx.eid) {
		swsgx_raise_epcm(regs, 0, va);
		return false;
	}
	return true;
}

/* SDM Vol. 3D, EACCEPT, EMODPE, EACCEPTCOPY: checks of the operands. */
static bool find_operands(struct pt_regs *regs, const struct swsgx_gpr *g,
			  struct accept_ops *ops)
{
	const u64 known = SGX_SECINFO_PAGE_TYPE_MASK | SWSGX_STATE_MASK;
	struct sgx_secinfo *si = &ops->secinfo;

	if (!IS_ALIGNED(g->bx, sizeof(*si)) || !PAGE_ALIGNED(g->cx) ||
	    ((u32)g->ax == EACCEPTCOPY && !PAGE_ALIGNED(g->dx))) {
		swsgx_raise_gp(regs);
		return false;
	}
	if (!read_page(regs, g->bx, X86_PF_USER, si, sizeof(*si)))
		return false;
	if (si->flags & ~known ||
	    memchr_inv(si->reserved, 0, sizeof(si->reserved))) {
		swsgx_raise_gp(regs);
		return false;
	}
	return find_page(regs, g->cx, &ops->page) &&
	       ((u32)g->ax != EACCEPTCOPY ||
		find_page(regs, g->dx, &ops->src));
}

static void set_result(struct swsgx_gpr *g, int ret)
{
	g->ip += ENCLU_LENGTH;
	/* EMODPE has no result. */
	if ((u32)g->ax == EMODPE)
		return;
	g->ax = ret;
	g->flags &= ~(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF |
		      X86_EFLAGS_OF | X86_EFLAGS_SF | X86_EFLAGS_ZF);
	if (ret)
		g->flags |= X86_EFLAGS_ZF;
}

/* With swsgx.lock held. -EAGAIN: something has gone, do it all again. */
static int run_leaf(const struct swsgx_thread *t, u32 leaf,
		    const struct accept_ops *ops)
{
	struct swsgx_gpr *g;
	int ret;

	lockdep_assert_held(&swsgx.lock);

	if (!swsgx_frame_usable(t) || !unchanged(&ops->page, t->eid) ||
	    (leaf == EACCEPTCOPY && !unchanged(&ops->src, t->eid)))
		return -EAGAIN;

	g = swsgx_gpr(t);
	switch (leaf) {
	case EACCEPT:
		ret = swsgx_eaccept(&ops->secinfo, ops->page.nr);
		break;
	case EMODPE:
		ret = swsgx_emodpe(&ops->secinfo, ops->page.nr);
		break;
	default:
		ret = swsgx_eacceptcopy(&ops->secinfo, ops->page.nr,
					ops->src.nr);
		break;
	}
	if (ret >= 0)
		set_result(g, ret);
	if (!ret)
		swsgx.counters[SWSGX_EACCEPT + leaf - EACCEPT]++;
	else if (ret > 0)
		swsgx.counters[SWSGX_ENCLU_FAILED]++;
	return ret;
}

static void accept(struct pt_regs *regs, struct swsgx_thread *t,
		   const struct swsgx_gpr *g)
{
	struct accept_ops ops;
	unsigned long flags;
	int ret;

	if (!find_operands(regs, g, &ops))
		return;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	ret = run_leaf(t, g->ax, &ops);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);

	if (ret == -EAGAIN)
		return;
	if (ret == SWSGX_GP) {
		swsgx_raise_gp(regs);
	} else if (ret == SWSGX_PF) {
		swsgx_raise_epcm(regs, 0, g->cx);
	} else {
		if (!ret)
			swsgx_sync_ptes(g->cx, g->cx + PAGE_SIZE);
		/* Straight back in, without the way over the AEP. */
		t->pending = ERESUME;
	}
}

/**
 * swsgx_enclu_inside() - A #UD in enclave mode, after its asynchronous exit
 * @regs: user registers, standing at the AEP
 *
 * Context: may sleep.
 * Return: true if it was an ENCLU, and has been dealt with
 */
bool swsgx_enclu_inside(struct pt_regs *regs)
{
	struct swsgx_thread *t = &current->thread.swsgx;
	u8 opcode[ENCLU_LENGTH];
	struct swsgx_gpr g;

	if (!read_gpr(t, &g) || !read_opcode(regs, g.ip, opcode))
		return true;
	if (memcmp(opcode, "\x0f\x01\xd7", sizeof(opcode))) {
		report_ud(t);
		return false;
	}

	t->pending_ip = regs->ip;
	switch ((u32)g.ax) {
	case EEXIT:
		t->pending = EEXIT;
		break;
	case EACCEPT:
	case EMODPE:
	case EACCEPTCOPY:
		accept(regs, t, &g);
		break;
	default:
		swsgx_raise_gp(regs);
	}
	return true;
}
