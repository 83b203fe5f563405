// SPDX-License-Identifier: GPL-2.0
/// struct thread_struct: a thread's part of the state of an enclave
// Why: before fpu, which has to be the last member.
// Files: arch/x86/include/asm/processor.h
// Expect: embed=1
// Diff: +2 -0

@ include @
@@
 #include <asm/vmxfeatures.h>
+#include <asm/swsgx_types.h>

@ embed @
position p;
@@
 struct thread_struct {
 ...
+struct swsgx_thread swsgx;
 struct fpu fpu@p;
 };
