/* SPDX-License-Identifier: GPL-2.0 */
/* Errors of this library: a negative errno, and words that say what was seen. */
#ifndef EPC_MSG_H
#define EPC_MSG_H

#include "patience.h"

#define EPC_MSG_MAX	512

/**
 * epc_fail() - note what went wrong
 * @err:	positive errno
 * @fmt:	what was tried and what was seen
 *
 * Return: -@err, so that "return epc_fail(...)" is all a failing step needs.
 */
int epc_fail(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The last note of this thread. */
const char *epc_why(void);

/* Take over a note from another thread or process. */
void epc_set_why(const char *why);

/* Milliseconds of a clock that only goes forward. */
long epc_now_ms(void);

void epc_sleep_ms(long ms);

#endif
