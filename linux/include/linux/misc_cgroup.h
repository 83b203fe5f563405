/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Miscellaneous cgroup controller: limits for resources that are counted, not
 * shared by time. See kernel/cgroup/misc.c.
 */
#ifndef _MISC_CGROUP_H_
#define _MISC_CGROUP_H_

#include <linux/bits.h>
#include <linux/types.h>

/* The resources, in the order in which every file shows them. */
enum misc_res_type {
#ifdef CONFIG_KVM_AMD_SEV
	MISC_CG_RES_SEV,
	MISC_CG_RES_SEV_ES,
#endif
#ifdef CONFIG_INTEL_TDX_HOST
	MISC_CG_RES_TDX,
#endif
#ifdef CONFIG_X86_SGX
	MISC_CG_RES_SGX_EPC,
#endif
	MISC_CG_RES_TYPES
};

/* What misc.events counts. Only the first exists for every resource. */
enum misc_res_event {
	MISC_CG_EVENT_MAX,
	MISC_CG_EVENT_EXHAUSTED,
	MISC_CG_EVENT_KILL,
	MISC_CG_EVENT_REVOKE,
	MISC_CG_EVENTS
};

/* What misc.reclaim may do beyond ordinary reclaim. */
#define MISC_RECLAIM_KILL_ENCLAVES	BIT(0)
#define MISC_RECLAIM_REVOKE_VEPC	BIT(1)

struct misc_cg;
struct seq_file;

/**
 * struct misc_res_ops - what a resource provider adds to plain counting
 * @alloc:	make the provider's side of a new cgroup; @parent is that of the
 *		parent cgroup, %NULL for the root. May sleep. Returns an ERR_PTR
 *		on failure, which fails the creation of the cgroup.
 * @free:	undo @alloc, when the last reference to the cgroup is gone.
 * @max_changed: a new limit was stored; must not sleep.
 * @low_changed: a new misc.low was stored; must not sleep.
 * @offline:	the cgroup was removed and its misc.low with it. What is charged to
 *		it may live on.
 * @stat_show:	print the lines of misc.stat, each with the name of the resource.
 * @holders_show: print the lines of misc.enclaves.
 * @reclaim:	free @bytes charged to the cgroup and all below it, %U64_MAX for
 *		all that can go, by reclaim and what @words allow beyond it.
 *		May sleep for long; ends early when the cgroup is being removed.
 *
 * All but @alloc and @free may be %NULL. A resource then is not in the file, and
 * cannot be written to it.
 */
struct misc_res_ops {
	void *(*alloc)(struct misc_cg *cg, void *parent);
	void (*free)(void *priv);
	void (*max_changed)(void *priv);
	void (*low_changed)(void *priv);
	void (*offline)(void *priv);
	void (*stat_show)(void *priv, struct seq_file *sf);
	void (*holders_show)(void *priv, struct seq_file *sf);
	int (*reclaim)(void *priv, u64 bytes, unsigned int words);
};

#ifdef CONFIG_CGROUP_MISC

#include <linux/atomic.h>
#include <linux/cgroup.h>

/**
 * struct misc_amount - an amount as it was written
 * @value:	the amount, %U64_MAX if @max
 * @max:	it was written as the word "max"; for show only
 */
struct misc_amount {
	u64		value;
	bool		max;
};

/**
 * struct misc_res - one resource in one cgroup
 * @usage:	charged to this cgroup and all below it
 * @usual:	up to this usage a charge is nothing special: the lesser of @peak and the
 *		limit, or less than that
 * @peak:	highest @usage that was charged
 * @max:	limit of this cgroup and all below it
 * @low:	how much of it is protected from the reclaim of ancestors
 * @exhausted_fails: misc.exhausted says fail, not kill
 * @events:	happened in this cgroup or below it
 * @events_local: happened because of the limit of this cgroup
 * @priv:	the provider's side of the cgroup, see &struct misc_res_ops
 *
 * The lock of the resource covers @usage to @max. They are read without it, too.
 */
struct misc_res {
	u64		usage;
	u64		usual;
	u64		peak;
	struct misc_amount max;
	struct misc_amount low;
	bool		exhausted_fails;
	atomic64_t	events[MISC_CG_EVENTS];
	atomic64_t	events_local[MISC_CG_EVENTS];
	void		*priv;
};

/**
 * struct misc_cg - a cgroup as the misc controller sees it
 * @css:	cgroup subsystem state
 * @events_file: handle to notify readers of misc.events
 * @events_local_file: handle to notify readers of misc.events.local
 * @res:	the resources
 */
struct misc_cg {
	struct cgroup_subsys_state	css;
	struct cgroup_file		events_file;
	struct cgroup_file		events_local_file;
	struct misc_res			res[MISC_CG_RES_TYPES];
};

unsigned long misc_cg_res_total_usage(enum misc_res_type type);
int misc_cg_set_capacity(enum misc_res_type type, unsigned long capacity);
int misc_cg_set_ops(enum misc_res_type type, const struct misc_res_ops *ops);
int misc_cg_try_charge(enum misc_res_type type, struct misc_cg *cg,
		       unsigned long amount);
struct misc_cg *misc_cg_charge_or_limit(enum misc_res_type type,
					struct misc_cg *cg, u64 amount);
struct misc_cg *misc_cg_limiting(enum misc_res_type type, struct misc_cg *cg,
				 u64 amount);
void misc_cg_uncharge(enum misc_res_type type, struct misc_cg *cg,
		      unsigned long amount);
void misc_cg_event(enum misc_res_type type, struct misc_cg *cg,
		   enum misc_res_event event);
struct misc_cg *misc_cg_next_descendant(struct misc_cg *pos, struct misc_cg *root);
void misc_cg_path(struct misc_cg *cg, char *buf, size_t len);

