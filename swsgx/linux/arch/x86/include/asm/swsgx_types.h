/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Software SGX: what each thread carries (embedded in thread_struct).
 *
 * Apart from asm/swsgx.h so that asm/processor.h can include it.
 */
#ifndef _ASM_X86_SWSGX_TYPES_H
#define _ASM_X86_SWSGX_TYPES_H

#include <linux/types.h>

#ifdef CONFIG_X86_SWSGX

/**
 * struct swsgx_thread - a thread's part of the processor state of an enclave
 * @in_enclave:	user mode of this thread is in enclave mode right now
 * @aexed:	this stay in the kernel began with an asynchronous exit
 * @bad_ssa:	XRSTOR refused the SSA image, the next ERESUME gets #GP
 * @pending:	ENCLU leaf that takes effect at the return to user mode
 * @tcs:	EPC page number of the TCS
 * @ssa:	EPC page number of the first page of the SSA frame (XSAVE area)
 * @gpr:	EPC page number of the last page of the SSA frame (GPRSGX area)
 * @tcs_va:	linear address of the TCS
 * @ssa_va:	linear address of @ssa
 * @gpr_va:	linear address of @gpr
 * @eid:	the enclave that the page numbers were looked up for
 * @epoch:	tracking epoch of the enclave when it was entered
 * @pending_ip:	user instruction pointer that @pending belongs to
 * @synced_eid:	the enclave that the next two are about
 * @encl_gen:	EPCM generation that the page tables reflect
 * @map_gen:	mapping generation of the mm that the page tables reflect
 * @fsbase:	FS base outside of the enclave
 * @gsbase:	GS base outside of the enclave
 *
 * Touched by the thread itself only. A forked child starts with a copy made
 * inside a system call, where @in_enclave is 0; @aexed and @pending are
 * cleared by its first return to user mode, like those of any thread.
 */
struct swsgx_thread {
	u8	in_enclave;
	u8	aexed;
	u8	bad_ssa;
	u8	pending;
	u32	tcs;
	u32	ssa;
	u32	gpr;
	u64	tcs_va;
	u64	ssa_va;
	u64	gpr_va;
	u64	eid;
	u64	epoch;
	u64	pending_ip;
	u64	synced_eid;
	u64	encl_gen;
	u64	map_gen;
	u64	fsbase;
	u64	gsbase;
};

#else

struct swsgx_thread { };

#endif /* CONFIG_X86_SWSGX */
#endif /* _ASM_X86_SWSGX_TYPES_H */
