// SPDX-License-Identifier: GPL-2.0
/* epcctl status: how much EPC the machine has, what can be done with it, and what is missing. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

enum { COL_NODE, COL_TOTAL, COL_USED, COL_FREE };

static const struct out_column columns[] = {
	[COL_NODE] = { "NODE", "node", OUT_WORD, "the NUMA node, or all" },
	[COL_TOTAL] = { "TOTAL", "total", OUT_SIZE, "its EPC" },
	[COL_USED] = { "USED", "used", OUT_SIZE, "what is in use of it" },
	[COL_FREE] = { "FREE", "free", OUT_SIZE, "what anybody may get" },
};

/* What can be done with EPC where misc knows sgx_epc; by a file of the topmost cgroup. */
static const struct feature {
	const char *name, *file;	/* NULL: no more than that */
} features[] = {
	{ "limits", NULL },
	{ "statistics", "misc.stat" },
	{ "enclaves", "misc.enclaves" },
	{ "reclaim", "misc.reclaim" },
};

struct status {
	struct epc *epc;
	struct out *out;
	FILE *json;
	unsigned int nr;		/* nodes or findings so far */
	uint64_t total, used, unused;
	bool has[ARRAY_SIZE(features)];
};

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a == EPC_UNKNOWN || b == EPC_UNKNOWN || b > a ? EPC_UNKNOWN : a - b;
}

static void read_features(struct status *status)
{
	auto_fd int dir = epc_group_dir(status->epc, "/");
	bool limits = epc_can_limit(status->epc);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++)
		status->has[i] = limits && (!features[i].file ||
					    !faccessat(dir, features[i].file, F_OK, 0));
}

/*
 * Either of free and used follows from the other one. The nodes tell of the whole machine also in
 * a container, where misc.current of the topmost cgroup does not: it is for older kernels.
 */
static int read_machine(struct status *status)
{
	struct epc_group *root = NULL;

	if (epc_capacity(status->epc, &status->total) || epc_unused(status->epc, &status->unused))
		return -1;
	status->used = minus(status->total, status->unused);
	if (status->unused == EPC_UNKNOWN && !epc_read_group(status->epc, "/", 0, &root)) {
		status->used = root->current;
		status->unused = minus(status->total, status->used);
	}
	epc_group_free(root);
	read_features(status);
	return 0;
}

static void add_row(struct out *out, const char *name, uint64_t total, uint64_t used,
		    uint64_t unused)
{
	struct out_line *line = out_line(out, NULL);

	out_text(out, line, COL_NODE, name);
	out_number(out, line, COL_TOTAL, total);
	out_number(out, line, COL_USED, used);
	out_number(out, line, COL_FREE, unused);
}

static int add_node(const struct epc_node *node, void *arg)
{
	struct status *status = arg;
	char name[16];

	snprintf(name, sizeof(name), "%d", node->id);
	add_row(status->out, name, node->total, minus(node->total, node->free), node->free);
	return 0;
}

static void print_features(const struct status *status, bool wanted, const char *title)
{
	const char *separator = title;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(features); i++) {
		if (status->has[i] != wanted)
			continue;
		printf("%s%s", separator, features[i].name);
		separator = ", ";
	}
	if (separator != title)
		putchar('\n');
}

static const char *const severities[] = {
	[EPC_NOTE] = "note", [EPC_WARNING] = "warning", [EPC_PROBLEM] = "problem",
};

static int print_finding(const struct epc_finding *finding, void *arg)
{
	struct status *status = arg;

	status->nr++;
	printf("%s: %s", severities[finding->severity], finding->text);
	if (finding->command)
		printf(" Mend it: %s", finding->command);
	putchar('\n');
	return 0;
}

