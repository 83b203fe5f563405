// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: take the reclaimer out of main.c
//
// Why: reclaim per cgroup, in any context, without a lock of a process, would
// change most of its lines. epc_cgroup.c and reclaim.c have ours. EWB with its
// ETRACK and the thread ksgxd stay.
// Files: arch/x86/kernel/cpu/sgx/main.c
// Expect: pages=1 spinlock=1 age=1 block=1 ewb=1 write=1 reclaim=1 empty=1 direct=1 background=1 ksgxd=1 mark=1 unmark=1
// Diff: +4 -237

@ pages @
declarer name LIST_HEAD;
position p;
@@
-static LIST_HEAD(sgx_active_page_list@p);

@ spinlock @
declarer name DEFINE_SPINLOCK;
position p;
@@
-static DEFINE_SPINLOCK(sgx_reclaimer_lock@p);

@ age @
position p;
@@
-sgx_reclaimer_age@p(...)
-{
-...
-}

@ block @
position p;
@@
-sgx_reclaimer_block@p(...)
-{
-...
-}

@ ewb @
position p;
@@
-static
 void sgx_encl_ewb@p(struct sgx_epc_page *epc_page, struct sgx_backing *backing)
 {
 ...
 }

@ write @
position p;
@@
-sgx_reclaimer_write@p(...)
-{
-...
-}

@ reclaim @
position p;
@@
-sgx_reclaim_pages@p(...)
-{
-...
-}

@ empty @
typedef bool;
position p;
@@
 static bool sgx_should_reclaim(unsigned long watermark)
 {
 <...
-!list_empty@p(&sgx_active_page_list)
+sgx_cgroup_reclaimable()
 ...>
 }

@ direct @
position p;
@@
 void sgx_reclaim_direct(void)
 {
 <...
-sgx_reclaim_pages@p();
+sgx_cgroup_reclaim_direct();
 ...>
 }

@ background @
position p;
@@
 ksgxd(...)
 {
 <...
-sgx_reclaim_pages@p();
+sgx_cgroup_reclaim_background();
 ...>
 }

@ ksgxd @
position p;
@@
-current_is_ksgxd@p(...)
-{
-...
-}

@ mark @
position p;
@@
-sgx_mark_page_reclaimable@p(...)
-{
-...
-}

@ unmark @
position p;
@@
-sgx_unmark_page_reclaimable@p(...)
-{
-...
-}