/**
 * css_misc() - the misc cgroup of a cgroup subsystem state
 * @css: cgroup subsystem state, may be %NULL
 */
static inline struct misc_cg *css_misc(struct cgroup_subsys_state *css)
{
	return css ? container_of(css, struct misc_cg, css) : NULL;
}

/**
 * get_current_misc_cg() - the misc cgroup of the current task
 *
 * Return: the cgroup, with a reference that put_misc_cg() gives back.
 */
static inline struct misc_cg *get_current_misc_cg(void)
{
	return css_misc(task_get_css(current, misc_cgrp_id));
}

/**
 * get_misc_cg() - take one more reference to a misc cgroup
 * @cg: the cgroup, to which the caller has a reference
 */
static inline void get_misc_cg(struct misc_cg *cg)
{
	css_get(&cg->css);
}

/**
 * put_misc_cg() - give back a reference to a misc cgroup
 * @cg: the cgroup, may be %NULL
 */
static inline void put_misc_cg(struct misc_cg *cg)
{
	if (cg)
		css_put(&cg->css);
}

/**
 * misc_cg_priv() - the provider's side of a cgroup
 * @type: resource
 * @cg: cgroup
 */
static inline void *misc_cg_priv(enum misc_res_type type, struct misc_cg *cg)
{
	return cg->res[type].priv;
}

/**
 * misc_cg_usage() - how much is charged to a cgroup and all below it
 * @type: resource
 * @cg: cgroup
 *
 * Return: what misc.current shows.
 */
static inline u64 misc_cg_usage(enum misc_res_type type, struct misc_cg *cg)
{
	return READ_ONCE(cg->res[type].usage);
}

/**
 * misc_cg_max() - the limit of a cgroup itself
 * @type: resource
 * @cg: cgroup
 *
 * Return: the limit, %U64_MAX if there is none.
 */
static inline u64 misc_cg_max(enum misc_res_type type, struct misc_cg *cg)
{
	return READ_ONCE(cg->res[type].max.value);
}

/**
 * misc_cg_low() - how much is protected from the reclaim of ancestors
 * @type: resource
 * @cg: cgroup
 *
 * Return: misc.low of the cgroup itself, 0 if it was removed.
 */
static inline u64 misc_cg_low(enum misc_res_type type, struct misc_cg *cg)
{
	return READ_ONCE(cg->res[type].low.value);
}

/**
 * misc_cg_exhausted_fails() - shall loads fail when a cgroup is exhausted?
 * @type: resource
 * @cg: the limiting cgroup
 *
 * Return: true if misc.exhausted of the cgroup itself says fail.
 */
static inline bool misc_cg_exhausted_fails(enum misc_res_type type,
					   struct misc_cg *cg)
{
	return READ_ONCE(cg->res[type].exhausted_fails);
}

/**
 * misc_cg_dying() - is the cgroup being removed, or has it been?
 * @cg: cgroup
 *
 * Removal waits for those who write to a file of the cgroup. They ask here
 * whether they should stop.
 *
 * Return: true from the moment at which removal began.
 */
static inline bool misc_cg_dying(struct misc_cg *cg)
{
	return READ_ONCE(cg->css.flags) & CSS_DYING;
}

#else /* !CONFIG_CGROUP_MISC */

#include <linux/limits.h>
#include <linux/string.h>

static inline unsigned long misc_cg_res_total_usage(enum misc_res_type type)
{
	return 0;
}

static inline int misc_cg_set_capacity(enum misc_res_type type,
				       unsigned long capacity)
{
	return 0;
}

static inline int misc_cg_set_ops(enum misc_res_type type,
				  const struct misc_res_ops *ops)
{
	return 0;
}

static inline int misc_cg_try_charge(enum misc_res_type type,
				     struct misc_cg *cg, unsigned long amount)
{
	return 0;
}

static inline struct misc_cg *
misc_cg_charge_or_limit(enum misc_res_type type, struct misc_cg *cg, u64 amount)
{
	return NULL;
}

static inline struct misc_cg *misc_cg_limiting(enum misc_res_type type,
					       struct misc_cg *cg, u64 amount)
{
	return NULL;
}

static inline void misc_cg_uncharge(enum misc_res_type type, struct misc_cg *cg,
				    unsigned long amount)
{
}

static inline void misc_cg_event(enum misc_res_type type, struct misc_cg *cg,
				 enum misc_res_event event)
{
}

static inline struct misc_cg *misc_cg_next_descendant(struct misc_cg *pos,
						      struct misc_cg *root)
{
	return NULL;
}

static inline void misc_cg_path(struct misc_cg *cg, char *buf, size_t len)
{
	strscpy(buf, "/", len);
}

static inline u64 misc_cg_max(enum misc_res_type type, struct misc_cg *cg)
{
	return U64_MAX;
}

static inline struct misc_cg *get_current_misc_cg(void)
{
	return NULL;
}

static inline void get_misc_cg(struct misc_cg *cg)
{
}

static inline void put_misc_cg(struct misc_cg *cg)
{
}

static inline void *misc_cg_priv(enum misc_res_type type, struct misc_cg *cg)
{
	return NULL;
}

static inline u64 misc_cg_usage(enum misc_res_type type, struct misc_cg *cg)
{
	return 0;
}

static inline u64 misc_cg_low(enum misc_res_type type, struct misc_cg *cg)
{
	return 0;
}

static inline bool misc_cg_exhausted_fails(enum misc_res_type type,
					   struct misc_cg *cg)
{
	return false;
}

static inline bool misc_cg_dying(struct misc_cg *cg)
{
	return false;
}

#endif /* CONFIG_CGROUP_MISC */
#endif /* _MISC_CGROUP_H_ */
