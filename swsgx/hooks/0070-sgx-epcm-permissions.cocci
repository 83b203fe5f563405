// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: PTEs get what the EPCM allows too
// Why: hardware checks the EPCM at every translation; in software the PTE is
// Why: all that is checked. mprotect and mremap (which opens the new VMA)
// Why: make or move PTEs without asking.
// Files: arch/x86/kernel/cpu/sgx/encl.c
// Expect: insert=2 open=1 mprotect=1
// Diff: +4 -2

@ insert @
expression vma, addr, pfn;
position p;
@@
- vmf_insert_pfn@p(vma, addr, pfn)
+ swsgx_insert_pfn(vma, addr, pfn)

@ open @
identifier vma;
position p;
@@
 static void sgx_vma_open@p(struct vm_area_struct *vma)
 {
+	swsgx_vma_changed(vma);
 	...
 }

@ mprotect @
identifier vma, s, e, f;
position p;
@@
 static int sgx_vma_mprotect@p(struct vm_area_struct *vma, unsigned long s,
			       unsigned long e, unsigned long f)
 {
+	swsgx_vma_changed(vma);
 	...
 }
