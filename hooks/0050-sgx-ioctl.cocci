// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: let ioctls wait for room and go on where they were
//
// Why: an enclave belongs to the cgroup of the task that creates it. The SGX2
// ioctls loaded each page under encl->lock and gave up with EAGAIN when there was
// no room or a reclaimer had the page; sgx_encl_lock_page() waits for both. Reading
// the source of a page to add may take for ever, so that is done before encl->lock
// is taken. A dead enclave can do nothing any more; encl->lock is kept where a page is
// unmapped, which needs no lock of the process any more, so that it cannot die there.
// Files: arch/x86/kernel/cpu/sgx/ioctl.c
// Expect: create=1 secs=1 add=1 grow=1 source=1 addpage=1 addcall=1 adddone=1 locked=3 failed=3 done=3 doa=1 init=1 ioctl=1 window=2
// Diff: +34 -53

@ create @
position p;
@@
 sgx_ioc_enclave_create(...)
 {
 <...
-ret = sgx_encl_create@p(encl, secs);
+{
+	sgx_holder_charge_current(&encl->holder);
+	ret = sgx_encl_create(encl, secs);
+	if (ret)
+		sgx_holder_exit(&encl->holder);
+}
 ...>
 }

@ secs @
position p;
@@
-sgx_alloc_epc_page@p(&encl->secs, true)
+sgx_holder_alloc_page(&encl->holder, &encl->secs, true)

@ add @
position p;
@@
-sgx_alloc_epc_page@p(encl_page, true)
+sgx_holder_alloc_page(&encl->holder, encl_page, true)

@ grow @
position p;
@@
-sgx_alloc_va_page@p(reclaim)
+sgx_alloc_va_page(encl, reclaim)

@ source @
position p;
identifier vma, ret;
statement S1, S2, S3;
@@
 static int __sgx_encl_add_page@p(struct sgx_encl *encl, struct sgx_encl_page *encl_page,
	struct sgx_epc_page *epc_page, struct sgx_secinfo *secinfo,
-	unsigned long src)
+	struct page *src_page)
 {
 ...
-struct vm_area_struct *vma;
-struct page *src_page;
 ...
-vma = find_vma(current->mm, src);
-if (!vma) S1
-if (!(vma->vm_flags & VM_MAYEXEC)) S2
-ret = get_user_pages(src, 1, 0, &src_page, NULL);
-if (ret < 1) S3
 ...
-put_page(src_page);
 ...
 }

@ addpage @
position p;
@@
-static
 int sgx_encl_add_page@p(struct sgx_encl *encl,
-	unsigned long src,
+	struct page *src_page,
	unsigned long offset, struct sgx_secinfo *secinfo, unsigned long flags)
 {
 <...
(
-mmap_read_lock(current->mm);
|
-mmap_read_unlock(current->mm);
|
 __sgx_encl_add_page(encl, encl_page, epc_page, secinfo,
-	src
+	src_page
 )
)
 ...>
 }

@ addcall @
position p;
@@
 sgx_ioc_enclave_add_pages(...)
 {
 <...
-sgx_encl_add_page@p(
+sgx_encl_add_user_page(
  ...)
 ...>
 }

@ adddone @
position p;
identifier arg;
expression c;
@@
 sgx_ioc_enclave_add_pages(...)
 {
 ...
 arg.count@p = c;
 ...
-return ret;
+return sgx_encl_unlock_pages(encl, ret, c);
 }

@ locked @
position p;
@@
-mutex_lock@p(&encl->lock);
-entry = sgx_encl_load_page(encl, addr);
+entry = sgx_encl_lock_page(encl, addr);

@ failed @
position p;
@@
-ret = PTR_ERR@p(entry) == -EBUSY ? -EAGAIN : -EFAULT;
+ret = PTR_ERR(entry);

@ done @
position p;
expression params, c;
@@
 out:
 params->count@p = c;
-return ret;
+return sgx_encl_unlock_pages(encl, ret, c);

@ doa @
position p;
expression list E;
identifier ret;
@@
 sgx_encl_add_page(...)
 {
 <...
-ret = xa_insert@p(E);
+ret = encl->holder.dead ? -ENOMEM : xa_insert(E);
 ...>
 }

@ init @
position p;
@@
 sgx_encl_init(...)
 {
 ...
 mutex_lock@p(&encl->lock);
+if (encl->holder.dead) {
+	ret = -ENOMEM;
+	goto err_out;
+}
 ...
 }

@ ioctl @
position p;
@@
 long sgx_ioctl(...)
 {
 ...
+if (READ_ONCE(encl->holder.dead))
+	return -ENOMEM;
 if (test_and_set_bit@p(SGX_ENCL_IOCTL, &encl->flags))
 	return -EBUSY;
 ...
 }

@ window @
position p;
expression addr;
@@
-mutex_unlock(&encl->lock);
-sgx_zap_enclave_ptes@p(encl, addr);
-mutex_lock(&encl->lock);
+sgx_zap_enclave_ptes(encl, addr);
