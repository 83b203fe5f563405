// SPDX-License-Identifier: GPL-2.0
/*
 * The command line of the tests under a scheduler. Each test runs in a process of its
 * own, so that one which fails does not end the others, and on one CPU, where handing
 * the baton over is cheapest.
 */

#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "sched.h"

/* What finds an error ends in abort(), so that the schedule is told. */
const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1";
}

struct sched_args {
	const char	*only;
	const char	*schedule;
	long		bound;
	unsigned long	limit;
};

static const char usage[] =
	"[--only NAME] [--bound N] [--limit N] [--replay SCHEDULE]\n"
	"  --only NAME        run this test only\n"
	"  --bound N          allow N preemptions in each schedule\n"
	"  --limit N          run N schedules of each test at most\n"
	"  --replay SCHEDULE  run one schedule of --only and print what happens\n";

static bool sched_args(struct sched_args *args, int argc, char **argv)
{
	static const struct option options[] = {
		{ "only", required_argument, NULL, 'o' },
		{ "bound", required_argument, NULL, 'b' },
		{ "limit", required_argument, NULL, 'l' },
		{ "replay", required_argument, NULL, 'r' },
		{ }
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o': args->only = optarg; break;
		case 'b': args->bound = strtol(optarg, NULL, 10); break;
		case 'l': args->limit = strtoul(optarg, NULL, 10); break;
		case 'r': args->schedule = optarg; break;
		default: return false;
		}
	}
	return optind == argc && args->limit && (args->only || !args->schedule);
}

/* First the schedules with few preemptions, for they are the easiest to understand. */
static void sched_search(const struct sched_test *test, const struct sched_args *args)
{
	unsigned int max = args->bound >= 0 ? args->bound : test->bound;
	unsigned long runs = 0;
	unsigned int bound;

	for (bound = 0; bound <= max; bound++) {
		runs = sched_explore(test, bound, args->limit);
		if (runs == args->limit)
			break;
	}
	if (bound > max)
		printf("# %s: all %lu schedules with at most %u preemptions\n", test->name, runs, max);
	else
		printf("# %s: the first %lu schedules with at most %u preemptions\n", test->name, runs,
		       bound);
}

static bool sched_test_passes(const struct sched_test *test, const struct sched_args *args)
{
	cpu_set_t cpus;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return false;
	}
	if (!pid) {
		CPU_ZERO(&cpus);
		CPU_SET(sched_getcpu(), &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
		if (args->schedule)
			sched_replay(test, args->schedule);
		else
			sched_search(test, args);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return !status;
}

int sched_main(int argc, char **argv, const struct sched_test *tests, unsigned int nr)
{
	struct sched_args args = { .bound = -1, .limit = ~0UL };
	unsigned int i, run = 0, failed = 0;

	if (!sched_args(&args, argc, argv)) {
		fprintf(stderr, "usage: %s %s", argv[0], usage);
		return 2;
	}
	printf("KTAP version 1\n");
	for (i = 0; i < nr; i++) {
		bool good;

		if (args.only && strcmp(args.only, tests[i].name))
			continue;
		good = sched_test_passes(&tests[i], &args);
		printf("%sok %u %s\n", good ? "" : "not ", ++run, tests[i].name);
		failed += !good;
	}
	printf("1..%u\n", run);
	if (!run)
		fprintf(stderr, "%s: there is no test %s\n", argv[0], args.only);
	return failed || !run;
}
