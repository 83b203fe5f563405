/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The way into the enclave and out of it.
 *
 * EENTER hands over: rax = number of SSA frames in use, rbx = TCS, rcx = where
 * to go on outside, rdi = the request.  The rest belongs to the caller, and
 * rsp and rbp have to be his again when he gets control back.
 */
#include "abi.h"

#define EEXIT	4

	.section .entry, "ax"
	.globl	encl_entry
encl_entry:
	test	%rax, %rax
	jnz	discard

	lea	ENCL_STACK_TOP(%rbx), %r10
	mov	%rsp, -8(%r10)
	mov	%rcx, -16(%r10)
	lea	-64(%r10), %rsp
	cld
	call	payload_main

	lea	ENCL_STACK_TOP(%rbx), %r10
	mov	-8(%r10), %rsp
	mov	-16(%r10), %rbx
leave:
	mov	$EEXIT, %eax
	enclu

/*
 * A second visit on a TCS whose first one ended in an exception: the caller
 * wants to give that one up.  Make the interrupted thread leave as soon as it
 * is resumed, with the registers that this visit has outside.
 */
discard:
	lea	leave(%rip), %r10
	mov	%r10, ENCL_GPR_RIP(%rbx)
	mov	%rcx, ENCL_GPR_RBX(%rbx)
	mov	%rsp, ENCL_GPR_RSP(%rbx)
	mov	%rbp, ENCL_GPR_RBP(%rbx)
	mov	%rcx, %rbx
	jmp	leave

	.section .note.GNU-stack, "", @progbits
