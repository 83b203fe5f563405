// SPDX-License-Identifier: GPL-2.0
/// #PF: what the EPCM has to say, and faults that an ENCLU raises itself
// Why: before the handler, which knows VMAs only. The faults of an ENCLU are
// Why: taken by the kernel's own code, so that they wait, retry, are
// Why: interrupted and fail like any other fault of user mode.
// Files: arch/x86/mm/fault.c
// Expect: check=1
// Diff: +9 -0

@ include @
@@
 #include <asm/irq_stack.h>
+#include <asm/swsgx.h>

@ check @
identifier regs, ec, addr;
position p;
@@
 handle_page_fault@p(struct pt_regs *regs, unsigned long ec, unsigned long addr)
 {
+	swsgx_page_fault(regs, &ec, &addr);
 	trace_page_fault_entries(regs, ec, addr);
 	...
 }
+
+void swsgx_user_fault(struct pt_regs *regs, unsigned long error_code,
+		      unsigned long address)
+{
+	do_user_addr_fault(regs, error_code, address);
+}
