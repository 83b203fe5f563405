// SPDX-License-Identifier: GPL-2.0
/* epcctl get: the settings of cgroups. */
#include "epcctl.h"

enum { COL_CGROUP, COL_MAX, COL_LOW, COL_EXHAUSTED, COL_CURRENT, NR_COLUMNS };

static const struct out_column columns[NR_COLUMNS] = {
	[COL_CGROUP] = { "CGROUP", "cgroup", OUT_NAME, "its path" },
	[COL_MAX] = { "MAX", "max", OUT_SIZE, "the limit" },
	[COL_LOW] = { "LOW", "low", OUT_SIZE, "protected from reclaim for an ancestor" },
	[COL_EXHAUSTED] = { "EXHAUSTED", "exhausted", OUT_WORD,
			    "what its limit does when nothing is left: kill or fail" },
	[COL_CURRENT] = { "CURRENT", "current", OUT_SIZE, "EPC in use, with all below it", true },
};

static int add(struct epc *epc, struct out *out, const char *path)
{
	struct epc_group *group;
	struct out_line *line;

	if (epc_read_group(epc, path, EPC_READ_LIMITS, &group))
		return complain_epc(epc);
	if (group->current == EPC_UNKNOWN && group->max == EPC_UNKNOWN) {
		epc_group_free(group);
		return complain_no_epc(epc, "the misc controller is not enabled for this cgroup: "
				       "see 'epcctl enable'");
	}
	line = out_line(out, NULL);
	out_text(out, line, COL_CGROUP, group->path);
	out_number(out, line, COL_MAX, group->max);
	out_number(out, line, COL_LOW, group->low);
	out_text(out, line, COL_EXHAUSTED, epc_exhausted_name(group->exhausted));
	out_number(out, line, COL_CURRENT, group->current);
	epc_group_free(group);
	return EXIT_SUCCESS;
}

static int cmd_get(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS(command, columns);
	auto_epc struct epc *epc = NULL;
	auto_out struct out *out = NULL;
	int status = EXIT_SUCCESS;

	if (options_next(&options, argc, argv) != OPTIONS_END)
		return options.status;
	if (options_operands(&options, argc, argv, 1, argc))
		return EXIT_USAGE;
	out = out_new(&options, "settings");
	if (!out)
		return EXIT_USAGE;
	epc = options_epc(&options);
	if (!epc)
		return EXIT_FAILURE;
	for (; optind < argc; optind++)
		status |= add(epc, out, argv[optind]);
	return status | (out_is_empty(out) ? EXIT_SUCCESS : out_print(out));
}

const struct command command_get = {
	.name = "get",
	.run = cmd_get,
	.operands = "PATH...",
	.summary = "the limit, the protection and the policy of cgroups",
};
