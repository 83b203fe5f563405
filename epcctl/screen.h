/* SPDX-License-Identifier: GPL-2.0 */
/* The terminal of top and replay: screen.c draws, keys.c does what keys say. */
#ifndef EPCCTL_SCREEN_H
#define EPCCTL_SCREEN_H

#include "ticker.h"
#include "top.h"

/* Lines above the rows of the table, its heading among them, and below. */
#define HEAD_LINES	4
#define FOOT_LINES	1
#define MIN_LINES	(HEAD_LINES + FOOT_LINES + 1)
#define MIN_COLUMNS	20
#define PROMPT_LEN	128
enum mode {
	MODE_TABLE,
	MODE_FILTER,
	MODE_INTERVAL,
	MODE_HELP,
};

struct screen {
	struct top	*top;
	struct ticker	ticker;
	enum mode	mode;
	bool		paused;
	bool		quit;
	/* Why it ends early: told when the terminal is as it was. */
	int		failure;
	/* The row with the cursor and the first one on the screen. */
	size_t		selected;
	size_t		first;
	/* The path of the selected row: it stays selected where ever it goes. */
	char		*selected_path;
	char		prompt[PROMPT_LEN];
	/* What was typed as a filter: other prompts leave it alone. */
	char		filter[PROMPT_LEN];
	/* A word about the last key, until the next one. */
	char		message[80];
	bool		colours;
};

static inline bool is_replay(const struct screen *s)
{
	return !s->top->epc;
}

/* How many rows of the table there is room for. */
size_t screen_page(void);

/* ---- keys.c ---- */

void keys_handle(struct screen *s, int key);

/* The next sample: @by further on, see top_step(). */
void keys_step(struct screen *s, long by);

/* After the rows or the size have changed: the cursor stays with its group, and on the screen. */
void keys_find_selected(struct screen *s);

#endif
