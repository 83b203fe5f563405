// SPDX-License-Identifier: GPL-2.0
/* top and replay without a terminal: samples from the kernel or a recording, as text. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <time.h>

#include "ticker.h"
#include "top.h"

void top_free(struct top *top)
{
	view_free(&top->view);
	sample_free(&top->samples[0]);
	sample_free(&top->samples[1]);
	recording_close(&top->recording);
	epc_close(top->epc);
}

/* ---- Options ---- */

static int parse_interval(struct top *top)
{
	char *end;
	double seconds;

	errno = 0;
	seconds = strtod(optarg, &end);
	if (errno || end == optarg || *end || !(seconds * 1e6 >= TOP_MIN_USEC) ||
	    seconds * 1e6 > TOP_MAX_USEC)
		return usage_error(top->options,
				   "--delay: '%s' is no number of seconds from %g to %g", optarg,
				   TOP_MIN_USEC / 1e6, TOP_MAX_USEC / 1e6);
	top->interval_usec = seconds * 1e6;
	return 0;
}

static int parse_number(struct top *top)
{
	char *end;

	errno = 0;
	top->nr_batch = strtoul(optarg, &end, 10);
	if (errno || end == optarg || *end || !top->nr_batch || *optarg == '-')
		return usage_error(top->options, "--iterations: '%s' is no number from 1 on",
				   optarg);
	return 0;
}

static int parse_sort(struct top *top)
{
	for (size_t i = 0; i < VIEW_TIME; i++) {
		if (strcasecmp(optarg, view_columns[i].heading) &&
		    strcasecmp(optarg, view_columns[i].key))
			continue;
		top->view.sort = i;
		return 0;
	}
	return usage_error(top->options, "--sort: there is no column '%s'", optarg);
}

int top_option(struct top *top, int c)
{
	switch (c) {
	case 'a':
		top->all = true;
		return 0;
	case 'b':
		top->batch = true;
		return 0;
	case 'd':
		return parse_interval(top);
	case 'n':
		return parse_number(top);
	case 's':
		return parse_sort(top);
	case 'r':
		top->view.reverse = true;
		return 0;
	case 't':
		top->view.tree = true;
		return 0;
	case 'f':
		top->view.filter = optarg;
	}
	return 0;
}

static bool is_text(const struct top *top)
{
	return top->batch || top->options->json || top->options->raw;
}

/* One sample has none. */
static bool has_rates(const struct top *top)
{
	return !is_text(top) || top->nr_batch != 1;
}

/* The files that a column needs, beside misc.current. */
static unsigned int needs(const struct top *top, enum view_column column)
{
	switch (column) {
	case VIEW_MAX:
	case VIEW_USE:
		return EPC_READ_MAX;
	case VIEW_PEAK:
		return EPC_READ_PEAK;
	case VIEW_LOW:
		return EPC_READ_LOW;
	case VIEW_OUT:
	case VIEW_IN:
	case VIEW_WAITING:
		return has_rates(top) ? EPC_READ_STAT : 0;
	case VIEW_MAXING:
		return has_rates(top) ? EPC_READ_EVENTS : 0;
	case VIEW_RECLAIMABLE ... VIEW_WAIT:
		return EPC_READ_STAT;
	case VIEW_KILLS:
	case VIEW_MAXED ... VIEW_REVOKES:
		return EPC_READ_EVENTS;
	default:
		return 0;
	}
}

/* What the chosen columns need to be read; false: there is none like that, the user was told. */
static bool choose_columns(struct top *top)
{
	auto_out struct out *out = out_new(top->options, "cgroups");

	if (!out)
		return false;
	/* The head of the screen tells how much is paged. */
	top->what = is_text(top) ? 0 : EPC_READ_STAT;
	for (int column = 0; column < VIEW_NR_COLUMNS; column++)
		if (out_shows(out, column))
			top->what |= needs(top, column);
	return true;
}

/* ---- Samples ---- */

static bool knows_anything(const struct sample *s)
{
	for (size_t i = 0; i < s->nr_groups; i++)
		if (s->groups[i].current != EPC_UNKNOWN)
			return true;
	return false;
}

