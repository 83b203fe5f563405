/* SPDX-License-Identifier: GPL-2.0 */
/* What the machine's EPC looks like to Prometheus: for "epcctl export". */
#ifndef EPCCTL_METRICS_H
#define EPCCTL_METRICS_H

#include <stdio.h>

struct epc;

/*
 * All metrics of now, in Prometheus' text format 0.0.4, with cgroups from @path downwards.
 * 0 or -errno, and epc_error() says why.
 */
int metrics_write(struct epc *epc, const char *path, FILE *out);

#endif
