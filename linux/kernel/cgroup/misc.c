// SPDX-License-Identifier: GPL-2.0
/*
 * Miscellaneous cgroup controller: hierarchical limits for scarce resources
 * that are counted one by one, like ASIDs for encrypted guests or pages of EPC.
 *
 * A charge takes effect in a cgroup and all its ancestors at one instant, or is
 * refused because of the limit of one of them. The controller knows nothing of
 * the resources but their names and units. A provider which can make room, say by
 * writing pages out, asks with misc_cg_charge_or_limit() which cgroup is in the
 * way and acts on that one.
 *
 * What user space sees of this is in misc_files.c.
 */

#include <linux/cgroup.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/misc_cgroup.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "misc_internal.h"

#define MISC_RES(_type, _name, _unit, _nr_events)			\
	[_type] = {							\
		.name		= _name,				\
		.unit		= _unit,				\
		.nr_events	= _nr_events,				\
		.lock		= __SPIN_LOCK_UNLOCKED(_name),		\
	}

struct misc_res_info misc_res_info[MISC_CG_RES_TYPES] = {
#ifdef CONFIG_KVM_AMD_SEV
	MISC_RES(MISC_CG_RES_SEV, "sev", MISC_UNIT_COUNT, 1),
	MISC_RES(MISC_CG_RES_SEV_ES, "sev_es", MISC_UNIT_COUNT, 1),
#endif
#ifdef CONFIG_INTEL_TDX_HOST
	MISC_RES(MISC_CG_RES_TDX, "tdx", MISC_UNIT_COUNT, 1),
#endif
#ifdef CONFIG_X86_SGX
	MISC_RES(MISC_CG_RES_SGX_EPC, "sgx_epc", MISC_UNIT_BYTES, MISC_CG_EVENTS),
#endif
};

static struct misc_cg root_cg;

static struct misc_cg *parent_misc(struct misc_cg *cg)
{
	return css_misc(cg->css.parent);
}

static bool misc_valid_type(enum misc_res_type type)
{
	return type >= 0 && type < MISC_CG_RES_TYPES;
}

/**
 * misc_cg_res_total_usage() - how much of a resource is charged, machine-wide
 * @type: resource
 *
 * Context: Any context.
 * Return: the usage of the root; 0 for an unknown resource.
 */
unsigned long misc_cg_res_total_usage(enum misc_res_type type)
{
	return misc_valid_type(type) ? misc_cg_usage(type, &root_cg) : 0;
}
EXPORT_SYMBOL_GPL(misc_cg_res_total_usage);

/**
 * misc_cg_set_capacity() - say how much of a resource the machine has
 * @type: resource
 * @capacity: amount, 0 if there is none (any more)
 *
 * Context: Any context.
 * Return: 0, or -EINVAL for an unknown resource.
 */
int misc_cg_set_capacity(enum misc_res_type type, unsigned long capacity)
{
	if (!misc_valid_type(type))
		return -EINVAL;

	WRITE_ONCE(misc_res_info[type].capacity, capacity);
	return 0;
}
EXPORT_SYMBOL_GPL(misc_cg_set_capacity);

/**
 * misc_cg_set_ops() - register the provider of a resource
 * @type: resource
 * @ops: its operations, which must stay
 *
 * Cgroups that are created from now on get a provider's side, and the root gets
 * it here. There must be no other cgroup yet, that is, the provider is built in
 * and registers before user space starts.
 *
 * Context: Process context, during boot.
 * Return: 0, or what @ops->alloc returned.
 */
int misc_cg_set_ops(enum misc_res_type type, const struct misc_res_ops *ops)
{
	void *priv;

	if (!misc_valid_type(type))
		return -EINVAL;

	priv = ops->alloc(&root_cg, NULL);
	if (IS_ERR(priv))
		return PTR_ERR(priv);

	root_cg.res[type].priv = priv;
	misc_res_info[type].ops = ops;
	return 0;
}

/**
 * misc_cg_next_descendant() - walk a subtree, parents before children
 * @pos: cgroup last visited, %NULL to begin
 * @root: top of the subtree, which comes first
 *
 * Removed cgroups which still have charges are visited too.
 *
 * Context: RCU read lock held.
 * Return: the next cgroup, %NULL after the last.
 */
struct misc_cg *misc_cg_next_descendant(struct misc_cg *pos, struct misc_cg *root)
{
	return css_misc(css_next_descendant_pre(pos ? &pos->css : NULL, &root->css));
}

/**
 * misc_cg_path() - where a cgroup is, for messages of the kernel
 * @cg: cgroup
 * @buf: where to put it; cut off if it does not fit
 * @len: size of @buf
 *
 * Context: Any context.
 */
void misc_cg_path(struct misc_cg *cg, char *buf, size_t len)
{
	cgroup_path(cg->css.cgroup, buf, len);
}

