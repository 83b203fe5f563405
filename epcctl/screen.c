// SPDX-License-Identifier: GPL-2.0
/* top and replay on a terminal: the only file that knows how to draw. */
#define _GNU_SOURCE
#include <curses.h>
#include <errno.h>
#include <libsmartcols.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "screen.h"

/* Last: it makes macros of many a word. */
#include <term.h>

/* The least width of columns of numbers: they do not jump when these change. */
#define NUMBER_WIDTH	6
#define MIN_NAME_WIDTH	12

static const char help_text[] =
	"q F10        quit                      space     pause, go on\n"
	"up down      select a cgroup           d         seconds between samples\n"
	"PgUp PgDn    a page on or back         + -       longer, shorter\n"
	"Home End     first, last               / F4      filter: part of the path\n"
	"< > F6       sort by another column    Esc       no filter\n"
	"r I          the other way around      t F5      tree\n"
	"a            also cgroups without EPC  b         exact numbers\n"
	"h ? F1       this help                 ^L        draw all again\n"
	"\n"
	"Sort by      p path    c current  m max    u use in percent\n"
	"             o out     i in       w wait   x maxed  k kills\n"
	"\n"
	"A recording  left right  one sample back, on   { }  to its start, its end\n"
	"             [ ]         a tenth of it back, on\n"
	"\n"
	"OUT/s and IN/s: written out of the EPC and loaded back. WAIT/s: how long\n"
	"threads waited because of a limit, all together. MAXED/s: how often a limit\n"
	"refused something at first. A new cgroup has no rates before its second sample.\n";

/* ---- Drawing ---- */

static void put_line(int y, int attributes, const char *text)
{
	move(y, 0);
	attrset(attributes);
	addstr(text);
	/* Text that fills the line leaves the cursor on the next. */
	if (getcury(stdscr) == y)
		clrtoeol();
	attrset(A_NORMAL);
}

/* Reverse video and spaces to the right edge. */
static void put_bar(int y, const char *text)
{
	mvchgat(y, 0, -1, A_REVERSE, 0, NULL);
	move(y, 0);
	attrset(A_REVERSE);
	hline(' ', COLS);
	/* Not into the last corner: some terminals scroll. */
	addnstr(text, COLS - (y == LINES - 1));
	attrset(A_NORMAL);
}

static void draw_meter(const struct screen *s, int y)
{
	const struct sample *now = s->top->now;
	uint64_t used = now->nr_groups ? now->groups[0].current : EPC_UNKNOWN;
	int width = COLS - 48 > 10 ? COLS - 48 : 10, full = 0;
	char text[EPC_SIZE_LEN], of[EPC_SIZE_LEN];
	double part = 0;

	if (used < EPC_UNKNOWN && now->capacity < EPC_UNKNOWN && now->capacity)
		part = (double)used / now->capacity;
	if (part > 1)
		part = 1;
	full = part * width + 0.5;
	move(y, 0);
	clrtoeol();
	addstr("EPC [");
	attrset(s->colours ? COLOR_PAIR(part > 0.95 ? 3 : part > 0.75 ? 2 : 1) : A_BOLD);
	for (int i = 0; i < width; i++)
		addch(i < full ? '|' : ' ');
	attrset(A_NORMAL);
	printw("] %s of %s", epc_format_size(used, text), epc_format_size(now->capacity, of));
	if (part > 0)
		printw(" (%.0f %%)", part * 100);
}

/* How the whole fares: the row of the topmost group. */
static void draw_rates(const struct screen *s, int y)
{
	const struct view *v = &s->top->view;
	char out[EPC_SIZE_LEN], in[EPC_SIZE_LEN], line[160];
	uint64_t wait;

	move(y, 0);
	clrtoeol();
	if (!v->nr_rows)
		return;
	wait = v->rows[0].rates.wait_usec;
	snprintf(line, sizeof(line), "written out %s/s  loaded %s/s",
		 epc_format_size(v->rows[0].rates.evicted, out),
		 epc_format_size(v->rows[0].rates.loaded, in));
	addstr(line);
	/* So many seconds waited in each second is so many threads. */
	if (wait != EPC_UNKNOWN)
		printw("  threads waiting %.1f", wait / 1e6);
}