static int read_live(struct top *top)
{
	struct sample *next = top->before;
	int ret;

	/* A key may have chosen to sort by what is not shown. */
	ret = sample_read(next, top->now, top->epc, top->path,
			  top->what | needs(top, top->view.sort), top->all ? EPC_WALK_ALL : 0);
	if (!ret && !knows_anything(next))
		ret = -EOPNOTSUPP;
	if (ret)
		return ret;
	top->before = top->now;
	top->now = next;
	return 0;
}

/* A damaged line is an empty sample: what is around it can be seen all the same. */
static int read_recorded(struct top *top, size_t position, struct sample *s)
{
	int ret = recording_read(&top->recording, position, s);

	return ret == -EINVAL ? 0 : ret;
}

static int seek(struct top *top, size_t position)
{
	struct sample *swap = top->before;
	int ret = 0;

	if (position == top->position + 1) {
		top->before = top->now;
		top->now = swap;
	} else if (position) {
		ret = read_recorded(top, position - 1, top->before);
	} else {
		sample_clear(top->before);
		top->before->session = 0;
	}
	top->position = position;
	return ret ? ret : read_recorded(top, position, top->now);
}

static int step_recorded(struct top *top, long by)
{
	size_t last = top->recording.nr_samples - 1, position = top->position;

	if (by < 0)
		position -= (size_t)-by < position ? (size_t)-by : position;
	else
		position += (size_t)by < last - position ? (size_t)by : last - position;
	/* The first of all has none before it, and @now is empty. */
	if (!top->now->session)
		return seek(top, 0);
	return position == top->position ? -ENODATA : seek(top, position);
}

int top_step(struct top *top, long by)
{
	int ret;

	if (!top->now) {
		top->now = &top->samples[0];
		top->before = &top->samples[1];
	}
	ret = top->epc ? read_live(top) : step_recorded(top, by);
	if (!ret)
		ret = view_update(&top->view, top->before, top->now);
	return ret;
}

void top_complain(struct top *top, int ret)
{
	if (ret == -ENOMEM)
		complain("out of memory");
	else if (ret == -EOPNOTSUPP)
		complain_no_epc(top->epc,
				"misc is not enabled for this cgroup: see 'epcctl enable'");
	else if (top->epc)
		complain_epc(top->epc);
	else
		complain("%s", top->recording.error);
}

/* ---- Text ---- */

static void format_time(uint64_t usec, char *text, size_t room)
{
	time_t seconds = usec / 1000000;
	struct tm tm;

	if (!localtime_r(&seconds, &tm) || !strftime(text, room, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(text, room, "-");
}

/* For programs, as watch has it. */
static void format_utc(uint64_t usec, char *text, size_t room)
{
	time_t seconds = usec / 1000000;
	char date[32];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) && strftime(date, sizeof(date), "%FT%T", &tm))
		snprintf(text, room, "%s.%03uZ", date, (unsigned int)(usec / 1000 % 1000));
	else
		snprintf(text, room, "-");
}

static void set_cell(const struct top *top, struct out *out, struct out_line *line,
		     const struct view_row *row, enum view_column column)
{
	uint64_t value = view_value(row, column);
	char text[40];

	if (column == VIEW_TIME) {
		if (top->options->json || top->options->raw)
			format_utc(top->now->time_usec, text, sizeof(text));
		else
			format_time(top->now->time_usec, text, sizeof(text));
		out_text(out, line, column, text);
	} else if (column == VIEW_MAXING) {
		out_rate(out, line, column, value == EPC_UNKNOWN ? -1 : value / 1000.0);
	} else {
		out_number(out, line, column, value);
	}
}

/* In a tree the path from the one above it, further to the right the deeper it is. */
static void set_name(const struct top *top, struct out *out, struct out_line *line,
		     const struct view_row *row)
{
	const char *path = row->group->path, *above;
	auto_string char *name = NULL;

	if (!top->view.tree || !row->parent || top->options->json || top->options->raw) {
		out_text(out, line, VIEW_CGROUP, path);
		return;
	}
	above = row->parent->group->path;
	path += above[1] ? strlen(above) + 1 : 1;
	if (asprintf(&name, "%*s%s", 2 * row->depth, "", path) >= 0)
		out_text(out, line, VIEW_CGROUP, name);
}