/*
 * The nearest of @cg and its ancestors for which @amount more is too much, be it
 * above its limit or above @ceiling.
 */
static struct misc_cg *misc_cg_refusing(enum misc_res_type type, struct misc_cg *cg,
					u64 amount, u64 ceiling)
{
	for (; cg; cg = parent_misc(cg)) {
		struct misc_res *res = &cg->res[type];
		u64 max = min(READ_ONCE(res->max.value), ceiling);
		u64 usage;

		if (check_add_overflow(READ_ONCE(res->usage), amount, &usage) || usage > max)
			return cg;
	}
	return NULL;
}

/**
 * misc_cg_limiting() - which cgroup would refuse a charge
 * @type: resource
 * @cg: cgroup to charge
 * @amount: amount to charge
 *
 * The answer is exact for the instant at which that cgroup was looked at. "None"
 * may be out of date at once.
 *
 * Context: Any context.
 * Return: the nearest of @cg and its ancestors whose limit is in the way, which
 * the caller's reference to @cg keeps; %NULL if the charge fits.
 */
struct misc_cg *misc_cg_limiting(enum misc_res_type type, struct misc_cg *cg,
				 u64 amount)
{
	return misc_cg_refusing(type, cg, amount, U64_MAX);
}

/*
 * A charge of the usual kind: at no level is it the highest usage ever, nor too much.
 * This is what most charges are, and one comparison a level finds out.
 */
static bool misc_cg_is_usual_locked(enum misc_res_type type, struct misc_cg *cg,
				    u64 amount, u64 ceiling)
{
	u64 total = root_cg.res[type].usage;

	lockdep_assert_held(&misc_res_info[type].lock);

	/* Nobody has more than the root. */
	if (total > ceiling || amount > ceiling - total)
		return false;

	for (; cg; cg = parent_misc(cg)) {
		if (cg->res[type].usage + amount > cg->res[type].usual)
			return false;
	}
	return true;
}

/* Make room for a charge in what is usual. */
static void misc_cg_raise_locked(enum misc_res_type type, struct misc_cg *cg, u64 amount)
{
	lockdep_assert_held(&misc_res_info[type].lock);

	for (; cg; cg = parent_misc(cg)) {
		struct misc_res *res = &cg->res[type];

		WRITE_ONCE(res->peak, max(res->peak, res->usage + amount));
		res->usual = min(res->peak, READ_ONCE(res->max.value));
	}
}

/*
 * Charge all levels or none. Return the one that refuses, or %NULL. This is called for
 * each page, and a tenth of its instructions would be the call.
 */
static __always_inline struct misc_cg *
misc_cg_charge(enum misc_res_type type, struct misc_cg *cg, u64 amount, u64 ceiling)
{
	spinlock_t *lock = &misc_res_info[type].lock;
	struct misc_cg *refusing = NULL;

	spin_lock(lock);
	if (!misc_cg_is_usual_locked(type, cg, amount, ceiling)) {
		refusing = misc_cg_refusing(type, cg, amount, ceiling);
		if (refusing)
			goto out;
		misc_cg_raise_locked(type, cg, amount);
	}
	for (; cg; cg = parent_misc(cg))
		cg->res[type].usage += amount;
out:
	spin_unlock(lock);
	return refusing;
}

/**
 * misc_cg_set_max() - store a new limit
 * @type: resource
 * @cg: cgroup
 * @max: the limit
 *
 * A charge that runs at the same time may or may not see it.
 *
 * Context: Process context.
 */
void misc_cg_set_max(enum misc_res_type type, struct misc_cg *cg,
		     const struct misc_amount *max)
{
	struct misc_res *res = &cg->res[type];

	spin_lock(&misc_res_info[type].lock);
	misc_store_amount(&res->max, max);
	res->usual = min(res->peak, max->value);
	spin_unlock(&misc_res_info[type].lock);
}

/**
 * misc_cg_charge_or_limit() - charge, or say which cgroup is in the way
 * @type: resource
 * @cg: cgroup to charge, with all its ancestors
 * @amount: amount
 *
 * A charge takes effect at all levels or at none: a refused one was never seen
 * by anybody. The capacity does not limit it, and it counts no event.
 *
 * Context: Process context.
 * Return: %NULL if charged, else the limiting cgroup as misc_cg_limiting().
 */
struct misc_cg *misc_cg_charge_or_limit(enum misc_res_type type,
					struct misc_cg *cg, u64 amount)
{
	return misc_cg_charge(type, cg, amount, U64_MAX);
}

/**
 * misc_cg_try_charge() - charge a resource that cannot be reclaimed
 * @type: resource
 * @cg: cgroup to charge, with all its ancestors
 * @amount: amount
 *
 * Context: Process context.
 * Return: 0, -EINVAL for an unknown resource or one that the machine lacks,
 * -EBUSY if a limit or the capacity is in the way, which counts as a max event.
 */
