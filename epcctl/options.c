// SPDX-License-Identifier: GPL-2.0
/* The options that all commands have, and how mistakes in a command line are told. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

#define MAX_OPTIONS	48
#define MAX_SHORT	64

/* Values of the common options: no characters, so that each command has all letters. */
enum {
	OPT_ROOT = 0x1000, OPT_JSON, OPT_RAW, OPT_NOHEADINGS, OPT_OUTPUT, OPT_BYTES, OPT_HELP,
};

static const struct option basic[] = {
	{ "root",	required_argument,	NULL, OPT_ROOT },
	{ "help",	no_argument,		NULL, OPT_HELP },
};

static const struct option table[] = {
	{ "json",	no_argument,		NULL, OPT_JSON },
	{ "raw",	no_argument,		NULL, OPT_RAW },
	{ "noheadings",	no_argument,		NULL, OPT_NOHEADINGS },
	{ "output",	required_argument,	NULL, OPT_OUTPUT },
	{ "bytes",	no_argument,		NULL, OPT_BYTES },
};

static void help(const struct options *options)
{
	const struct command *command = options->command;

	printf("Usage: epcctl %s [OPTION]... %s\n%c%s.\n\n", command->name, command->operands ?: "",
	       command->summary[0] & ~0x20, command->summary + 1);
	fputs(command->help ?: "", stdout);
	if (!command->no_common)
		puts("      --json         as JSON\n"
		     "      --raw          columns with a space between, names escaped, exact sizes\n"
		     "      --noheadings   no line of headings\n"
		     "      --output LIST  these columns, or +LIST: these too\n"
		     "      --bytes        exact sizes");
	puts("      --root DIR     read this tree in place of /\n"
	     "      --help         this text");
	if (options->nr_columns)
		puts("\n\"--output help\" lists the columns.");
}

/* For --output and for those who read the JSON. */
static void columns_help(const struct options *options)
{
	const struct out_column *column = options->columns;
	size_t i;

	puts("  COLUMN         KEY IN JSON             is (* only with --output)");
	for (i = 0; i < options->nr_columns; i++, column++)
		printf("%c %-14s %-23s %s\n", column->hidden ? '*' : ' ', column->heading,
		       column->key, column->help);
}

static size_t append(struct option *to, size_t count, const struct option *from, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		to[count + i] = from[i];
	return count + nr;
}

/* The command's own options, then the common ones. */
static void merge(const struct command *command, struct option *all)
{
	size_t own = 0, count;

	while (command->long_options && command->long_options[own].name)
		own++;
	count = append(all, 0, command->long_options, own < 32 ? own : 32);
	count = append(all, count, basic, ARRAY_SIZE(basic));
	if (!command->no_common)
		count = append(all, count, table, ARRAY_SIZE(table));
	all[count] = (struct option){ 0 };
}

static int stop(struct options *options, int status)
{
	options->status = status;
	return OPTIONS_STOP;
}

/* One of the common options; false if it is none. */
static bool take_common(struct options *options, int c)
{
	switch (c) {
	case OPT_ROOT:
		options->root = optarg;
		return true;
	case OPT_JSON:
		options->json = true;
		return true;
	case OPT_RAW:
		options->raw = true;
		return true;
	case OPT_NOHEADINGS:
		options->noheadings = true;
		return true;
	case OPT_OUTPUT:
		options->output = optarg;
		return true;
	case OPT_BYTES:
		options->bytes = true;
		return true;
	default:
		return false;
	}
}

/* getopt prints argv[0] before its complaints: it is the name of the command there. */
int options_next(struct options *options, int argc, char **argv)
{
	const char *own = options->command->short_options ?: "";
	struct option all[MAX_OPTIONS];
	char letters[MAX_SHORT], *name = argv[0], title[32];
	int c;

	merge(options->command, all);
	snprintf(letters, sizeof(letters), "%sh", own);
	snprintf(title, sizeof(title), "epcctl %s", name);
	argv[0] = title;
	do
		c = getopt_long(argc, argv, letters, all, NULL);
	while (take_common(options, c));
	argv[0] = name;
	if (c == OPT_HELP || c == 'h') {
		help(options);
		return stop(options, EXIT_SUCCESS);
	}
	if (c == OPTIONS_END && options->output && !strcmp(options->output, "help")) {
		columns_help(options);
		return stop(options, EXIT_SUCCESS);
	}
	if (c == '?')
		return stop(options, usage_error(options, NULL));
	if (c == OPTIONS_END && options->json && options->raw)
		return stop(options, usage_error(options, "--json and --raw exclude each other"));
	return c;
}

int usage_error(const struct options *options, const char *format, ...)
{
	auto_string char *text = NULL;
	va_list args;

	if (format) {
		va_start(args, format);
		if (vasprintf(&text, format, args) < 0)
			text = NULL;
		va_end(args);
		complain("%s", text ?: "");
	}
	fprintf(stderr, "Try 'epcctl %s --help'.\n", options->command->name);
	return EXIT_USAGE;
}

bool options_operands(const struct options *options, int argc, char **argv, int min, int max)
{
	int count = argc - optind;

	if (count < min)
		usage_error(options, "%s is missing", options->command->operands);
	else if (count > max)
		usage_error(options, "'%s' is one operand too many", argv[optind + max]);
	return count < min || count > max;
}

bool options_size(const struct options *options, const char *what, const char *text,
		  uint64_t *bytes)
{
	int err = epc_parse_size(text, bytes);

	if (err == -ERANGE)
		usage_error(options, "%s '%s' is more than 64 bits hold", what, text);
	else if (err)
		usage_error(options, "%s '%s' is no size: 4096, 64K, 64M, 64MiB, 2G or max", what,
			    text);
	return !err;
}

struct epc *options_epc(const struct options *options)
{
	struct epc *epc;
	int err = epc_open(&epc, options->root);

	if (err)
		complain("%s: %s", options->root, strerror(-err));
	return err ? NULL : epc;
}
