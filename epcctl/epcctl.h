/* SPDX-License-Identifier: GPL-2.0 */
/*
 * epcctl: what its commands share.
 *
 * A command is a file cmd_NAME.c and a line COMMAND(NAME) in commands.h, no more. The whole
 * of a command that shows how much EPC is used, as a table, as JSON, with --output, --root
 * and all other common options:
 *
 *	#include "epcctl.h"
 *
 *	enum { COL_WHAT, COL_USED };
 *
 *	static const struct out_column columns[] = {
 *		[COL_WHAT] = { "WHAT", "what", OUT_NAME, "the cgroup" },
 *		[COL_USED] = { "USED", "used", OUT_SIZE, "EPC that it uses" },
 *	};
 *
 *	static int add(const struct epc_group *group, void *out)
 *	{
 *		struct out_line *line = out_line(out, NULL);
 *
 *		out_text(out, line, COL_WHAT, group->path);
 *		out_number(out, line, COL_USED, group->current);
 *		return 0;
 *	}
 *
 *	static int cmd_used(const struct command *command, int argc, char **argv)
 *	{
 *		struct options options = OPTIONS(command, columns);
 *		auto_epc struct epc *epc = NULL;
 *		auto_out struct out *out = NULL;
 *		bool all = false;
 *		int c;
 *
 *		while ((c = options_next(&options, argc, argv)) != OPTIONS_END) {
 *			if (c != 'a')
 *				return options.status;
 *			all = true;
 *		}
 *		if (options_operands(&options, argc, argv, 0, 1))
 *			return EXIT_USAGE;
 *		epc = options_epc(&options);
 *		out = out_new(&options, "cgroups");
 *		if (!epc || !out)
 *			return EXIT_FAILURE;
 *		if (epc_walk_groups(epc, argv[optind] ?: "/", 0, all ? EPC_WALK_ALL : 0,
 *				    add, out))
 *			return complain_epc(epc);
 *		return out_print(out);
 *	}
 *
 *	const struct command command_used = {
 *		.name = "used", .run = cmd_used, .operands = "[PATH]",
 *		.summary = "show how much EPC is used",
 *		.short_options = "a",
 *		.long_options = (const struct option[]){ { "all", 0, NULL, 'a' }, { 0 } },
 *		.help = "  -a, --all          also cgroups that use none\n",
 *	};
 *
 * Nothing below main() exits; a command returns EXIT_SUCCESS, EXIT_FAILURE or EXIT_USAGE.
 */
#ifndef EPCCTL_H
#define EPCCTL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "libepc/libepc.h"

#define EXIT_USAGE	2
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))

/* ---- main.c ---- */

struct command {
	const char *name;
	int (*run)(const struct command *command, int argc, char **argv);
	const char *operands;			/* "[PATH]", for the first line of --help */
	const char *summary;			/* a line of "epcctl --help" */
	const char *short_options;		/* its own, as getopt has them; may be NULL */
	const struct option *long_options;	/* its own; may be NULL */
	const char *help;			/* its own options, a line each; may be NULL */
	bool no_common;				/* prints no table: no --json ... --bytes */
};

/* "epcctl NAME: text" to stderr; control characters in it are escaped. Always EXIT_FAILURE. */
int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same with what epc_error() says. */
int complain_epc(const struct epc *epc);

/*
 * For when a kernel tells nothing of EPC: why, as epcctl status has it, or else @otherwise.
 * Always EXIT_FAILURE.
 */
int complain_no_epc(struct epc *epc, const char *otherwise);

/* ---- options.c: the options that all commands have ---- */

struct out_column;

struct options {
	const struct command *command;
	const struct out_column *columns;	/* for --output and --help */
	size_t nr_columns;
	const char *root;			/* --root DIR */
	const char *output;			/* --output LIST */
	bool json;
	bool raw;
	bool noheadings;
	bool bytes;
	int status;				/* to return when options_next() says so */
};

#define OPTIONS(command_, columns_) {					\
	.command = (command_), .columns = (columns_),			\
	.nr_columns = ARRAY_SIZE(columns_), .root = "/" }

/* Of a command that prints no table. */
#define OPTIONS_NO_TABLE(command_) { .command = (command_), .root = "/" }

#define OPTIONS_END	(-1)
#define OPTIONS_STOP	'?'

/*
 * As getopt_long(): the next option of the command's own, whose argument is in optarg.
 * OPTIONS_STOP: --help was printed, or there was an error that the user was told: return
 * options->status. A command whose operands may begin with "-" puts "+" before its short
 * options; "--" ends options as always.
 */
