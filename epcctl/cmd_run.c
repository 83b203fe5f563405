// SPDX-License-Identifier: GPL-2.0
/*
 * epcctl run: a command in a cgroup of its own.
 *
 *	caller's cgroup, or the nearest above it      <- misc is enabled for its children here
 *	 `-- NAME                                     <- limits are written, then the command
 *	                                                 starts in it, never outside
 *
 * A cgroup that has processes cannot give its children controllers, so the caller's own is
 * mostly not fit, but the one above it is: on a host with systemd the slice of a session.
 *
 * The cgroup goes when the last process in it has gone.  Those that the command leaves behind
 * are waited for, unless --kill or a signal says otherwise.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "epcctl.h"
#include "process.h"
#include "run_report.h"

#define EXIT_NOT_EXECUTABLE	126
#define EXIT_NOT_FOUND		127

enum { OPT_MAX = 1, OPT_LOW, OPT_EXHAUSTED, OPT_NAME, OPT_PARENT, OPT_KILL, OPT_REPORT, OPT_JSON };

static const struct option long_options[] = {
	{ "max",	required_argument,	NULL, OPT_MAX },
	{ "low",	required_argument,	NULL, OPT_LOW },
	{ "exhausted",	required_argument,	NULL, OPT_EXHAUSTED },
	{ "name",	required_argument,	NULL, OPT_NAME },
	{ "parent",	required_argument,	NULL, OPT_PARENT },
	{ "kill",	no_argument,		NULL, OPT_KILL },
	{ "report",	optional_argument,	NULL, OPT_REPORT },
	{ "json",	no_argument,		NULL, OPT_JSON },
	{ 0 }
};

/**
 * struct run - one call of the command
 * @options:	from the command line, as all up to @report
 * @max:	EPC_UNKNOWN: not given; also @low
 * @report:	file name, "" is standard error, NULL no report
 * @report_file: the same, open
 * @parent_dir:	where the cgroup is made
 * @path:	the cgroup
 * @dir:	the same, open; -1 while there is none
 */
struct run {
	struct options		options;
	uint64_t		max;
	uint64_t		low;
	enum epc_exhausted	exhausted;
	const char		*name;
	const char		*parent;
	const char		*report;
	bool			kill;
	bool			json;

	struct epc		*epc;
	FILE			*report_file;
	int			parent_dir;
	char			*path;
	int			dir;
	struct process		process;
};

/* ---- the command line ---- */

static bool parse_exhausted(struct run *run, const char *word)
{
	if (!strcmp(word, "kill"))
		run->exhausted = EPC_EXHAUSTED_KILL;
	else if (!strcmp(word, "fail"))
		run->exhausted = EPC_EXHAUSTED_FAIL;
	else
		usage_error(&run->options, "--exhausted: '%s' is neither kill nor fail", word);
	return run->exhausted != EPC_EXHAUSTED_UNKNOWN;
}

static bool parse_name(struct run *run, const char *name)
{
	run->name = name;
	if (*name && !strpbrk(name, "/\n") && strcmp(name, ".") && strcmp(name, ".."))
		return true;
	usage_error(&run->options, "--name: '%s' cannot be the name of a cgroup", name);
	return false;
}

/* false: the user was told. */
static bool parse_option(struct run *run, int c)
{
	switch (c) {
	case OPT_MAX:
		return options_size(&run->options, "--max", optarg, &run->max);
	case OPT_LOW:
		return options_size(&run->options, "--low", optarg, &run->low);
	case OPT_EXHAUSTED:
		return parse_exhausted(run, optarg);
	case OPT_NAME:
		return parse_name(run, optarg);
	case OPT_PARENT:
		run->parent = optarg;
		return true;
	case OPT_KILL:
		run->kill = true;
		return true;
	case OPT_REPORT:
		run->report = optarg ?: "";
		return true;
	default:
		run->json = true;
		run->report = run->report ?: "";
		return true;
	}
}

/* ---- the cgroup ---- */

/* Cuts the last name off; false at the top. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (!path[1])
		return false;
	slash[slash == path] = 0;
	return true;
}

/* It has processes, or belongs to somebody else, as the caller's own mostly does. */
static bool is_unfit(int err)
{
	return err == -EBUSY || err == -EACCES || err == -EPERM;
}

/* Where the new cgroup can be, as a clean path: NULL if nowhere, and the user was told. */
static char *find_parent(struct run *run)
{
	char *path = NULL;
	int err;

	if (run->parent) {
		err = epc_clean_path(run->epc, run->parent, &path);
		if (!err)
			err = epc_enable_children(run->epc, path);
	} else {
		err = epc_group_of(run->epc, 0, &path);
		if (!err)
			do
				err = epc_enable_children(run->epc, path);
			while (is_unfit(err) && go_up(path));
	}
	if (!err)
		return path;
	free(path);
	complain_epc(run->epc);
	return NULL;
}

