/* SPDX-License-Identifier: GPL-2.0 */
/* Files that the build has made: the code for inside and the signing key. */
	.section .rodata
	.globl	encl_payload, encl_payload_end, encl_key_pem, encl_key_pem_end

	.balign	4096
encl_payload:
	.incbin	"payload.bin"
encl_payload_end:
	.balign	4096

encl_key_pem:
	.incbin	"key.pem"
encl_key_pem_end:

	.section .note.GNU-stack, "", @progbits
