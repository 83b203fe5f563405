// SPDX-License-Identifier: GPL-2.0
/* epcctl ls: the tree of cgroups that have EPC. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "epcctl.h"

enum {
	COL_CGROUP, COL_CURRENT, COL_MAX, COL_PEAK, COL_LOW, COL_EXHAUSTED, COL_RECLAIMABLE,
	COL_VEPC, COL_UNRECLAIMABLE, COL_EVICTED, COL_LOADED, COL_SCANNED, COL_SKIPPED, COL_WAIT,
	COL_EVENT_MAX, COL_EVENT_EXHAUSTED, COL_EVENT_KILL, COL_EVENT_REVOKE,
	COL_LOCAL_MAX, COL_LOCAL_EXHAUSTED, COL_LOCAL_KILL, COL_LOCAL_REVOKE,
	NR_COLUMNS,
};

static const struct out_column columns[NR_COLUMNS] = {
	[COL_CGROUP] = { "CGROUP", "cgroup", OUT_NAME, "its path" },
	[COL_CURRENT] = { "CURRENT", "current", OUT_SIZE, "EPC in use, with all below it" },
	[COL_MAX] = { "MAX", "max", OUT_SIZE, "the limit" },
	[COL_PEAK] = { "PEAK", "peak", OUT_SIZE, "the most that was ever in use" },
	[COL_LOW] = { "LOW", "low", OUT_SIZE, "protected from reclaim for an ancestor" },
	[COL_EXHAUSTED] = { "EXHAUSTED", "exhausted", OUT_WORD,
			    "what its limit does when nothing is left: kill or fail", true },
	[COL_RECLAIMABLE] = { "RECLAIM", "reclaimable", OUT_SIZE, "what reclaim may take" },
	[COL_VEPC] = { "VEPC", "vepc", OUT_SIZE, "given to virtual machines", true },
	[COL_UNRECLAIMABLE] = { "UNRECLAIMABLE", "unreclaimable", OUT_SIZE, "all else", true },
	[COL_EVICTED] = { "EVICTED", "evicted", OUT_COUNT, "pages written out so far" },
	[COL_LOADED] = { "LOADED", "loaded", OUT_COUNT, "pages loaded back so far" },
	[COL_SCANNED] = { "SCANNED", "scanned", OUT_COUNT, "pages looked at by reclaim", true },
	[COL_SKIPPED] = { "SKIPPED", "skipped", OUT_COUNT, "of these, passed over", true },
	[COL_WAIT] = { "WAIT", "wait_usec", OUT_USEC,
		       "time threads waited because of a limit; JSON: microseconds" },
	[COL_EVENT_MAX] = { "MAXED", "events_max", OUT_COUNT, "requests a limit refused at first" },
	[COL_EVENT_EXHAUSTED] = { "EMPTY", "events_exhausted", OUT_COUNT,
				  "of these, found nothing left to reclaim", true },
	[COL_EVENT_KILL] = { "KILLS", "events_kill", OUT_COUNT, "enclaves killed" },
	[COL_EVENT_REVOKE] = { "REVOKES", "events_revoke", OUT_COUNT, "vEPCs revoked", true },
	[COL_LOCAL_MAX] = { "OWN_MAXED", "events_local_max", OUT_COUNT,
			    "as MAXED, for its own limit only", true },
	[COL_LOCAL_EXHAUSTED] = { "OWN_EMPTY", "events_local_exhausted", OUT_COUNT,
				  "as EMPTY, for its own limit only", true },
	[COL_LOCAL_KILL] = { "OWN_KILLS", "events_local_kill", OUT_COUNT,
			     "as KILLS, for its own limit only", true },
	[COL_LOCAL_REVOKE] = { "OWN_REVOKES", "events_local_revoke", OUT_COUNT,
			       "as REVOKES, by its own misc.reclaim only", true },
};

/* The rows from the topmost cgroup down to the one added last: the parents of the next. */
struct listing {
	struct out *out;
	struct out_line **parents;
	bool known;			/* the kernel tells what one uses */
	size_t base;			/* slashes in the path of the topmost */
	size_t room;
};

static size_t slashes(const char *path)
{
	size_t count = 0;

	for (; path[0] && path[1]; path++)
		count += *path == '/';
	return count;
}