/* A name that nobody chose gets a number until it is free. */
static int make_named(struct run *run, char **name)
{
	unsigned int i;

	for (i = 0; ; i++) {
		if (run->name)
			*name = strdup(run->name);
		else if (asprintf(name, i ? "epcctl-%d-%u" : "epcctl-%d", getpid(), i) < 0)
			*name = NULL;
		if (!*name)
			return -ENOMEM;
		if (!mkdirat(run->parent_dir, *name, 0755))
			return 0;
		if (errno != EEXIST || run->name)
			return -errno;
		free(*name);
	}
}

static int complain_make(int err, const char *parent, const char *name)
{
	switch (err) {
	case -EEXIST:
		return complain("cgroup %s has something called '%s' already: choose another --name",
				parent, name);
	case -EACCES:
	case -EPERM:
		return complain("cgroup %s: not permitted to make a cgroup in it: it belongs to root, "
				"or to whom it was delegated (--parent names another one)", parent);
	case -EAGAIN:
		return complain("cgroup %s: its cgroup.max.descendants or cgroup.max.depth, or one "
				"above it, allows no more", parent);
	default:
		return complain("cgroup %s: cannot make '%s' in it: %s", parent, name,
				strerror(-err));
	}
}

/* A cgroup that was just made and cannot be opened cannot be used either. */
static int open_made(struct run *run, const char *parent, const char *name)
{
	if (asprintf(&run->path, "%s/%s", parent[1] ? parent : "", name) < 0)
		run->path = NULL;
	else
		run->dir = openat(run->parent_dir, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	if (run->dir >= 0)
		return EXIT_SUCCESS;
	complain("cgroup %s: %s", name, strerror(run->path ? errno : ENOMEM));
	unlinkat(run->parent_dir, name, AT_REMOVEDIR);
	return EXIT_FAILURE;
}

static int make_group(struct run *run)
{
	auto_string char *parent = find_parent(run), *name = NULL;
	int err;

	if (!parent)
		return EXIT_FAILURE;
	run->parent_dir = epc_group_dir(run->epc, parent);
	if (run->parent_dir < 0)
		return complain_epc(run->epc);
	err = make_named(run, &name);
	if (err)
		return complain_make(err, parent, name ?: "");
	return open_made(run, parent, name);
}

static int set_limits(struct run *run)
{
	int err = 0;

	if (run->max != EPC_UNKNOWN)
		err = epc_set_max(run->epc, run->path, run->max);
	if (!err && run->low != EPC_UNKNOWN)
		err = epc_set_low(run->epc, run->path, run->low);
	if (!err && run->exhausted != EPC_EXHAUSTED_UNKNOWN)
		err = epc_set_exhausted(run->epc, run->path, run->exhausted);
	return err ? complain_epc(run->epc) : EXIT_SUCCESS;
}

/* Removes the cgroups below @dir, which the command may have made; those that are empty. */
static void remove_below(int dir)
{
	int fd = openat(dir, ".", O_DIRECTORY | O_RDONLY | O_CLOEXEC), child;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = openat(dir, entry->d_name, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
		if (child >= 0) {
			remove_below(child);
			close(child);
		}
		unlinkat(dir, entry->d_name, AT_REMOVEDIR);
	}
	if (list)
		closedir(list);
}

static void remove_group(struct run *run)
{
	if (run->dir < 0)
		return;
	remove_below(run->dir);
	close(run->dir);
	run->dir = -1;
	if (unlinkat(run->parent_dir, strrchr(run->path, '/') + 1, AT_REMOVEDIR))
		complain("cgroup %s stays: %s", run->path, strerror(errno));
}

/* ---- those that are left when the command has ended ---- */

static bool is_populated(int events)
{
	char text[256];
	ssize_t len = pread(events, text, sizeof(text) - 1, 0);

	if (len < 0)
		return false;
	text[len] = 0;
	return strstr(text, "populated 1");
}

static void kill_group(const struct run *run)
{
	auto_fd int fd = openat(run->dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "1", 1) < 0)
		complain("cgroup %s: cgroup.kill: %s", run->path, strerror(errno));
}

