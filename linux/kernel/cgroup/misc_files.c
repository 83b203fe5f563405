// SPDX-License-Identifier: GPL-2.0
/*
 * The files of the misc controller.
 *
 * misc.capacity	how much of each resource the machine has (root only)
 * misc.current		how much is charged to the cgroup and all below it
 * misc.peak		the most that ever was
 * misc.max		the limit. Writing it stores the value, no more: nothing
 *			is taken away, only charges that come later are refused
 * misc.low		how much is protected from the reclaim of ancestors
 * misc.exhausted	what a load does when the limit leaves nothing to reclaim
 * misc.events		what happened in the cgroup and below it
 * misc.events.local	what happened because of the cgroup's own limit
 * misc.stat		what the charged amount consists of, and what was done
 * misc.enclaves	who holds it
 * misc.reclaim		free some of it now
 *
 * A resource without capacity does not exist: it is in no file, and writing it
 * is an error. The last three files, misc.low and misc.exhausted have only those
 * resources whose provider can do something with them.
 */

#include <linux/cgroup.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include "misc_internal.h"

static const char *const misc_event_name[MISC_CG_EVENTS] = {
	[MISC_CG_EVENT_MAX]		= "max",
	[MISC_CG_EVENT_EXHAUSTED]	= "exhausted",
	[MISC_CG_EVENT_KILL]		= "kill",
	[MISC_CG_EVENT_REVOKE]		= "revoke",
};

/* The words of misc.exhausted, by &misc_res.exhausted_fails. */
static const char *const misc_exhausted_word[] = { "kill", "fail" };

/* What a file shows of one resource. */
typedef void (*misc_show_fn)(struct seq_file *sf, struct misc_cg *cg,
			     enum misc_res_type type);

/* Members of a file that shows what @_show prints for each resource. */
#define MISC_SHOW(_show)						\
	.seq_show = misc_cg_show,					\
	.private = (unsigned long)(misc_show_fn)(_show)

static int misc_cg_show(struct seq_file *sf, void *v)
{
	misc_show_fn show = (misc_show_fn)seq_cft(sf)->private;
	struct misc_cg *cg = css_misc(seq_css(sf));
	enum misc_res_type type;

	for (type = 0; type < MISC_CG_RES_TYPES; type++) {
		if (misc_capacity(type))
			show(sf, cg, type);
	}
	return 0;
}

static void misc_show_value(struct seq_file *sf, enum misc_res_type type, u64 value)
{
	seq_printf(sf, "%s %llu\n", misc_res_info[type].name, value);
}

static void misc_show_capacity(struct seq_file *sf, struct misc_cg *cg,
			       enum misc_res_type type)
{
	misc_show_value(sf, type, misc_capacity(type));
}

static void misc_show_current(struct seq_file *sf, struct misc_cg *cg,
			      enum misc_res_type type)
{
	misc_show_value(sf, type, misc_cg_usage(type, cg));
}

static void misc_show_peak(struct seq_file *sf, struct misc_cg *cg,
			   enum misc_res_type type)
{
	misc_show_value(sf, type, READ_ONCE(cg->res[type].peak));
}

static void misc_show_amount(struct seq_file *sf, enum misc_res_type type,
			     struct misc_amount *amount)
{
	u64 value = READ_ONCE(amount->value);

	/* Of two writers at once one may have left the word, the other the number. */
	if (value == U64_MAX && READ_ONCE(amount->max))
		seq_printf(sf, "%s max\n", misc_res_info[type].name);
	else
		misc_show_value(sf, type, value);
}

static void misc_show_max(struct seq_file *sf, struct misc_cg *cg,
			  enum misc_res_type type)
{
	misc_show_amount(sf, type, &cg->res[type].max);
}

static ssize_t misc_cg_max_write(struct kernfs_open_file *of, char *buf,
				 size_t nbytes, loff_t off)
{
	struct misc_cg *cg = css_misc(of_css(of));
	const struct misc_res_ops *ops;
	enum misc_res_type type;
	struct misc_amount max;
	int ret;

	ret = misc_parse_amount(buf, &type, &max);
	if (ret)
		return ret;

	misc_cg_set_max(type, cg, &max);
	ops = misc_res_info[type].ops;
	if (ops && ops->max_changed)
		ops->max_changed(cg->res[type].priv);
	return nbytes;
}

static bool misc_has_low(enum misc_res_type type)
{
	const struct misc_res_ops *ops = misc_res_info[type].ops;

	return ops && ops->low_changed;
}

static void misc_show_low(struct seq_file *sf, struct misc_cg *cg,
			  enum misc_res_type type)
{
	if (misc_has_low(type))
		misc_show_amount(sf, type, &cg->res[type].low);
}

static ssize_t misc_cg_low_write(struct kernfs_open_file *of, char *buf,
				 size_t nbytes, loff_t off)
{
	struct misc_cg *cg = css_misc(of_css(of));
	enum misc_res_type type;
	struct misc_amount low;
	int ret;

	ret = misc_parse_amount(buf, &type, &low);
	if (ret)
		return ret;
	if (!misc_has_low(type))
		return -EINVAL;

	misc_store_amount(&cg->res[type].low, &low);
	misc_res_info[type].ops->low_changed(cg->res[type].priv);
	return nbytes;
}

static bool misc_can_reclaim(enum misc_res_type type)
{
	const struct misc_res_ops *ops = misc_res_info[type].ops;

	return ops && ops->reclaim;
}

static void misc_show_exhausted(struct seq_file *sf, struct misc_cg *cg,
				enum misc_res_type type)
{
	if (misc_can_reclaim(type))
		seq_printf(sf, "%s %s\n", misc_res_info[type].name,
			   misc_exhausted_word[misc_cg_exhausted_fails(type, cg)]);
}

