/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The storm: tenants that use enclaves and guests' EPC at random in a random
 * tree of groups, while everything about them changes.  See storm.c.
 */
#ifndef EPC_STORM_H
#define EPC_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"
#include "encl.h"
#include "tenant.h"

#define STORM_TOP		"storm"
#define STORM_TENANTS		32
#define STORM_OPERATORS		2
#define STORM_GROUPS		24
#define STORM_DEPTH		5

/* What happens in a storm; kinds.c has their names and how often they have to. */
enum kind {
	EVICTIONS, WAITS, KILLS, REVOKES,
	BUILDS, REFUSED_BUILDS, FILLS, VERIFIES, GROWS, TRIMS, THREADS, DESTROYS,
	FORKS, REFUSED_LOADS, DEAD_FOUND,
	VEPC_OPENS, VEPC_TOUCHES, VEPC_REFUSED, VEPC_EMPTIED, VEPC_CLOSES, VEPC_REVOKED,
	TENANTS_KILLED, TENANTS_OUT_OF_MEMORY, SIGNALS, READS,
	GROUPS_MADE, GROUPS_REMOVED, GROUPS_REMOVED_LIVE, GROUPS_BUSY, GROUPS_REFUSED,
	MOVES,
	LIMITS_RAISED, LIMITS_LOWERED, MEMORY_LIMITS, EXHAUSTED_FLIPS, LOWS,
	RECLAIMS, RECLAIMS_KILL, RECLAIMS_REVOKE,
	QUIET_POINTS, STATS_COMPARED,
	NR_KINDS
};

/**
 * struct peek - a word in an enclave for others to read through /proc/PID/mem
 * @turn:	odd while the tenant works, so that the word may change
 * @addr:	where; 0 when there is none
 * @word:	what has to be read there
 */
struct peek {
	atomic_ulong	turn;
	uint64_t	addr;
	uint64_t	word;
};

/* What the processes of the storm share. */
struct storm_shared {
	atomic_ulong	count[NR_KINDS];
	char		path[STORM_GROUPS][CG_PATH_MAX];
	struct peek	peek[STORM_TENANTS];
	/* Pages of guests that no instruction has made valid. */
	atomic_ulong	vepc_pages[STORM_TENANTS];
	/* Whether the kernel kills enclaves and ends a thrash: see probe.c. */
	bool		kills;
};

extern struct storm_shared *storm;

static inline void happened(enum kind kind, uint64_t times)
{
	atomic_fetch_add(&storm->count[kind], times);
}

/* Random numbers: the same for the same state on every machine. */
uint64_t storm_random(uint64_t *state);
/* 0 .. n - 1 */
uint64_t storm_below(uint64_t *state, uint64_t n);
bool storm_chance(uint64_t *state, unsigned int percent);

/* kinds.c */
void kinds_print(void);
/* How many kinds did not happen often enough for @seconds; @say which. */
int kinds_missing(long seconds, bool say);

/* orders.c: what a tenant is told. Arguments: order, seed, number of the tenant. */
enum order {
	ORDER_BUILD, ORDER_FILL, ORDER_VERIFY, ORDER_GROW, ORDER_TRIM,
	ORDER_THREADS, ORDER_DESTROY, ORDER_FORK, ORDER_VEPC, ORDER_SETTLE,
	NR_ORDERS
};

extern const char * const order_names[NR_ORDERS];
enum order order_draw(uint64_t *state);
long storm_order(struct tenant_self *self, const uint64_t arg[4]);

/* Orders to an operator: group, pages or UINT64_MAX, words. */
#define WORD_KILL	1
#define WORD_REVOKE	2
long operator_reclaim(struct tenant_self *self, const uint64_t arg[4]);
/* process, number of the tenant */
long operator_read(struct tenant_self *self, const uint64_t arg[4]);

/**
 * struct group - a control group, number 0 is the top
 * @alive:	it exists
 * @parent:	number of the group above
 * @depth:	how far below the top
 * @kids:	groups below
 * @members:	tenants in it
 * @max:	its limit in bytes
 * @allowed:	what it may use: @max, or what it used when @max was lowered
 * @memory_limited: memory.max is set
 * @events:	the last counts of misc.events and misc.events.local
 */
struct group {
	bool		alive;
	int		parent;
	int		depth;
	int		kids;
	int		members;
	uint64_t	max;
	uint64_t	allowed;
	bool		memory_limited;
	uint64_t	events[8];
};

extern struct group groups[STORM_GROUPS];

/* tree.c: all of these return 0 also when it could not be done for good reason. */
int tree_plant(void);
int tree_grow(uint64_t *state, const bool taken[STORM_GROUPS]);
/* Tenants in it are moved elsewhere first; @in says who is where. */
int tree_cut(uint64_t *state, int in[], int nr);
int tree_move(uint64_t *state, const struct tenant *t, int *in);
int tree_limit(uint64_t *state);
int tree_limit_memory(uint64_t *state);
int tree_flip(uint64_t *state);
int tree_protect(uint64_t *state);
/* Some group that can have members, any group. */
int tree_leaf(uint64_t *state);
int tree_any(uint64_t *state);
bool tree_has(const char *file);
/* Enclaves are killed, pages of guests revoked, limits met: into the counts. */
int tree_count_events(void);
/* Processes that the memory controller has killed, in all groups that exist. */
uint64_t tree_oom_kills(void);
void tree_print(void);

/* books.c: does it all add up; nobody works meanwhile. */
int books_check(void);

/* probe.c: what this kernel can do, into storm->kills. */
int storm_probe(void);

#endif
