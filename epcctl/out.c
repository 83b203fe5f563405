// SPDX-License-Identifier: GPL-2.0
/* Tables and JSON, through libsmartcols. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

struct out {
	const struct options *options;
	struct libscols_table *table;
	struct libscols_column **columns;	/* by number of ours; NULL: not shown */
	bool tree;
	const char *key;			/* behind the array in JSON, or NULL */
	uint64_t number;
};

/* The column that --output calls @name; -1: none. */
static int find_column(const struct options *options, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < options->nr_columns; i++) {
		const struct out_column *column = &options->columns[i];

		if ((strlen(column->heading) == len && !strncasecmp(column->heading, name, len)) ||
		    (strlen(column->key) == len && !strncasecmp(column->key, name, len)))
			return i;
	}
	return -1;
}

static bool is_flat(const struct options *options)
{
	return options->json || options->raw;
}

static int json_type(enum out_type type)
{
	return type == OUT_NAME || type == OUT_WORD ? SCOLS_JSON_STRING : SCOLS_JSON_NUMBER;
}

/* Shows a column; once only. */
static int show(struct out *out, size_t number)
{
	const struct out_column *column = &out->options->columns[number];
	bool json = out->options->json, text = column->type == OUT_NAME || column->type == OUT_WORD;
	struct libscols_column *made;

	if (out->columns[number])
		return 0;
	made = scols_table_new_column(out->table, json ? column->key : column->heading, 0,
				      text ? 0 : SCOLS_FL_RIGHT);
	if (!made)
		return -ENOMEM;
	out->columns[number] = made;
	return scols_column_set_json_type(made, json_type(column->type));
}

/* Programs get all, people what fits. */
static int show_default(struct out *out)
{
	size_t i;
	int err = 0;

	for (i = 0; i < out->options->nr_columns && !err; i++)
		if (!out->options->columns[i].hidden || out->options->json)
			err = show(out, i);
	return err;
}

/* "A,B" or "+A,B". */
static int show_listed(struct out *out, const char *list)
{
	size_t len;
	int number, err = 0;

	if (*list == '+') {
		list++;
		err = show_default(out);
	}
	do {
		len = strcspn(list, ",");
		number = find_column(out->options, list, len);
		if (number < 0) {
			usage_error(out->options, "--output: there is no column '%.*s'", (int)len,
				    list);
			return -EINVAL;
		}
		err = err ?: show(out, number);
		list += len;
	} while (*list++);
	return err;
}

static int set_up(struct out *out, const char *name)
{
	const struct options *options = out->options;
	int err;

	out->columns = calloc(options->nr_columns, sizeof(*out->columns));
	out->table = scols_new_table();
	if (!out->columns || !out->table)
		return -ENOMEM;
	err = scols_table_set_name(out->table, name);
	scols_table_enable_json(out->table, options->json);
	scols_table_enable_raw(out->table, options->raw);
	scols_table_enable_noheadings(out->table, options->noheadings);
	/* safe.c has done that; libsmartcols would also double what it wrote. */
	scols_table_enable_noencoding(out->table, 1);
	if (err)
		return err;
	return options->output ? show_listed(out, options->output) : show_default(out);
}

struct out *out_new(const struct options *options, const char *name)
{
	struct out *out = calloc(1, sizeof(*out));
	int err = -ENOMEM;

	if (out) {
		out->options = options;
		err = set_up(out, name);
	}
	if (!err)
		return out;
	if (err == -ENOMEM)
		complain("out of memory");
	out_free(out);
	return NULL;
}

void out_free(struct out *out)
{
	if (!out)
		return;
	scols_unref_table(out->table);
	free(out->columns);
	free(out);
}

const struct options *out_options(const struct out *out)
{
	return out->options;
}

void out_tree(struct out *out, unsigned int column)
{
	if (is_flat(out->options) || !out->columns[column])
		return;
	out->tree = true;
	scols_column_set_flags(out->columns[column], SCOLS_FL_TREE);
}

bool out_is_tree(const struct out *out)
{
	return out->tree;
}

bool out_is_empty(const struct out *out)
{
	return !scols_table_get_nlines(out->table);
}

bool out_shows(const struct out *out, unsigned int column)
{
	return out->columns[column];
}

struct out_line *out_line(struct out *out, struct out_line *parent)
{
	return (void *)scols_table_new_line(out->table, out->tree ? (void *)parent : NULL);
}

/* What raw output escapes by itself it gets as it is. */
static char *presentable(const struct out *out, enum out_type type, const char *text)
{
	if (type == OUT_WORD || out->options->raw)
		return strdup(text);
	return out->options->json ? utf8_name(text) : safe_name(text);
}

