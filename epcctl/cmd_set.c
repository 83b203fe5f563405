// SPDX-License-Identifier: GPL-2.0
/* epcctl set: change the settings of a cgroup. All of the command line is understood first. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

struct settings {
	uint64_t max, low;		/* EPC_UNKNOWN: leave it */
	enum epc_exhausted exhausted;
};

static bool parse_exhausted(const struct options *options, const char *word,
			    struct settings *settings)
{
	if (!strcmp(word, "kill"))
		settings->exhausted = EPC_EXHAUSTED_KILL;
	else if (!strcmp(word, "fail"))
		settings->exhausted = EPC_EXHAUSTED_FAIL;
	else
		usage_error(options, "exhausted is kill or fail, not '%s'", word);
	return settings->exhausted != EPC_EXHAUSTED_UNKNOWN;
}

static bool parse(const struct options *options, const char *word, struct settings *settings)
{
	if (!strncmp(word, "max=", 4))
		return options_size(options, "max", word + 4, &settings->max);
	if (!strncmp(word, "low=", 4))
		return options_size(options, "low", word + 4, &settings->low);
	if (!strncmp(word, "exhausted=", 10))
		return parse_exhausted(options, word + 10, settings);
	usage_error(options, "'%s' is none of max=SIZE, low=SIZE, exhausted=kill|fail", word);
	return false;
}

/*
 * What a limit below the usage means: nothing happens now, and then the next page that anybody
 * needs there costs the whole excess (rule MAX-2).
 */
static void warn(struct epc *epc, const char *path, uint64_t max)
{
	char used[EPC_SIZE_LEN], limit[EPC_SIZE_LEN], excess[EPC_SIZE_LEN];
	struct epc_group *group;

	if (epc_read_group(epc, path, EPC_READ_LIMITS, &group))
		return;
	if (group->current != EPC_UNKNOWN && max < group->current) {
		epc_format_size(group->current, used);
		epc_format_size(max, limit);
		epc_format_size(group->current - max, excess);
		complain("warning: %s uses %s, more than its new max of %s", path, used, limit);
		fprintf(stderr,
			"  Nothing is taken away now. The next allocation or load of a page in it or\n"
			"  below may write out the whole excess of %s; if that cannot be done\n"
			"  %s. Gentler: first 'epcctl reclaim PATH %" PRIu64 "', then set max.\n",
			excess, group->exhausted == EPC_EXHAUSTED_FAIL ?
			"it fails" : "an enclave may be killed", group->current - max);
	}
	epc_group_free(group);
}

/* One after the other; what was set before one fails stays set, and the user is told of that. */
static int apply(struct epc *epc, const char *path, const struct settings *settings)
{
	const char *done = "";
	int err = 0;

	if (settings->exhausted != EPC_EXHAUSTED_UNKNOWN) {
		err = epc_set_exhausted(epc, path, settings->exhausted);
		done = err ? done : " (exhausted was set)";
	}
	if (!err && settings->low != EPC_UNKNOWN) {
		err = epc_set_low(epc, path, settings->low);
		done = err ? done : *done ? " (exhausted and low were set)" : " (low was set)";
	}
	if (!err && settings->max != EPC_UNKNOWN) {
		warn(epc, path, settings->max);
		err = epc_set_max(epc, path, settings->max);
	}
	return err ? complain("%s%s", epc_error(epc), done) : EXIT_SUCCESS;
}

static int cmd_set(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS_NO_TABLE(command);
	struct settings settings = { EPC_UNKNOWN, EPC_UNKNOWN, EPC_EXHAUSTED_UNKNOWN };
	auto_epc struct epc *epc = NULL;
	int i;

	if (options_next(&options, argc, argv) != OPTIONS_END)
		return options.status;
	if (options_operands(&options, argc, argv, 2, argc))
		return EXIT_USAGE;
	for (i = optind + 1; i < argc; i++)
		if (!parse(&options, argv[i], &settings))
			return EXIT_USAGE;
	epc = options_epc(&options);
	return epc ? apply(epc, argv[optind], &settings) : EXIT_FAILURE;
}

const struct command command_set = {
	.name = "set",
	.run = cmd_set,
	.operands = "PATH SETTING...",
	.summary = "change the settings of a cgroup",
	.no_common = true,
	.help =
	"  max=SIZE           the limit; 64M, 64MiB, bytes, or max for none\n"
	"  low=SIZE           protect that much from reclaim for an ancestor\n"
	"  exhausted=kill     when the limit leaves nothing to reclaim, kill an enclave\n"
	"  exhausted=fail     ... or let the load of the page fail\n\n",
};
