// SPDX-License-Identifier: GPL-2.0
/*
 * The EPCM's permissions in the page tables, and page faults of enclaves.
 *
 * Hardware checks the EPCM whenever it loads a translation. Here the PTE of an
 * EPC page gets only what both its VMA and the EPCM allow, and is taken for
 * the TLB: when permissions are taken away (EMODPR, EMODT) or the kernel
 * rewrites or moves PTEs (mprotect, mremap), a generation advances and the
 * next entry into the enclave brings the PTEs up to date. A page that is there
 * but denied has a PTE, so that the fault can be told from a missing page.
 *
 * Enclave memory is recognized as hardware does: a PTE that leads to EPC.
 */
#include <linux/extable.h>
#include <linux/hash.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <asm/tlbflush.h>
#include <asm/trap_pf.h>
#include "swsgx.h"

/*
 * In mm->flags, from the end that the kernel does not use: has mapped EPC. Not
 * inherited by fork(), but that opens the VMAs of the child.
 */
#define MMF_SWSGX	(BITS_PER_LONG - 1)

#define VM_RWX	(VM_READ | VM_WRITE | VM_EXEC)

/**
 * swsgx_map_gen() - The generation of the page tables of an mm
 * @mm: the mm
 *
 * Shared with some other mms, whose enclaves then look once too often.
 */
atomic64_t *swsgx_map_gen(struct mm_struct *mm)
{
	return &swsgx.map_gens[hash_ptr(mm, SWSGX_MAP_GENS_SHIFT)];
}

/* The part of the VMA's flags that the EPCM allows at this address. */
static unsigned long allowed_flags(struct vm_area_struct *vma, u32 nr, u64 va)
{
	unsigned long vm_flags = vma->vm_flags, flags;
	struct swsgx_epcm e;

	if (nr == SWSGX_NO_PAGE)
		return vm_flags;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	e = swsgx.epcm[nr];
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);

	/* SDM Vol. 3D, "EPCM": a mremap()ed page is at a wrong address. */
	if (!e.valid || e.blocked || e.type != SGX_PAGE_TYPE_REG ||
	    e.linaddr != (va & PAGE_MASK) ||
	    e.state & (SWSGX_PENDING | SWSGX_MODIFIED))
		return vm_flags & ~VM_RWX;

	if (!(e.state & SGX_SECINFO_R))
		vm_flags &= ~VM_READ;
	if (!(e.state & SGX_SECINFO_W))
		vm_flags &= ~VM_WRITE;
	if (!(e.state & SGX_SECINFO_X))
		vm_flags &= ~VM_EXEC;
	return vm_flags;
}

/**
 * swsgx_insert_pfn() - Map an EPC page in an enclave's VMA
 * @vma: the VMA
 * @addr: address in it
 * @pfn: page frame number of the EPC page
 *
 * In place of vmf_insert_pfn() in the driver, and with its results.
 */
vm_fault_t swsgx_insert_pfn(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long pfn)
{
	unsigned long allowed;

	if (!swsgx_active())
		return vmf_insert_pfn(vma, addr, pfn);

	set_bit(MMF_SWSGX, &vma->vm_mm->flags);
	allowed = allowed_flags(vma, swsgx_pfn_to_page(pfn), addr);
	return vmf_insert_pfn_prot(vma, addr, pfn, vm_get_page_prot(allowed));
}

/**
 * __swsgx_vma_changed() - PTEs of an enclave's VMA are about to change
 * @vma: the VMA
 *
 * mprotect() makes them from the VMA's flags alone, mremap() moves them.
 *
 * Context: mmap_lock is held for writing. Who sees the new generation takes
 * mmap_lock before looking at the PTEs, so finds them changed.
 */
void __swsgx_vma_changed(struct vm_area_struct *vma)
{
	set_bit(MMF_SWSGX, &vma->vm_mm->flags);
	/* Never a number of before, of whatever mm: threads are copied. */
	atomic64_set(swsgx_map_gen(vma->vm_mm),
		     atomic64_inc_return(&swsgx.last_map_gen));
}

