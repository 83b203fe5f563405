// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: /dev/sgx_vepc without VMX
// Why: tests allocate vEPC without running a guest in it.
// Files: arch/x86/kernel/cpu/sgx/virt.c
// Expect: vmx=1
// Diff: +1 -1

@ vmx @
position p;
@@
- cpu_feature_enabled@p(X86_FEATURE_VMX)
+ (swsgx_active() || cpu_feature_enabled(X86_FEATURE_VMX))
