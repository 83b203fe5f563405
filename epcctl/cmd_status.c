// SPDX-License-Identifier: GPL-2.0
/* epcctl status: how much EPC the machine has, and what is missing to limit it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>

#include "epcctl.h"

enum { COL_NODE, COL_TOTAL, COL_USED, COL_FREE };

static const struct out_column columns[] = {
	[COL_NODE] = { "NODE", "node", OUT_WORD, "the NUMA node, or all" },
	[COL_TOTAL] = { "TOTAL", "total", OUT_SIZE, "its EPC" },
	[COL_USED] = { "USED", "used", OUT_SIZE, "what is in use of it" },
	[COL_FREE] = { "FREE", "free", OUT_SIZE, "what anybody may get" },
};

static void add_row(struct out *out, const char *name, uint64_t total, uint64_t used, uint64_t unused)
{
	struct out_line *line = out_line(out, NULL);

	out_text(out, line, COL_NODE, name);
	out_number(out, line, COL_TOTAL, total);
	out_number(out, line, COL_USED, used);
	out_number(out, line, COL_FREE, unused);
}

static int add_node(const struct epc_node *node, void *out)
{
	char name[16];

	snprintf(name, sizeof(name), "%d", node->id);
	add_row(out, name, node->total,
		node->free == EPC_UNKNOWN ? EPC_UNKNOWN : node->total - node->free, node->free);
	return 0;
}

static int cmd_status(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS(command, columns);
	auto_epc struct epc *epc = NULL;
	auto_out struct out *out = NULL;

	if (options_next(&options, argc, argv) != OPTIONS_END)
		return options.status;
	if (options_operands(&options, argc, argv, 0, 0))
		return EXIT_USAGE;
	out = out_new(&options, "nodes");
	if (!out)
		return EXIT_USAGE;
	epc = options_epc(&options);
	if (!epc)
		return EXIT_FAILURE;
	if (epc_walk_nodes(epc, add_node, out))
		return complain_epc(epc);
	return out_print(out);
}

const struct command command_status = {
	.name = "status",
	.run = cmd_status,
	.operands = "",
	.summary = "how much EPC there is, and what is missing to limit it",
};