int misc_cg_try_charge(enum misc_res_type type, struct misc_cg *cg,
		       unsigned long amount)
{
	struct misc_cg *refusing;
	u64 capacity;

	capacity = misc_valid_type(type) ? misc_capacity(type) : 0;
	if (!cg || !capacity)
		return -EINVAL;
	if (!amount)
		return 0;

	refusing = misc_cg_charge(type, cg, amount, capacity);
	if (!refusing)
		return 0;
	misc_cg_event(type, refusing, MISC_CG_EVENT_MAX);
	return -EBUSY;
}
EXPORT_SYMBOL_GPL(misc_cg_try_charge);

/**
 * misc_cg_uncharge() - take a charge back
 * @type: resource
 * @cg: cgroup that was charged, may be %NULL
 * @amount: amount
 *
 * Context: Any context but an interrupt.
 */
void misc_cg_uncharge(enum misc_res_type type, struct misc_cg *cg,
		      unsigned long amount)
{
	spinlock_t *lock;

	if (!misc_valid_type(type) || !cg || !amount)
		return;

	lock = &misc_res_info[type].lock;
	spin_lock(lock);
	/* Nobody has less than what is below it, so the first level tells for all. */
	if (WARN_ONCE(cg->res[type].usage < amount,
		      "misc cgroup: more %s uncharged than charged\n",
		      misc_res_info[type].name))
		amount = cg->res[type].usage;
	for (; cg; cg = parent_misc(cg))
		cg->res[type].usage -= amount;
	spin_unlock(lock);
}
EXPORT_SYMBOL_GPL(misc_cg_uncharge);

/**
 * misc_cg_event() - count something that happened because of a cgroup's limit
 * @type: resource
 * @cg: the limiting cgroup
 * @event: what happened
 *
 * Context: Any context but NMI.
 */
void misc_cg_event(enum misc_res_type type, struct misc_cg *cg,
		   enum misc_res_event event)
{
	atomic64_inc(&cg->res[type].events_local[event]);
	cgroup_file_notify(&cg->events_local_file);

	for (; parent_misc(cg); cg = parent_misc(cg)) {
		atomic64_inc(&cg->res[type].events[event]);
		cgroup_file_notify(&cg->events_file);
	}
}

static void misc_cg_free_priv(struct misc_cg *cg)
{
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		if (cg->res[type].priv)
			misc_res_info[type].ops->free(cg->res[type].priv);
	}
}

/* The parent is passed: css.parent is set only when css_alloc has returned. */
static int misc_cg_alloc_priv(struct misc_cg *cg, struct misc_cg *parent)
{
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		const struct misc_res_ops *ops = misc_res_info[type].ops;
		void *priv;

		if (!ops)
			continue;
		priv = ops->alloc(cg, parent->res[type].priv);
		if (IS_ERR(priv)) {
			misc_cg_free_priv(cg);
			return PTR_ERR(priv);
		}
		cg->res[type].priv = priv;
	}
	return 0;
}

static struct cgroup_subsys_state *
misc_cg_css_alloc(struct cgroup_subsys_state *parent)
{
	enum misc_res_type type;
	struct misc_cg *cg;
	int ret;

	cg = parent ? kzalloc(sizeof(*cg), GFP_KERNEL) : &root_cg;
	if (!cg)
		return ERR_PTR(-ENOMEM);

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		cg->res[type].max.value = U64_MAX;
		cg->res[type].max.max = true;
	}

	if (parent) {
		ret = misc_cg_alloc_priv(cg, css_misc(parent));
		if (ret) {
			kfree(cg);
			return ERR_PTR(ret);
		}
	}
	return &cg->css;
}

/* Nobody can change what a removed cgroup is protected from. So that ends. */
static void misc_cg_css_offline(struct cgroup_subsys_state *css)
{
	struct misc_cg *cg = css_misc(css);
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		const struct misc_res_ops *ops = misc_res_info[type].ops;

		WRITE_ONCE(cg->res[type].low.value, 0);
		if (ops && ops->offline)
			ops->offline(cg->res[type].priv);
	}
}

static void misc_cg_css_free(struct cgroup_subsys_state *css)
{
	struct misc_cg *cg = css_misc(css);

	misc_cg_free_priv(cg);
	kfree(cg);
}

struct cgroup_subsys misc_cgrp_subsys = {
	.css_alloc	= misc_cg_css_alloc,
	.css_offline	= misc_cg_css_offline,
	.css_free	= misc_cg_css_free,
	.legacy_cftypes	= misc_cg_legacy_files,
	.dfl_cftypes	= misc_cg_files,
};
