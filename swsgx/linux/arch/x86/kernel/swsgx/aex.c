// SPDX-License-Identifier: GPL-2.0
/*
 * In and out of enclave mode: the asynchronous exit on every entry into the
 * kernel, and EENTER, ERESUME and EEXIT taking effect on the way back.
 *
 * So the kernel proper never sees registers of an enclave, and what it does
 * with the registers of a thread (signals, ptrace, the vDSO's exception
 * fixup, the IPI after ETRACK) works as on hardware.
 */
#include <linux/ptrace.h>
#include <asm/fsgsbase.h>
#include <asm/fpu/xstate.h>
#include "swsgx.h"

/* RFLAGS that belong to the user; IF, IOPL, TF and the rest stay. */
#define USER_FLAGS (X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | \
		    X86_EFLAGS_ZF | X86_EFLAGS_SF | X86_EFLAGS_OF | \
		    X86_EFLAGS_DF | X86_EFLAGS_AC)

/* Of those, the ones that an asynchronous exit clears. */
#define AEX_CLEARED_FLAGS (USER_FLAGS & ~(X86_EFLAGS_DF | X86_EFLAGS_AC))

static bool page_usable(u32 nr, u8 type, u64 va, u8 perm, u64 eid)
{
	struct swsgx_xlat x = { .nr = nr, .epcm = swsgx.epcm[nr] };

	return swsgx_xlat_usable(&x, type, va, perm) &&
	       swsgx_secs(x.epcm.secs)->eid == eid;
}

/**
 * swsgx_frame_usable() - Are TCS and SSA frame still what they were found as?
 * @t: thread that found them
 *
 * Context: swsgx.lock is held.
 */
bool swsgx_frame_usable(const struct swsgx_thread *t)
{
	lockdep_assert_held(&swsgx.lock);

	return page_usable(t->tcs, SGX_PAGE_TYPE_TCS, t->tcs_va, 0, t->eid) &&
	       page_usable(t->ssa, SGX_PAGE_TYPE_REG, t->ssa_va, SWSGX_RW,
			   t->eid) &&
	       page_usable(t->gpr, SGX_PAGE_TYPE_REG, t->gpr_va, SWSGX_RW,
			   t->eid);
}

/**
 * swsgx_gpr() - The GPRSGX area of a thread's SSA frame
 * @t: the thread
 */
struct swsgx_gpr *swsgx_gpr(const struct swsgx_thread *t)
{
	return swsgx_page(t->gpr) + PAGE_SIZE - sizeof(struct swsgx_gpr);
}

static void save_gprs(struct swsgx_gpr *g, const struct pt_regs *regs)
{
	g->ax = regs->ax;
	g->cx = regs->cx;
	g->dx = regs->dx;
	g->bx = regs->bx;
	g->sp = regs->sp;
	g->bp = regs->bp;
	g->si = regs->si;
	g->di = regs->di;
	g->r8 = regs->r8;
	g->r9 = regs->r9;
	g->r10 = regs->r10;
	g->r11 = regs->r11;
	g->r12 = regs->r12;
	g->r13 = regs->r13;
	g->r14 = regs->r14;
	g->r15 = regs->r15;
	g->ip = regs->ip;
	g->flags = regs->flags;
	g->exitinfo = 0;
}

static void load_gprs(struct pt_regs *regs, const struct swsgx_gpr *g)
{
	regs->ax = g->ax;
	regs->cx = g->cx;
	regs->dx = g->dx;
	regs->bx = g->bx;
	regs->sp = g->sp;
	regs->bp = g->bp;
	regs->si = g->si;
	regs->di = g->di;
	regs->r8 = g->r8;
	regs->r9 = g->r9;
	regs->r10 = g->r10;
	regs->r11 = g->r11;
	regs->r12 = g->r12;
	regs->r13 = g->r13;
	regs->r14 = g->r14;
	regs->r15 = g->r15;
	regs->ip = g->ip;
	regs->flags = (regs->flags & ~USER_FLAGS) | (g->flags & USER_FLAGS);
}