static void draw_head(const struct screen *s)
{
	const struct top *top = s->top;
	char line[160], state[80] = "";
	int length;

	top_summary(top, line, sizeof(line));
	move(0, 0);
	clrtoeol();
	addnstr(line, COLS);
	if (is_replay(s))
		length = snprintf(state, sizeof(state), "sample %zu of %zu%s", top->position + 1,
				  top->recording.nr_samples, s->paused ? "  paused" : "");
	else
		length = snprintf(state, sizeof(state), "every %g s%s", top->interval_usec / 1e6,
				  s->paused ? "  paused" : "");
	if (getcurx(stdscr) + 2 + length <= COLS)
		mvaddstr(0, COLS - length, state);
	draw_meter(s, 1);
	draw_rates(s, 2);
}

size_t screen_page(void)
{
	return LINES - HEAD_LINES - FOOT_LINES;
}

/* How many columns of the terminal it takes. */
static size_t text_width(const char *text)
{
	wchar_t wide[PATH_MAX];
	size_t length = mbstowcs(wide, text, PATH_MAX);
	int width = length < PATH_MAX ? wcswidth(wide, length) : -1;

	return width < 0 ? strlen(text) : (size_t)width;
}

/* Spaces around what is in the cell, before numbers and behind names. */
static void pad(struct libscols_cell *cell, size_t width, bool is_name)
{
	const char *text = scols_cell_get_data(cell);
	size_t missing = text ? text_width(text) : width;
	char *padded;

	missing = missing < width ? width - missing : 0;
	if (!missing || asprintf(&padded, is_name ? "%1$s%2$*3$s" : "%2$*3$s%1$s", text, "",
				   (int)missing) < 0)
		return;
	if (scols_cell_refer_data(cell, padded))
		free(padded);
}

/*
 * Numbers get as much room as they mostly need and the path the rest, so that columns do not jump
 * when what is in them changes. The first row is made as wide as that: a hint for the width would
 * only be heeded where the heading is the narrower one.
 */
static void set_widths(struct out *out)
{
	struct libscols_table *table = out_table(out);
	struct libscols_line *line = scols_table_get_line(table, 0);
	size_t nr = scols_table_get_ncols(table), rest = COLS, name = nr;

	for (size_t i = 0; i < nr && line; i++) {
		struct libscols_column *column = scols_table_get_column(table, i);
		const char *heading = scols_cell_get_data(scols_column_get_header(column));
		size_t width = strlen(heading);

		if (!strcmp(heading, view_columns[VIEW_CGROUP].heading)) {
			scols_column_set_flags(column, SCOLS_FL_TRUNC);
			name = i;
			continue;
		}
		if (width < NUMBER_WIDTH)
			width = NUMBER_WIDTH;
		pad(scols_line_get_cell(line, i), width, false);
		rest -= rest > width + 1 ? width + 1 : rest;
	}
	if (name < nr)
		pad(scols_line_get_cell(line, name), rest > MIN_NAME_WIDTH ? rest : MIN_NAME_WIDTH,
		    true);
}

static void draw_table(struct screen *s)
{
	auto_out struct out *out = top_table(s->top, s->first, screen_page());
	auto_string char *text = NULL;
	char *line, *next;
	int y = HEAD_LINES - 1;

	if (!out) {
		s->failure = -ENOMEM;
		return;
	}
	set_widths(out);
	text = out_string(out, COLS);
	for (line = text; line && *line && y < LINES - FOOT_LINES; line = next, y++) {
		size_t row = s->first + y - HEAD_LINES;

		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		if (y == HEAD_LINES - 1)
			put_bar(y, line);
		else
			put_line(y, row == s->selected ? A_BOLD | A_REVERSE : A_NORMAL, line);
	}
	if (!s->top->view.nr_shown && y < LINES - FOOT_LINES)
		put_line(y++, A_NORMAL, s->top->view.nr_rows ? "No cgroup matches the filter." :
			 "No cgroup to show.");
	for (; y < LINES - FOOT_LINES; y++)
		put_line(y, A_NORMAL, "");
}

static void draw_foot(const struct screen *s)
{
	const struct view *v = &s->top->view;
	auto_string char *filter = v->filter ? safe_name(v->filter) : NULL;
	char line[400];

	if (s->mode == MODE_FILTER)
		snprintf(line, sizeof(line), "Filter: %s_   (Enter: keep it, Esc: none)",
			 s->prompt);
	else if (s->mode == MODE_INTERVAL)
		snprintf(line, sizeof(line), "Seconds between samples: %s_", s->prompt);
	else if (*s->message)
		snprintf(line, sizeof(line), "%s", s->message);
	else
		snprintf(line, sizeof(line), "q quit  ? help  / filter%s%s  < > sort: %s%s",
			 filter && *filter ? ": " : "", filter ? filter : "",
			 view_columns[v->sort].heading, v->reverse ? " (reverse)" : "");
	put_bar(LINES - 1, line);
}

