// SPDX-License-Identifier: GPL-2.0
/* What a test that finds something wrong does. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <harness/lock.h>
#include <linux/bug.h>
#include <linux/smp.h>

int harness_warnings_allowed, harness_nr_warnings;
atomic_t harness_nr_kicks;

void harness_fail(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "# FAILED: ");
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\n");
#ifndef HARNESS_NO_CHECKS
	harness_print_held();
#endif
	abort();
}

void harness_warn(const char *file, int line, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (__atomic_fetch_add(&harness_nr_warnings, 1, __ATOMIC_RELAXED) >=
	    harness_warnings_allowed)
		harness_fail("%s:%d: warning of the kernel: %s", file, line, text);
}
