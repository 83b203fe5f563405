/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Enclaves for tests: build, enter, resize and destroy them, as many per
 * process as wanted, with as many threads each as wanted.
 *
 * Every function returns 0 or a negative errno, and epc_why() then tells the
 * step, the page and, where the CPU raised an exception, which one.
 * Offsets are bytes from the start of the enclave, counts are pages.
 */
#ifndef EPC_ENCL_H
#define EPC_ENCL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <asm/sgx.h>

#include "msg.h"
#include "sgx_arch.h"
#include "payload/abi.h"

#define ENCL_MAX_THREADS	8

struct evp_md_ctx_st;

/**
 * struct encl_geometry - what an enclave shall look like
 * @heap:	pages that are added before the enclave is initialized
 * @hole:	address space for pages behind the heap, to be added with SGX2
 * @threads:	how many threads can be inside at once, 0 means 1
 */
struct encl_geometry {
	uint64_t heap;
	uint64_t hole;
	unsigned int threads;
};

/**
 * struct encl - one enclave
 * @fd:		the open /dev/sgx_enclave, -1 when there is none
 * @base:	start of the address range of the enclave
 * @size:	its size in bytes, a power of two
 * @geo:	as asked for
 * @heap_off:	where the heap starts
 * @hole_off:	where the hole starts
 * @nr_added:	pages that ADD_PAGES has taken so far
 * @attributes:	SECS.ATTRIBUTES
 * @hash:	the measurement while it is being built
 * @area:	the mapping that keeps the address range free
 * @area_len:	its length
 * @run:	the way in for each thread; holds its last exception
 */
struct encl {
	int			fd;
	uint64_t		base;
	uint64_t		size;
	struct encl_geometry	geo;
	uint64_t		heap_off;
	uint64_t		hole_off;
	uint64_t		nr_added;
	uint64_t		attributes;
	struct evp_md_ctx_st	*hash;
	void			*area;
	size_t			area_len;
	struct sgx_enclave_run	run[ENCL_MAX_THREADS];
};

#define ENCL_NONE	{ .fd = -1 }

/* encl.c: from nothing to an enclave that can be entered, step by step. */

/* Choose a layout, reserve the addresses, open the device if fd is -1. */
int encl_open(struct encl *e, const struct encl_geometry *geo);

/* SGX_IOC_ENCLAVE_CREATE; after a failure it may be tried again. */
int encl_create(struct encl *e);

/**
 * encl_add() - add pages and keep the measurement
 * @e:		the enclave
 * @off:	where the first page goes
 * @src:	contents, NULL for zeros
 * @nr:		how many
 * @si_flags:	SECINFO.FLAGS of all of them
 * @measure:	also measure their contents
 *
 * A signal may end one ADD_PAGES early: goes on until all pages are in.
 */
int encl_add(struct encl *e, uint64_t off, const void *src, uint64_t nr,
	     uint64_t si_flags, bool measure);

/* The parts of the usual image; encl_add_all() adds them in this order. */
int encl_add_code(struct encl *e);
int encl_add_threads(struct encl *e);
int encl_add_heap(struct encl *e, uint64_t first, uint64_t nr);
int encl_add_all(struct encl *e);

/* Sign what was added and initialize. */
int encl_init(struct encl *e);

/* Map code, threads, heap and hole with the permissions that they have. */
int encl_map(struct encl *e);

/* All of the above; what a signal has cut short is done again. */
int encl_build(struct encl *e, const struct encl_geometry *geo);

/* Unmap and close; fine at any stage and twice. */
void encl_destroy(struct encl *e);

/* EPC pages of an enclave with this many added pages: those, SECS and VA. */
uint64_t encl_epc_pages(uint64_t nr_added);

/* Added pages of the usual image. */
uint64_t encl_image_pages(const struct encl_geometry *geo);

/* EPC pages of a usual enclave with this heap. */
uint64_t encl_built_pages(uint64_t heap, unsigned int threads);

/* Which heap fills exactly @epc_pages of EPC with @threads threads; 0: none. */
uint64_t encl_heap_for(uint64_t epc_pages, unsigned int threads);

/* Tests of refusals: one ioctl, its errno, and the count it left behind. */
int encl_raw_add(struct encl *e, uint64_t off, uint64_t nr, uint64_t *count);
int encl_raw_modify_types(struct encl *e, uint64_t off, uint64_t nr,
			  uint64_t type, uint64_t *count);
int encl_raw_remove_pages(struct encl *e, uint64_t off, uint64_t nr,
			  uint64_t *count);
int encl_raw_restrict(struct encl *e, uint64_t off, uint64_t nr, uint64_t perm,
		      uint64_t *count);

/* enclrun.c: inside. */

/**
 * encl_call() - execute one request inside
 * @e:		the enclave
 * @thread:	which TCS to enter by
 * @req:	what to do there
 *
 * Return: 0; -EFAULT after an exception, which e->run[thread] then describes
 * and after which the thread waits for encl_resume() or encl_discard();
 * -EILSEQ when the request itself was not fulfilled.
 */
int encl_call(struct encl *e, unsigned int thread, struct encl_req *req);

/* Try the instruction that raised the exception again. */
int encl_resume(struct encl *e, unsigned int thread, struct encl_req *req);

/* Give up the request that ended in an exception: the TCS is free again. */
int encl_discard(struct encl *e, unsigned int thread);

int encl_nop(struct encl *e);
int encl_get(struct encl *e, uint64_t off, uint64_t *value);
int encl_put(struct encl *e, uint64_t off, uint64_t value);

/* The pattern in pages first .. first + nr - 1, counted from the heap on. */
int encl_fill(struct encl *e, uint64_t seed, uint64_t first, uint64_t nr);
int encl_verify(struct encl *e, uint64_t seed, uint64_t first, uint64_t nr);

/* Read a word of each of these pages, once. */
int encl_touch(struct encl *e, uint64_t first, uint64_t nr);

/* ENCLU[EACCEPT] of pages that shall be in the state that @si_flags tells. */
int encl_accept(struct encl *e, uint64_t first, uint64_t nr, uint64_t si_flags);

/* Grow the hole from inside: EACCEPT makes the kernel EAUG each page. */
int encl_accept_new(struct encl *e, uint64_t first, uint64_t nr);

/* ENCLU[EMODPE]: add permissions. */
int encl_extend(struct encl *e, uint64_t first, uint64_t nr, uint64_t perm);

/* A thread that stays inside until it is told to leave. */
struct encl_worker {
	struct encl	*encl;
	unsigned int	thread;
	struct encl_req	req;
	unsigned long	tid;
	int		ret;
	char		why[EPC_MSG_MAX];
};

/* Spin inside, or touch nr pages from first on in turn: forever. */
int encl_worker_spin(struct encl_worker *w, struct encl *e, unsigned int thread);
int encl_worker_touch(struct encl_worker *w, struct encl *e, unsigned int thread,
		      uint64_t first, uint64_t nr);

/* Tell it to leave and return what its encl_call() returned. */
int encl_worker_stop(struct encl_worker *w);

/* sgx2.c: the ioctl, the EACCEPT and what else belongs to it, all pages. */
int encl_trim(struct encl *e, uint64_t first, uint64_t nr);
int encl_restrict(struct encl *e, uint64_t first, uint64_t nr, uint64_t perm);

/* sigstruct.c */
int encl_measure_create(struct encl *e);
int encl_measure_page(struct encl *e, uint64_t off, uint64_t si_flags,
		      const void *contents);
int encl_sign(struct encl *e, struct sgx_arch_sigstruct *sig);
void encl_measure_drop(struct encl *e);

#endif