/* With the page table lock held: bring one PTE up to date. */
static unsigned long sync_pte(struct vm_area_struct *vma, unsigned long addr,
			      pte_t *ptep, bool *changed)
{
	u32 nr = swsgx_pfn_to_page(pte_pfn(*ptep));
	unsigned long allowed;
	pte_t old, new;

	allowed = allowed_flags(vma, nr, addr);
	if (nr == SWSGX_NO_PAGE)
		return allowed;

	new = pte_modify(*ptep, vm_get_page_prot(allowed));
	if (pte_val(new) != pte_val(*ptep)) {
		old = ptep_modify_prot_start(vma, addr, ptep);
		new = pte_modify(old, vm_get_page_prot(allowed));
		ptep_modify_prot_commit(vma, addr, ptep, old, new);
		*changed = true;
	}
	return allowed;
}

struct sync_arg {
	struct vm_area_struct *vma;
	bool changed;
};

static int sync_one(pte_t *ptep, unsigned long addr, void *data)
{
	struct sync_arg *arg = data;

	if (pte_present(*ptep))
		sync_pte(arg->vma, addr, ptep, &arg->changed);
	return 0;
}

/**
 * swsgx_sync_ptes() - Make the page tables of current reflect the EPCM
 * @start: first address
 * @end: end address
 *
 * Context: sleeps for mmap_lock.
 */
void swsgx_sync_ptes(u64 start, u64 end)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	struct vma_iterator vmi;

	vma_iter_init(&vmi, mm, start);
	mmap_read_lock(mm);
	for_each_vma_range(vmi, vma, end) {
		u64 from = max_t(u64, start, vma->vm_start);
		u64 to = min_t(u64, end, vma->vm_end);
		struct sync_arg arg = { .vma = vma };

		if (!(vma->vm_flags & VM_PFNMAP))
			continue;
		apply_to_existing_page_range(mm, from, to - from, sync_one,
					     &arg);
		if (arg.changed)
			flush_tlb_range(vma, from, to);
	}
	mmap_read_unlock(mm);
}

/*
 * With the page table lock held, so that the PTE cannot go and the driver,
 * which takes PTEs away first, cannot have taken the page from the enclave.
 */
static void snapshot(pte_t *ptep, struct swsgx_xlat *x)
{
	unsigned long flags;

	/* The processor is about to use the page: that makes it young. */
	set_bit(_PAGE_BIT_ACCESSED, (unsigned long *)&ptep->pte);

	x->nr = swsgx_pfn_to_page(pte_pfn(*ptep));
	if (x->nr == SWSGX_NO_PAGE)
		return;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	x->epcm = swsgx.epcm[x->nr];
	x->eid = 0;
	if (x->epcm.valid && x->epcm.type != SGX_PAGE_TYPE_VA)
		x->eid = swsgx_secs(x->epcm.secs)->eid;
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
}

/* 0, or the error code of the page fault that the access raises. */
static unsigned long walk(struct mm_struct *mm, u64 va, unsigned long ec,
			  struct swsgx_xlat *x)
{
	unsigned long need = VM_READ;
	struct vm_area_struct *vma;
	spinlock_t *ptl;
	pte_t *ptep;

	if (ec & X86_PF_WRITE)
		need |= VM_WRITE;
	if (ec & X86_PF_INSTR)
		need = VM_EXEC;
	vma = vma_lookup(mm, va);
	if (!vma || (vma->vm_flags & need) != need)
		return ec;
	/* Present but not EPC: nothing to wait for, an SGX-induced fault. */
	if (!(vma->vm_flags & VM_PFNMAP))
		return ec | X86_PF_SGX | X86_PF_PROT;
	if (follow_pte(mm, va, &ptep, &ptl))
		return ec;
	/* follow_pte() does not tell sparse. */
	__acquire(ptl);
	snapshot(ptep, x);
	pte_unmap_unlock(ptep, ptl);
	return x->nr == SWSGX_NO_PAGE ? ec | X86_PF_SGX | X86_PF_PROT : 0;
}

