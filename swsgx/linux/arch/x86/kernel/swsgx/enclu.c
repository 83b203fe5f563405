// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLU, the user's instruction: the dispatcher, and entry into an enclave.
 *
 * EENTER and ERESUME have two phases. Here, in the #UD handler, which may sleep,
 * the pages that the instruction needs are found, faulted in and checked. The
 * switch itself is made at the return to user mode (aex.c), after signals
 * and everything else that looks at user registers, and only if nothing has
 * changed since; else the thread just executes ENCLU again.
 */
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/ptrace.h>
#include <asm/trap_pf.h>
#include <asm/vdso.h>
#include "swsgx.h"

/* What entry needs to know of the enclave, read in one go. */
struct enclave_view {
	u64 base;
	u64 size;
	u64 gen;
};

/**
 * swsgx_raise_gp() - #GP(0) of a user instruction
 * @regs: user registers
 */
void swsgx_raise_gp(struct pt_regs *regs)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	swsgx.counters[SWSGX_ENCLU_FAULTED]++;
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);

	if (fixup_vdso_exception(regs, X86_TRAP_GP, 0, 0))
		return;
	current->thread.error_code = 0;
	current->thread.trap_nr = X86_TRAP_GP;
	force_sig(SIGSEGV);
}

/**
 * swsgx_raise_epcm() - #PF of a user instruction, because of the EPCM
 * @regs: user registers
 * @ec: error code, to which the SGX bit is added
 * @addr: address
 */
void swsgx_raise_epcm(struct pt_regs *regs, unsigned long ec, u64 addr)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	swsgx.counters[SWSGX_ENCLU_FAULTED]++;
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);

	swsgx_user_fault(regs, ec | X86_PF_PROT | X86_PF_USER | X86_PF_SGX,
			 addr & PAGE_MASK);
}

/**
 * swsgx_xlat_usable() - May an instruction use a page as this type?
 * @x: the page
 * @type: enum sgx_page_type
 * @va: linear address that it was found at
 * @perm: R, W, X that are needed
 */
bool swsgx_xlat_usable(const struct swsgx_xlat *x, u8 type, u64 va, u8 perm)
{
	const struct swsgx_epcm *e = &x->epcm;

	return e->valid && !e->blocked && e->type == type &&
	       e->linaddr == (va & PAGE_MASK) &&
	       !(e->state & (SWSGX_PENDING | SWSGX_MODIFIED)) &&
	       (e->state & perm) == perm;
}

/*
 * SDM Vol. 3D, EENTER and ERESUME: the checks of the TCS and of its SECS, and
 * where the SSA frame is. Return: 0, an exception, or -EAGAIN when the TCS has
 * gone again.
 */
static int read_tcs(struct swsgx_thread *t, u32 leaf, struct enclave_view *v)
{
	const struct sgx_secs *s;
	const struct sgx_tcs *tcs;
	u64 frame;
	u32 cssa;

	lockdep_assert_held(&swsgx.lock);

	if (!swsgx.epcm[t->tcs].valid ||
	    swsgx.epcm[t->tcs].type != SGX_PAGE_TYPE_TCS ||
	    swsgx_secs(swsgx.epcm[t->tcs].secs)->eid != t->eid)
		return -EAGAIN;

	tcs = swsgx_page(t->tcs);
	s = swsgx_arch_secs(swsgx.epcm[t->tcs].secs);
	cssa = tcs->ssa_index;
	if (!(s->attributes & SGX_ATTR_INIT) || tcs->state)
		return SWSGX_GP;
	/* EENTER needs a free frame, ERESUME one in use. */
	if (leaf == EENTER ? cssa >= tcs->nr_ssa_frames : !cssa)
		return SWSGX_GP;
	if (leaf == ERESUME)
		cssa--;

	frame = (u64)s->ssa_frame_size << PAGE_SHIFT;
	t->ssa_va = s->base + tcs->ssa_offset + cssa * frame;
	t->gpr_va = t->ssa_va + frame - PAGE_SIZE;
	v->base = s->base;
	v->size = s->size;
	v->gen = swsgx_secs(swsgx.epcm[t->tcs].secs)->gen;
	return 0;
}

