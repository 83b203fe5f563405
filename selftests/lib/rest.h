/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state before and after every test: nothing in use.  The end of a process
 * frees its enclaves in the background, so all of these wait a short while.
 */
#ifndef EPC_REST_H
#define EPC_REST_H

#include <stdint.h>

#include "msg.h"

/* misc.current of a group in pages; UINT64_MAX, and epc_why(), if unreadable. */
uint64_t cg_pages(const char *group);

/* All EPC of the machine in pages, as misc.capacity has it. */
int epc_capacity(uint64_t *pages);

/* Pages in a file of the nodes' x86 folders, sgx_total_bytes say, over all nodes. */
uint64_t epc_nodes_have(const char *file);

/**
 * books_match() - root's misc.current is what software SGX counts
 * @vepc:	pages that a guest was given and has not made valid
 *
 * To be asked when nothing is in flight.
 */
int books_match(uint64_t vepc);

/* No group is charged, no page is valid, and every page can be allocated. */
int epc_at_rest(void);

#endif
