/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Samples: what all groups with EPC had at one time, and the rates between two of them.
 * Nothing here knows of terminals, tables or files of recordings.
 */
#ifndef EPCCTL_SAMPLE_H
#define EPCCTL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libepc/libepc.h"

/* Zeroed is an empty sample. */
struct sample {
	/* CLOCK_MONOTONIC, for rates: no step of the clock on the wall disturbs them. */
	uint64_t		usec;
	/* CLOCK_REALTIME, for people. */
	uint64_t		time_usec;
	/* Samples of different sessions are not compared: a reboot or a gap lies between. */
	unsigned int		session;
	uint64_t		capacity;
	/* By path, a group before those below it. */
	struct epc_group	*groups;
	size_t			nr_groups;
	size_t			room;
};

/* Per second; EPC_UNKNOWN where there is nothing to compare with. */
struct rates {
	uint64_t	evicted;	/* bytes */
	uint64_t	loaded;		/* bytes */
	uint64_t	wait_usec;	/* of all threads together, so it may exceed a second */
	uint64_t	maxed_milli;	/* max events, in thousandths */
};

/*
 * Read @what, see enum epc_read, of the groups at @path and below: with EPC_WALK_ALL in @flags
 * all, without it those that have EPC, or had in @before, so that what emptied them shows. 0 or a
 * negative errno, see epc_error().
 */
int sample_read(struct sample *s, const struct sample *before, struct epc *epc, const char *path,
		unsigned int what, unsigned int flags);

/* Take over @group with its strings. On -ENOMEM it stays the caller's. */
int sample_add(struct sample *s, const struct epc_group *group);

/* Put groups that were added in the order of their paths. */
void sample_sort(struct sample *s);

/* Forget all groups, keep the room for as many. */
void sample_clear(struct sample *s);
void sample_free(struct sample *s);

/* The group of that path or NULL. */
const struct epc_group *sample_find(const struct sample *s, const char *path);

/*
 * How fast the counters of @now's @group went since @before. All unknown if @before has no such
 * group, or another one that was removed and created again since.
 */
struct rates sample_rates(const struct sample *before, const struct sample *now,
			  const struct epc_group *group);

/* For each group the index of the nearest one above it, or -1; they have to be in order. */
void sample_parents(const struct sample *s, ssize_t *parents);

/* How much counter @after grew since @before; 0 where one is unknown. */
uint64_t sample_growth(uint64_t before, uint64_t after);

/* False if @after was created anew under the name of @before, which was removed. */
bool sample_same_group(const struct epc_group *before, const struct epc_group *after);

#endif
