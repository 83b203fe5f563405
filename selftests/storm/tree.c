// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of groups in a storm.  Members are only in leaves, as cgroup v2 wants
 * it; enclaves of members that have left may be charged anywhere.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rest.h"
#include "storm.h"

/*
 * Where the kernel does not end a thrash, no limit is so low that the running
 * threads of all tenants and their VA pages could not be in it at once.
 */
#define GENTLE_PAGES	700
#define MANY_PAGES	4000
#define TOP_PAGES	2000
#define MEMORY_MIN	(4ul << 20)
#define MEMORY_MORE	(24ul << 20)

struct group groups[STORM_GROUPS];

/* Files that some kernels do not have, or not for this resource. */
static struct {
	const char	*name;
	bool		there;
} files[] = {
	{ "misc.reclaim", false }, { "misc.exhausted", false },
	{ "misc.low", false }, { "misc.stat", false },
};

bool tree_has(const char *file)
{
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!strcmp(files[i].name, file))
			return files[i].there;
	return false;
}

/* Which can be read show the resource if the kernel can do it. */
static void look_at_files(void)
{
	char path[CG_PATH_MAX], text[1024];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		cg_path(path, sizeof(path), STORM_TOP, files[i].name);
		files[i].there = !access(path, F_OK);
		if (!cg_read(STORM_TOP, files[i].name, text, sizeof(text)))
			files[i].there = !!strstr(text, "sgx_epc");
	}
}

static bool is_leaf(int g)
{
	return g && groups[g].alive && !groups[g].kids;
}

int tree_any(uint64_t *state)
{
	int g = storm_below(state, STORM_GROUPS);

	while (!groups[g].alive)
		g = (g + 1) % STORM_GROUPS;
	return g;
}

/* There is always one. */
int tree_leaf(uint64_t *state)
{
	int g = storm_below(state, STORM_GROUPS);

	while (!is_leaf(g))
		g = (g + 1) % STORM_GROUPS;
	return g;
}

/* Children need misc, and memory so that they can be short of it. */
static int offer(const char *group)
{
	return cg_write(group, "cgroup.subtree_control", "+misc +memory");
}

/* Without children a group that offers something still takes no members. */
static int close_up(const char *group)
{
	return cg_write(group, "cgroup.subtree_control", "-misc -memory");
}

static int make(int parent, int g)
{
	static unsigned int number;
	char path[CG_PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "%.400s/%u", storm->path[parent], ++number);
	memcpy(storm->path[g], path, sizeof(path));
	ret = cg_create(path);
	if (!ret)
		ret = offer(storm->path[parent]);
	if (ret) {
		cg_remove(path);
		if (!groups[parent].kids)
			close_up(storm->path[parent]);
		return ret;
	}
	groups[g] = (struct group){
		.alive = true,
		.parent = parent,
		.depth = groups[parent].depth + 1,
		.max = CG_MAX,
		.allowed = CG_MAX,
	};
	groups[parent].kids++;
	happened(GROUPS_MADE, 1);
	return 0;
}

int tree_plant(void)
{
	int ret, g;

	snprintf(storm->path[0], CG_PATH_MAX, STORM_TOP);
	groups[0] = (struct group){
		.alive = true, .max = CG_MAX, .allowed = CG_MAX,
	};
	ret = cg_create(STORM_TOP);
	look_at_files();
	for (g = 1; !ret && g < 6; g++)
		ret = make(g < 4 ? 0 : g - 3, g);
	return ret;
}

/* A group's own structures are charged to the groups above it. */
static bool memory_limited(int g)
{
	while (g && !groups[g].memory_limited)
		g = groups[g].parent;
	return groups[g].memory_limited;
}

int tree_grow(uint64_t *state, const bool taken[STORM_GROUPS])
{
	int parent = tree_any(state), g = 1, ret;

	while (g < STORM_GROUPS && (groups[g].alive || taken[g]))
		g++;
	if (g == STORM_GROUPS || groups[parent].depth == STORM_DEPTH ||
	    groups[parent].members)
		return 0;
	ret = make(parent, g);
	/* Children of tenants linger in a group that has lost its members. */
	if (ret == -EBUSY) {
		happened(GROUPS_BUSY, 1);
		return 0;
	}
	if (ret == -ENOMEM && memory_limited(parent)) {
		happened(GROUPS_REFUSED, 1);
		return 0;
	}
	return ret;
}

/*
 * Before members leave a group: a charge that they have begun there would find
 * nobody in it whom the OOM killer could end, and fail.
 */
static int lift_memory_limits(int g)
{
	int ret = 0;

	for (; !ret && g; g = groups[g].parent) {
		if (!groups[g].memory_limited)
			continue;
		ret = cg_write(storm->path[g], "memory.max", "max");
		groups[g].memory_limited = false;
	}
	return ret;
}

/* Whoever is in @from, members and their children, goes to @to. */
static int move_all(const char *from, const char *to)
{
	char buf[4096], *at;
	int ret, tries;

	for (tries = 0; tries < 3; tries++) {
		ret = cg_read(from, "cgroup.procs", buf, sizeof(buf));
		if (ret || !*buf)
			return ret;
		for (at = strtok(buf, "\n"); at; at = strtok(NULL, "\n")) {
			ret = cg_enter(to, atoi(at));
			if (ret && ret != -ESRCH)
				return ret;
		}
	}
	return 0;
}

