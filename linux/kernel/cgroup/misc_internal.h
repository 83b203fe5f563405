/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the misc controller know of each other: misc.c counts,
 * misc_files.c is what user space sees, misc_parse.c reads what it writes.
 */
#ifndef _MISC_INTERNAL_H_
#define _MISC_INTERNAL_H_

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/misc_cgroup.h>
#include <linux/spinlock.h>

/* How an amount of a resource is written. */
enum misc_unit {
	MISC_UNIT_COUNT,
	MISC_UNIT_BYTES,
};

/**
 * struct misc_res_info - what is known of a resource, machine-wide
 * @name:	its name in all files
 * @unit:	how amounts of it are written
 * @nr_events:	how many of &enum misc_res_event it has
 * @capacity:	how much there is, 0 for none
 * @ops:	its provider, %NULL for one that only counts
 * @lock:	makes a charge one step: while it is held no other charge of the
 *		resource is added or taken back at any level, so that looking at all
 *		levels and then adding to all of them takes effect at one instant. It
 *		covers the usage, peak and limits of &struct misc_res. Those who only
 *		read them may go without. Nothing is taken inside it; it is taken in
 *		process context only.
 */
struct misc_res_info {
	const char			*name;
	enum misc_unit			unit;
	unsigned int			nr_events;
	u64				capacity;
	const struct misc_res_ops	*ops;
	spinlock_t			lock ____cacheline_aligned_in_smp;
};

/* misc.c */
extern struct misc_res_info misc_res_info[MISC_CG_RES_TYPES];
void misc_cg_set_max(enum misc_res_type type, struct misc_cg *cg,
		     const struct misc_amount *max);

/* The capacity may be set at any time by the module that has the resource. */
static inline u64 misc_capacity(enum misc_res_type type)
{
	return READ_ONCE(misc_res_info[type].capacity);
}

static inline void misc_store_amount(struct misc_amount *to,
				     const struct misc_amount *from)
{
	WRITE_ONCE(to->max, from->max);
	WRITE_ONCE(to->value, from->value);
}

/* misc_parse.c */
char *misc_parse_name(char *line, enum misc_res_type *type);
int misc_parse_amount(char *line, enum misc_res_type *type,
		      struct misc_amount *amount);
int misc_parse_reclaim(char *line, struct misc_amount *amount,
		       unsigned int *words);

/* misc_files.c */
extern struct cftype misc_cg_files[];
extern struct cftype misc_cg_legacy_files[];

#endif /* _MISC_INTERNAL_H_ */
