// SPDX-License-Identifier: GPL-2.0
/*
 * Miscellaneous cgroup controller: hierarchical limits for scarce resources
 * that are counted one by one, like ASIDs for encrypted guests or pages of EPC.
 *
 * misc.capacity	how much of each resource the machine has (root only)
 * misc.current		how much is charged to the cgroup and all below it
 * misc.peak		the most that ever was
 * misc.max		the limit. Writing it stores the value, no more: nothing
 *			is taken away, only charges that come later are refused
 * misc.events		what happened in the cgroup and below it
 * misc.events.local	what happened because of the cgroup's own limit
 *
 * A resource without capacity does not exist: it is in no file, and writing it
 * is an error. The controller knows nothing of the resources but their names and
 * units. A provider which can make room, say by writing pages out, asks with
 * misc_cg_charge_or_limit() which cgroup is in the way and acts on that one.
 */

#include <linux/cgroup.h>
#include <linux/errno.h>
#include <linux/misc_cgroup.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/* How the limit of a resource is written. */
enum misc_unit {
	MISC_UNIT_COUNT,
	MISC_UNIT_BYTES,
};

/*
 * What is known of a resource, machine-wide.
 *
 * @lock makes a charge one step: while it is held no other charge of the
 * resource is added at any level, so that checking all levels and then adding to
 * all of them takes effect at one instant. It also covers &misc_res.peak.
 * It does not cover uncharges, which only make room, nor &misc_res.max. Nothing
 * is taken inside it; it is taken in process context only.
 */
struct misc_res_info {
	const char			*name;
	enum misc_unit			unit;
	unsigned int			nr_events;
	u64				capacity;
	const struct misc_res_ops	*ops;
	spinlock_t			lock ____cacheline_aligned_in_smp;
};

#define MISC_RES(_type, _name, _unit, _nr_events)			\
	[_type] = {							\
		.name		= _name,				\
		.unit		= _unit,				\
		.nr_events	= _nr_events,				\
		.lock		= __SPIN_LOCK_UNLOCKED(_name),		\
	}

static struct misc_res_info misc_res_info[MISC_CG_RES_TYPES] = {
#ifdef CONFIG_KVM_AMD_SEV
	MISC_RES(MISC_CG_RES_SEV, "sev", MISC_UNIT_COUNT, 1),
	MISC_RES(MISC_CG_RES_SEV_ES, "sev_es", MISC_UNIT_COUNT, 1),
#endif
#ifdef CONFIG_INTEL_TDX_HOST
	MISC_RES(MISC_CG_RES_TDX, "tdx", MISC_UNIT_COUNT, 1),
#endif
#ifdef CONFIG_X86_SGX
	MISC_RES(MISC_CG_RES_SGX_EPC, "sgx_epc", MISC_UNIT_BYTES, 1),
#endif
};

