// SPDX-License-Identifier: GPL-2.0
/* epcctl replay: a recording, shown as top shows the present. */
#define _GNU_SOURCE

#include "top.h"

static int open_recording(struct top *top, const char *file)
{
	struct recording *r = &top->recording;

	if (recording_open(r, file))
		return complain("%s", r->error);
	if (r->nr_damaged)
		complain("%s: passed over %u lines that are cut off, the first is line %u", file,
			 r->nr_damaged, r->damaged_line);
	return r->nr_samples ? 0 : complain("%s has no sample yet", file);
}

static int cmd_replay(const struct command *command, int argc, char **argv)
{
	return top_run(command, argc, argv, true, open_recording);
}

const struct command command_replay = {
	.name = "replay",
	.run = cmd_replay,
	.operands = "FILE",
	.summary = "what was recorded, as top shows the present",
	.short_options = "bd:n:s:rtf:",
	.long_options = (const struct option[]){
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
	"  -b, --batch        as text, sample after sample; also with --json, --raw\n"
	"  -d, --delay S      show a sample for so many seconds (1)\n"
	"  -n, --iterations N end after so many samples\n"
	"  -s, --sort COLUMN  sort by it, the largest first (CURRENT)\n"
	"  -r, --reverse      the other way around\n"
	"  -t, --tree         each cgroup below its parent\n"
	"  -f, --filter TEXT  only cgroups with TEXT in their path\n",
};
