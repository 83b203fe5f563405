// SPDX-License-Identifier: GPL-2.0
/* epcctl top: cgroups with EPC as they are now, again and again. */
#define _GNU_SOURCE

#include "top.h"

static int open_live(struct top *top, const char *path)
{
	if (path)
		top->path = path;
	top->epc = options_epc(top->options);
	return top->epc ? 0 : EXIT_FAILURE;
}

static int cmd_top(const struct command *command, int argc, char **argv)
{
	return top_run(command, argc, argv, false, open_live);
}

const struct command command_top = {
	.name = "top",
	.run = cmd_top,
	.operands = "[PATH]",
	.summary = "cgroups with EPC, live: usage, paging and waiting per second",
	.short_options = "abd:n:s:rtf:",
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
