/* SPDX-License-Identifier: GPL-2.0 */
/* Waits for the next tick of a clock, a signal or a key, whichever comes first. */
#ifndef EPCCTL_TICKER_H
#define EPCCTL_TICKER_H

#include <stdint.h>

enum ticker_event {
	TICKER_TICK	= 1 << 0,
	TICKER_INPUT	= 1 << 1,
	TICKER_QUIT	= 1 << 2,
	TICKER_RESIZE	= 1 << 3,
};

struct ticker {
	int	timer;
	int	signals;
};

#define TICKER_CLOSED	{ .timer = -1, .signals = -1 }

/*
 * SIGINT, SIGQUIT, SIGTERM, SIGHUP and SIGWINCH are blocked from here on and reported by
 * ticker_wait().
 * The clock stands still until ticker_set().
 */
int ticker_open(struct ticker *t);
void ticker_close(struct ticker *t);

/* First tick after one interval; 0 stops the clock. */
int ticker_set(struct ticker *t, uint64_t usec);

/* A set of enum ticker_event, or a negative errno. @input is a file to wait for too, or -1. */
int ticker_wait(const struct ticker *t, int input);

#endif
