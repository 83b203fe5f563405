// SPDX-License-Identifier: GPL-2.0
/* What the keys of top and replay do. */
#define _GNU_SOURCE
#include <curses.h>
#include <errno.h>
#include <string.h>

#include "screen.h"

/* ---- The cursor ---- */

static void select_row(struct screen *s, size_t row)
{
	const struct view *v = &s->top->view;

	if (row >= v->nr_shown)
		row = v->nr_shown ? v->nr_shown - 1 : 0;
	s->selected = row;
	if (s->first > row)
		s->first = row;
	if (row >= s->first + screen_page())
		s->first = row - screen_page() + 1;
	/* No empty lines at the end while there is something to scroll back to. */
	if (s->first + screen_page() > v->nr_shown)
		s->first = v->nr_shown > screen_page() ? v->nr_shown - screen_page() : 0;
	free(s->selected_path);
	s->selected_path = v->nr_shown ? strdup(v->shown[row]->group->path) : NULL;
}

/* After the rows have changed: the same group, or else what is now in its place. */
void keys_find_selected(struct screen *s)
{
	const struct view *v = &s->top->view;

	/* The first row stays the first, whoever that is: nothing was selected yet. */
	for (size_t i = 0; s->selected && s->selected_path && i < v->nr_shown; i++) {
		if (strcmp(v->shown[i]->group->path, s->selected_path))
			continue;
		select_row(s, i);
		return;
	}
	select_row(s, s->selected);
}

static void move_by(struct screen *s, long by)
{
	select_row(s, by < 0 && s->selected < (size_t)-by ? 0 : s->selected + by);
}

/* ---- What keys do ---- */

void keys_step(struct screen *s, long by)
{
	int ret = top_step(s->top, by);

	if (!ret)
		keys_find_selected(s);
	else if (ret == -ENODATA)
		s->paused = true;
	else
		s->failure = ret;
}

/* Order, filter or tree have changed, not the samples. */
static void update(struct screen *s)
{
	s->failure = view_update(&s->top->view, s->top->before, s->top->now);
	if (!s->failure)
		keys_find_selected(s);
}

static void set_interval(struct screen *s, double usec)
{
	usec = usec < TOP_MIN_USEC ? TOP_MIN_USEC : usec > TOP_MAX_USEC ? TOP_MAX_USEC : usec;
	s->top->interval_usec = usec;
	s->failure = ticker_set(&s->ticker, usec);
}

/* Columns that can be sorted by with a key; -1: the one before. */
static void next_sort(struct screen *s, int direction)
{
	int column = s->top->view.sort;

	do
		column = (column + direction + VIEW_NR_COLUMNS) % VIEW_NR_COLUMNS;
	while (!view_sort_keys[column]);
	s->top->view.sort = column;
	s->top->view.reverse = false;
}

static bool sort_key(struct screen *s, int key)
{
	for (int i = 0; i < VIEW_NR_COLUMNS; i++) {
		if (!view_sort_keys[i] || key != view_sort_keys[i])
			continue;
		s->top->view.sort = i;
		s->top->view.reverse = false;
		return true;
	}
	return false;
}

static void begin_prompt(struct screen *s, enum mode mode)
{
	s->mode = mode;
	snprintf(s->prompt, sizeof(s->prompt), "%s",
		 mode == MODE_FILTER && s->top->view.filter ? s->top->view.filter : "");
}

/* Keys that change the order or the choice of rows. */
static bool view_key(struct screen *s, int key)
{
	struct view *v = &s->top->view;

	switch (key) {
	case '<':
		next_sort(s, -1);
		break;
	case '>':
	case KEY_F(6):
		next_sort(s, 1);
		break;
	case 'r':
	case 'I':
		v->reverse = !v->reverse;
		break;
	case 't':
	case KEY_F(5):
		v->tree = !v->tree;
		break;
	case 27:
		v->filter = NULL;
		break;
	default:
		if (!sort_key(s, key))
			return false;
	}
	update(s);
	return true;
}