static void add_numbers(struct out *out, struct out_line *line, const struct epc_group *group)
{
	unsigned int i;

	out_number(out, line, COL_CURRENT, group->current);
	out_number(out, line, COL_MAX, group->max);
	out_number(out, line, COL_PEAK, group->peak);
	out_number(out, line, COL_LOW, group->low);
	out_text(out, line, COL_EXHAUSTED, epc_exhausted_name(group->exhausted));
	out_number(out, line, COL_RECLAIMABLE, group->reclaimable);
	out_number(out, line, COL_VEPC, group->vepc);
	out_number(out, line, COL_UNRECLAIMABLE, group->unreclaimable);
	out_number(out, line, COL_EVICTED, group->nr_evicted);
	out_number(out, line, COL_LOADED, group->nr_loaded);
	out_number(out, line, COL_SCANNED, group->nr_scanned);
	out_number(out, line, COL_SKIPPED, group->nr_skipped);
	out_number(out, line, COL_WAIT, group->wait_usec);
	for (i = 0; i < EPC_NR_EVENTS; i++) {
		out_number(out, line, COL_EVENT_MAX + i, group->events[i]);
		out_number(out, line, COL_LOCAL_MAX + i, group->events_local[i]);
	}
}

static int add(const struct epc_group *group, void *arg)
{
	struct listing *listing = arg;
	struct out *out = listing->out;
	const char *name = group->path;
	struct out_line *line, **bigger;
	size_t depth;

	if (!listing->room)
		listing->base = slashes(group->path);
	depth = slashes(group->path) - listing->base;
	if (depth >= listing->room) {
		listing->room = 2 * depth + 16;
		bigger = reallocarray(listing->parents, listing->room, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		listing->parents = bigger;
	}
	if (depth && out_is_tree(out))
		name = strrchr(name, '/') + 1;
	line = out_line(out, depth ? listing->parents[depth - 1] : NULL);
	listing->parents[depth] = line;
	listing->known |= group->current != EPC_UNKNOWN;
	out_text(out, line, COL_CGROUP, name);
	add_numbers(out, line, group);
	return 0;
}

/* Only the files that the columns need. */
static unsigned int what_to_read(const struct out *out)
{
	static const struct { unsigned char column; unsigned char what; } needs[] = {
		{ COL_MAX, EPC_READ_MAX }, { COL_LOW, EPC_READ_LOW },
		{ COL_EXHAUSTED, EPC_READ_EXHAUSTED }, { COL_PEAK, EPC_READ_PEAK },
		{ COL_RECLAIMABLE, EPC_READ_STAT }, { COL_VEPC, EPC_READ_STAT },
		{ COL_UNRECLAIMABLE, EPC_READ_STAT }, { COL_EVICTED, EPC_READ_STAT },
		{ COL_LOADED, EPC_READ_STAT }, { COL_SCANNED, EPC_READ_STAT },
		{ COL_SKIPPED, EPC_READ_STAT }, { COL_WAIT, EPC_READ_STAT },
		{ COL_EVENT_MAX, EPC_READ_EVENTS }, { COL_EVENT_EXHAUSTED, EPC_READ_EVENTS },
		{ COL_EVENT_KILL, EPC_READ_EVENTS }, { COL_EVENT_REVOKE, EPC_READ_EVENTS },
		{ COL_LOCAL_MAX, EPC_READ_LOCAL_EVENTS },
		{ COL_LOCAL_EXHAUSTED, EPC_READ_LOCAL_EVENTS },
		{ COL_LOCAL_KILL, EPC_READ_LOCAL_EVENTS },
		{ COL_LOCAL_REVOKE, EPC_READ_LOCAL_EVENTS },
	};
	unsigned int what = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needs); i++)
		if (out_shows(out, needs[i].column))
			what |= needs[i].what;
	return what;
}

static int cmd_ls(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS(command, columns);
	auto_epc struct epc *epc = NULL;
	auto_out struct out *out = NULL;
	struct listing listing = { 0 };
	const char *path;
	unsigned int flags = 0;
	int c, err;

	while ((c = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (c != 'a')
			return options.status;
		flags = EPC_WALK_ALL;
	}
	if (options_operands(&options, argc, argv, 0, 1))
		return EXIT_USAGE;
	path = argv[optind] ?: "/";
	out = out_new(&options, "cgroups");
	if (!out)
		return EXIT_USAGE;
	epc = options_epc(&options);
	if (!epc)
		return EXIT_FAILURE;
	out_tree(out, COL_CGROUP);
	listing.out = out;
	err = epc_walk_groups(epc, path, what_to_read(out), flags, add, &listing);
	free(listing.parents);
	if (err)
		return complain_epc(epc);
	if (!listing.known)
		return complain_no_epc(epc, "the misc controller is not enabled for this cgroup: "
				       "see 'epcctl enable'");
	return out_print(out);
}

const struct command command_ls = {
	.name = "ls",
	.run = cmd_ls,
	.operands = "[PATH]",
	.summary = "the tree of cgroups with EPC: usage, limits, paging, events",
	.short_options = "a",
	.long_options = (const struct option[]){ { "all", no_argument, NULL, 'a' }, { 0 } },
	.help = "  -a, --all          also cgroups that use no EPC\n",
};
