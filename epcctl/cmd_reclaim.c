// SPDX-License-Identifier: GPL-2.0
/* epcctl reclaim: take EPC from a cgroup now. What destroys, asks first. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

/* What --kill or --revoke may hit. */
struct victims {
	unsigned int may;
	unsigned int count[2];		/* enclaves, vEPC instances */
};

static int count_victim(const struct epc_enclave *enclave, void *arg)
{
	struct victims *victims = arg;

	if (enclave->state == EPC_STATE_KILLED || enclave->state == EPC_STATE_REVOKED)
		return 0;
	if (enclave->type == EPC_TYPE_ENCLAVE)
		victims->count[0] += !!(victims->may & EPC_KILL_ENCLAVES);
	else if (enclave->type == EPC_TYPE_VEPC)
		victims->count[1] += !!(victims->may & EPC_REVOKE_VEPC);
	return 0;
}

static void ask(const char *path, uint64_t bytes, const struct victims *victims)
{
	auto_string char *safe = safe_name(path);
	char size[EPC_SIZE_LEN];

	fprintf(stderr, "To take %s from %s and below, where writing pages out does not suffice, "
		"this may\n", bytes == EPC_MAX ? "all" : epc_format_size(bytes, size), safe ?: "?");
	if (victims->may & EPC_KILL_ENCLAVES)
		fprintf(stderr, "  kill enclaves: %u are there; programs lose them.\n",
			victims->count[0]);
	if (victims->may & EPC_REVOKE_VEPC)
		fprintf(stderr, "  revoke vEPCs: %u are there; virtual machines lose them.\n",
			victims->count[1]);
	fputs("Go on? [y/N] ", stderr);
}

/* EXIT_SUCCESS if the person at the terminal says yes; else that nothing was done is told. */
static int confirm(struct epc *epc, const char *path, uint64_t bytes, unsigned int may)
{
	struct victims victims = { .may = may };
	auto_string char *answer = NULL;
	size_t size = 0;

	if (epc_walk_enclaves(epc, path, count_victim, &victims))
		return complain_epc(epc);
	ask(path, bytes, &victims);
	if (getline(&answer, &size, stdin) >= 0 &&
	    (!strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n")))
		return EXIT_SUCCESS;
	return complain("nothing was done");
}

static uint64_t read_current(struct epc *epc, const char *path)
{
	struct epc_group *group;
	uint64_t current;

	if (epc_read_group(epc, path, 0, &group))
		return EPC_UNKNOWN;
	current = group->current;
	epc_group_free(group);
	return current;
}

/* What is left is told also when it was not enough. */
static int reclaim(struct epc *epc, const char *path, uint64_t bytes, unsigned int may)
{
	char was[EPC_SIZE_LEN], is[EPC_SIZE_LEN];
	auto_string char *safe = safe_name(path), *why = NULL;
	int err;

	epc_format_size(read_current(epc, path), was);
	err = epc_reclaim(epc, path, bytes, may);
	if (err)
		why = strdup(epc_error(epc));
	if (!err || err == -EAGAIN || err == -EINTR)
		printf("%s: %s in use, now %s\n", safe ?: "", was,
		       epc_format_size(read_current(epc, path), is));
	return err ? complain("%s", why ?: "out of memory") : EXIT_SUCCESS;
}

static int cmd_reclaim(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS_NO_TABLE(command);
	auto_epc struct epc *epc = NULL;
	unsigned int may = 0;
	bool yes = false;
	uint64_t bytes;
	int c;

	while ((c = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (c == OPTIONS_STOP)
			return options.status;
		yes |= c == 'y';
		may |= c == 'k' ? EPC_KILL_ENCLAVES : c == 'r' ? EPC_REVOKE_VEPC : 0;
	}
	if (options_operands(&options, argc, argv, 2, 2) ||
	    !options_size(&options, "SIZE", argv[optind + 1], &bytes))
		return EXIT_USAGE;
	if (may && !yes && !isatty(STDIN_FILENO))
		return usage_error(&options, "--kill and --revoke destroy: add --yes where "
				   "nobody can be asked");
	epc = options_epc(&options);
	if (!epc)
		return EXIT_FAILURE;
	if (may && !yes && confirm(epc, argv[optind], bytes, may))
		return EXIT_FAILURE;
	return reclaim(epc, argv[optind], bytes, may);
}

const struct command command_reclaim = {
	.name = "reclaim",
	.run = cmd_reclaim,
	.operands = "PATH SIZE",
	.summary = "take EPC from a cgroup now, by writing pages out",
	.no_common = true,
	.long_options = (const struct option[]){
		{ "kill", no_argument, NULL, 'k' },
		{ "revoke", no_argument, NULL, 'r' },
		{ "yes", no_argument, NULL, 'y' },
		{ 0 }
	},
	.help =
	"  SIZE               64M, 64MiB, bytes, or max for all that can go\n\n"
	"      --kill         kill enclaves where writing pages out does not suffice\n"
	"      --revoke       revoke EPC of virtual machines, last of all\n"
	"      --yes          do not ask before either\n",
};
