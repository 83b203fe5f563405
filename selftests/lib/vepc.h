/* SPDX-License-Identifier: GPL-2.0 */
/* EPC for guests, opened and touched as a virtual machine monitor does it. */
#ifndef EPC_VEPC_H
#define EPC_VEPC_H

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

struct vepc {
	int		fd;
	char		*mem;
	uint64_t	pages;
};

#define VEPC_NONE	{ .fd = -1 }

/* Open /dev/sgx_vepc and map @pages of it; nothing is allocated yet. */
int vepc_open(struct vepc *v, uint64_t pages);

/**
 * vepc_touch() - make the kernel allocate pages
 * @v:		the instance
 * @first:	where to begin
 * @nr:		how many pages
 * @touched:	how many it was before a touch failed
 *
 * Return: 0, or -EFAULT when a touch ended in SIGBUS or SIGSEGV.
 */
int vepc_touch(struct vepc *v, uint64_t first, uint64_t nr, uint64_t *touched);

/* SGX_IOC_VEPC_REMOVE_ALL: the number of pages that stay, or -errno. */
int vepc_remove_all(struct vepc *v);

/*
 * What a guest would do: make @page a SECS, or one of the enclave of a SECS, here
 * or in another instance of this process.  The page must have been touched.
 */
int vepc_ecreate(struct vepc *v, uint64_t page);
int vepc_eadd(struct vepc *v, uint64_t page, struct vepc *of, uint64_t secs);

void vepc_close(struct vepc *v);

/**
 * mem_touch() - read or write one byte that may not be there
 * @addr:	where
 * @write:	write back what was read
 * @sig:	the signal that it ended in, or 0
 *
 * Return: 0 or -EFAULT.
 */
int mem_touch(const volatile void *addr, bool write, int *sig);

/* So many more mappings of a page each, below all others. 0 or -errno. */
int mem_split(uint64_t nr);

#endif
