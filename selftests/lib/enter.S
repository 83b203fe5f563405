/* SPDX-License-Identifier: GPL-2.0 */
/*
 * int encl_vdso_call(enter_fn, struct encl_req *req, unsigned int function,
 *		      struct sgx_enclave_run *run)
 *
 * Calls __vdso_sgx_enter_enclave() and keeps what it does not keep: after an
 * exception in the enclave the callee-saved registers hold the synthetic state
 * of the asynchronous exit.
 */
	.text
	.globl	encl_vdso_call
	.type	encl_vdso_call, @function
encl_vdso_call:
	push	%rbp
	push	%rbx
	push	%r12
	push	%r13
	push	%r14
	push	%r15

	mov	%rdi, %rax
	mov	%rsi, %rdi
	push	%rcx
	mov	%edx, %ecx
	xor	%esi, %esi
	xor	%edx, %edx
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	call	*%rax
	add	$8, %rsp

	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbx
	pop	%rbp
	ret
	.size	encl_vdso_call, . - encl_vdso_call

	.section .note.GNU-stack, "", @progbits
