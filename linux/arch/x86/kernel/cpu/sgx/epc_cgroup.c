// SPDX-License-Identifier: GPL-2.0
/*
 * EPC cgroup: which cgroup pays for a page, and how a page is allocated.
 *
 * An enclave or vEPC instance (a holder) belongs to one cgroup for life, and all
 * its pages are charged there. When a limit is in the way of a charge, pages of
 * the subtree of the limiting cgroup are reclaimed and no others. When no limit
 * is in the way but no page is free, the subtree is that of the root.
 */

#include <linux/mm.h>
#include <linux/slab.h>
#include <asm/trace/sgx.h>
#include "encl.h"
#include "epc_cgroup.h"

/* The root of the hierarchy, which there is without cgroups too. */
struct sgx_cgroup sgx_cgroup_root;
static u64 sgx_capacity;

/**
 * sgx_cgroup_try_alloc() - charge and take one page, if there is room
 * @cg: cgroup that pays
 * @limiting: on failure the cgroup in the way, %NULL if no page was free
 *
 * Context: Process context.
 * Return: the page, or %NULL.
 */
struct sgx_epc_page *sgx_cgroup_try_alloc(struct sgx_cgroup *cg,
					  struct sgx_cgroup **limiting)
{
	struct sgx_epc_page *page;
	struct misc_cg *misc;

	/* Do not take a page, even for a moment, that a limit will refuse. */
	misc = misc_cg_limiting(MISC_CG_RES_SGX_EPC, cg->misc, PAGE_SIZE);
	if (misc)
		goto err_limit;

	*limiting = NULL;
	page = __sgx_alloc_epc_page();
	if (IS_ERR(page))
		return NULL;

	misc = misc_cg_charge_or_limit(MISC_CG_RES_SGX_EPC, cg->misc, PAGE_SIZE);
	if (misc) {
		sgx_free_epc_page(page);
		goto err_limit;
	}
	get_misc_cg(cg->misc);
	page->cg = cg;
	sgx_cgroup_grown(cg);
	return page;

err_limit:
	*limiting = misc_cg_priv(MISC_CG_RES_SGX_EPC, misc);
	return NULL;
}

/**
 * sgx_cgroup_detach_page() - a page that is about to be free
 * @page: page, of a cgroup or of none
 *
 * Context: Any context.
 * Return: the cgroup to give to sgx_cgroup_uncharge() when the page is free, so
 * that whoever is let in by the uncharge finds it.
 */
struct sgx_cgroup *sgx_cgroup_detach_page(struct sgx_epc_page *page)
{
	struct sgx_cgroup *cg = page->cg;

	sgx_holder_drop_page(page);
	page->cg = NULL;
	return cg;
}

/**
 * sgx_cgroup_uncharge() - take the charge of one page back
 * @cg: cgroup, or %NULL for a page that was never charged
 *
 * Context: Any context but an interrupt.
 */
void sgx_cgroup_uncharge(struct sgx_cgroup *cg)
{
	if (!cg)
		return;

	misc_cg_uncharge(MISC_CG_RES_SGX_EPC, cg->misc, PAGE_SIZE);
	sgx_cgroup_wake(cg);
	put_misc_cg(cg->misc);
}

static struct sgx_epc_page *sgx_request_alloc(struct sgx_epc_request *rq)
{
	int ret = sgx_request_make_room(rq, 1);

	return ret ? ERR_PTR(ret) : sgx_request_take_spare(rq);
}

static struct sgx_epc_page *sgx_holder_alloc_waiting(struct sgx_epc_holder *holder)
{
	struct sgx_epc_request rq;
	struct sgx_epc_page *page;

	sgx_request_begin(&rq, holder, SGX_WAKE_SIGNAL);
	page = sgx_request_alloc(&rq);
	sgx_request_end(&rq);

	return page;
}

/**
 * sgx_holder_alloc_page() - allocate a page of EPC and charge it
 * @holder: for whom
 * @owner: what the page will be: &struct sgx_encl_page, that of the SECS for a VA
 *	   page, or &struct sgx_vepc
 * @reclaim: make room if necessary
 *
 * Context: Process context; with @reclaim no lock of an enclave and no mmap_lock
 * may be held.
 * Return: the page or an ERR_PTR: with @reclaim as sgx_request_make_room(), else
 * -EBUSY if the thread's request should wait and try again, -EAGAIN if it has none.
 * -ENOMEM for a holder that is dead.
 */