static ssize_t misc_cg_exhausted_write(struct kernfs_open_file *of, char *buf,
				       size_t nbytes, loff_t off)
{
	struct misc_cg *cg = css_misc(of_css(of));
	enum misc_res_type type;
	char *word;
	int fails;

	word = misc_parse_name(buf, &type);
	if (!word || !misc_can_reclaim(type))
		return -EINVAL;
	fails = sysfs_match_string(misc_exhausted_word, word);
	if (fails < 0)
		return -EINVAL;

	WRITE_ONCE(cg->res[type].exhausted_fails, fails);
	return nbytes;
}

static ssize_t misc_cg_reclaim_write(struct kernfs_open_file *of, char *buf,
				     size_t nbytes, loff_t off)
{
	struct misc_cg *cg = css_misc(of_css(of));
	struct misc_amount amount;
	enum misc_res_type type;
	unsigned int words;
	char *line;
	int ret;

	line = misc_parse_name(buf, &type);
	if (!line)
		return -EINVAL;
	if (!misc_can_reclaim(type))
		return -EOPNOTSUPP;
	ret = misc_parse_reclaim(line, &amount, &words);
	if (ret)
		return ret;

	/* The highest number is an amount like others. Only the word is all. */
	if (!amount.max)
		amount.value = min(amount.value, U64_MAX - 1);
	ret = misc_res_info[type].ops->reclaim(cg->res[type].priv, amount.value, words);
	return ret ?: nbytes;
}

static void misc_show_event_counts(struct seq_file *sf, enum misc_res_type type,
				   atomic64_t *counts)
{
	unsigned int event;

	for (event = 0; event < misc_res_info[type].nr_events; event++)
		seq_printf(sf, "%s.%s %llu\n", misc_res_info[type].name,
			   misc_event_name[event], (u64)atomic64_read(&counts[event]));
}

static void misc_show_events(struct seq_file *sf, struct misc_cg *cg,
			     enum misc_res_type type)
{
	misc_show_event_counts(sf, type, cg->res[type].events);
}

static void misc_show_events_local(struct seq_file *sf, struct misc_cg *cg,
				   enum misc_res_type type)
{
	misc_show_event_counts(sf, type, cg->res[type].events_local);
}

static void misc_show_stat(struct seq_file *sf, struct misc_cg *cg,
			   enum misc_res_type type)
{
	const struct misc_res_ops *ops = misc_res_info[type].ops;

	if (ops && ops->stat_show)
		ops->stat_show(cg->res[type].priv, sf);
}

static void misc_show_enclaves(struct seq_file *sf, struct misc_cg *cg,
			       enum misc_res_type type)
{
	const struct misc_res_ops *ops = misc_res_info[type].ops;

	if (ops && ops->holders_show)
		ops->holders_show(cg->res[type].priv, sf);
}

/* The files that cgroup v1 and v2 have alike. */
#define MISC_FILE_MAX {							\
	.name = "max",							\
	.flags = CFTYPE_NOT_ON_ROOT,					\
	.write = misc_cg_max_write,					\
	MISC_SHOW(misc_show_max),					\
}
#define MISC_FILE_CAPACITY {						\
	.name = "capacity",						\
	.flags = CFTYPE_ONLY_ON_ROOT,					\
	MISC_SHOW(misc_show_capacity),					\
}
#define MISC_FILE_EVENTS {						\
	.name = "events",						\
	.flags = CFTYPE_NOT_ON_ROOT,					\
	.file_offset = offsetof(struct misc_cg, events_file),		\
	MISC_SHOW(misc_show_events),					\
}

/* cgroup v1 keeps the files that it has had, and gets no new ones. */
struct cftype misc_cg_legacy_files[] = {
	MISC_FILE_MAX,
	{
		.name = "current",
		.flags = CFTYPE_NOT_ON_ROOT,
		MISC_SHOW(misc_show_current),
	},
	MISC_FILE_CAPACITY,
	MISC_FILE_EVENTS,
	{ }
};

/*
 * misc.max and misc.low belong to whoever delegates a cgroup. What may be
 * delegated acts on the cgroup itself and what is below it, on nothing else.
 */
struct cftype misc_cg_files[] = {
	MISC_FILE_MAX,
	{
		.name = "low",
		.flags = CFTYPE_NOT_ON_ROOT,
		.write = misc_cg_low_write,
		MISC_SHOW(misc_show_low),
	},
	{
		.name = "exhausted",
		.flags = CFTYPE_NOT_ON_ROOT | CFTYPE_NS_DELEGATABLE,
		.write = misc_cg_exhausted_write,
		MISC_SHOW(misc_show_exhausted),
	},
	{
		.name = "current",
		MISC_SHOW(misc_show_current),
	},
	{
		.name = "peak",
		MISC_SHOW(misc_show_peak),
	},
	MISC_FILE_CAPACITY,
	MISC_FILE_EVENTS,
	{
		.name = "events.local",
		.flags = CFTYPE_NOT_ON_ROOT,
		.file_offset = offsetof(struct misc_cg, events_local_file),
		MISC_SHOW(misc_show_events_local),
	},
	{
		.name = "stat",
		MISC_SHOW(misc_show_stat),
	},
	{
		.name = "enclaves",
		MISC_SHOW(misc_show_enclaves),
	},
	{
		.name = "reclaim",
		.flags = CFTYPE_NS_DELEGATABLE,
		.write = misc_cg_reclaim_write,
	},
	{ }
};