static const char *const misc_event_name[MISC_CG_EVENTS] = {
	[MISC_CG_EVENT_MAX]		= "max",
	[MISC_CG_EVENT_EXHAUSTED]	= "exhausted",
	[MISC_CG_EVENT_KILL]		= "kill",
	[MISC_CG_EVENT_REVOKE]		= "revoke",
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

/* The capacity may be set at any time by the module that has the resource. */
static u64 misc_capacity(enum misc_res_type type)
{
	return READ_ONCE(misc_res_info[type].capacity);
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
	return misc_valid_type(type) ? atomic64_read(&root_cg.res[type].usage) : 0;
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

/* Would @amount more be too much for @cg itself? */
static bool misc_cg_exceeds(enum misc_res_type type, struct misc_cg *cg, u64 amount)
{
	struct misc_res *res = &cg->res[type];
	u64 usage;

	return check_add_overflow((u64)atomic64_read(&res->usage), amount, &usage) ||
	       usage > READ_ONCE(res->max);
}

/**
 * misc_cg_limiting() - which cgroup would refuse a charge
 * @type: resource
 * @cg: cgroup to charge
 * @amount: amount to charge
 *
 * The answer is exact for the instant at which that cgroup was looked at. "None"
 * may be out of date at once, unless the lock of the resource is held.
 *
 * Context: Any context.
 * Return: the nearest of @cg and its ancestors whose limit is in the way, which
 * the caller's reference to @cg keeps; %NULL if the charge fits.
 */
struct misc_cg *misc_cg_limiting(enum misc_res_type type, struct misc_cg *cg,
				 u64 amount)
{
	for (; cg; cg = parent_misc(cg)) {
		if (misc_cg_exceeds(type, cg, amount))
			return cg;
	}
	return NULL;
}

static void misc_cg_add_locked(enum misc_res_type type, struct misc_cg *cg, u64 amount)
{
	lockdep_assert_held(&misc_res_info[type].lock);

	for (; cg; cg = parent_misc(cg)) {
		struct misc_res *res = &cg->res[type];
		u64 usage = atomic64_add_return(amount, &res->usage);

		if (usage > res->peak)
			WRITE_ONCE(res->peak, usage);
	}
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
	spinlock_t *lock = &misc_res_info[type].lock;
	struct misc_cg *limiting;

	spin_lock(lock);
	limiting = misc_cg_limiting(type, cg, amount);
	if (!limiting)
		misc_cg_add_locked(type, cg, amount);
	spin_unlock(lock);

	return limiting;
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
	struct misc_cg *limiting;
	spinlock_t *lock;

	if (!misc_valid_type(type) || !cg || !misc_capacity(type))
		return -EINVAL;
	if (!amount)
		return 0;

	lock = &misc_res_info[type].lock;
	spin_lock(lock);
	for (limiting = cg; limiting; limiting = parent_misc(limiting)) {
		u64 usage = atomic64_read(&limiting->res[type].usage) + amount;

		if (usage > READ_ONCE(limiting->res[type].max) ||
		    usage > misc_capacity(type))
			break;
	}
	if (!limiting)
		misc_cg_add_locked(type, cg, amount);
	spin_unlock(lock);

	if (!limiting)
		return 0;
	misc_cg_event(type, limiting, MISC_CG_EVENT_MAX);
	return -EBUSY;
}
EXPORT_SYMBOL_GPL(misc_cg_try_charge);

/**
 * misc_cg_uncharge() - take a charge back
 * @type: resource
 * @cg: cgroup that was charged, may be %NULL
 * @amount: amount
 *
 * Needs no lock: a charge that runs at the same time may or may not see the room.
 * A cgroup is uncharged before its parent, so that children never add up to more.
 *
 * Context: Any context.
 */
void misc_cg_uncharge(enum misc_res_type type, struct misc_cg *cg,
		      unsigned long amount)
{
	if (!amount || !misc_valid_type(type))
		return;

	for (; cg; cg = parent_misc(cg)) {
		atomic64_t *usage = &cg->res[type].usage;

		if (WARN_ONCE(atomic64_add_negative(-(s64)amount, usage),
			      "misc cgroup: more %s uncharged than charged\n",
			      misc_res_info[type].name))
			atomic64_set(usage, 0);
	}
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

/*
 * "max", or a number of bytes: decimal (leading zeros are just zeros) or 0x and
 * hexadecimal, with a suffix K, M, G or T. Nothing else, not even a sign or
 * space. memparse() will not do: it neither sees an overflow nor refuses junk.
 */
static int misc_parse_bytes(const char *s, u64 *bytes, bool *no_limit)
{
	static const char suffix[] = "KMGT";
	bool overflow = false;
	const char *unit;
	int base = 10;
	u64 n = 0;

	*no_limit = !strcmp(s, "max");
	if (*no_limit) {
		*bytes = U64_MAX;
		return 0;
	}
	if (!strncmp(s, "0x", 2)) {
		base = 16;
		s += 2;
	}
	if (!isxdigit(*s))
		return -EINVAL;
	for (; base == 16 ? isxdigit(*s) : isdigit(*s); s++)
		overflow |= check_mul_overflow(n, (u64)base, &n) ||
			    check_add_overflow(n, (u64)hex_to_bin(*s), &n);

	unit = *s ? strchr(suffix, *s) : NULL;
	if (unit) {
		overflow |= check_mul_overflow(n, 1024ULL << 10 * (unit - suffix), &n);
		s++;
	}
	if (*s)
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	*bytes = n;
	return 0;
}

/* The resource whose name is the first word of @line, which one space ends. */
static enum misc_res_type misc_match_name(const char *line)
{
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		size_t len = strlen(misc_res_info[type].name);

		if (!strncmp(line, misc_res_info[type].name, len) && line[len] == ' ')
			break;
	}
	return type;
}

/*
 * Split "<resource> <value>" and convert the value in the way of the resource:
 * one that counts bytes takes exactly one space and perhaps a newline, one that
 * counts things takes white space around the line and what kstrtou64() takes.
 */
static int misc_parse_max(char *line, enum misc_res_type *type, u64 *max,
			  bool *no_limit)
{
	size_t len = strlen(line);
	char *value;
	int ret;

	*type = misc_match_name(line);
	if (*type < MISC_CG_RES_TYPES &&
	    misc_res_info[*type].unit == MISC_UNIT_BYTES) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		return misc_parse_bytes(line + strlen(misc_res_info[*type].name) + 1,
					max, no_limit);
	}

	line = strstrip(line);
	*type = misc_match_name(line);
	if (*type == MISC_CG_RES_TYPES ||
	    misc_res_info[*type].unit == MISC_UNIT_BYTES)
		return -EINVAL;

	value = line + strlen(misc_res_info[*type].name) + 1;
	*max = U64_MAX;
	ret = strcmp(value, "max") ? kstrtou64(value, 0, max) : 0;
	/* The highest number has always been shown as the word. */
	*no_limit = *max == U64_MAX;
	return ret;
}

static ssize_t misc_cg_max_write(struct kernfs_open_file *of, char *buf,
				 size_t nbytes, loff_t off)
{
	struct misc_cg *cg = css_misc(of_css(of));
	const struct misc_res_ops *ops;
	enum misc_res_type type;
	bool no_limit;
	u64 max;
	int ret;

	ret = misc_parse_max(buf, &type, &max, &no_limit);
	if (type == MISC_CG_RES_TYPES || !misc_capacity(type))
		return -EINVAL;
	if (ret)
		return ret;

	WRITE_ONCE(cg->res[type].no_limit, no_limit);
	WRITE_ONCE(cg->res[type].max, max);

	ops = misc_res_info[type].ops;
	if (ops && ops->max_changed)
		ops->max_changed(cg->res[type].priv);
	return nbytes;
}

static int misc_cg_max_show(struct seq_file *sf, void *v)
{
	struct misc_cg *cg = css_misc(seq_css(sf));
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		if (!misc_capacity(type))
			continue;
		if (READ_ONCE(cg->res[type].no_limit))
			seq_printf(sf, "%s max\n", misc_res_info[type].name);
		else
			seq_printf(sf, "%s %llu\n", misc_res_info[type].name,
				   READ_ONCE(cg->res[type].max));
	}
	return 0;
}