int tree_cut(uint64_t *state, int in[], int nr)
{
	int g = tree_leaf(state), to = tree_leaf(state), i, ret;
	uint64_t bytes;

	if (to == g)
		return 0;
	ret = lift_memory_limits(g);
	if (!ret)
		ret = move_all(storm->path[g], storm->path[to]);
	if (ret)
		return ret;
	for (i = 0; i < nr; i++)
		if (in[i] == g)
			in[i] = to;
	groups[to].members += groups[g].members;
	groups[g].members = 0;

	ret = cg_current(storm->path[g], &bytes);
	if (!ret)
		ret = cg_remove(storm->path[g]);
	if (ret == -EBUSY) {
		happened(GROUPS_BUSY, 1);
		return 0;
	}
	if (ret)
		return ret;
	groups[g].alive = false;
	happened(GROUPS_REMOVED, 1);
	happened(GROUPS_REMOVED_LIVE, bytes > 0);
	if (--groups[groups[g].parent].kids)
		return 0;
	return close_up(storm->path[groups[g].parent]);
}

int tree_move(uint64_t *state, const struct tenant *t, int *in)
{
	int g = tree_leaf(state), ret = lift_memory_limits(*in);

	if (!ret)
		ret = cg_enter(storm->path[g], t->pid);
	if (ret)
		return ret == -ESRCH ? 0 : ret;
	groups[*in].members--;
	groups[g].members++;
	*in = g;
	happened(MOVES, 1);
	return 0;
}

static uint64_t draw_pages(uint64_t *state, int g)
{
	uint64_t shape = storm_below(state, 100), at = storm_random(state);

	if (shape < 15)
		return UINT64_MAX;
	if (!g)
		return TOP_PAGES + at % (2 * MANY_PAGES);
	if (!storm->kills || shape < 50)
		return GENTLE_PAGES + at % MANY_PAGES;
	return shape < 80 ? at % GENTLE_PAGES : at % 64;
}

int tree_limit(uint64_t *state)
{
	int g = tree_any(state), ret;
	uint64_t pages = draw_pages(state, g), now;
	uint64_t max = pages == UINT64_MAX ? CG_MAX : pages * SGX_PAGE_SIZE;

	ret = cg_set_max(storm->path[g], max);
	if (!ret)
		ret = cg_current(storm->path[g], &now);
	if (ret)
		return ret;
	happened(max < groups[g].max ? LIMITS_LOWERED : LIMITS_RAISED, 1);
	groups[g].max = max;
	groups[g].allowed = now > max ? now : max;
	return 0;
}

int tree_limit_memory(uint64_t *state)
{
	int g = tree_leaf(state), ret;
	uint64_t bytes = MEMORY_MIN + storm_below(state, MEMORY_MORE);
	bool none = storm_chance(state, 40);
	char text[24];

	if (!storm->kills)
		return 0;
	snprintf(text, sizeof(text), "%lu", bytes);
	ret = cg_write(storm->path[g], "memory.max", none ? "max" : text);
	if (ret)
		return ret;
	groups[g].memory_limited = !none;
	happened(MEMORY_LIMITS, 1);
	return 0;
}

int tree_flip(uint64_t *state)
{
	int g = tree_any(state), ret;
	bool kill = storm_chance(state, 70);

	if (!tree_has("misc.exhausted"))
		return 0;
	ret = cg_write(storm->path[g], "misc.exhausted",
		       kill ? "sgx_epc kill" : "sgx_epc fail");
	if (!ret)
		happened(EXHAUSTED_FLIPS, 1);
	return ret;
}

int tree_protect(uint64_t *state)
{
	int g = tree_any(state), ret;
	uint64_t pages = storm_chance(state, 30) ? 0 : storm_below(state, 1500);
	char text[40];

	if (!tree_has("misc.low"))
		return 0;
	snprintf(text, sizeof(text), "sgx_epc %lu", pages * SGX_PAGE_SIZE);
	ret = cg_write(storm->path[g], "misc.low", text);
	if (!ret)
		happened(LOWS, 1);
	return ret;
}

/* The top counts what happened in groups that are gone, too. */
int tree_count_events(void)
{
	static const struct {
		const char	*key;
		enum kind	kind;
	} events[] = {
		{ "sgx_epc.max", WAITS },
		{ "sgx_epc.kill", KILLS },
		{ "sgx_epc.revoke", REVOKES },
	};
	uint64_t nr;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(events) / sizeof(*events); i++) {
		ret = cg_key(STORM_TOP, "misc.events", events[i].key, &nr);
		if (!ret)
			storm->count[events[i].kind] = nr;
		/* An event that this kernel does not know. */
		if (ret == -ENODATA)
			ret = 0;
	}
	return ret;
}

uint64_t tree_oom_kills(void)
{
	uint64_t nr;

	return cg_key(STORM_TOP, "memory.events", "oom_kill", &nr) ? 0 : nr;
}

/* For people: -1 is no limit. */
static long in_pages(uint64_t bytes)
{
	return bytes == CG_MAX ? -1 : (long)(bytes / SGX_PAGE_SIZE);
}

void tree_print(void)
{
	uint64_t now;
	int g;

	for (g = 0; g < STORM_GROUPS; g++) {
		if (!groups[g].alive || cg_current(storm->path[g], &now))
			continue;
		printf("# %s: %d members, %ld pages, max %ld, allowed %ld\n",
		       storm->path[g], groups[g].members, in_pages(now),
		       in_pages(groups[g].max), in_pages(groups[g].allowed));
	}
}
