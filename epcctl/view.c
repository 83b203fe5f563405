// SPDX-License-Identifier: GPL-2.0
/* What top shows of two samples: rows of numbers, filtered and in order. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view.h"

const struct out_column view_columns[VIEW_NR_COLUMNS] = {
	[VIEW_CGROUP] = { "CGROUP", "cgroup", OUT_NAME, "its path" },
	[VIEW_CURRENT] = { "CURRENT", "current", OUT_SIZE, "EPC in use, with all below it" },
	[VIEW_MAX] = { "MAX", "max", OUT_SIZE, "the limit" },
	[VIEW_USE] = { "USE%", "use_percent", OUT_COUNT, "current in percent of max" },
	[VIEW_OUT] = { "OUT/s", "evicted_per_second", OUT_SIZE,
		       "bytes written out, per second" },
	[VIEW_IN] = { "IN/s", "loaded_per_second", OUT_SIZE, "bytes loaded back, per second" },
	[VIEW_WAITING] = { "WAIT/s", "wait_usec_per_second", OUT_USEC,
			   "time threads waited because of a limit, per second" },
	[VIEW_MAXING] = { "MAXED/s", "events_max_per_second", OUT_RATE,
			  "requests a limit refused at first, per second" },
	[VIEW_KILLS] = { "KILLS", "events_kill", OUT_COUNT, "enclaves killed" },
	[VIEW_PEAK] = { "PEAK", "peak", OUT_SIZE, "the most that was ever in use", true },
	[VIEW_LOW] = { "LOW", "low", OUT_SIZE, "protected from reclaim for an ancestor", true },
	[VIEW_RECLAIMABLE] = { "RECLAIMABLE", "reclaimable", OUT_SIZE, "what reclaim may take",
			       true },
	[VIEW_VEPC] = { "VEPC", "vepc", OUT_SIZE, "given to virtual machines", true },
	[VIEW_UNRECLAIMABLE] = { "UNRECLAIMABLE", "unreclaimable", OUT_SIZE, "all else", true },
	[VIEW_EVICTED] = { "EVICTED", "evicted", OUT_COUNT, "pages written out so far", true },
	[VIEW_LOADED] = { "LOADED", "loaded", OUT_COUNT, "pages loaded back so far", true },
	[VIEW_WAIT] = { "WAIT", "wait_usec", OUT_USEC, "time threads waited so far", true },
	[VIEW_MAXED] = { "MAXED", "events_max", OUT_COUNT, "requests a limit refused at first",
			 true },
	[VIEW_EMPTY] = { "EMPTY", "events_exhausted", OUT_COUNT,
			 "of these, found nothing left to reclaim", true },
	[VIEW_REVOKES] = { "REVOKES", "events_revoke", OUT_COUNT, "vEPCs revoked", true },
	[VIEW_TIME] = { "TIME", "time", OUT_WORD, "when it was read", true },
};

const char view_sort_keys[VIEW_NR_COLUMNS] = {
	[VIEW_CGROUP] = 'p',
	[VIEW_CURRENT] = 'c',
	[VIEW_MAX] = 'm',
	[VIEW_USE] = 'u',
	[VIEW_OUT] = 'o',
	[VIEW_IN] = 'i',
	[VIEW_WAITING] = 'w',
	[VIEW_MAXING] = 'x',
	[VIEW_KILLS] = 'k',
};

static uint64_t use_percent(const struct epc_group *group)
{
	if (group->max >= EPC_UNKNOWN || group->current >= EPC_UNKNOWN || !group->max)
		return EPC_UNKNOWN;
	return group->current * 100.0 / group->max + 0.5;
}

uint64_t view_value(const struct view_row *row, enum view_column column)
{
	const struct epc_group *group = row->group;

	switch (column) {
	case VIEW_CURRENT: return group->current;
	case VIEW_MAX: return group->max;
	case VIEW_USE: return use_percent(group);
	case VIEW_OUT: return row->rates.evicted;
	case VIEW_IN: return row->rates.loaded;
	case VIEW_WAITING: return row->rates.wait_usec;
	case VIEW_MAXING: return row->rates.maxed_milli;
	case VIEW_KILLS: return group->events[EPC_EVENT_KILL];
	case VIEW_PEAK: return group->peak;
	case VIEW_LOW: return group->low;
	case VIEW_RECLAIMABLE: return group->reclaimable;
	case VIEW_VEPC: return group->vepc;
	case VIEW_UNRECLAIMABLE: return group->unreclaimable;
	case VIEW_EVICTED: return group->nr_evicted;
	case VIEW_LOADED: return group->nr_loaded;
	case VIEW_WAIT: return group->wait_usec;
	case VIEW_MAXED: return group->events[EPC_EVENT_MAX];
	case VIEW_EMPTY: return group->events[EPC_EVENT_EXHAUSTED];
	case VIEW_REVOKES: return group->events[EPC_EVENT_REVOKE];
	default: return EPC_UNKNOWN;
	}
}

/* ---- Order ---- */