struct sgx_epc_page *sgx_holder_alloc_page(struct sgx_epc_holder *holder,
					   void *owner, bool reclaim)
{
	struct sgx_epc_request *rq = sgx_request_find(holder);
	struct sgx_cgroup *limiting = NULL;
	struct sgx_epc_page *page = NULL;

	if (READ_ONCE(holder->dead))
		return ERR_PTR(-ENOMEM);
	if (rq)
		page = sgx_request_take_spare(rq);
	if (!page)
		page = sgx_cgroup_try_alloc(holder->cg, &limiting);
	if (!page && reclaim)
		page = rq ? sgx_request_alloc(rq) : sgx_holder_alloc_waiting(holder);
	if (!page && !rq)
		page = ERR_PTR(-EAGAIN);
	if (!page) {
		sgx_request_refuse(rq, limiting);
		page = ERR_PTR(-EBUSY);
	}

	if (!IS_ERR(page))
		sgx_holder_take_page(holder, page, owner);
	sgx_wake_ksgxd();
	return page;
}

static void sgx_cgroup_setup(struct sgx_cgroup *cg, struct misc_cg *misc,
			     struct sgx_cgroup *parent)
{
	cg->misc = misc;
	cg->parent = parent;
	sgx_cgroup_init_order(cg);
	INIT_LIST_HEAD(&cg->holders);
	init_waitqueue_head(&cg->wait);
	mutex_init(&cg->verdict);
}

static void *sgx_cgroup_alloc(struct misc_cg *misc, void *parent)
{
	struct sgx_cgroup *cg = &sgx_cgroup_root;

	if (parent) {
		cg = kzalloc(sizeof(*cg), GFP_KERNEL);
		if (!cg)
			return ERR_PTR(-ENOMEM);
	}
	sgx_cgroup_setup(cg, misc, parent);
	return cg;
}

static void sgx_cgroup_free(void *cg)
{
	kfree(cg);
}

/* A higher limit may be what somebody waits for. */
static void sgx_cgroup_max_changed(void *cg)
{
	wake_up_all(&((struct sgx_cgroup *)cg)->wait);
}

static const struct misc_res_ops sgx_cgroup_ops = {
	.alloc		= sgx_cgroup_alloc,
	.free		= sgx_cgroup_free,
	.max_changed	= sgx_cgroup_max_changed,
	.low_changed	= sgx_cgroup_low_changed,
	.offline	= sgx_cgroup_low_changed,
	.reclaim	= sgx_cgroup_reclaim_amount,
	.stat_show	= sgx_cgroup_stat_show,
	.holders_show	= sgx_cgroup_holders_show,
};

/**
 * sgx_cgroup_add_capacity() - an EPC section was found
 * @bytes: its size
 *
 * Context: Boot.
 */
void __init sgx_cgroup_add_capacity(u64 bytes)
{
	sgx_capacity += bytes;
}

/**
 * sgx_cgroup_init() - start to account for EPC
 *
 * Context: Boot, after the EPC sections were found and before the first page is
 * allocated.
 * Return: 0 or -errno.
 */
int __init sgx_cgroup_init(void)
{
	int ret;

	/* Without CONFIG_CGROUP_MISC there is only this one. */
	sgx_cgroup_setup(&sgx_cgroup_root, NULL, NULL);

	ret = sgx_kill_init();
	if (ret)
		return ret;
	ret = misc_cg_set_ops(MISC_CG_RES_SGX_EPC, &sgx_cgroup_ops);
	if (ret)
		return ret;
	return misc_cg_set_capacity(MISC_CG_RES_SGX_EPC, sgx_capacity);
}

/**
 * sgx_cgroup_exit() - there is no EPC after all
 *
 * Context: Boot.
 */
void __init sgx_cgroup_exit(void)
{
	misc_cg_set_capacity(MISC_CG_RES_SGX_EPC, 0);
	sgx_kill_exit();
}
