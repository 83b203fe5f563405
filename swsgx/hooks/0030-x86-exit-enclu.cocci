// SPDX-License-Identifier: GPL-2.0
/// Exit to user mode: EENTER, ERESUME and EEXIT take effect
// Why: after signals, or a signal frame would be built on an enclave's stack.
// Files: arch/x86/include/asm/entry-common.h
// Expect: commit=1
// Diff: +3 -0

@ include @
@@
 #include <asm/fpu/api.h>
+#include <asm/swsgx.h>

@ commit @
identifier regs, work;
position p;
@@
 arch_exit_to_user_mode_prepare@p(struct pt_regs *regs, unsigned long work)
 {
 ...
+
+ swsgx_exit_to_user(regs);
 }