struct out *top_table(const struct top *top, size_t first, size_t nr)
{
	struct out *out = out_new(top->options, "cgroups");

	for (size_t i = first; out && i < first + nr && i < top->view.nr_shown; i++) {
		struct out_line *line = out_line(out, NULL);

		set_name(top, out, line, top->view.shown[i]);
		for (int column = VIEW_CGROUP + 1; column < VIEW_NR_COLUMNS; column++)
			if (out_shows(out, column))
				set_cell(top, out, line, top->view.shown[i], column);
	}
	return out;
}

void top_summary(const struct top *top, char *line, size_t room)
{
	const struct sample *s = top->now;
	const struct epc_group *whole = s->nr_groups ? &s->groups[0] : NULL;
	char time[40], used[EPC_SIZE_LEN], capacity[EPC_SIZE_LEN];

	format_time(s->time_usec, time, sizeof(time));
	snprintf(line, room, "%s  EPC %s of %s  %zu of %zu cgroups", time,
		 epc_format_size(whole ? whole->current : EPC_UNKNOWN, used),
		 epc_format_size(s->capacity, capacity), top->view.nr_shown, top->view.nr_rows);
}

static int print_sample(const struct top *top, bool first)
{
	const struct options *options = top->options;
	auto_out struct out *out = top_table(top, 0, top->view.nr_shown);
	char line[160];

	if (!out)
		return EXIT_FAILURE;
	if (!options->json && !options->raw && !options->noheadings) {
		top_summary(top, line, sizeof(line));
		printf("%s%s\n", first ? "" : "\n", line);
	}
	if (out_print(out))
		return EXIT_FAILURE;
	/* Whoever reads a pipe wants each sample when it is there. */
	fflush(stdout);
	return ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Until the next sample is due: 0, or 1 if a signal says to end. A recording needs no time. */
static int wait_tick(const struct top *top, const struct ticker *ticker)
{
	int events = 0;

	while (top->epc && !(events & (TICKER_TICK | TICKER_QUIT))) {
		events = ticker_wait(ticker, -1);
		if (events < 0)
			return events;
	}
	return events & TICKER_QUIT ? 1 : 0;
}

/* Samples as text until @top->nr_batch, the end or a signal. */
static int print_samples(struct top *top)
{
	struct ticker ticker = TICKER_CLOSED;
	unsigned long nr = 0;
	int ret;

	ret = ticker_open(&ticker);
	if (!ret)
		ret = ticker_set(&ticker, top->interval_usec);
	if (ret)
		complain("timer: %s", strerror(-ret));
	while (!ret) {
		ret = top_step(top, 1);
		if (ret && ret != -ENODATA)
			top_complain(top, ret);
		if (!ret && print_sample(top, !nr++))
			ret = -EIO;
		if (ret || nr == top->nr_batch)
			break;
		ret = wait_tick(top, &ticker);
	}
	ticker_close(&ticker);
	return ret >= 0 || ret == -ENODATA ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run(struct options *options, struct top *top, int argc, char **argv, bool need_operand,
	       int (*open)(struct top *top, const char *operand))
{
	int c, status;

	while ((c = options_next(options, argc, argv)) != OPTIONS_END) {
		status = c == OPTIONS_STOP ? options->status : top_option(top, c);
		if (c == OPTIONS_STOP || status)
			return status;
	}
	if (options_operands(options, argc, argv, need_operand, 1) || !choose_columns(top))
		return EXIT_USAGE;
	if (open(top, argv[optind]))
		return EXIT_FAILURE;
	return is_text(top) ? print_samples(top) : top_screen(top);
}

int top_run(const struct command *command, int argc, char **argv, bool need_operand,
	    int (*open)(struct top *top, const char *operand))
{
	struct options options = OPTIONS(command, view_columns);
	struct top top = TOP_INIT(&options);
	int status = run(&options, &top, argc, argv, need_operand, open);

	top_free(&top);
	return status;
}
