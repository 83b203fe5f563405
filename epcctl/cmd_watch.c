// SPDX-License-Identifier: GPL-2.0
/*
 * epcctl watch: a line for each event as it happens.
 *
 * Events come by poll() on the misc.events.local of each cgroup, cgroups by inotify on
 * their directories (watch_tree.c).  The kernel notifies neither of how much is used, nor of misc
 * being enabled in a cgroup that exists: for these there is a look each --interval seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>

#include "epcctl.h"
#include "watch_line.h"
#include "watch_tree.h"

#define BATCH		64
#define USEC		1000000ull
/* Work that is done anew and anew takes at most a tenth of the time. */
#define REST		10

enum {
	OPT_ABOVE = 1, OPT_INTERVAL, OPT_EXEC, OPT_LINES,
	OPT_JSON, OPT_RAW, OPT_NOHEADINGS, OPT_BYTES,
};

static const struct option long_options[] = {
	{ "above",	required_argument,	NULL, OPT_ABOVE },
	{ "interval",	required_argument,	NULL, OPT_INTERVAL },
	{ "exec",	required_argument,	NULL, OPT_EXEC },
	{ "lines",	required_argument,	NULL, OPT_LINES },
	{ "json",	no_argument,		NULL, OPT_JSON },
	{ "raw",	no_argument,		NULL, OPT_RAW },
	{ "noheadings",	no_argument,		NULL, OPT_NOHEADINGS },
	{ "bytes",	no_argument,		NULL, OPT_BYTES },
	{ 0 }
};

/* Work that waits until it is due. */
struct work {
	bool		wanted;
	uint64_t	due;
};

/**
 * struct watch - one call of the command
 * @above:	per cent, 0 for none
 * @interval:	seconds
 * @lines:	how many are still to come, 0 for no end
 * @style:	how lines are shown
 * @stop:	a signal ends it
 * @done:	nothing more is to be told
 * @tick:	when to look at what nobody notifies of
 * @sync:	cgroups came or went
 * @usage:	more may be used
 * @cursor:	as far as the look at usage has come
 * @capacity:	all EPC
 */
struct watch {
	struct options		options;
	unsigned int		above;
	unsigned int		interval;
	unsigned long		lines;
	struct watch_style	style;
	struct watch_tree	tree;
	bool			stop;
	bool			done;
	uint64_t		tick;
	struct work		sync;
	struct work		usage;
	struct watched		*cursor;
	uint64_t		capacity;
};

/* ---- the command line ---- */

static bool parse_number(struct watch *w, const char *what, const char *text, unsigned long max,
			 const char *unit, unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && (!*end || !strcmp(end, unit)) && !errno &&
	    *number >= 1 && *number <= max)
		return true;
	usage_error(&w->options, "%s: '%s' is not a number from 1 to %lu", what, text, max);
	return false;
}

static bool parse_option(struct watch *w, int c)
{
	unsigned long number;

	switch (c) {
	case OPT_ABOVE:
		if (!parse_number(w, "--above", optarg, 100, "%", &number))
			return false;
		w->above = number;
		return true;
	case OPT_INTERVAL:
		if (!parse_number(w, "--interval", optarg, 86400, "s", &number))
			return false;
		w->interval = number;
		return true;
	case OPT_LINES:
		return parse_number(w, "--lines", optarg, ULONG_MAX, "", &w->lines);
	case OPT_EXEC:
		w->style.command = optarg;
		return true;
	case OPT_JSON:
		w->style.format = WATCH_JSON;
		return true;
	case OPT_RAW:
		w->style.format = WATCH_RAW;
		return true;
	case OPT_NOHEADINGS:
		w->style.noheadings = true;
		return true;
	default:
		w->style.bytes = true;
		return true;
	}
}

/* ---- lines ---- */

static void say(struct watch *w, const struct watch_line *line)
{
	if (w->done)
		return;
	if (!watch_line_print(&w->style, line) || (w->lines && !--w->lines))
		w->done = true;
	if (w->style.command)
		watch_line_exec(&w->style, line);
}

static void say_event(void *arg, const char *path, enum epc_event event, uint64_t count,
		      uint64_t total, bool removed)
{
	const struct watch_line line = {
		.path = path, .event = event, .count = count, .total = total, .removed = removed,
	};
	struct watch *w = arg;

	say(w, &line);
	w->usage.wanted = w->above;
}

/* Whether the cgroup is above the percentage; without a limit, which the root has, never. */
static bool is_above(const struct watch *w, const struct epc_group *group, uint64_t *max)
{
	*max = group->path[1] ? group->max : w->capacity;
	if (*max == EPC_MAX || *max == EPC_UNKNOWN || group->current == EPC_UNKNOWN)
		return false;
	return group->current && group->current * 100.0 >= *max * (double)w->above;
}

static int look_at_usage(const struct epc_group *group, void *arg)
{
	struct watch *w = arg;
	struct watched *g = w->cursor;
	struct watch_line line = { .path = group->path, .above = w->above };
	bool above;

	/* Those that the walk leaves out use nothing. */
	for (; g && watch_tree_order(g->path, group->path) < 0; g = g->next)
		g->above = false;
	w->cursor = g;
	if (!g || g->id != group->id)
		return 0;
	w->cursor = g->next;
	above = is_above(w, group, &line.max);
	line.current = group->current;
	if (above && !g->above)
		say(w, &line);
	g->above = above;
	return 0;
}

/* ---- work ---- */

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * USEC + now.tv_nsec / 1000;
}

static int sync_groups(struct watch *w)
{
	return watch_tree_sync(&w->tree);
}

