/* SPDX-License-Identifier: GPL-2.0 */
/* A line of "epcctl watch", and the command that is run for it. */
#ifndef EPCCTL_WATCH_LINE_H
#define EPCCTL_WATCH_LINE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "libepc/libepc.h"

enum watch_format { WATCH_TEXT, WATCH_RAW, WATCH_JSON };

/**
 * struct watch_style - how lines are shown
 * @bytes:	exact sizes in text
 * @command:	for sh, NULL for none
 * @signals:	signalfd: what comes there ends the wait for the command
 * @mask:	signals blocked in the command
 */
struct watch_style {
	enum watch_format	format;
	bool			noheadings;
	bool			bytes;
	const char		*command;
	int			signals;
	sigset_t		mask;
};

/**
 * struct watch_line - what happened
 * @path:	the cgroup whose limit it was
 * @above:	per cent that is in use, 0: it is an event
 * @current:	with @above: what is in use
 * @max:	with @above: of how much
 * @event:	which event
 * @count:	how often since the last line
 * @total:	how often in all
 * @removed:	it was of cgroups below @path that are gone
 */
struct watch_line {
	const char	*path;
	unsigned int	above;
	uint64_t	current;
	uint64_t	max;
	enum epc_event	event;
	uint64_t	count;
	uint64_t	total;
	bool		removed;
};

void watch_line_heading(const struct watch_style *style);

/* False if nobody reads it. */
bool watch_line_print(const struct watch_style *style, const struct watch_line *line);

/* Runs the command and waits for it. */
void watch_line_exec(const struct watch_style *style, const struct watch_line *line);

#endif
