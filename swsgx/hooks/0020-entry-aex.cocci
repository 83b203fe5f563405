// SPDX-License-Identifier: GPL-2.0
/// Entry from user mode: asynchronous exit of an enclave
// Why: the kernel must never see registers of an enclave. Not earlier: lockdep
// Why: has to know first that IRQs are off.
// Files: kernel/entry/common.c
// Expect: leave=1
// Diff: +2 -0

@ include @
@@
 #include <linux/tick.h>
+#include <asm/swsgx.h>

@ leave @
identifier regs;
position p;
@@
 __enter_from_user_mode(struct pt_regs *regs)
 {
 ...
 trace_hardirqs_off_finish@p();
+swsgx_enter_from_user(regs);
 instrumentation_end();
 }
