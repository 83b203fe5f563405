// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: give each open file of an enclave its own address space
//
// Why: reclaim finds the VMAs of an enclave through it, in every process, without
// any mmap_lock, and those that map one page by their offset, which is their address. The
// SECS knows its enclave from the beginning, since VA pages, which have no other owner, are
// allocated for it before it exists. A dead enclave cannot be mapped.
// Files: arch/x86/kernel/cpu/sgx/driver.c
// Expect: open=1 mmap=1 offset=1
// Diff: +5 -0

@ open @
position p;
@@
 sgx_open(struct inode *inode, struct file *file)
 {
 ...
+encl->secs.encl = encl;
+sgx_holder_init(&encl->holder, SGX_HOLDER_ENCLAVE, file);
 file->private_data@p = encl;
 ...
 }

@ mmap @
position p;
@@
 sgx_mmap(...)
 {
 ...
+if (READ_ONCE(encl->holder.dead))
+	return -ENOMEM;
 ret = sgx_encl_may_map@p(...);
 ...
 }

@ offset @
position p;
@@
 sgx_mmap(...)
 {
 ...
 vma->vm_private_data = encl@p;
+vma->vm_pgoff = PFN_DOWN(vma->vm_start);
 ...
 }
