// SPDX-License-Identifier: GPL-2.0
/*
 * What is to be drawn of a recording. It is read twice: first to learn its groups and its time,
 * then to fill the columns.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"

/* A pause this many times as long as the one before it is a gap, not slow sampling. */
#define GAP	5

/* The state of one reading. */
struct reader {
	struct plot		*plot;
	struct recording	*recording;
	struct sample		sample[2];
	struct sample		*now, *before;
	/* Of @now. */
	ssize_t			*parents;
	struct plot_group	**groups;
	uint64_t		*own;
	size_t			room;
	/* All groups by path, see tsearch(). */
	void			**tree;
	/* Of @now, and how long after @before that is; what the pause before that one was. */
	double			time, pause, last_pause;
	double			session_start, session_usec;
};

static int plot_group_compare(const void *a, const void *b)
{
	const struct plot_group *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static struct plot_group *new_group(struct plot *p, const char *path)
{
	struct plot_group *group = calloc(1, sizeof(*group));
	struct plot_group **groups;

	groups = reallocarray(p->groups, p->nr_groups + 1, sizeof(*groups));
	if (groups)
		p->groups = groups;
	if (group)
		group->path = strdup(path);
	if (!groups || !group || !group->path) {
		if (group)
			free(group->path);
		free(group);
		return NULL;
	}
	group->band = group->lane = -1;
	p->groups[p->nr_groups++] = group;
	return group;
}

/* The group of that path, made if there is none yet; NULL if there is no memory. */
static struct plot_group *find_group(struct reader *rd, const char *path)
{
	struct plot_group key = { .path = (char *)path };
	struct plot_group **found = tfind(&key, rd->tree, plot_group_compare);
	struct plot_group *group;

	if (found)
		return *found;
	group = new_group(rd->plot, path);
	return group && tsearch(group, rd->tree, plot_group_compare) ? group : NULL;
}

static unsigned int depth_of(const char *path)
{
	unsigned int depth = 0;

	if (!strcmp(path, "/"))
		return 0;
	for (; *path; path++)
		depth += *path == '/';
	return depth;
}

/* Groups that are too deep go; what they use stays with the ones above them. */
static void drop_deep(struct plot *p, struct sample *s)
{
	size_t nr = 0;
	unsigned int top = s->nr_groups ? depth_of(s->groups[0].path) : 0;

	for (size_t i = 0; i < s->nr_groups; i++) {
		if (p->depth && depth_of(s->groups[i].path) > top + p->depth)
			free(s->groups[i].path);
		else
			s->groups[nr++] = s->groups[i];
	}
	s->nr_groups = nr;
}

static int make_room(struct reader *rd, size_t nr)
{
	if (nr <= rd->room)
		return 0;
	free(rd->parents);
	free(rd->groups);
	free(rd->own);
	rd->parents = calloc(nr, sizeof(*rd->parents));
	rd->groups = calloc(nr, sizeof(*rd->groups));
	rd->own = calloc(nr, sizeof(*rd->own));
	rd->room = nr;
	return rd->parents && rd->groups && rd->own ? 0 : -ENOMEM;
}

/* Amounts are read one after the other: children may seem to have more than their parent. */
static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t known(uint64_t value)
{
	return value >= EPC_UNKNOWN ? 0 : value;
}

/* Who the groups of this sample are, and what each has without those below it. */
static int look_up_groups(struct reader *rd)
{
	struct sample *s = rd->now;

	if (make_room(rd, s->nr_groups))
		return -ENOMEM;
	sample_parents(s, rd->parents);
	for (size_t i = 0; i < s->nr_groups; i++) {
		ssize_t above = rd->parents[i];

		rd->groups[i] = find_group(rd, s->groups[i].path);
		if (!rd->groups[i])
			return -ENOMEM;
		rd->own[i] = known(s->groups[i].current);
		if (above >= 0) {
			rd->groups[above]->is_parent = true;
			rd->own[above] = minus(rd->own[above], rd->own[i]);
		}
	}
	return 0;
}

/*
 * Within a session time goes by the clock that never steps; a session begins where the clock on
 * the wall says, but not before the end of the one before it.
 */
static void set_time(struct reader *rd)
{
	const struct sample *s = rd->now;
	double time;

	if (rd->before->session != s->session) {
		rd->session_usec = s->usec;
		rd->session_start = s->time_usec / 1e6;
		if (rd->before->session && rd->session_start < rd->time)
			rd->session_start = rd->time;
	}
	time = rd->session_start + (s->usec - rd->session_usec) / 1e6;
	if (rd->before->session && time < rd->time)
		time = rd->time;
	rd->last_pause = rd->pause;
	rd->pause = rd->before->session ? time - rd->time : 0;
	rd->time = time;
}

/* Calls @fn for each sample that can be read. */
static int read_all(struct reader *rd, int (*fn)(struct reader *rd))
{
	int ret = 0;

	rd->now = &rd->sample[0];
	rd->before = &rd->sample[1];
	sample_clear(rd->before);
	rd->before->session = 0;
	rd->time = rd->pause = 0;
	for (size_t i = 0; i < rd->recording->nr_samples && !ret; i++) {
		struct sample *swap = rd->now;

		ret = recording_read(rd->recording, i, rd->now);
		if (ret == -EINVAL) {
			ret = 0;
			continue;
		}
		if (ret)
			return ret;
		drop_deep(rd->plot, rd->now);
		set_time(rd);
		ret = look_up_groups(rd);
		if (!ret)
			ret = fn(rd);
		rd->now = rd->before;
		rd->before = swap;
	}
	return ret;
}

/* ---- First: who is there, and when ---- */

/* What the limit of group @i of the sample did since the one before; zeroes if unknown. */
static void event_growth(const struct reader *rd, size_t i, uint64_t nr[EPC_NR_EVENTS])
{
	const struct epc_group *group = &rd->now->groups[i];
	const struct epc_group *old = sample_find(rd->before, group->path);
	bool same = old && rd->before->session == rd->now->session && sample_same_group(old, group);

	for (int e = 0; e < EPC_NR_EVENTS; e++)
		nr[e] = same ? sample_growth(old->events_local[e], group->events_local[e]) : 0;
}

static void learn_group(struct reader *rd, size_t i)
{
	const struct epc_group *group = &rd->now->groups[i];
	struct plot_group *known_group = rd->groups[i];
	uint64_t current = known(group->current), max = known(group->max);
	uint64_t nr[EPC_NR_EVENTS];

	if (rd->own[i] > known_group->most_own)
		known_group->most_own = rd->own[i];
	if (current > known_group->most)
		known_group->most = current;
	if (max > known_group->limit)
		known_group->limit = max;
	event_growth(rd, i, nr);
	for (int e = 0; e < EPC_NR_EVENTS; e++) {
		known_group->events[e] += nr[e];
		rd->plot->events[e] += nr[e];
	}
}

static int learn(struct reader *rd)
{
	struct plot *p = rd->plot;
	const struct sample *s = rd->now;
	uint64_t total = s->nr_groups ? known(s->groups[0].current) : 0;

	if (!rd->before->session)
		p->start = rd->time;
	p->end = rd->time;
	if (known(s->capacity) > p->capacity)
		p->capacity = s->capacity;
	if (total > p->most)
		p->most = total;
	for (size_t i = 0; i < s->nr_groups; i++)
		learn_group(rd, i);
	return 0;
}

/* ---- Between: who gets a place ---- */

static int by_most_own(const void *a, const void *b)
{
	const struct plot_group *x = *(struct plot_group *const *)a;
	const struct plot_group *y = *(struct plot_group *const *)b;

	if (x->most_own != y->most_own)
		return x->most_own > y->most_own ? -1 : 1;
	return strcmp(x->path, y->path);
}

static int by_most(const void *a, const void *b)
{
	const struct plot_group *x = *(struct plot_group *const *)a;
	const struct plot_group *y = *(struct plot_group *const *)b;

	if (x->most != y->most)
		return x->most > y->most ? -1 : 1;
	return strcmp(x->path, y->path);
}

static bool wants_lane(const struct plot_group *group)
{
	bool any = group->limit;

	for (int e = 0; e < EPC_NR_EVENTS; e++)
		any = any || group->events[e];
	return any;
}

static void give_places(struct plot *p)
{
	if (!p->nr_groups)
		return;
	qsort(p->groups, p->nr_groups, sizeof(*p->groups), by_most_own);
	for (size_t i = 0; i < p->nr_groups && p->nr_bands < p->nr_wanted; i++) {
		/*
		 * What nobody would see is not worth a colour: above all differences between a
		 * group and those below it that come from reading one after the other.
		 */
		if (p->groups[i]->most_own <= p->most / 100)
			break;
		p->groups[i]->band = p->nr_bands;
		p->bands[p->nr_bands++] = p->groups[i];
	}
	qsort(p->groups, p->nr_groups, sizeof(*p->groups), by_most);
	for (size_t i = 0; i < p->nr_groups; i++) {
		if (!wants_lane(p->groups[i]))
			continue;
		if (p->nr_lanes == PLOT_MAX_LANES) {
			p->nr_more_lanes++;
			continue;
		}
		p->groups[i]->lane = p->nr_lanes;
		p->lanes[p->nr_lanes++] = p->groups[i];
	}
}

/* ---- Second: fill the columns ---- */

static void fill_amounts(struct reader *rd, struct plot_column *column)
{
	const struct sample *s = rd->now;

	memset(column->own, 0, sizeof(column->own));
	memset(column->lane, 0, sizeof(column->lane));
	for (int i = 0; i < PLOT_MAX_LANES; i++)
		column->limit[i] = EPC_MAX;
	for (size_t i = 0; i < s->nr_groups; i++) {
		const struct plot_group *group = rd->groups[i];

		if (group->band >= 0)
			column->own[group->band] = rd->own[i];
		if (group->lane >= 0) {
			column->lane[group->lane] = known(s->groups[i].current);
			column->limit[group->lane] = s->groups[i].max;
		}
	}
}

static void add_events(struct reader *rd, struct plot_column *column, size_t i)
{
	int lane = rd->groups[i]->lane;
	uint64_t nr[EPC_NR_EVENTS];

	if (lane < 0)
		return;
	event_growth(rd, i, nr);
	for (int e = 0; e < EPC_NR_EVENTS; e++)
		column->events[lane][e] += nr[e];
}

/* The rates of the topmost group, the highest of the column. */
static void add_paging(struct reader *rd, struct plot_column *column)
{
	struct plot *p = rd->plot;
	const struct epc_group *top = &rd->now->groups[0];
	const struct epc_group *old = sample_find(rd->before, top->path);
	struct rates rates = sample_rates(rd->before, rd->now, top);

	if (rates.evicted == EPC_UNKNOWN || rates.loaded == EPC_UNKNOWN)
		return;
	p->knows_paging = true;
	p->evicted += sample_growth(old->nr_evicted, top->nr_evicted);
	p->loaded += sample_growth(old->nr_loaded, top->nr_loaded);
	if (rates.evicted > column->evicted)
		column->evicted = rates.evicted;
	if (rates.loaded > column->loaded)
		column->loaded = rates.loaded;
}

static int fill(struct reader *rd)
{
	struct plot *p = rd->plot;
	const struct sample *s = rd->now;
	uint64_t total = s->nr_groups ? known(s->groups[0].current) : 0;
	double place = p->end > p->start ? (rd->time - p->start) / (p->end - p->start) : 0;
	struct plot_column *column = &p->columns[(int)(place * (PLOT_COLUMNS - 1))];

	if (!column->filled)
		column->gap = rd->before->session != s->session ||
			      (rd->last_pause > 0 && rd->pause > GAP * rd->last_pause);
	if (!column->filled || total > column->total) {
		column->filled = true;
		column->time = rd->time;
		column->total = total;
		fill_amounts(rd, column);
	}
	for (size_t i = 0; i < s->nr_groups; i++)
		add_events(rd, column, i);
	if (s->nr_groups)
		add_paging(rd, column);
	return 0;
}

static int read_twice(struct reader *rd)
{
	int ret = read_all(rd, learn);

	if (ret)
		return ret;
	give_places(rd->plot);
	return read_all(rd, fill);
}

static void no_free(void *group)
{
	(void)group;
}

int plot_read(struct plot *p, struct recording *r)
{
	void *tree = NULL;
	struct reader rd = { .plot = p, .recording = r, .tree = &tree };
	int ret = read_twice(&rd);

	if (!ret && !p->nr_groups)
		ret = -ENODATA;
	if (!ret && r->host) {
		p->host = strdup(r->host);
		ret = p->host ? 0 : -ENOMEM;
	}
	tdestroy(tree, no_free);
	sample_free(&rd.sample[0]);
	sample_free(&rd.sample[1]);
	free(rd.parents);
	free(rd.groups);
	free(rd.own);
	return ret;
}

void plot_free(struct plot *p)
{
	for (size_t i = 0; i < p->nr_groups; i++) {
		free(p->groups[i]->path);
		free(p->groups[i]);
	}
	free(p->groups);
	free(p->host);
	p->groups = NULL;
	p->nr_groups = 0;
}
