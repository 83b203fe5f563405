/* SPDX-License-Identifier: GPL-2.0 */
/* What top shows of two samples: rows of numbers, filtered and in order. No terminal here. */
#ifndef EPCCTL_VIEW_H
#define EPCCTL_VIEW_H

#include "epcctl.h"
#include "sample.h"

/* Columns, in the order of the table; from VIEW_PEAK on only with --output. */
enum view_column {
	VIEW_CGROUP,
	VIEW_CURRENT,
	VIEW_MAX,
	VIEW_USE,
	VIEW_OUT,
	VIEW_IN,
	VIEW_WAITING,
	VIEW_MAXING,
	VIEW_KILLS,
	VIEW_PEAK,
	VIEW_LOW,
	VIEW_RECLAIMABLE,
	VIEW_VEPC,
	VIEW_UNRECLAIMABLE,
	VIEW_EVICTED,
	VIEW_LOADED,
	VIEW_WAIT,
	VIEW_MAXED,
	VIEW_EMPTY,
	VIEW_REVOKES,
	VIEW_TIME,
	VIEW_NR_COLUMNS,
};

extern const struct out_column view_columns[VIEW_NR_COLUMNS];

/* The key that sorts by a column, or 0. */
extern const char view_sort_keys[VIEW_NR_COLUMNS];

struct view_row {
	const struct epc_group	*group;
	struct rates		rates;
	/* What is above it in the tree, or NULL. */
	struct view_row		*parent;
	unsigned int		depth;
	bool			shown;
};

/* Zeroed is an empty view, sorted by path. */
struct view {
	enum view_column	sort;
	bool			reverse;
	bool			tree;
	/* Part of the path as it is shown, in any case; NULL or "" for all. */
	const char		*filter;
	/* Of the sample, in its order. */
	struct view_row		*rows;
	size_t			nr_rows;
	/* Those to show, as they are shown. */
	struct view_row		**shown;
	size_t			nr_shown;
};

/* Samples have to live until the next update. 0 or -ENOMEM. */
int view_update(struct view *v, const struct sample *before, const struct sample *now);
void view_free(struct view *v);

/* EPC_UNKNOWN for columns that are no numbers. MAXING is in thousandths. */
uint64_t view_value(const struct view_row *row, enum view_column column);

#endif
