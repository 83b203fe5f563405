/* SPDX-License-Identifier: GPL-2.0 */
/* What "epcctl run --report" tells. */
#ifndef EPCCTL_RUN_REPORT_H
#define EPCCTL_RUN_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct epc_group;

/**
 * struct run_result - how it went
 * @argv:	the command
 * @status:	that of waitpid(2)
 * @usec:	how long it ran
 * @group:	its cgroup, just before it was removed
 */
struct run_result {
	char *const		*argv;
	int			status;
	uint64_t		usec;
	const struct epc_group	*group;
};

void run_report(const struct run_result *result, FILE *out, bool json);

#endif