/* An empty cell is null in JSON, and would be no column at all in raw output. */
static void set(struct out *out, struct out_line *line, unsigned int column, char *text)
{
	if (text && !strcmp(text, "-") && out->options->json)
		*text = 0;
	if (text && scols_line_refer_column_data((void *)line, out->columns[column], text))
		free(text);
}

void out_text(struct out *out, struct out_line *line, unsigned int column, const char *text)
{
	enum out_type type = out->options->columns[column].type;

	if (line && out->columns[column])
		set(out, line, column, presentable(out, type, text && *text ? text : "-"));
}

/* "350us", "20ms", "1.5s", "90m". */
static int format_usec(char **text, uint64_t usec)
{
	if (usec < 1000)
		return asprintf(text, "%" PRIu64 "%s", usec, usec ? "us" : "");
	if (usec < 1000000)
		return asprintf(text, "%" PRIu64 "ms", usec / 1000);
	if (usec < 600 * 1000000ull)
		return asprintf(text, "%.1fs", usec / 1e6);
	return asprintf(text, "%" PRIu64 "m", usec / 60000000);
}

static int format_number(char **text, enum out_type type, uint64_t number, bool exact)
{
	char size[EPC_SIZE_LEN];

	if (exact || (type != OUT_SIZE && type != OUT_USEC))
		return asprintf(text, "%" PRIu64, number);
	if (type == OUT_USEC)
		return format_usec(text, number);
	return asprintf(text, "%s", epc_format_size(number, size));
}

void out_number(struct out *out, struct out_line *line, unsigned int column, uint64_t number)
{
	const struct options *options = out->options;
	bool exact = options->bytes || is_flat(options);
	char *text;

	if (!line || !out->columns[column])
		return;
	if (number == EPC_UNKNOWN || number == EPC_MAX)
		text = strdup(number == EPC_UNKNOWN ? "-" : options->json ? "\"max\"" : "max");
	else if (format_number(&text, options->columns[column].type, number, exact) < 0)
		text = NULL;
	set(out, line, column, text);
}

void out_rate(struct out *out, struct out_line *line, unsigned int column, double rate)
{
	char *text;

	if (!line || !out->columns[column])
		return;
	if (rate < 0)
		text = strdup("-");
	else if (asprintf(&text, "%.1f", rate) < 0)
		text = NULL;
	set(out, line, column, text);
}

void out_json_number(struct out *out, const char *key, uint64_t number)
{
	out->key = key;
	out->number = number;
}

/* The library closes the object behind the array: what else is in it comes in between. */
static int print_json_number(const struct out *out)
{
	auto_string char *json = NULL;
	int err = scols_print_table_to_string(out->table, &json);
	char *end = err ? NULL : strrchr(json, ']');

	if (end)
		end[1] = 0;
	json_ascii(stdout, json ?: "");
	if (end)
		printf(",\n   \"%s\": %" PRIu64 "\n}\n", out->key, out->number);
	return err;
}

/* What came since the last whole line: a character is not torn. */
struct line {
	char *text;
	size_t len;
};

static ssize_t write_ascii(void *cookie, const char *text, size_t len)
{
	struct line *line = cookie;
	char *all = realloc(line->text, line->len + len + 1), *end;

	if (!all)
		return 0;
	line->text = all;
	memcpy(all + line->len, text, len);
	line->len += len;
	end = memrchr(all, '\n', line->len);
	if (!end)
		return len;
	*end++ = 0;
	json_ascii(stdout, all);
	putchar('\n');
	line->len -= end - all;
	memmove(all, end, line->len);
	return len;
}

/* As it comes: ten thousand cgroups are several megabytes of JSON. */
static int print_json(const struct out *out)
{
	const cookie_io_functions_t functions = { .write = write_ascii };
	struct line line = { 0 };
	FILE *stream = fopencookie(&line, "w", functions);
	int err = -ENOMEM;

	if (stream) {
		scols_table_set_stream(out->table, stream);
		err = scols_print_table(out->table);
		if (fclose(stream) && !err)
			err = -ENOMEM;
		scols_table_set_stream(out->table, stdout);
	}
	free(line.text);
	return err;
}

int out_print(struct out *out)
{
	int err;

	if (!out->options->json)
		err = scols_print_table(out->table);
	else
		err = out->key ? print_json_number(out) : print_json(out);
	return err ? complain("the table: %s", strerror(-err)) : EXIT_SUCCESS;
}

struct libscols_table *out_table(struct out *out)
{
	return out->table;
}

char *out_string(struct out *out, size_t width)
{
	char *text;

	if (width) {
		scols_table_set_termforce(out->table, SCOLS_TERMFORCE_ALWAYS);
		scols_table_set_termwidth(out->table, width);
	}
	return scols_print_table_to_string(out->table, &text) ? NULL : text;
}