static int check_usage(struct watch *w)
{
	int err;

	w->cursor = w->tree.groups;
	err = epc_walk_groups(w->tree.epc, w->tree.path, EPC_READ_LIMITS, 0, look_at_usage, w);
	for (; !err && w->cursor; w->cursor = w->cursor->next)
		w->cursor->above = false;
	return err;
}

/* Does it if it is wanted and due. */
static int work(struct watch *w, struct work *work, int (*fn)(struct watch *w))
{
	uint64_t start = now_usec(), end;
	int err;

	if (!work->wanted || start < work->due)
		return 0;
	work->wanted = false;
	err = fn(w);
	end = now_usec();
	work->due = end + REST * (end - start);
	return err;
}

/* What nobody notifies of. */
static void tick(struct watch *w)
{
	w->sync.wanted |= !watch_tree_read_all(&w->tree) || w->tree.incomplete;
	w->usage.wanted = w->above;
}

static int wait_msec(const struct watch *w)
{
	uint64_t now = now_usec(), due = w->tick;

	if (w->sync.wanted && w->sync.due < due)
		due = w->sync.due;
	if (w->usage.wanted && w->usage.due < due)
		due = w->usage.due;
	return due <= now ? 0 : (due - now) / 1000 + 1;
}

static void take(struct watch *w, const struct epoll_event *event)
{
	if (event->data.ptr == w) {
		w->stop = true;
	} else if (!event->data.ptr) {
		watch_tree_drain(&w->tree);
		w->sync.wanted = true;
	} else if (!watch_tree_read(&w->tree, event->data.ptr)) {
		w->sync.wanted = true;
	}
}

/* Cgroups are freed in work() only: what a batch points to is there until its end. */
static int loop(struct watch *w)
{
	struct epoll_event events[BATCH];
	int i, nr, err = 0;

	while (!err && !w->done && !w->stop) {
		nr = epoll_wait(w->tree.poll, events, BATCH, wait_msec(w));
		for (i = 0; i < nr; i++)
			take(w, &events[i]);
		if (now_usec() >= w->tick) {
			tick(w);
			w->tick = now_usec() + w->interval * USEC;
		}
		err = work(w, &w->sync, sync_groups);
		err = err ?: work(w, &w->usage, check_usage);
	}
	/* What happened up to the signal is told. */
	if (!err && !w->done) {
		err = watch_tree_sync(&w->tree);
		watch_tree_read_all(&w->tree);
	}
	return err;
}

/* ---- the beginning ---- */

static int catch_signals(struct watch *w)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = w };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, &w->style.mask);
	w->style.signals = signalfd(-1, &set, SFD_CLOEXEC);
	return epoll_ctl(w->tree.poll, EPOLL_CTL_ADD, w->style.signals, &event) ? -errno : 0;
}

static int end(const struct watch *w, int err)
{
	if (err == -ENOENT || err == -ENODEV) {
		complain("cgroup %s was removed", w->tree.path);
		return EXIT_SUCCESS;
	}
	return err < 0 ? complain_epc(w->tree.epc) : err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Whether there can be events at all. */
static int check_machine(struct watch *w)
{
	struct epc_group *root;
	uint64_t current;

	if (epc_capacity(w->tree.epc, &w->capacity) ||
	    epc_read_group(w->tree.epc, "/", 0, &root))
		return complain_epc(w->tree.epc);
	current = root->current;
	epc_group_free(root);
	return current == EPC_UNKNOWN ?
	       complain_no_epc(w->tree.epc, "this kernel has no control groups for EPC") : 0;
}

static int watch(struct watch *w)
{
	int err = check_machine(w);

	if (err)
		return EXIT_FAILURE;
	err = watch_tree_start(&w->tree);
	if (err)
		return err < 0 ? complain_epc(w->tree.epc) : EXIT_FAILURE;
	err = catch_signals(w);
	if (err)
		return complain("signals: %s", strerror(-err));
	watch_line_heading(&w->style);
	w->usage.wanted = w->above;
	return end(w, loop(w));
}

static int cmd_watch(const struct command *command, int argc, char **argv)
{
	auto_epc struct epc *epc = NULL;
	struct watch w = {
		.options = OPTIONS_NO_TABLE(command), .interval = 1,
		.style.signals = -1,
		.tree = { .fn = say_event, .poll = -1, .inotify = -1 },
	};
	int c, status;

	while ((c = options_next(&w.options, argc, argv)) != OPTIONS_END) {
		if (c == OPTIONS_STOP)
			return w.options.status;
		if (!parse_option(&w, c))
			return EXIT_USAGE;
	}
	if (options_operands(&w.options, argc, argv, 0, 1))
		return EXIT_USAGE;
	epc = options_epc(&w.options);
	if (!epc)
		return EXIT_FAILURE;
	w.tree.epc = epc;
	w.tree.path = argv[optind] ?: "/";
	w.tree.arg = &w;
	status = watch(&w);
	watch_tree_free(&w.tree);
	if (w.style.signals >= 0)
		close(w.style.signals);
	return status;
}

const struct command command_watch = {
	.name = "watch",
	.run = cmd_watch,
	.operands = "[PATH]",
	.summary = "a line for each event below PATH as it happens",
	.long_options = long_options,
	.no_common = true,
	.help = "      --above N%     also when N percent of a limit, or of all EPC, are in use\n"
		"      --interval S   look at usage each S seconds, beside at each event (1)\n"
		"      --exec COMMAND run this with sh for each line; EPCCTL_EVENT, _CGROUP,\n"
		"                     _COUNT and others in the environment tell which\n"
		"      --lines N      end after N lines\n"
		"      --json         a JSON object in each line\n"
		"      --raw          columns with one space between, names escaped\n"
		"      --noheadings   no line of headings\n"
		"      --bytes        exact sizes\n",
};
