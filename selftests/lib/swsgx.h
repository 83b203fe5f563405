/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What software SGX itself counts: a witness that knows nothing of control
 * groups.
 */
#ifndef EPC_SWSGX_H
#define EPC_SWSGX_H

#include <stdint.h>
#include <sys/types.h>

#include "msg.h"

/* One number of /sys/kernel/debug/swsgx/stats. */
int swsgx_stat(const char *key, uint64_t *value);

/* Poll it until it has this value; -ETIMEDOUT names the last one seen. */
int swsgx_wait(const char *key, uint64_t value, long timeout_ms);

/* A number in a file of /sys/kernel/debug/swsgx that asks for a fault. */
int swsgx_inject(const char *file, uint64_t value);
int swsgx_injected(const char *file, uint64_t *value);

/**
 * struct swsgx_encl - pages of all enclaves that one process has created
 * @enclaves:	how many there are
 * @resident:	pages in the EPC now
 * @evicted:	pages written out so far
 * @loaded:	pages loaded back so far
 */
struct swsgx_encl {
	uint64_t enclaves;
	uint64_t resident;
	uint64_t evicted;
	uint64_t loaded;
};

/* Sum of /sys/kernel/debug/swsgx/enclaves over one creator. */
int swsgx_enclaves_of(pid_t pid, struct swsgx_encl *sum);

/* Pages written out of them; UINT64_MAX, and epc_why(), if unreadable. */
uint64_t swsgx_evicted(pid_t pid);

#endif
