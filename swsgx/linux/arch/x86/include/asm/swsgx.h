/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Software SGX: the places where the hardware would enter the kernel's code.
 *
 * Every function here is called by one hook in a kernel file that is not
 * ours. Without the boot parameter swsgx= each is a no-op behind a static
 * key; without CONFIG_X86_SWSGX there is nothing left.
 */
#ifndef _ASM_X86_SWSGX_H
#define _ASM_X86_SWSGX_H

#include <linux/jump_label.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/types.h>
#include <asm/swsgx_types.h>

struct pt_regs;

/* Made by a hook in arch/x86/mm/fault.c: a #PF as if from user mode. */
void swsgx_user_fault(struct pt_regs *regs, unsigned long error_code,
		      unsigned long address);

#ifdef CONFIG_X86_SWSGX

DECLARE_STATIC_KEY_FALSE(swsgx_key);

bool __swsgx_invalid_op(struct pt_regs *regs);
void __swsgx_enter_from_user(struct pt_regs *regs);
void __swsgx_exit_to_user(struct pt_regs *regs);
void __swsgx_page_fault(struct pt_regs *regs, unsigned long *error_code,
			unsigned long *address);
void __swsgx_vma_changed(struct vm_area_struct *vma);
void swsgx_cpuid_count(unsigned int op, int count, unsigned int *eax,
		       unsigned int *ebx, unsigned int *ecx,
		       unsigned int *edx);
void swsgx_wrmsrl(unsigned int msr, u64 val);
vm_fault_t swsgx_insert_pfn(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long pfn);

static __always_inline bool swsgx_active(void)
{
	return static_branch_unlikely(&swsgx_key);
}

/* #UD: true if it was an SGX instruction and has been executed. */
static __always_inline bool swsgx_invalid_op(struct pt_regs *regs)
{
	return swsgx_active() && __swsgx_invalid_op(regs);
}

/* Entry from user mode, IRQs off, FPU registers live. */
static __always_inline void swsgx_enter_from_user(struct pt_regs *regs)
{
	if (swsgx_active() && unlikely(current->thread.swsgx.in_enclave))
		__swsgx_enter_from_user(regs);
}

/* Last step before user mode, IRQs off, FPU registers live. */
static __always_inline void swsgx_exit_to_user(struct pt_regs *regs)
{
	struct swsgx_thread *t = &current->thread.swsgx;

	if (swsgx_active() && unlikely(t->pending | t->aexed))
		__swsgx_exit_to_user(regs);
}

/* #PF, before the kernel looks at it. */
static __always_inline void swsgx_page_fault(struct pt_regs *regs,
					     unsigned long *error_code,
					     unsigned long *address)
{
	if (swsgx_active())
		__swsgx_page_fault(regs, error_code, address);
}

/* Page tables of an enclave mapping are about to be rewritten or moved. */
static __always_inline void swsgx_vma_changed(struct vm_area_struct *vma)
{
	if (swsgx_active())
		__swsgx_vma_changed(vma);
}

#else /* !CONFIG_X86_SWSGX */

static inline bool swsgx_active(void)
{
	return false;
}

static inline bool swsgx_invalid_op(struct pt_regs *regs)
{
	return false;
}

static inline void swsgx_enter_from_user(struct pt_regs *regs) { }
static inline void swsgx_exit_to_user(struct pt_regs *regs) { }
static inline void swsgx_page_fault(struct pt_regs *regs,
				    unsigned long *error_code,
				    unsigned long *address) { }
static inline void swsgx_vma_changed(struct vm_area_struct *vma) { }

#define swsgx_cpuid_count(op, count, eax, ebx, ecx, edx) \
	cpuid_count(op, count, eax, ebx, ecx, edx)
#define swsgx_wrmsrl(msr, val)		wrmsrl(msr, val)
#define swsgx_insert_pfn(vma, addr, pfn)	vmf_insert_pfn(vma, addr, pfn)

#endif /* CONFIG_X86_SWSGX */
#endif /* _ASM_X86_SWSGX_H */