/* Largest first, what is not known last; of equals the first path, whatever the direction. */
static int row_compare(const void *a, const void *b, void *arg)
{
	const struct view_row *x = *(struct view_row *const *)a, *y = *(struct view_row *const *)b;
	const struct view *v = arg;
	int order = 0;

	if (v->sort == VIEW_CGROUP) {
		order = x < y ? -1 : 1;
	} else {
		uint64_t p = view_value(x, v->sort) + 2, q = view_value(y, v->sort) + 2;

		/* Sorts EPC_UNKNOWN, now 0, below all numbers, but EPC_MAX, now 1, above. */
		p = p == 1 ? UINT64_MAX : p;
		q = q == 1 ? UINT64_MAX : q;
		order = (p < q) - (p > q);
	}
	if (v->reverse)
		order = -order;
	return order ? order : x < y ? -1 : 1;
}

static bool matches(const struct view *v, const struct view_row *row)
{
	char *name;
	bool found;

	if (!v->filter || !*v->filter)
		return true;
	name = safe_name(row->group->path);
	found = name && strcasestr(name, v->filter);
	free(name);
	return found;
}

/* In a tree, what is above a match is shown with it. */
static void mark_shown(struct view *v)
{
	for (size_t i = 0; i < v->nr_rows; i++) {
		struct view_row *row = &v->rows[i];

		if (!matches(v, row))
			continue;
		for (; row && !row->shown; row = v->tree ? row->parent : NULL)
			row->shown = true;
	}
}

/*
 * @v->shown is sorted without regard to the tree: put each row behind the one above it, brothers
 * as they are. A child is met after its parent in @v->rows, so chains are complete when used.
 */
static int make_tree(struct view *v)
{
	struct chain {
		struct view_row *first, *next;
	} *chain = calloc(v->nr_rows + 1, sizeof(*chain));
	struct view_row *row;
	size_t nr = 0;

	if (!chain)
		return -ENOMEM;
	/* The last element is what is above all. */
	for (size_t i = v->nr_shown; i-- > 0;) {
		struct chain *above;

		row = v->shown[i];
		above = &chain[row->parent ? (size_t)(row->parent - v->rows) : v->nr_rows];
		chain[row - v->rows].next = above->first;
		above->first = row;
	}
	for (row = chain[v->nr_rows].first; row;) {
		struct view_row *up = row;

		v->shown[nr++] = row;
		row = chain[row - v->rows].first;
		for (; !row && up; up = up->parent)
			row = chain[up - v->rows].next;
	}
	free(chain);
	return 0;
}

static int make_rows(struct view *v, const struct sample *before, const struct sample *now)
{
	size_t nr = now->nr_groups;
	ssize_t *parents = calloc(nr + 1, sizeof(*parents));
	int ret = -ENOMEM;

	view_free(v);
	v->rows = calloc(nr + 1, sizeof(*v->rows));
	v->shown = calloc(nr + 1, sizeof(*v->shown));
	if (!parents || !v->rows || !v->shown)
		goto out;
	sample_parents(now, parents);
	v->nr_rows = nr;
	for (size_t i = 0; i < nr; i++) {
		struct view_row *row = &v->rows[i];

		row->group = &now->groups[i];
		row->rates = sample_rates(before, now, row->group);
		row->parent = parents[i] < 0 ? NULL : &v->rows[parents[i]];
		row->depth = row->parent ? row->parent->depth + 1 : 0;
	}
	ret = 0;
out:
	free(parents);
	return ret;
}

int view_update(struct view *v, const struct sample *before, const struct sample *now)
{
	int ret = make_rows(v, before, now);

	if (ret)
		return ret;
	mark_shown(v);
	for (size_t i = 0; i < v->nr_rows; i++)
		if (v->rows[i].shown)
			v->shown[v->nr_shown++] = &v->rows[i];
	qsort_r(v->shown, v->nr_shown, sizeof(*v->shown), row_compare, v);
	return v->tree ? make_tree(v) : 0;
}

void view_free(struct view *v)
{
	free(v->rows);
	free(v->shown);
	v->rows = NULL;
	v->shown = NULL;
	v->nr_rows = v->nr_shown = 0;
}