/* SDM Vol. 3D, "Synthetic State on Asynchronous Enclave Exit". */
static void set_synthetic_state(struct pt_regs *regs, const struct swsgx_gpr *g,
				u64 tcs_va, u64 aep)
{
	regs->ax = ERESUME;
	regs->bx = tcs_va;
	regs->cx = aep;
	regs->dx = 0;
	regs->sp = g->ursp;
	regs->bp = g->urbp;
	regs->si = 0;
	regs->di = 0;
	regs->r8 = 0;
	regs->r9 = 0;
	regs->r10 = 0;
	regs->r11 = 0;
	regs->r12 = 0;
	regs->r13 = 0;
	regs->r14 = 0;
	regs->r15 = 0;
	regs->ip = aep;
	regs->flags &= ~AEX_CLEARED_FLAGS;
}

/* XSAVE leaves header bits of components that it does not save as they are. */
static void save_xstate(void *ssa, u64 xfrm)
{
	memset(ssa + FXSAVE_SIZE, 0, XSAVE_HDR_SIZE);
	asm volatile("xsave64 (%0)"
		     : : "r" (ssa), "a" ((u32)xfrm), "d" ((u32)(xfrm >> 32))
		     : "memory");
}

/* False if the image is malformed: then nothing is loaded. */
static bool restore_xstate(const void *image, u64 xfrm)
{
	u32 trapnr;

	/* The fixup of a fault leaves its number in EAX. */
	asm volatile("1: xrstor64 (%[image])\n"
		     "   xor %[trapnr], %[trapnr]\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE(1b, 2b, EX_TYPE_FAULT)
		     : [trapnr] "=a" (trapnr)
		     : [image] "r" (image), "a" ((u32)xfrm),
		       "d" ((u32)(xfrm >> 32))
		     : "memory", "cc");
	return !trapnr;
}

/* Leave enclave mode by whatever way: one thread less is inside. */
static void leave(struct swsgx_thread *t, struct swsgx_secs *p)
{
	t->in_enclave = 0;
	if (t->epoch == p->epoch)
		p->in_cur--;
	else
		p->in_prev--;
}

/**
 * __swsgx_enter_from_user() - Asynchronous exit
 * @regs: user registers, the enclave's; the AEP's afterwards
 *
 * TCS and SSA cannot have gone: pages of a thread inside cannot be written
 * out (EWB, SGX_NOT_TRACKED) nor removed (EREMOVE, SGX_ENCLAVE_ACT).
 *
 * Context: entry from user mode, IRQs off, the user's FPU registers live.
 */
void __swsgx_enter_from_user(struct pt_regs *regs)
{
	struct swsgx_thread *t = &current->thread.swsgx;
	struct swsgx_gpr *g = swsgx_gpr(t);
	struct sgx_tcs *tcs = swsgx_page(t->tcs);
	struct sgx_secs *s;
	u32 secs;

	raw_spin_lock(&swsgx.lock);
	secs = swsgx.epcm[t->tcs].secs;
	s = swsgx_arch_secs(secs);

	save_gprs(g, regs);
	g->fsbase = x86_fsbase_read_cpu();
	g->gsbase = x86_gsbase_read_cpu_inactive();
	x86_fsbase_write_cpu(t->fsbase);
	x86_gsbase_write_cpu_inactive(t->gsbase);
	save_xstate(swsgx_page(t->ssa), s->xfrm);
	restore_xstate(swsgx.init_xstate, s->xfrm);
	set_synthetic_state(regs, g, t->tcs_va, tcs->exit_addr);

	tcs->ssa_index++;
	tcs->state = 0;
	leave(t, swsgx_secs(secs));
	t->aexed = 1;
	swsgx.counters[SWSGX_AEX]++;
	raw_spin_unlock(&swsgx.lock);
}

/* Back in enclave mode: what EENTER and ERESUME have in common. */
static void enter(struct pt_regs *regs, struct swsgx_thread *t,
		  struct swsgx_secs *p, struct sgx_tcs *tcs,
		  struct swsgx_gpr *g)
{
	t->fsbase = x86_fsbase_read_cpu();
	t->gsbase = x86_gsbase_read_cpu_inactive();
	g->ursp = regs->sp;
	g->urbp = regs->bp;
	tcs->exit_addr = regs->cx;
	tcs->state = 1;
	p->in_cur++;
	t->epoch = p->epoch;
	t->in_enclave = 1;
}