static int misc_show_values(struct seq_file *sf,
			    u64 (*value)(struct misc_cg *cg, enum misc_res_type type))
{
	struct misc_cg *cg = css_misc(seq_css(sf));
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		if (misc_capacity(type))
			seq_printf(sf, "%s %llu\n", misc_res_info[type].name,
				   value(cg, type));
	}
	return 0;
}

static u64 misc_usage(struct misc_cg *cg, enum misc_res_type type)
{
	return atomic64_read(&cg->res[type].usage);
}

static int misc_cg_current_show(struct seq_file *sf, void *v)
{
	return misc_show_values(sf, misc_usage);
}

static u64 misc_peak(struct misc_cg *cg, enum misc_res_type type)
{
	return READ_ONCE(cg->res[type].peak);
}

static int misc_cg_peak_show(struct seq_file *sf, void *v)
{
	return misc_show_values(sf, misc_peak);
}

static u64 misc_root_capacity(struct misc_cg *root, enum misc_res_type type)
{
	return misc_capacity(type);
}

static int misc_cg_capacity_show(struct seq_file *sf, void *v)
{
	return misc_show_values(sf, misc_root_capacity);
}

static void misc_show_events(struct seq_file *sf, enum misc_res_type type,
			     atomic64_t *counts)
{
	unsigned int event;

	for (event = 0; event < misc_res_info[type].nr_events; event++)
		seq_printf(sf, "%s.%s %llu\n", misc_res_info[type].name,
			   misc_event_name[event], (u64)atomic64_read(&counts[event]));
}

