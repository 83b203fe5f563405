// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of EPC that are in use no more and yet do not become free.
 *
 * A page that EREMOVE refuses to give back belongs to nobody from then on: it leaves
 * its cgroup, which would otherwise pay for ever, and is counted once, at the root.
 * A page with a memory error is freed as any other, but to a list from which nothing
 * is allocated; the driver sees to that.
 */

#include "encl.h"
#include "encls.h"
#include "epc_cgroup.h"

/**
 * sgx_page_leaked() - EREMOVE has refused to give a page back
 * @page: page that its owner gives up; nothing happens if it did so before
 *
 * The page must not be on the list of reclaimable pages. It may be freed after all,
 * if EREMOVE takes it later.
 *
 * Context: Any context.
 */
void sgx_page_leaked(struct sgx_epc_page *page)
{
	struct sgx_cgroup *cg = sgx_cgroup_detach_page(page);

	if (!cg)
		return;
	sgx_cgroup_count(&sgx_cgroup_root, SGX_STAT_LEAKED, 1);
	sgx_cgroup_uncharge(cg);
}

/**
 * sgx_encl_free_epc_page() - remove a page from its enclave and free it
 * @page: page that cannot be reclaimed any more
 *
 * Context: Any context.
 */
void sgx_encl_free_epc_page(struct sgx_epc_page *page)
{
	int ret;

	WARN_ON_ONCE(page->flags & SGX_EPC_PAGE_RECLAIMER_TRACKED);

	ret = __eremove(sgx_get_epc_virt_addr(page));
	if (ret) {
		WARN_ONCE(1, EREMOVE_ERROR_MESSAGE, ret, ret);
		sgx_page_leaked(page);
	} else {
		sgx_free_epc_page(page);
	}
}
