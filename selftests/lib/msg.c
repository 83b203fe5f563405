// SPDX-License-Identifier: GPL-2.0
/* Notes about failed steps, one per thread, and the clock for deadlines. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "msg.h"

static __thread char why[EPC_MSG_MAX];

int epc_fail(int err, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);

	len = strlen(why);
	snprintf(why + len, sizeof(why) - len, ": errno %d (%s)", err,
		 strerror(err));
	return -err;
}

const char *epc_why(void)
{
	return why;
}

void epc_set_why(const char *text)
{
	snprintf(why, sizeof(why), "%s", text);
}

long epc_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void epc_sleep_ms(long ms)
{
	struct timespec rest = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000,
	};

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}