static int misc_cg_events_show(struct seq_file *sf, void *v)
{
	struct misc_cg *cg = css_misc(seq_css(sf));
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		if (misc_capacity(type))
			misc_show_events(sf, type, cg->res[type].events);
	}
	return 0;
}

static int misc_cg_events_local_show(struct seq_file *sf, void *v)
{
	struct misc_cg *cg = css_misc(seq_css(sf));
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		if (misc_capacity(type))
			misc_show_events(sf, type, cg->res[type].events_local);
	}
	return 0;
}

/* cgroup v1 keeps the files that it has had, and gets no new ones. */
static struct cftype misc_cg_legacy_files[] = {
	{
		.name = "max",
		.write = misc_cg_max_write,
		.seq_show = misc_cg_max_show,
		.flags = CFTYPE_NOT_ON_ROOT,
	},
	{
		.name = "current",
		.seq_show = misc_cg_current_show,
		.flags = CFTYPE_NOT_ON_ROOT,
	},
	{
		.name = "capacity",
		.seq_show = misc_cg_capacity_show,
		.flags = CFTYPE_ONLY_ON_ROOT,
	},
	{
		.name = "events",
		.flags = CFTYPE_NOT_ON_ROOT,
		.file_offset = offsetof(struct misc_cg, events_file),
		.seq_show = misc_cg_events_show,
	},
	{ }
};

static struct cftype misc_cg_files[] = {
	{
		.name = "max",
		.write = misc_cg_max_write,
		.seq_show = misc_cg_max_show,
		.flags = CFTYPE_NOT_ON_ROOT,
	},
	{
		.name = "current",
		.seq_show = misc_cg_current_show,
	},
	{
		.name = "peak",
		.seq_show = misc_cg_peak_show,
	},
	{
		.name = "capacity",
		.seq_show = misc_cg_capacity_show,
		.flags = CFTYPE_ONLY_ON_ROOT,
	},
	{
		.name = "events",
		.flags = CFTYPE_NOT_ON_ROOT,
		.file_offset = offsetof(struct misc_cg, events_file),
		.seq_show = misc_cg_events_show,
	},
	{
		.name = "events.local",
		.flags = CFTYPE_NOT_ON_ROOT,
		.file_offset = offsetof(struct misc_cg, events_local_file),
		.seq_show = misc_cg_events_local_show,
	},
	{ }
};

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
		cg->res[type].max = U64_MAX;
		cg->res[type].no_limit = true;
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

static void misc_cg_css_free(struct cgroup_subsys_state *css)
{
	struct misc_cg *cg = css_misc(css);

	misc_cg_free_priv(cg);
	kfree(cg);
}

struct cgroup_subsys misc_cgrp_subsys = {
	.css_alloc	= misc_cg_css_alloc,
	.css_free	= misc_cg_css_free,
	.legacy_cftypes	= misc_cg_legacy_files,
	.dfl_cftypes	= misc_cg_files,
};
