/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much longer than usual may something take?  The one place that knows which kernels
 * are slow.  In a header, since the kernel's own test_sgx has its limits stretched too.
 */
#ifndef EPC_PATIENCE_H
#define EPC_PATIENCE_H

#include <stdlib.h>
#include <string.h>

/* What KASAN and lockdep, or KCSAN, cost under emulation beside other work, and some more. */
#define EPC_SLOW_KERNEL	6

/**
 * epc_patience() - a time limit, stretched for a slow kernel
 * @time:	enough on the kernel epc, in whatever unit
 *
 * EPC_PATIENCE=N in the environment, for a slow or busy machine, stretches all limits by
 * N; a slow kernel, whose name epcvm passes on, does so on top of that.
 */
static inline long epc_patience(long time)
{
	const char *kernel = getenv("EPCVM"), *factor = getenv("EPC_PATIENCE");

	if (factor && atol(factor) > 0)
		time *= atol(factor);
	if (kernel && (!strcmp(kernel, "debug") || !strcmp(kernel, "kcsan")))
		time *= EPC_SLOW_KERNEL;
	return time;
}

#endif