/* Find the TCS that RBX names. */
static bool find_tcs(struct pt_regs *regs, struct swsgx_thread *t)
{
	struct swsgx_xlat x;
	u64 va = regs->bx;

	if (!PAGE_ALIGNED(va)) {
		swsgx_raise_gp(regs);
		return false;
	}
	if (!swsgx_translate(regs, va, X86_PF_USER | X86_PF_WRITE, &x))
		return false;
	if (!swsgx_xlat_usable(&x, SGX_PAGE_TYPE_TCS, va, 0)) {
		swsgx_raise_epcm(regs, 0, va);
		return false;
	}
	t->tcs = x.nr;
	t->tcs_va = va;
	t->eid = x.eid;
	return true;
}

/* Find a page of the SSA frame. */
static bool find_ssa(struct pt_regs *regs, struct swsgx_thread *t, u64 va,
		     u32 *nr)
{
	struct swsgx_xlat x;

	if (!swsgx_translate(regs, va, X86_PF_USER | X86_PF_WRITE, &x))
		return false;
	if (!swsgx_xlat_usable(&x, SGX_PAGE_TYPE_REG, va, SWSGX_RW) ||
	    x.eid != t->eid) {
		swsgx_raise_epcm(regs, X86_PF_WRITE, va);
		return false;
	}
	*nr = x.nr;
	return true;
}

/* The generations are read first: what changes later makes the switch fail. */
static void update_ptes(struct swsgx_thread *t, const struct enclave_view *v,
			u64 map_gen)
{
	if (t->synced_eid == t->eid && t->encl_gen == v->gen &&
	    t->map_gen == map_gen)
		return;
	swsgx_sync_ptes(v->base, v->base + v->size);
	t->synced_eid = t->eid;
	t->encl_gen = v->gen;
	t->map_gen = map_gen;
}

static void prepare_entry(struct pt_regs *regs, u32 leaf)
{
	u64 map_gen = atomic64_read(swsgx_map_gen(current->mm));
	struct swsgx_thread *t = &current->thread.swsgx;
	struct enclave_view v;
	unsigned long flags;
	int ret;

	/* Found at the last attempt: RBX names an SSA that XRSTOR refuses. */
	if (t->bad_ssa) {
		t->bad_ssa = 0;
		swsgx_raise_gp(regs);
		return;
	}
	if (!find_tcs(regs, t))
		return;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	ret = read_tcs(t, leaf, &v);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	if (ret == SWSGX_GP)
		swsgx_raise_gp(regs);
	if (ret)
		return;

	if (!find_ssa(regs, t, t->ssa_va, &t->ssa) ||
	    !find_ssa(regs, t, t->gpr_va, &t->gpr))
		return;

	update_ptes(t, &v, map_gen);
	t->pending_ip = regs->ip;
	t->pending = leaf;
}

/* ENCLU outside of an enclave. */
static bool enclu_outside(struct pt_regs *regs)
{
	unsigned int a, b, c, d;
	u8 opcode[3];

	if (!user_64bit_mode(regs) ||
	    copy_from_user(opcode, (void __user *)regs->ip, sizeof(opcode)) ||
	    memcmp(opcode, "\x0f\x01\xd7", sizeof(opcode)))
		return false;

	switch ((u32)regs->ax) {
	case EENTER:
	case ERESUME:
		prepare_entry(regs, regs->ax);
		return true;
	case SWSGX_CPUID_CALL:
		swsgx_cpuid_sgx(regs->cx, &a, &b, &c, &d);
		regs->ax = a;
		regs->bx = b;
		regs->cx = c;
		regs->dx = d;
		regs->ip += sizeof(opcode);
		return true;
	default:
		swsgx_raise_gp(regs);
		return true;
	}
}

/**
 * swsgx_enclu() - Run the ENCLU instruction that raised #UD in user mode
 * @regs: user registers
 *
 * Context: may sleep.
 * Return: true if it was one, and has been dealt with
 */
bool swsgx_enclu(struct pt_regs *regs)
{
	struct swsgx_thread *t = &current->thread.swsgx;

	t->pending = 0;
	return t->aexed ? swsgx_enclu_inside(regs) : enclu_outside(regs);
}

/**
 * __swsgx_invalid_op() - #UD: an SGX instruction?
 * @regs: registers of the exception
 *
 * Context: IRQs off, as the exception left them.
 * Return: true if it was one, and has been dealt with
 */
bool __swsgx_invalid_op(struct pt_regs *regs)
{
	bool done;

	if (!user_mode(regs))
		return swsgx_encls(regs);

	local_irq_enable();
	done = swsgx_enclu(regs);
	local_irq_disable();
	return done;
}