/* Until the cgroup is empty; any signal that would end a program kills those in it. */
static void wait_until_empty(struct run *run)
{
	auto_fd int events = openat(run->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd pfd[] = {
		{ .fd = events, .events = POLLPRI },
		{ .fd = run->process.signals, .events = POLLIN },
	};
	int sig;

	if (!is_populated(events))
		return;
	if (run->kill)
		kill_group(run);
	else
		complain("waiting for processes that the command has left in cgroup %s; "
			 "Ctrl-C or SIGTERM kills them", run->path);
	while (is_populated(events)) {
		poll(pfd, ARRAY_SIZE(pfd), -1);
		sig = process_next_signal(&run->process);
		if (sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT)
			kill_group(run);
	}
}

/* ---- from one end to the other ---- */

static int complain_exec(int err, const char *name)
{
	if (err == -ENOENT) {
		complain("%s: no such command", name);
		return EXIT_NOT_FOUND;
	}
	complain("%s: cannot be executed: %s", name, strerror(-err));
	return EXIT_NOT_EXECUTABLE;
}

static int complain_start(const struct run *run, int err)
{
	if (err == -ENOSYS)
		return complain("no clone3 here: Linux before 5.7, or a container that forbids it");
	return complain("cannot start a process in cgroup %s: %s%s", run->path, strerror(-err),
			err == -EAGAIN ? " (a limit of processes, as pids.max or ulimit -u)" :
			err == -EACCES ? " (cgroup.procs of it and of the cgroup that it and the "
			"caller's have in common must be writable)" : "");
}

/* The command has done its work: the status stays its own, whether there is a report or not. */
static void close_report(struct run *run)
{
	FILE *file = run->report_file;
	bool bad;

	if (!file)
		return;
	run->report_file = NULL;
	bad = fflush(file) || ferror(file);
	if ((file != stderr && fclose(file)) || bad)
		complain("--report: %s: %s", *run->report ? run->report : "standard error",
			 strerror(errno));
}

/* The numbers are read before the cgroup goes, and told after that. */
static void finish(struct run *run, struct run_result *result)
{
	struct epc_group *group = NULL;

	if (run->report_file && epc_read_group(run->epc, run->path, EPC_READ_ALL, &group))
		complain_epc(run->epc);
	remove_group(run);
	if (group) {
		result->group = group;
		run_report(result, run->report_file, run->json);
	}
	close_report(run);
	epc_group_free(group);
}

static uint64_t now_usec(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

static int run_command(struct run *run, char **argv)
{
	struct run_result result = { .argv = argv };
	uint64_t start = now_usec();
	int err;

	err = process_start(&run->process, run->dir, argv);
	if (err)
		return complain_start(run, err);
	err = process_wait(&run->process, &result.status);
	if (err)
		return complain_exec(err, argv[0]);
	result.usec = now_usec() - start;
	wait_until_empty(run);
	finish(run, &result);
	return WIFSIGNALED(result.status) ? 128 + WTERMSIG(result.status) :
	       WEXITSTATUS(result.status);
}

/* Before anything is made: what would leave the command without a report, or without EPC. */
static int prepare(struct run *run)
{
	uint64_t current;
	struct epc_group *group;

	if (run->report)
		run->report_file = *run->report ? fopen(run->report, "we") : stderr;
	if (run->report && !run->report_file)
		return complain("--report: %s: %s", run->report, strerror(errno));
	if (epc_read_group(run->epc, "/", 0, &group))
		return complain_epc(run->epc);
	current = group->current;
	epc_group_free(group);
	if (current == EPC_UNKNOWN)
		return complain_no_epc(run->epc, "this kernel has no control groups for EPC");
	return EXIT_SUCCESS;
}

static void free_run(struct run *run)
{
	remove_group(run);
	free(run->path);
	process_free(&run->process);
	if (run->parent_dir >= 0)
		close(run->parent_dir);
	if (run->report_file && run->report_file != stderr)
		fclose(run->report_file);
}

static int cmd_run(const struct command *command, int argc, char **argv)
{
	auto_epc struct epc *epc = NULL;
	struct run run = {
		.options = OPTIONS_NO_TABLE(command),
		.max = EPC_UNKNOWN, .low = EPC_UNKNOWN,
		.parent_dir = -1, .dir = -1,
		.process = { .signals = -1, .exec_errno = -1 },
	};
	int c, err, status;

	while ((c = options_next(&run.options, argc, argv)) != OPTIONS_END) {
		if (c == OPTIONS_STOP)
			return run.options.status;
		if (!parse_option(&run, c))
			return EXIT_USAGE;
	}
	if (optind == argc)
		return usage_error(&run.options, "which command?");
	run.epc = epc = options_epc(&run.options);
	if (!epc)
		return EXIT_FAILURE;
	err = process_catch_signals(&run.process);
	if (err)
		return complain("signals: %s", strerror(-err));
	status = prepare(&run) || make_group(&run) || set_limits(&run) ? EXIT_FAILURE :
		 run_command(&run, argv + optind);
	free_run(&run);
	return status;
}

const struct command command_run = {
	.name = "run",
	.run = cmd_run,
	.operands = "[--] COMMAND [ARGUMENT]...",
	.summary = "run a command in a cgroup of its own",
	.short_options = "+",
	.long_options = long_options,
	.no_common = true,
	.help = "      --max SIZE     limit of the cgroup, as 64M or 64MiB\n"
		"      --low SIZE     what reclaim for others spares\n"
		"      --exhausted kill|fail\n"
		"                     what its limit does when nothing is left to reclaim\n"
		"      --name NAME    the cgroup's name, instead of epcctl-PID\n"
		"      --parent PATH  make it there, instead of in the caller's cgroup or the\n"
		"                     nearest above it that has no processes\n"
		"      --kill         kill what the command leaves behind, do not wait for it\n"
		"      --report[=FILE]\n"
		"                     at the end tell peak, pages written out, waits, kills, on\n"
		"                     standard error or in a file\n"
		"      --json         the same as JSON\n",
};
