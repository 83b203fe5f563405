// SPDX-License-Identifier: GPL-2.0
/// #UD: run SGX instructions in software
// Why: a processor without SGX raises #UD for ENCLS and ENCLU. Everything that
// Why: the instructions do begins here.
// Files: arch/x86/kernel/traps.c
// Expect: emulate=1
// Diff: +3 -1

@ include @
@@
 #include <asm/umip.h>
+#include <asm/swsgx.h>

@ emulate @
expression regs;
position p;
@@
- handle_invalid_op@p(regs);
+ if (!swsgx_invalid_op(regs))
+ 	handle_invalid_op(regs);
