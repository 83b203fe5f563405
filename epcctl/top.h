/* SPDX-License-Identifier: GPL-2.0 */
/*
 * top and replay: where samples come from, and the two ways to show them: as text, one sample
 * after the other, or on a terminal.
 */
#ifndef EPCCTL_TOP_H
#define EPCCTL_TOP_H

#include "epcctl.h"
#include "record.h"
#include "view.h"

#define TOP_MIN_USEC	100000
#define TOP_MAX_USEC	(3600 * UINT64_C(1000000))

struct top {
	const struct options	*options;
	struct view		view;
	/* Two samples, one after the other; what they point to is swapped. */
	struct sample		samples[2];
	struct sample		*now, *before;
	uint64_t		interval_usec;
	/* Of --batch: how many samples, 0 for no end. */
	unsigned long		nr_batch;

	/* This machine, or NULL if a recording is shown. */
	struct epc		*epc;
	const char		*path;
	unsigned int		what;
	bool			all;
	bool			batch;

	struct recording	recording;
	/* The sample of the recording that is @now. */
	size_t			position;
};

/* ---- top.c ---- */

#define TOP_INIT(options_) {							\
	.options = (options_), .interval_usec = 1000000, .path = "/",		\
	.view.sort = VIEW_CURRENT }

void top_free(struct top *top);

/* One of the options that these commands share. 0, or the exit status: the user was told. */
int top_option(struct top *top, int c);

/*
 * The whole of a command: its options, of which it has those that it lists, then its operand,
 * given or NULL (@need_operand: it has to be given), for @open to find the samples: 0, or the
 * user was told. Samples are shown as text or on the terminal. Returns the exit status.
 */
int top_run(const struct command *command, int argc, char **argv, bool need_operand,
	    int (*open)(struct top *top, const char *operand));

/*
 * The next sample, or, in a recording, the one @by further on (or back), as far as there are
 * any. 0; -ENODATA: there was none; or another negative errno, for top_complain().
 */
int top_step(struct top *top, long by);
void top_complain(struct top *top, int ret);

/* The table of some of the shown rows; NULL: the user was told. */
struct out *top_table(const struct top *top, size_t first, size_t nr);

/* A line about the whole: EPC of the machine and how it fares. */
void top_summary(const struct top *top, char *line, size_t room);

/* ---- screen.c ---- */

/* Samples on a terminal until a key says to quit. */
int top_screen(struct top *top);

#endif
