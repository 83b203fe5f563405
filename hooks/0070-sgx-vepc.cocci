// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: charge EPC of virtual machines, and let its faults wait
//
// Why: a vEPC instance belongs to the cgroup of the task that opens it. vepc.c has
// its page faults and epc_cgroup.h its structure.
// Files: arch/x86/kernel/cpu/sgx/virt.c
// Expect: instance=1 page=1 fault=1 open=1 release=1
// Diff: +4 -67

@ instance @
position p;
@@
-struct sgx_vepc {
-	struct xarray page_array@p;
-	struct mutex lock;
-};

@ page @
position p;
@@
-__sgx_vepc_fault@p(...)
-{
-...
-}

@ fault @
position p;
@@
-sgx_vepc_fault@p(...)
-{
-...
-}

@ open @
position p;
@@
 sgx_vepc_open(struct inode *inode, struct file *file)
 {
 ...
+sgx_holder_init(&vepc->holder, SGX_HOLDER_VEPC, file);
+sgx_holder_charge_current(&vepc->holder);
 file->private_data@p = vepc;
 ...
 }

@ release @
position p;
@@
 sgx_vepc_release(...)
 {
 ...
+sgx_holder_exit(&vepc->holder);
 kfree@p(vepc);
 ...
 }

@ include_holder @
@@
 #include "encls.h"
+#include "epc_cgroup.h"
