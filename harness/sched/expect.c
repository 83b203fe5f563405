// SPDX-License-Identifier: GPL-2.0
/*
 * What becomes of a KUNIT_EXPECT where no KUnit suite runs: the program ends at once,
 * which tells sched/main.c the schedule that led there.
 */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <kunit/test.h>

void harness_check_failed(struct kunit *test, const char *file, int line, bool fatal,
			  const char *fmt, ...)
{
	va_list args;

	printf("# %s:%d: expected ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	abort();
}