/* The table; and behind it, unless somebody wants the table alone, what it means. */
static int print_text(struct status *status)
{
	const struct options *options = out_options(status->out);

	if (epc_walk_nodes(status->epc, add_node, status))
		return complain_epc(status->epc);
	add_row(status->out, "all", status->total, status->used, status->unused);
	if (out_print(status->out))
		return EXIT_FAILURE;
	if (options->raw || options->output)
		return EXIT_SUCCESS;
	putchar('\n');
	print_features(status, true, "available: ");
	print_features(status, false, "not available: ");
	if (epc_diagnose(status->epc, print_finding, status))
		return complain_epc(status->epc);
	if (!status->nr)
		puts("nothing is missing");
	return EXIT_SUCCESS;
}

/* Those that --output has, and in front of each but the first of all a comma. */
static void json_amounts(const struct status *status, const char *separator, uint64_t total,
			 uint64_t used, uint64_t unused)
{
	const uint64_t amounts[] = {
		[COL_TOTAL] = total, [COL_USED] = used, [COL_FREE] = unused,
	};
	int i;

	for (i = COL_TOTAL; i <= COL_FREE; i++) {
		if (!out_shows(status->out, i))
			continue;
		fprintf(status->json, "%s\"%s\": ", separator, columns[i].key);
		json_number(status->json, amounts[i]);
		separator = ", ";
	}
}

static int json_node(const struct epc_node *node, void *arg)
{
	struct status *status = arg;
	bool number = out_shows(status->out, COL_NODE);

	fprintf(status->json, "%s\n    {", status->nr++ ? "," : "");
	if (number)
		fprintf(status->json, "\"%s\": %d", columns[COL_NODE].key, node->id);
	json_amounts(status, number ? ", " : "", node->total, minus(node->total, node->free),
		     node->free);
	putc('}', status->json);
	return 0;
}

static int json_finding(const struct epc_finding *finding, void *arg)
{
	struct status *status = arg;
	FILE *json = status->json;

	fprintf(json, "%s\n    {\"severity\": \"%s\", \"name\": \"%s\", \"text\": ",
		status->nr++ ? "," : "", severities[finding->severity], finding->name);
	json_string(json, finding->text);
	fputs(", \"command\": ", json);
	if (finding->command)
		json_string(json, finding->command);
	else
		fputs("null", json);
	putc('}', json);
	return 0;
}

static int json_rest(struct status *status)
{
	FILE *json = status->json;
	size_t i;

	fputs(",\n  \"features\": {", json);
	for (i = 0; i < ARRAY_SIZE(features); i++)
		fprintf(json, "%s\"%s\": %s", i ? ", " : "", features[i].name,
			status->has[i] ? "true" : "false");
	fputs("},\n  \"findings\": [", json);
	status->nr = 0;
	if (epc_diagnose(status->epc, json_finding, status))
		return complain_epc(status->epc);
	fputs("\n  ]", json);
	return EXIT_SUCCESS;
}

/* As with the table, whoever wants some keys does not want what is behind it. */
static int print_json(struct status *status)
{
	const char *list = out_options(status->out)->output;
	bool amounts = out_shows(status->out, COL_TOTAL) || out_shows(status->out, COL_USED) ||
		       out_shows(status->out, COL_FREE);
	FILE *json = status->json = stdout;

	fputs("{\n  ", json);
	json_amounts(status, "", status->total, status->used, status->unused);
	fprintf(json, "%s\"nodes\": [", amounts ? ",\n  " : "");
	if (epc_walk_nodes(status->epc, json_node, status))
		return complain_epc(status->epc);
	fputs("\n  ]", json);
	if (!list && json_rest(status))
		return EXIT_FAILURE;
	fputs("\n}\n", json);
	return EXIT_SUCCESS;
}

static int cmd_status(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS(command, columns);
	auto_epc struct epc *epc = NULL;
	auto_out struct out *out = NULL;
	struct status status = { 0 };

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
	status.epc = epc;
	status.out = out;
	if (read_machine(&status))
		return complain_epc(epc);
	return options.json ? print_json(&status) : print_text(&status);
}

const struct command command_status = {
	.name = "status",
	.run = cmd_status,
	.operands = "",
	.summary = "how much EPC there is, what can be done with it, what is missing",
};
