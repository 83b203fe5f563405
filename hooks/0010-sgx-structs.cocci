// SPDX-License-Identifier: GPL-2.0
/// x86/sgx: let a page know its cgroup and an enclave its holder
//
// Why: a page is uncharged where it was charged, whatever has become of its
// owner, and is found in order of age; an enclave is what EPC is charged for.
// Functions that reclaim.c and wait.c own or call change their declaration.
// Files: arch/x86/kernel/cpu/sgx/sgx.h arch/x86/kernel/cpu/sgx/encl.h
// Expect: page=1 alloc=1 encl=1 va=1 ksgxd=1
// Diff: +5 -4

@ page @
typedef u64;
position p;
@@
 struct sgx_epc_page {
 ...
 struct list_head list@p;
+struct sgx_cgroup *cg;
+u64 stamp;
 };

@ alloc @
typedef bool;
position p;
@@
-struct sgx_epc_page *sgx_alloc_epc_page@p(void *owner, bool reclaim);

@ encl @
position p;
@@
 struct sgx_encl {
 ...
 struct srcu_struct srcu@p;
+struct sgx_epc_holder holder;
 };

@ va @
position p;
@@
-struct sgx_epc_page *sgx_alloc_va_page@p(bool reclaim);
+struct sgx_epc_page *sgx_alloc_va_page(struct sgx_encl *encl, bool reclaim);

@ ksgxd @
position p;
@@
-bool current_is_ksgxd@p(void);

@ include_holder @
@@
+#include "epc_cgroup.h"
 #include "sgx.h"
