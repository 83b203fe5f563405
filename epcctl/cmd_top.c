// SPDX-License-Identifier: GPL-2.0
/* epcctl top: cgroups with EPC as they are now, again and again. */
#define _GNU_SOURCE

#include "top.h"

#define SHORT_OPTIONS	"abd:n:s:rtf:"

static int run(struct options *options, struct top *top, int argc, char **argv)
{
	bool batch = false;
	int c, status;

	while ((c = options_next(options, argc, argv)) != OPTIONS_END) {
		if (c == 'a')
			top->all = true;
		else if (c == 'b')
			batch = true;
		else if (!top_option(top, c, &status))
			return options->status;
		else if (status)
			return status;
	}
	if (options_operands(options, argc, argv, 0, 1))
		return EXIT_USAGE;
	if (argv[optind])
		top->path = argv[optind];
	if (!top_columns(top))
		return EXIT_USAGE;
	top->epc = options_epc(options);
	if (!top->epc)
		return EXIT_FAILURE;
	return batch || options->json || options->raw ? top_batch(top) : top_screen(top);
}

static int cmd_top(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS(command, view_columns);
	struct top top = TOP_INIT(&options);
	int status = run(&options, &top, argc, argv);

	top_free(&top);
	return status;
}

const struct command command_top = {
	.name = "top",
	.run = cmd_top,
	.operands = "[PATH]",
	.summary = "cgroups with EPC, live: usage, paging and waiting per second",
	.short_options = SHORT_OPTIONS,
	.long_options = (const struct option[]){
		{ "all", no_argument, NULL, 'a' },
		{ "batch", no_argument, NULL, 'b' },
		{ "delay", required_argument, NULL, 'd' },
		{ "iterations", required_argument, NULL, 'n' },
		{ "sort", required_argument, NULL, 's' },
		{ "reverse", no_argument, NULL, 'r' },
		{ "tree", no_argument, NULL, 't' },
		{ "filter", required_argument, NULL, 'f' },
		{ 0 }
	},
	.help =
	"  -a, --all          also cgroups that use no EPC\n"
	"  -b, --batch        as text, sample after sample; also with --json, --raw\n"
	"  -d, --delay S      seconds between samples (1)\n"
	"  -n, --iterations N end after so many samples\n"
	"  -s, --sort COLUMN  sort by it, the largest first (CURRENT)\n"
	"  -r, --reverse      the other way around\n"
	"  -t, --tree         each cgroup below its parent\n"
	"  -f, --filter TEXT  only cgroups with TEXT in their path\n",
};
