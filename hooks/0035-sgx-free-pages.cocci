// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: count the free pages of each node, none of them poisoned
//
// Why: sgx_free_bytes shows them. A page with a memory error is on no free list, so
// it is not free for ksgxd either. A node without EPC has no lists, but its files.
// Files: arch/x86/kernel/cpu/sgx/main.c arch/x86/kernel/cpu/sgx/sgx.h
// Expect: node=1 nodes=1 taken=1 freed=1 counted=1 poison=1 lost=1
// Diff: +11 -2

@ node @
position p;
@@
 struct sgx_numa_node {
 ...
 unsigned long size@p;
+unsigned long nr_free;
 ...
 };

@ nodes @
expression n;
position p;
@@
-sgx_numa_nodes = kmalloc_array@p(n, sizeof(*sgx_numa_nodes), GFP_KERNEL);
+sgx_numa_nodes = kcalloc(n, sizeof(*sgx_numa_nodes), GFP_KERNEL);

@ taken @
position p;
@@
 __sgx_alloc_epc_page_from_node(...)
 {
 ...
 list_del_init@p(&page->list);
+node->nr_free--;
 ...
 }

@ freed @
position p;
@@
 void sgx_free_epc_page(struct sgx_epc_page *page)
 {
 ...
 if (page->poison)
 	list_add(&page->list, &node->sgx_poison_page_list);
 else
 	list_add_tail@p(&page->list, &node->free_page_list);
+if (!page->poison) {
+	node->nr_free++;
+	atomic_long_inc(&sgx_nr_free_pages);
+}
 ...
 }

@ counted @
position p;
@@
 void sgx_free_epc_page(struct sgx_epc_page *page)
 {
 ...
 spin_unlock(&node->lock);
-atomic_long_inc@p(&sgx_nr_free_pages);
 ...
 }

@ poison @
position p;
@@
 page->poison@p = 1;
+sgx_cgroup_count(&sgx_cgroup_root, SGX_STAT_POISONED, 1);

@ lost @
position p;
@@
 list_move@p(&page->list, &node->sgx_poison_page_list);
+node->nr_free--;
+atomic_long_dec(&sgx_nr_free_pages);
 goto out;
