// SPDX-License-Identifier: GPL-2.0
/* epcctl record: samples into a file, for replay and plot. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "record.h"
#include "ticker.h"
#include "top.h"

/* What the command line asks for, and what is open. */
struct recording_run {
	struct top	top;
	struct recorder	recorder;
	struct ticker	ticker;
};

/* Until the next sample is due; 1 if a signal says to end. */
static int wait_tick(const struct ticker *ticker)
{
	for (;;) {
		int events = ticker_wait(ticker, -1);

		if (events < 0)
			return events;
		if (events & TICKER_QUIT)
			return 1;
		if (events & TICKER_TICK)
			return 0;
	}
}

/* The sample that was read, and the next ones; 0 or a negative errno, which the user was told. */
static int record(struct recording_run *run)
{
	struct top *top = &run->top;
	unsigned long nr = 0;
	int ret;

	for (;;) {
		ret = recorder_write(&run->recorder, top->now);
		if (ret) {
			complain("%s", run->recorder.error);
			return ret;
		}
		if (++nr == top->nr_batch)
			return 0;
		ret = wait_tick(&run->ticker);
		if (ret)
			return ret > 0 ? 0 : ret;
		ret = top_step(top, 1);
		if (ret) {
			top_complain(top, ret);
			return ret;
		}
	}
}

/* Nothing is written where there is nothing to read. */
static int start(struct recording_run *run, const char *file)
{
	struct top *top = &run->top;
	const struct record_header header = {
		top->path, top->interval_usec, !strcmp(top->options->root, "/"),
	};
	int ret;

	top->epc = options_epc(top->options);
	if (!top->epc)
		return EXIT_FAILURE;
	ret = ticker_open(&run->ticker);
	if (!ret)
		ret = ticker_set(&run->ticker, top->interval_usec);
	if (ret)
		return complain("timer: %s", strerror(-ret));
	ret = top_step(top, 1);
	if (ret) {
		top_complain(top, ret);
		return EXIT_FAILURE;
	}
	if (recorder_open(&run->recorder, file, &header))
		return complain("%s", run->recorder.error);
	return record(run) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int parse(struct options *options, struct recording_run *run, int argc, char **argv)
{
	int c, status;

	while ((c = options_next(options, argc, argv)) != OPTIONS_END) {
		status = c == OPTIONS_STOP ? options->status : top_option(&run->top, c);
		if (c == OPTIONS_STOP || status)
			return status;
	}
	if (options_operands(options, argc, argv, 1, 2))
		return EXIT_USAGE;
	if (argv[optind + 1])
		run->top.path = argv[optind + 1];
	return start(run, argv[optind]);
}

static int cmd_record(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS_NO_TABLE(command);
	struct recording_run run = {
		.top = TOP_INIT(&options),
		.recorder = { .fd = -1 },
		.ticker = TICKER_CLOSED,
	};
	int status;

	run.top.what = EPC_READ_ALL;
	status = parse(&options, &run, argc, argv);
	recorder_close(&run.recorder);
	ticker_close(&run.ticker);
	top_free(&run.top);
	return status;
}

const struct command command_record = {
	.name = "record",
	.run = cmd_record,
	.operands = "FILE [PATH]",
	.summary = "record what top shows, for replay and plot",
	.short_options = "ad:n:",
	.long_options = (const struct option[]){
		{ "all", no_argument, NULL, 'a' },
		{ "delay", required_argument, NULL, 'd' },
		{ "iterations", required_argument, NULL, 'n' },
		{ 0 }
	},
	.help =
	"  -a, --all          also cgroups that use no EPC\n"
	"  -d, --delay S      seconds between samples (1)\n"
	"  -n, --iterations N end after so many samples\n"
	"\n"
	"FILE is added to; - is standard output. SIGINT, SIGTERM or N samples end it.\n\n",
	.no_common = true,
};