/**
 * swsgx_translate() - Find the EPC page at an address of current
 * @regs: user registers
 * @va: linear address
 * @ec: %X86_PF_USER, with %X86_PF_WRITE or %X86_PF_INSTR if it is so
 * @x: what was found
 *
 * A page that is not there is a page fault of the instruction, and taken like
 * one: it may sleep for long, ends with a signal, and may change @regs.
 *
 * Context: sleeps, user mode's registers in @regs.
 * Return: true if found; else it is time to go back to user mode, where the
 * instruction is executed again, if nothing else was decided.
 */
bool swsgx_translate(struct pt_regs *regs, u64 va, unsigned long ec,
		     struct swsgx_xlat *x)
{
	struct mm_struct *mm = current->mm;
	unsigned long fault;

	if (va >= TASK_SIZE_MAX) {
		swsgx_raise_gp(regs);
		return false;
	}
	mmap_read_lock(mm);
	fault = walk(mm, va, ec, x);
	mmap_read_unlock(mm);
	if (!fault)
		return true;
	swsgx_user_fault(regs, fault, va & PAGE_MASK);
	return false;
}

/* Takes mmap_lock as the kernel's page fault handler does. */
static bool lock_mm(struct pt_regs *regs, struct mm_struct *mm)
{
	if (mmap_read_trylock(mm))
		return true;
	/* Not an access to user memory: a bug, which might hold the lock. */
	if (!user_mode(regs) && !search_exception_tables(regs->ip))
		return false;
	mmap_read_lock(mm);
	return true;
}

/* With mmap_lock held: set what hardware would have said in addition. */
static void check_fault(struct mm_struct *mm, unsigned long *ec,
			unsigned long *addr)
{
	struct vm_area_struct *vma = vma_lookup(mm, *addr);
	unsigned long need = VM_READ, allowed;
	bool changed = false;
	spinlock_t *ptl;
	pte_t *ptep;

	if (!vma || !(vma->vm_flags & VM_PFNMAP))
		return;
	/* SDM Vol. 3D: inside, the low 12 bits of CR2 are cleared. */
	if (current->thread.swsgx.aexed)
		*addr &= PAGE_MASK;
	if (*ec & X86_PF_WRITE)
		need = VM_WRITE;
	else if (*ec & X86_PF_INSTR)
		need = VM_EXEC;
	if (!(vma->vm_flags & need) || follow_pte(mm, *addr, &ptep, &ptl))
		return;
	__acquire(ptl);

	if (swsgx_pfn_to_page(pte_pfn(*ptep)) != SWSGX_NO_PAGE) {
		allowed = sync_pte(vma, *addr, ptep, &changed);
		if (!(allowed & need))
			*ec |= X86_PF_SGX | X86_PF_PROT;
		else
			/* The EPCM was relaxed: a stale TLB, nothing more. */
			*ec &= ~X86_PF_PROT;
	}
	pte_unmap_unlock(ptep, ptl);
}

/**
 * __swsgx_page_fault() - A page fault: was it the EPCM that denied?
 * @regs: registers of the exception
 * @error_code: its error code, gets the SGX bit if so
 * @address: its address
 *
 * Has to come before the kernel's handler, which knows VMAs only and would
 * give a denied PTE the permissions of its VMA, or retry for ever.
 *
 * Context: IRQs off, as the exception left them.
 */
void __swsgx_page_fault(struct pt_regs *regs, unsigned long *error_code,
			unsigned long *address)
{
	struct mm_struct *mm = current->mm;
	bool irqs_on = regs->flags & X86_EFLAGS_IF;

	if (!mm || *address >= TASK_SIZE_MAX || faulthandler_disabled() ||
	    *error_code & (X86_PF_RSVD | X86_PF_PK) ||
	    !test_bit(MMF_SWSGX, &mm->flags))
		return;

	if (irqs_on)
		local_irq_enable();
	if (lock_mm(regs, mm)) {
		check_fault(mm, error_code, address);
		mmap_read_unlock(mm);
	}
	if (irqs_on)
		local_irq_disable();
}
