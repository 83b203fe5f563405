// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: charge EPC of virtual machines, let its faults wait, and revoke it
//
// Why: a vEPC instance belongs to the cgroup of the task that opens it. vepc.c has
// how its pages come and go, and epc_cgroup.h its structure. Nobody maps an instance
// that was revoked.
// Files: arch/x86/kernel/cpu/sgx/virt.c
// Expect: instance=1 page=1 fault=1 zombies=1 zombielist=1 mmap=1 remove=1 freepage=1 removeall=1 release=1 open=1 init=1
// Diff: +6 -224

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

@ zombies @
position p;
@@
-static struct mutex zombie_secs_pages_lock@p;

@ zombielist @
position p;
@@
-static struct list_head zombie_secs_pages@p;

@ mmap @
position p;
@@
 sgx_vepc_mmap(...)
 {
 ...
+if (READ_ONCE(vepc->holder.dead))
+	return -ENOMEM;
 vma->vm_ops = &sgx_vepc_vm_ops@p;
 ...
 }

@ remove @
position p;
@@
-sgx_vepc_remove_page@p(...)
-{
-...
-}

@ freepage @
position p;
@@
-sgx_vepc_free_page@p(...)
-{
-...
-}

@ removeall @
position p;
@@
-sgx_vepc_remove_all@p(...)
-{
-...
-}

@ release @
position p;
@@
-sgx_vepc_release@p(...)
-{
-...
-}

@ open @
position p;
@@
 sgx_vepc_open(struct inode *inode, struct file *file)
 {
 ...
+kref_init(&vepc->refcount);
+sgx_holder_init(&vepc->holder, SGX_HOLDER_VEPC, file);
+sgx_holder_charge_current(&vepc->holder);
 file->private_data@p = vepc;
 ...
 }

@ init @
position p;
@@
 sgx_vepc_init(...)
 {
 ...
-INIT_LIST_HEAD(&zombie_secs_pages);
-mutex_init@p(&zombie_secs_pages_lock);
 ...
 }

@ include_holder @
@@
 #include "encls.h"
+#include "epc_cgroup.h"
