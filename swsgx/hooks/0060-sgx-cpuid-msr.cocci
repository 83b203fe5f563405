// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: ask software SGX for CPUID, and give it the launch key
// Why: in ring 0, CPUID cannot be made to trap, and the MSRs do not exist.
// Files: arch/x86/kernel/cpu/sgx/sgx.h arch/x86/kernel/cpu/sgx/main.c arch/x86/kernel/cpu/sgx/driver.c
// Expect: cpuid=3 wrmsr=1
// Diff: +6 -4

@ include @
@@
 #include <asm/asm.h>
+#include <asm/swsgx.h>

@ cpuid @
expression list args;
position p;
@@
- cpuid_count@p(SGX_CPUID, args)
+ swsgx_cpuid_count(SGX_CPUID, args)

@ wrmsr @
expression i, v;
position p;
@@
- wrmsrl@p(MSR_IA32_SGXLEPUBKEYHASH0 + i, v)
+ swsgx_wrmsrl(MSR_IA32_SGXLEPUBKEYHASH0 + i, v)
