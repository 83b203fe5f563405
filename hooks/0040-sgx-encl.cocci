// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: allocate for a holder, and let faults wait outside the locks
//
// Why: pages are charged to the enclave's cgroup, their written-out copies to its
// memory cgroup. A fault that must wait does so in sgx_encl_fault(), which calls
// the driver's own functions again when there is room: sgx_encl_eaug_page() then
// without a VMA, to add a page and leave mapping it to the retried fault. Two
// threads that touch the same new page both go on, as REACH-3 says. An mmap() that a
// signal interrupts gives its reference back, or the enclave would never be freed.
// A page that EWB could not write because a suspend had lost it has no version to
// be loaded with, which the driver took for granted.
// A debugger gets as much as could be read. A fork that a signal or a lack of memory
// interrupts leaves a VMA without an enclave: mprotect() of it must not look for one, and
// no page may be copied into its page table, for nobody would stop a thread that uses it.
// No part of an enclave can be moved, so that a mapping tells by its place what it maps.
// Files: arch/x86/kernel/cpu/sgx/encl.c
// Expect: lost=1 dead=1 eldu=1 aug=1 va=1 vapage=1 nomap=1 twice=1 eaug=1 fault=1 ops=1 zap=1 release=1 mmadd=1 open=1 protect=1 memcg=1 backing=1 getpage=1 get=1 getcall=2 lookup=1 leak=1 reserve=1 invma=1 partial=1
// Diff: +35 -188

@ dead @
position p;
@@
 __sgx_encl_load_page(struct sgx_encl *encl, struct sgx_encl_page *entry)
 {
 struct sgx_epc_page *epc_page;
 ...
+if (encl->holder.dead)
+	return ERR_PTR(-ENOMEM);
 if (entry->epc_page@p) {
 	...
 }
 ...
 }

@ lost @
position p;
expression E;
@@
 sgx_encl_eldu@p(...)
 {
 ...
+if (!encl_page->va_page)
+	return ERR_PTR(-EFAULT);
 epc_page = E;
 ...
 }

@ eldu @
position p;
@@
 sgx_encl_eldu(...)
 {
 <...
-sgx_alloc_epc_page@p(encl_page, false)
+sgx_holder_alloc_page(&encl->holder, encl_page, false)
 ...>
 }

@ aug @
position p;
@@
 sgx_encl_eaug_page(...)
 {
 <...
-sgx_alloc_epc_page@p(encl_page, false)
+sgx_holder_alloc_page(&encl->holder, encl_page, false)
 ...>
 }

@ va @
typedef bool;
position p;
@@
-struct sgx_epc_page *sgx_alloc_va_page@p(bool reclaim)
+struct sgx_epc_page *sgx_alloc_va_page(struct sgx_encl *encl, bool reclaim)
 {
 ...
 }

@ vapage @
position p;
@@
-sgx_alloc_epc_page@p(NULL, reclaim)
+sgx_holder_alloc_page(&encl->holder, &encl->secs, reclaim)

@ nomap @
position p;
expression phys;
@@
 sgx_encl_eaug_page(...)
 {
 ...
 sgx_mark_page_reclaimable@p(encl_page->epc_page);
+if (!vma) {
+	mutex_unlock(&encl->lock);
+	return VM_FAULT_NOPAGE;
+}
 ...
 }

@ twice @
position p;
identifier ret;
@@
 sgx_encl_eaug_page(...)
 {
 ...
 ret = xa_insert@p(...);
+if (ret == -EBUSY)
+	vmret = VM_FAULT_NOPAGE;
 if (ret)
 	goto err_out_shrink;
 ...
 }

@ eaug @
typedef vm_fault_t;
position p;
@@
-static
 vm_fault_t sgx_encl_eaug_page@p(struct vm_area_struct *vma, struct sgx_encl *encl, unsigned long addr)
 {
 ...
 }

@ fault @
position p;
@@
-static
 vm_fault_t sgx_vma_fault@p(struct vm_fault *vmf)
 {
 ...
 }

@ ops @
position p;
@@
 const struct vm_operations_struct sgx_vm_ops = {
-.fault@p = sgx_vma_fault,
+.fault = sgx_encl_fault,
+.mremap = sgx_vma_mremap,
 };

@ zap @
position p;
@@
-sgx_zap_enclave_ptes@p(...)
-{
-...
-}

@ release @
position p;
@@
 void sgx_encl_release(struct kref *ref)
 {
 ...
+sgx_holder_exit(&encl->holder);
 kfree@p(encl);
 }

@ mmadd @
position p;
expression E;
@@
 sgx_encl_mm_add(...)
 {
 ...
 ret = __mmu_notifier_register@p(E, mm);
 if (ret) {
+	kref_put(&encl->refcount, sgx_encl_release);
 	kfree(encl_mm);
 	return ret;
 }
 ...
 }

@ open @
position p;
@@
 sgx_vma_open(...)
 {
 ...
-if (sgx_encl_mm_add@p(encl, vma->vm_mm))
+if (sgx_encl_mm_add(encl, vma->vm_mm)) {
+	/* A fork copies the page table after this, but not of such a VMA. */
+	vma->vm_flags |= VM_WIPEONFORK;
 	vma->vm_private_data = NULL;
+}
 }

@ protect @
position p;
@@
 sgx_vma_mprotect(...)
 {
+if (!vma->vm_private_data)
+	return -EACCES;
 return sgx_encl_may_map@p(...);
 }

@ memcg @
position p;
@@
-sgx_encl_get_mem_cgroup@p(...)
-{
-...
-}

@ backing @
position p;
@@
-sgx_encl_alloc_backing@p(...)
-{
-...
-}

@ getpage @
position p;
identifier gfpmask;
@@
-static struct page *sgx_encl_get_backing_page@p(struct sgx_encl *encl, pgoff_t index)
+static struct page *sgx_encl_get_backing_page(struct sgx_encl *encl, pgoff_t index, gfp_t gfp)
 {
 ...
-return shmem_read_mapping_page_gfp(mapping, index, gfpmask);
+return shmem_read_mapping_page_gfp(mapping, index, gfpmask | gfp);
 }

@ get @
position p;
@@
-static int __sgx_encl_get_backing@p(struct sgx_encl *encl, unsigned long page_index, struct sgx_backing *backing)
+int __sgx_encl_get_backing(struct sgx_encl *encl, unsigned long page_index, struct sgx_backing *backing, gfp_t gfp)
 {
 ...
 }

@ getcall @
position p;
expression index;
@@
-sgx_encl_get_backing_page@p(encl, index)
+sgx_encl_get_backing_page(encl, index, gfp)

@ lookup @
position p;
@@
-__sgx_encl_get_backing@p(encl, page_index, backing)
+sgx_encl_get_backing(encl, page_index, backing, 0)

@ leak @
position p;
@@
-sgx_encl_free_epc_page@p(struct sgx_epc_page *page)
-{
-...
-}

@ reserve @
position p;
@@
-sgx_encl_reserve_page@p(...)
-{
-...
-}

@ invma @
position p;
@@
-static
 struct sgx_encl_page *sgx_encl_load_page_in_vma@p(struct sgx_encl *encl, unsigned long addr, unsigned long vm_flags)
 {
 ...
 }

@ partial @
position p;
identifier ret, i;
@@
 sgx_vma_access(...)
 {
 ...
-return ret < 0 ? ret@p : i;
+return i ? i : ret;
 }