static void draw_help(void)
{
	char copy[sizeof(help_text)], *line = copy;

	memcpy(copy, help_text, sizeof(copy));
	erase();
	for (int y = 0; y < LINES - 1 && *line; y++) {
		char *next = strchr(line, '\n');

		*next = '\0';
		put_line(y, A_NORMAL, line);
		line = next + 1;
	}
	put_bar(LINES - 1, "any key: back to the table");
}

static void draw(struct screen *s)
{
	if (LINES < MIN_LINES || COLS < MIN_COLUMNS) {
		erase();
		mvaddnstr(0, 0, "too small", COLS);
	} else if (s->mode == MODE_HELP) {
		draw_help();
	} else {
		draw_head(s);
		draw_table(s);
		draw_foot(s);
	}
	refresh();
}

/* ---- The terminal ---- */

static void resize(struct screen *s)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		return;
	resizeterm(size.ws_row, size.ws_col);
	clear();
	if (LINES >= MIN_LINES)
		keys_find_selected(s);
}

/* What curses needs; where it is missing the user is told what else there is. */
static int check_terminal(void)
{
	const char *name = getenv("TERM");
	bool can_move;
	int status;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return complain("this is no terminal: use --batch to write into a file or pipe");
	if (!name || !*name || setupterm(name, STDOUT_FILENO, &status) != OK)
		return complain("the terminal '%s' is not known: set TERM, or use --batch",
				name ? name : "");
	can_move = cursor_address && clr_eol;
	del_curterm(cur_term);
	if (!can_move)
		return complain("the terminal '%s' cannot move its cursor: "
				"set TERM, or use --batch", name);
	return 0;
}

static void begin_curses(struct screen *s)
{
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	set_escdelay(50);
	curs_set(0);
	s->colours = !getenv("NO_COLOR") && has_colors() && start_color() == OK;
	if (s->colours) {
		use_default_colors();
		init_pair(1, COLOR_GREEN, -1);
		init_pair(2, COLOR_YELLOW, -1);
		init_pair(3, COLOR_RED, -1);
	}
}

/* One round: draw, wait, do what came. */
static void go_on(struct screen *s, unsigned long *nr)
{
	int events, key;

	draw(s);
	events = ticker_wait(&s->ticker, STDIN_FILENO);
	if (events < 0) {
		s->failure = events;
		return;
	}
	if (events & TICKER_QUIT)
		s->quit = true;
	if (events & TICKER_RESIZE)
		resize(s);
	while (events & TICKER_INPUT && !s->quit && !s->failure && (key = getch()) != ERR)
		keys_handle(s, key);
	if (!(events & TICKER_TICK) || s->paused || s->quit || s->failure)
		return;
	if (++*nr == s->top->nr_batch)
		s->quit = true;
	else
		keys_step(s, 1);
}

/* From the first sample on, until the user has seen enough. */
static int run(struct screen *s)
{
	unsigned long nr = 0;
	SCREEN *terminal;

	s->failure = ticker_open(&s->ticker);
	if (!s->failure)
		s->failure = ticker_set(&s->ticker, s->top->interval_usec);
	if (s->failure)
		return complain("timer: %s", strerror(-s->failure));
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal)
		return complain("cannot open the terminal");
	begin_curses(s);
	keys_find_selected(s);
	while (!s->quit && !s->failure)
		go_on(s, &nr);
	/* Where the terminal keeps what was shown, the shell's prompt comes here. */
	move(LINES - 1, 0);
	clrtoeol();
	refresh();
	endwin();
	delscreen(terminal);
	if (!s->failure)
		return EXIT_SUCCESS;
	top_complain(s->top, s->failure);
	return EXIT_FAILURE;
}

int top_screen(struct top *top)
{
	struct screen s = { .top = top, .ticker = TICKER_CLOSED };
	int ret, status;

	if (check_terminal())
		return EXIT_FAILURE;
	ret = top_step(top, 1);
	if (ret) {
		top_complain(top, ret);
		return EXIT_FAILURE;
	}
	status = run(&s);
	ticker_close(&s.ticker);
	free(s.selected_path);
	return status;
}
