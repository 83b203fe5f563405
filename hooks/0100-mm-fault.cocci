// SPDX-License-Identifier: GPL-2.0
/// x86/mm: tell a process that its enclave is gone
//
// Why: a fault in a killed enclave is to look like one in an enclave whose EPC was
// lost, by the SGX bit of its error code. The fault operation of a VMA cannot say
// why it failed, so the VMA is asked again where the signal is about to be sent.
// Files: arch/x86/mm/fault.c
// Expect: sigbus=1
// Diff: +2 -0

@ sigbus @
position p;
@@
 do_sigbus(...)
 {
 ...
 sanitize_error_code(address, &error_code);
+error_code |= sgx_fault_error_code(address);
 if (fixup_vdso_exception@p(...))
 	return;
 ...
 }

@ include_sgx @
@@
+#include <asm/sgx.h>
 #include <asm/vdso.h>