static bool cursor_key(struct screen *s, int key)
{
	switch (key) {
	case KEY_UP:
		move_by(s, -1);
		return true;
	case KEY_DOWN:
		move_by(s, 1);
		return true;
	case KEY_PPAGE:
		move_by(s, -(long)screen_page());
		return true;
	case KEY_NPAGE:
		move_by(s, screen_page());
		return true;
	case KEY_HOME:
		select_row(s, 0);
		return true;
	case KEY_END:
		select_row(s, SIZE_MAX);
		return true;
	default:
		return false;
	}
}

/* Back and forth in a recording. */
static bool replay_key(struct screen *s, int key)
{
	long all, tenth;

	if (!is_replay(s))
		return false;
	all = s->top->recording.nr_samples;
	tenth = all / 10 ? all / 10 : 1;
	switch (key) {
	case KEY_LEFT:
		keys_step(s, -1);
		break;
	case KEY_RIGHT:
		keys_step(s, 1);
		break;
	case '[':
		keys_step(s, -tenth);
		break;
	case ']':
		keys_step(s, tenth);
		break;
	case '{':
		keys_step(s, -all);
		break;
	case '}':
		keys_step(s, all);
		break;
	default:
		return false;
	}
	s->paused = true;
	return true;
}

static void other_key(struct screen *s, int key)
{
	struct options *options = (struct options *)s->top->options;

	switch (key) {
	case 'q':
	case KEY_F(10):
		s->quit = true;
		break;
	case ' ':
		s->paused = !s->paused;
		break;
	case 'h':
	case '?':
	case KEY_F(1):
		s->mode = MODE_HELP;
		break;
	case '/':
	case KEY_F(4):
		begin_prompt(s, MODE_FILTER);
		break;
	case 'd':
		begin_prompt(s, MODE_INTERVAL);
		break;
	case '+':
		set_interval(s, s->top->interval_usec * 2.0);
		break;
	case '-':
		set_interval(s, s->top->interval_usec / 2.0);
		break;
	case 'b':
		options->bytes = !options->bytes;
		break;
	case 'a':
		s->top->all = !s->top->all;
		if (!is_replay(s))
			keys_step(s, 1);
		break;
	case 'L' - '@':
		clear();
		break;
	default:
		snprintf(s->message, sizeof(s->message), "? shows what keys there are");
	}
}

/* The line at the bottom is edited; false when it is done. */
static bool edit_prompt(struct screen *s, int key)
{
	size_t length = strlen(s->prompt);

	if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		/* All bytes of a character go. */
		while (length && (s->prompt[--length] & 0xc0) == 0x80)
			;
		s->prompt[length] = '\0';
	} else if (key >= ' ' && key < 256 && length + 1 < sizeof(s->prompt)) {
		s->prompt[length] = key;
		s->prompt[length + 1] = '\0';
	}
	return key != '\n' && key != '\r' && key != KEY_ENTER && key != 27;
}

/* Rows follow while the filter is typed. */
static void filter_key(struct screen *s, int key)
{
	if (!edit_prompt(s, key))
		s->mode = MODE_TABLE;
	if (key == 27)
		s->prompt[0] = '\0';
	strcpy(s->filter, s->prompt);
	s->top->view.filter = s->filter[0] ? s->filter : NULL;
	update(s);
}

static void interval_key(struct screen *s, int key)
{
	char *end;
	double seconds;

	if (edit_prompt(s, key))
		return;
	s->mode = MODE_TABLE;
	seconds = strtod(s->prompt, &end);
	if (key == 27 || !*s->prompt)
		return;
	if (end == s->prompt || *end || !(seconds > 0))
		snprintf(s->message, sizeof(s->message), "that is no number of seconds");
	else
		set_interval(s, seconds * 1e6);
}

void keys_handle(struct screen *s, int key)
{
	if (key == KEY_RESIZE)
		return;
	s->message[0] = '\0';
	switch (s->mode) {
	case MODE_HELP:
		s->mode = MODE_TABLE;
		break;
	case MODE_FILTER:
		filter_key(s, key);
		break;
	case MODE_INTERVAL:
		interval_key(s, key);
		break;
	case MODE_TABLE:
		if (!view_key(s, key) && !cursor_key(s, key) && !replay_key(s, key))
			other_key(s, key);
	}
}
