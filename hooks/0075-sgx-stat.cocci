// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: count pages that are loaded, and describe open files
//
// Why: ELDU is the one way back into the EPC. fdinfo tells what an enclave or vEPC
// instance is and has; how large an instance is shows only in its mappings.
// Files: arch/x86/kernel/cpu/sgx/encl.c arch/x86/kernel/cpu/sgx/driver.c arch/x86/kernel/cpu/sgx/virt.c
// Expect: eldu=1 encl=1 vepc=1 mmap=1
// Diff: +4 -0

@ eldu @
position p;
@@
 sgx_encl_eldu(...)
 {
 ...
 encl_page->epc_page@p = epc_page;
+sgx_holder_count_loaded(&encl->holder);
 ...
 }

@ encl @
position p;
@@
 const struct file_operations sgx_encl_fops = {
 .open@p = sgx_open,
+.show_fdinfo = sgx_encl_show_fdinfo,
 };

@ vepc @
position p;
@@
 const struct file_operations sgx_vepc_fops = {
 .open@p = sgx_vepc_open,
+.show_fdinfo = sgx_vepc_show_fdinfo,
 };

@ mmap @
position p;
@@
 sgx_vepc_mmap(...)
 {
 ...
 vma->vm_private_data@p = vepc;
+sgx_holder_mapped(&vepc->holder, vma);
 ...
 }