static void eenter(struct pt_regs *regs, struct swsgx_thread *t, u32 secs)
{
	struct sgx_secs *s = swsgx_arch_secs(secs);
	struct sgx_tcs *tcs = swsgx_page(t->tcs);

	enter(regs, t, swsgx_secs(secs), tcs, swsgx_gpr(t));
	x86_fsbase_write_cpu(s->base + tcs->fs_offset);
	x86_gsbase_write_cpu_inactive(s->base + tcs->gs_offset);
	/* "RCX <- address of the instruction after EENTER, EAX <- CSSA" */
	regs->cx = regs->ip + 3;
	regs->ax = tcs->ssa_index;
	regs->ip = s->base + tcs->entry_offset;
	swsgx.counters[SWSGX_EENTER]++;
}

static void eresume(struct pt_regs *regs, struct swsgx_thread *t, u32 secs)
{
	struct sgx_tcs *tcs = swsgx_page(t->tcs);
	struct swsgx_gpr *g = swsgx_gpr(t);

	enter(regs, t, swsgx_secs(secs), tcs, g);
	x86_fsbase_write_cpu(g->fsbase);
	x86_gsbase_write_cpu_inactive(g->gsbase);
	load_gprs(regs, g);
	tcs->ssa_index--;
	swsgx.counters[SWSGX_ERESUME]++;
}

/* The thread is outside already, by the #UD of the EEXIT: undo that exit. */
static void eexit(struct pt_regs *regs, struct swsgx_thread *t)
{
	struct sgx_tcs *tcs = swsgx_page(t->tcs);
	struct swsgx_gpr *g = swsgx_gpr(t);

	load_gprs(regs, g);
	/* "RIP <- RBX, RCX <- AEP" */
	regs->ip = g->bx;
	regs->cx = tcs->exit_addr;
	tcs->ssa_index--;
	swsgx.counters[SWSGX_EEXIT]++;
}

/* Do the PTEs still reflect EPCM and mapping, as they did when prepared? */
static bool ptes_current(const struct swsgx_thread *t,
			 const struct swsgx_secs *p)
{
	return t->synced_eid == t->eid && t->encl_gen == p->gen &&
	       t->map_gen == atomic64_read(swsgx_map_gen(current->mm));
}

/* With swsgx.lock held. False: something has changed, nothing was done. */
static bool commit(struct pt_regs *regs, struct swsgx_thread *t, u8 leaf)
{
	u32 secs = swsgx.epcm[t->tcs].secs;
	struct sgx_tcs *tcs = swsgx_page(t->tcs);

	lockdep_assert_held(&swsgx.lock);

	if (!swsgx_frame_usable(t) || tcs->state)
		return false;
	if (leaf != EEXIT && !ptes_current(t, swsgx_secs(secs)))
		return false;
	if (leaf != EENTER &&
	    !restore_xstate(swsgx_page(t->ssa), swsgx_arch_secs(secs)->xfrm)) {
		t->bad_ssa = 1;
		return false;
	}

	if (leaf == EENTER)
		eenter(regs, t, secs);
	else if (leaf == ERESUME)
		eresume(regs, t, secs);
	else
		eexit(regs, t);
	return true;
}

/**
 * __swsgx_exit_to_user() - Let a prepared ENCLU leaf take effect
 * @regs: user registers
 *
 * If a signal or a debugger has moved the thread since, or a page has gone,
 * the leaf is forgotten: the thread comes to execute it again.
 *
 * Context: last step to user mode, IRQs off, the user's FPU registers live.
 */
void __swsgx_exit_to_user(struct pt_regs *regs)
{
	struct swsgx_thread *t = &current->thread.swsgx;
	u8 leaf = t->pending;

	t->pending = 0;
	t->aexed = 0;
	if (!leaf || regs->ip != t->pending_ip || regs->bx != t->tcs_va)
		return;

	raw_spin_lock(&swsgx.lock);
	if (!commit(regs, t, leaf))
		swsgx.counters[SWSGX_DROPPED]++;
	raw_spin_unlock(&swsgx.lock);
}