int options_next(struct options *options, int argc, char **argv);

/* Whether there are not min to max operands; the user was told. */
bool options_operands(const struct options *options, int argc, char **argv, int min, int max);

/* An error in the command line: told with a pointer to --help; EXIT_USAGE. */
int usage_error(const struct options *options, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A size on the command line; false if it is none, the user was told. @what: "--max". */
bool options_size(const struct options *options, const char *what, const char *text,
		  uint64_t *bytes);

/* The machine, or the tree of --root; NULL: the user was told. */
struct epc *options_epc(const struct options *options);

/* ---- out.c: tables and JSON, through libsmartcols ---- */

enum out_type {
	OUT_NAME,		/* bytes that somebody else chose */
	OUT_WORD,		/* a word of ours; "-" and NULL are null in JSON */
	OUT_SIZE,		/* bytes: human, with --bytes, --raw and in JSON exact */
	OUT_COUNT,		/* a number */
	OUT_USEC,		/* microseconds: as OUT_SIZE, human like 1.5s */
	OUT_RATE,		/* a number with one decimal; see out_rate() */
};

/*
 * EPC_UNKNOWN is "-", in JSON null; EPC_MAX of an OUT_SIZE is "max", also in JSON. The order of
 * the columns is that of the table.
 */
struct out_column {
	const char *heading;
	const char *key;	/* in JSON, and for --output: stable */
	enum out_type type;
	const char *help;
	bool hidden;		/* only with --output */
};

struct out;
struct out_line;		/* the library's: one row */

/*
 * @name: of the array in JSON. NULL: --output names a column that there is not, and the user was
 * told, or there is no memory.
 */
struct out *out_new(const struct options *options, const char *name);
const struct options *out_options(const struct out *out);
void out_free(struct out *out);

/* Draw rows below their parents, in this column; not with --json or --raw, which are flat. */
void out_tree(struct out *out, unsigned int column);

/* A new row; @parent only matters with out_tree(). NULL: no memory; the others then do nothing. */
struct out_line *out_line(struct out *out, struct out_line *parent);

void out_text(struct out *out, struct out_line *line, unsigned int column, const char *text);
void out_number(struct out *out, struct out_line *line, unsigned int column, uint64_t number);
void out_rate(struct out *out, struct out_line *line, unsigned int column, double rate);

/* A number behind the array in JSON, nowhere else; one of them. @key stays the caller's. */
void out_json_number(struct out *out, const char *key, uint64_t number);

/* Whether --output has this column: what is not shown need not be read. */
bool out_shows(const struct out *out, unsigned int column);

/* No row was added. */
bool out_is_empty(const struct out *out);

/* A row in a tree needs another text than in flat output. */
bool out_is_tree(const struct out *out);

/* Prints it all: EXIT_SUCCESS, or EXIT_FAILURE and the user was told. */
int out_print(struct out *out);

/* The library's table, to do with it what is not here. */
struct libscols_table *out_table(struct out *out);

/* The same as a string, as wide as @width (0: the terminal); the caller frees it. */
char *out_string(struct out *out, size_t width);

/* ---- safe.c: what strangers called their things ---- */

/*
 * @text with what a terminal might obey or cannot show (control characters, also those of C1,
 * bytes that are no UTF-8, marks that change the direction, what is invisible) as \xNN. The
 * caller frees it.
 */
char *safe_name(const char *text);

/* The same for a file, whatever the locale is here: all else that is UTF-8 stays. */
char *plain_name(const char *text);

/* A word of raw output, as libsmartcols has it: also blanks, "\" and all that is not ASCII. */
char *raw_name(const char *text);

/* The same, but only what JSON cannot hold: bytes that are no UTF-8. */
char *utf8_name(const char *text);

/*
 * JSON is ASCII, whatever the locale: a terminal may obey what is not. This prints JSON that is
 * UTF-8 so, with \uNNNN. For JSON that is no table: a string with its quotes; a number, null or
 * "max".
 */
void json_ascii(FILE *stream, const char *json);
void json_string(FILE *stream, const char *text);
void json_number(FILE *stream, uint64_t number);

/* ---- cleanup ---- */

void auto_free(void *pointer);
void auto_close(int *fd);
void auto_free_epc(struct epc **epc);
void auto_free_out(struct out **out);

#define auto_string	__attribute__((cleanup(auto_free)))
#define auto_fd		__attribute__((cleanup(auto_close)))
#define auto_epc	__attribute__((cleanup(auto_free_epc)))
#define auto_out	__attribute__((cleanup(auto_free_out)))

#endif
