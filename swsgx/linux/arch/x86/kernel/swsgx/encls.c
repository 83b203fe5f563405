// SPDX-License-Identifier: GPL-2.0
/*
 * ENCLS, the supervisor's instruction: one dispatcher for all leaves.
 *
 * On a processor without SGX it raises #UD. The leaf is run on the registers
 * of the exception and its exceptions go to the exception table, so that the
 * driver's own ENCLS wrappers see what they would see on hardware.
 */
#include <linux/extable.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <asm/extable.h>
#include "inject.h"
#include "swsgx.h"

/**
 * struct encls_leaf - how to run one leaf
 * @run:	the leaf
 * @self_locked: it takes swsgx.lock itself
 * @has_result:	it reports in RAX and RFLAGS; else it succeeds or faults
 */
struct encls_leaf {
	int (*run)(struct swsgx_ops *ops);
	bool self_locked;
	bool has_result;
};

static const struct encls_leaf leaves[] = {
	[ECREATE]	= { .run = swsgx_ecreate },
	[EADD]		= { .run = swsgx_eadd },
	[EINIT]		= { .run = swsgx_einit, .self_locked = true,
			    .has_result = true },
	[EREMOVE]	= { .run = swsgx_inject_eremove, .has_result = true },
	[EDGBRD]	= { .run = swsgx_edbgrd, .has_result = true },
	[EDGBWR]	= { .run = swsgx_edbgwr, .has_result = true },
	[EEXTEND]	= { .run = swsgx_eextend },
	[ELDU]		= { .run = swsgx_eldu, .has_result = true },
	[EBLOCK]	= { .run = swsgx_eblock, .has_result = true },
	[EPA]		= { .run = swsgx_epa },
	[EWB]		= { .run = swsgx_ewb, .has_result = true },
	[ETRACK]	= { .run = swsgx_etrack, .has_result = true },
	[EAUG]		= { .run = swsgx_eaug },
	[EMODPR]	= { .run = swsgx_emodpr, .has_result = true },
	[EMODT]		= { .run = swsgx_emodt, .has_result = true },
};

/* With swsgx.lock held. */
static void count_result(u32 nr, int ret)
{
	lockdep_assert_held(&swsgx.lock);

	if (!ret)
		swsgx.counters[nr]++;
	else if (ret > 0)
		swsgx.counters[SWSGX_ENCLS_FAILED]++;
	else
		swsgx.counters[SWSGX_ENCLS_FAULTED]++;
}

static int run_leaf(u32 nr, struct swsgx_ops *ops)
{
	const struct encls_leaf *leaf;
	unsigned long flags;
	int ret;

	/* SDM Vol. 3D, ENCLS: an unsupported leaf is #GP(0). */
	if (nr >= ARRAY_SIZE(leaves) || !leaves[nr].run)
		return SWSGX_GP;
	leaf = &leaves[nr];

	if (leaf->self_locked)
		ret = leaf->run(ops);

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	if (!leaf->self_locked)
		ret = leaf->run(ops);
	count_result(nr, ret);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	return ret;
}

/* SDM Vol. 3D: "RFLAGS.ZF is set on error, CF, PF, AF, OF, SF are cleared". */
static void set_result(struct pt_regs *regs, int ret)
{
	regs->ax = ret;
	regs->flags &= ~(X86_EFLAGS_ZF | X86_EFLAGS_CF | X86_EFLAGS_PF |
			 X86_EFLAGS_AF | X86_EFLAGS_OF | X86_EFLAGS_SF);
	if (ret)
		regs->flags |= X86_EFLAGS_ZF;
}

/**
 * swsgx_encls() - Run the ENCLS instruction that raised #UD in the kernel
 * @regs: registers of the exception
 *
 * Context: IRQs off, as the exception left them. Does not sleep.
 * Return: true if it was one, and has been dealt with
 */
bool swsgx_encls(struct pt_regs *regs)
{
	struct swsgx_ops ops = {
		.rbx = regs->bx, .rcx = regs->cx, .rdx = regs->dx,
	};
	u32 nr = regs->ax;
	u8 opcode[3];
	int ret;

	if (copy_from_kernel_nofault(opcode, (void *)regs->ip, sizeof(opcode)))
		return false;
	if (memcmp(opcode, "\x0f\x01\xcf", sizeof(opcode)))
		return false;

	/* One processor runs one instruction, with interrupts as they were. */
	preempt_disable();
	if (regs->flags & X86_EFLAGS_IF)
		local_irq_enable();
	ret = run_leaf(nr, &ops);
	local_irq_disable();
	preempt_enable_no_resched();

	if (ret < 0)
		return fixup_exception(regs, -ret, 0, 0);
	if (leaves[nr].has_result)
		set_result(regs, ret);
	if (nr == EDGBRD)
		regs->bx = ops.rbx;
	regs->ip += sizeof(opcode);
	return true;
}
