// SPDX-License-Identifier: GPL-2.0
/* Samples of all groups with EPC, and the rates between two of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sample.h"

#define SECOND	1000000

static uint64_t now_usec(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * (uint64_t)SECOND + ts.tv_nsec / 1000;
}

/* As strcmp(), but "/a" and all below it come before "/a b": '/' is less than any other byte. */
static int path_compare(const char *a, const char *b)
{
	unsigned char x, y;

	while (*a && *a == *b)
		a++, b++;
	x = *a == '/' ? 1 : *a;
	y = *b == '/' ? 1 : *b;
	/* A name may have the byte 1, too. */
	if (x == y)
		return *a == *b ? 0 : *a == '/' ? -1 : 1;
	return x < y ? -1 : 1;
}

static int group_compare(const void *a, const void *b)
{
	const struct epc_group *x = a, *y = b;

	return path_compare(x->path, y->path);
}

int sample_add(struct sample *s, const struct epc_group *group)
{
	if (s->nr_groups == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct epc_group *groups = reallocarray(s->groups, room, sizeof(*groups));

		if (!groups)
			return -ENOMEM;
		s->groups = groups;
		s->room = room;
	}
	s->groups[s->nr_groups++] = *group;
	return 0;
}

void sample_sort(struct sample *s)
{
	if (s->nr_groups)
		qsort(s->groups, s->nr_groups, sizeof(*s->groups), group_compare);
}

void sample_clear(struct sample *s)
{
	for (size_t i = 0; i < s->nr_groups; i++)
		free(s->groups[i].path);
	s->nr_groups = 0;
}

void sample_free(struct sample *s)
{
	sample_clear(s);
	free(s->groups);
	*s = (struct sample){ 0 };
}

static int add_copy(const struct epc_group *group, void *arg)
{
	struct epc_group copy = *group;
	int ret;

	copy.path = strdup(group->path);
	if (!copy.path)
		return -ENOMEM;
	ret = sample_add(arg, &copy);
	if (ret)
		free(copy.path);
	return ret;
}

/* A walk leaves out who has nothing: look once more at those who had something before. */
static int add_emptied(struct sample *s, const struct sample *before, struct epc *epc,
		       unsigned int what)
{
	size_t nr_found = s->nr_groups;

	for (size_t i = 0; i < before->nr_groups; i++) {
		const struct epc_group *old = &before->groups[i];
		struct sample found = { .groups = s->groups, .nr_groups = nr_found };
		struct epc_group *group;
		int ret;

		if (!old->current || old->current == EPC_UNKNOWN || sample_find(&found, old->path))
			continue;
		if (epc_read_group(epc, old->path, what, &group))
			continue;
		ret = group->current == EPC_UNKNOWN ? 0 : add_copy(group, s);
		epc_group_free(group);
		if (ret)
			return ret;
	}
	sample_sort(s);
	return 0;
}

int sample_read(struct sample *s, const struct sample *before, struct epc *epc, const char *path,
		unsigned int what, unsigned int flags)
{
	int ret;

	sample_clear(s);
	s->usec = now_usec(CLOCK_MONOTONIC);
	s->time_usec = now_usec(CLOCK_REALTIME);
	if (epc_capacity(epc, &s->capacity))
		s->capacity = EPC_UNKNOWN;
	ret = epc_walk_groups(epc, path, what, flags, add_copy, s);
	if (ret)
		return ret;
	sample_sort(s);
	return add_emptied(s, before, epc, what);
}

const struct epc_group *sample_find(const struct sample *s, const char *path)
{
	struct epc_group key = { .path = (char *)path };

	if (!s->nr_groups)
		return NULL;
	return bsearch(&key, s->groups, s->nr_groups, sizeof(*s->groups), group_compare);
}

static bool went_down(uint64_t before, uint64_t after)
{
	return before != EPC_UNKNOWN && after != EPC_UNKNOWN && after < before;
}

bool sample_same_group(const struct epc_group *before, const struct epc_group *after)
{
	if (before->id != after->id)
		return false;
	/* A recording may come from where groups have no numbers. */
	return !went_down(before->nr_evicted, after->nr_evicted) &&
	       !went_down(before->nr_loaded, after->nr_loaded) &&
	       !went_down(before->wait_usec, after->wait_usec) &&
	       !went_down(before->peak, after->peak) &&
	       !went_down(before->events[EPC_EVENT_MAX], after->events[EPC_EVENT_MAX]);
}

uint64_t sample_growth(uint64_t before, uint64_t after)
{
	if (before == EPC_UNKNOWN || after == EPC_UNKNOWN || after < before)
		return 0;
	return after - before;
}

/* Units of @scale per second. */
static uint64_t rate(uint64_t before, uint64_t after, double scale, uint64_t usec)
{
	if (before == EPC_UNKNOWN || after == EPC_UNKNOWN)
		return EPC_UNKNOWN;
	return (after - before) * scale * SECOND / usec + 0.5;
}

struct rates sample_rates(const struct sample *before, const struct sample *now,
			  const struct epc_group *group)
{
	const struct rates unknown = { EPC_UNKNOWN, EPC_UNKNOWN, EPC_UNKNOWN, EPC_UNKNOWN };
	const struct epc_group *old = sample_find(before, group->path);
	uint64_t usec = now->usec - before->usec;

	if (!old || before->session != now->session || now->usec <= before->usec ||
	    !sample_same_group(old, group))
		return unknown;
	return (struct rates){
		.evicted = rate(old->nr_evicted, group->nr_evicted, EPC_PAGE_SIZE, usec),
		.loaded = rate(old->nr_loaded, group->nr_loaded, EPC_PAGE_SIZE, usec),
		.wait_usec = rate(old->wait_usec, group->wait_usec, 1, usec),
		.maxed_milli = rate(old->events[EPC_EVENT_MAX], group->events[EPC_EVENT_MAX], 1000,
				    usec),
	};
}

/* Is @path that of a cgroup below @above? */
static bool is_below(const char *path, const char *above)
{
	size_t length = strlen(above);

	if (length == 1)
		return path[1] != '\0';
	return !strncmp(path, above, length) && path[length] == '/';
}

void sample_parents(const struct sample *s, ssize_t *parents)
{
	for (size_t i = 0; i < s->nr_groups; i++) {
		ssize_t above = (ssize_t)i - 1;

		while (above >= 0 && !is_below(s->groups[i].path, s->groups[above].path))
			above = parents[above];
		parents[i] = above;
	}
}
