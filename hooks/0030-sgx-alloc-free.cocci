// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: charge pages when they are allocated, uncharge them when free
//
// Why: allocation waits and reclaims by the rules of epc_cgroup.c, which has it;
// what stays of it is to wake ksgxd when few pages are free machine-wide. Every
// page passes sgx_free_epc_page() on its way back, also one that was never
// charged because kexec left it behind.
// Files: arch/x86/kernel/cpu/sgx/main.c
// Expect: alloc=1 wake=1 free=1 section=1 capacity=1 init=1 undo=1
// Diff: +14 -51

@ alloc @
position p;
@@
-sgx_alloc_epc_page@p(...)
-{
-...
-}

@ wake @
position p;
@@
 void sgx_reclaim_direct@p(void)
 {
 ...
 }
+void sgx_wake_ksgxd(void)
+{
+	if (sgx_should_reclaim(SGX_NR_LOW_PAGES))
+		wake_up(&ksgxd_waitq);
+}

@ free @
position p;
identifier node;
expression E;
@@
 void sgx_free_epc_page(struct sgx_epc_page *page)
 {
 ...
 struct sgx_numa_node *node = E;
+struct sgx_cgroup *cg = sgx_cgroup_detach_page(page);
 ...
 atomic_long_inc@p(&sgx_nr_free_pages);
+sgx_cgroup_uncharge(cg);
 }

@ section @
position p;
expression page;
@@
 sgx_setup_epc_section(...)
 {
 <...
 page.owner@p = NULL;
+page.cg = NULL;
 ...>
 }

@ capacity @
position p;
expression nid, bytes;
@@
 sgx_numa_nodes[nid].size@p += bytes;
+sgx_cgroup_add_capacity(bytes);

@ init @
position p;
@@
 static int sgx_init(void)
 {
 ...
 if (!sgx_page_cache_init@p())
 	return -ENOMEM;
+ret = sgx_cgroup_init();
+if (ret)
+	goto err_page_cache;
 ...
 }

@ undo @
position p;
expression i;
@@
+sgx_cgroup_exit();
 for (i = 0; i < sgx_nr_epc_sections; i++) {
 	vfree@p(sgx_epc_sections[i].pages);
 	...
 }
