// SPDX-License-Identifier: GPL-2.0
/* What happened in a storm, how often, and how often it has to. */
#include <stdio.h>

#include "storm.h"

#define TEN_MINUTES	600

/* When a kind has to happen: always, or only where the kernel can do it. */
enum needs { ALWAYS, KILLING, RECLAIM_FILE, EXHAUSTED_FILE, LOW_FILE, STAT_FILE };

/* The number is for ten minutes; none: it may happen or not. */
static const struct {
	const char	*name;
	enum needs	needs;
	unsigned long	at_least;
} kinds[NR_KINDS] = {
	[EVICTIONS]		= { "pages written out", ALWAYS, 10000 },
	[WAITS]			= { "requests that met a limit", ALWAYS, 1000 },
	[KILLS]			= { "enclaves killed", KILLING, 100 },
	[REVOKES]		= { "guests' EPC revoked", KILLING, 0 },
	[BUILDS]		= { "enclaves built", ALWAYS, 150 },
	[REFUSED_BUILDS]	= { "enclaves that found no room", ALWAYS, 0 },
	[FILLS]			= { "pages filled", ALWAYS, 10000 },
	[VERIFIES]		= { "pages verified", ALWAYS, 5000 },
	[GROWS]			= { "pages grown", ALWAYS, 300 },
	[TRIMS]			= { "pages trimmed", ALWAYS, 100 },
	[THREADS]		= { "visits by two threads at once", ALWAYS, 20 },
	[DESTROYS]		= { "enclaves destroyed", ALWAYS, 20 },
	[FORKS]			= { "children that looked into an enclave", ALWAYS, 30 },
	[REFUSED_LOADS]		= { "visits that found no room", ALWAYS, 0 },
	[DEAD_FOUND]		= { "visits that found the enclave killed", KILLING, 0 },
	[VEPC_OPENS]		= { "guests' EPC opened", ALWAYS, 30 },
	[VEPC_TOUCHES]		= { "pages given to guests", ALWAYS, 100 },
	[VEPC_REFUSED]		= { "guests that found no room", ALWAYS, 0 },
	[VEPC_EMPTIED]		= { "guests' EPC emptied", ALWAYS, 10 },
	[VEPC_CLOSES]		= { "guests' EPC closed", ALWAYS, 20 },
	[VEPC_REVOKED]		= { "guests that found their EPC revoked", KILLING, 0 },
	[TENANTS_KILLED]	= { "tenants killed", ALWAYS, 30 },
	[TENANTS_OUT_OF_MEMORY]	= { "tenants killed by memory.max", KILLING, 0 },
	[SIGNALS]		= { "signals sent", ALWAYS, 300 },
	[READS]			= { "words read through /proc/PID/mem", ALWAYS, 50 },
	[GROUPS_MADE]		= { "groups made", ALWAYS, 100 },
	[GROUPS_REMOVED]	= { "groups removed", ALWAYS, 100 },
	[GROUPS_REMOVED_LIVE]	= { "of them with living enclaves", ALWAYS, 100 },
	[GROUPS_BUSY]		= { "groups with a child left in them", ALWAYS, 0 },
	[GROUPS_REFUSED]	= { "groups that memory.max left no room for", KILLING, 0 },
	[MOVES]			= { "tenants moved", ALWAYS, 50 },
	[LIMITS_RAISED]		= { "limits raised", ALWAYS, 50 },
	[LIMITS_LOWERED]	= { "limits lowered", ALWAYS, 50 },
	[MEMORY_LIMITS]		= { "limits of memory.max", KILLING, 20 },
	[EXHAUSTED_FLIPS]	= { "writes of misc.exhausted", EXHAUSTED_FILE, 20 },
	[LOWS]			= { "writes of misc.low", LOW_FILE, 20 },
	[RECLAIMS]		= { "misc.reclaim without words", RECLAIM_FILE, 20 },
	[RECLAIMS_KILL]		= { "misc.reclaim with kill=enclaves", RECLAIM_FILE, 10 },
	[RECLAIMS_REVOKE]	= { "misc.reclaim with revoke=vepc", RECLAIM_FILE, 10 },
	[QUIET_POINTS]		= { "times that all was compared", ALWAYS, 10 },
	[STATS_COMPARED]	= { "misc.stat compared", STAT_FILE, 10 },
};

static bool available(enum needs needs)
{
	switch (needs) {
	case KILLING:
		return storm->kills;
	case RECLAIM_FILE:
		return tree_has("misc.reclaim");
	case EXHAUSTED_FILE:
		return tree_has("misc.exhausted");
	case LOW_FILE:
		return tree_has("misc.low");
	case STAT_FILE:
		return tree_has("misc.stat");
	default:
		return true;
	}
}

void kinds_print(void)
{
	int i;

	for (i = 0; i < NR_KINDS; i++) {
		if (available(kinds[i].needs))
			printf("# %9lu  %s\n", storm->count[i], kinds[i].name);
		else
			printf("#         -  %s: not available\n", kinds[i].name);
	}
}

int kinds_missing(long seconds, bool say)
{
	int i, missing = 0;

	for (i = 0; i < NR_KINDS; i++) {
		unsigned long want = kinds[i].at_least * seconds / TEN_MINUTES;

		if (!available(kinds[i].needs) || storm->count[i] >= want)
			continue;
		if (say)
			printf("# %s: %lu in %ld s, should be %lu\n", kinds[i].name,
			       storm->count[i], seconds, want);
		missing++;
	}
	return missing;
}
