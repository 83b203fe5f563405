// SPDX-License-Identifier: GPL-2.0
/*
 * The code inside the enclave: executes one request per visit.
 *
 * It has neither data nor a library and runs at any address.  The request is
 * read from memory outside, which every real enclave would distrust; this one
 * is there to move pages.
 */
#include <stdint.h>

#include "abi.h"

#define PAGE_SIZE	4096ul
#define PAGE_WORDS	(PAGE_SIZE / sizeof(uint64_t))

#define EACCEPT		5
#define EMODPE		6

struct secinfo {
	uint64_t flags;
	uint64_t reserved[7];
} __attribute__((aligned(64)));

void payload_main(struct encl_req *req);

static uint64_t *page_at(const struct encl_req *req, uint64_t nr)
{
	return (uint64_t *)(req->addr + nr * PAGE_SIZE);
}

static void fill(struct encl_req *req)
{
	uint64_t nr, i, first = req->value;

	for (nr = 0; nr < req->nr; nr++) {
		volatile uint64_t *page = page_at(req, nr);

		for (i = 0; i < PAGE_WORDS; i++)
			page[i] = encl_pattern(req->seed, first + nr, i);
		req->done = nr + 1;
	}
}

static int page_matches(const struct encl_req *req, uint64_t nr)
{
	volatile uint64_t *page = page_at(req, nr);
	uint64_t i, bad = 0;

	for (i = 0; i < PAGE_WORDS; i++)
		bad |= page[i] ^ encl_pattern(req->seed, req->value + nr, i);
	return !bad;
}

static void verify(struct encl_req *req)
{
	uint64_t nr;

	for (nr = 0; nr < req->nr; nr++) {
		if (!page_matches(req, nr)) {
			req->result = 1;
			return;
		}
		req->done = nr + 1;
	}
}

static void touch(struct encl_req *req)
{
	uint64_t round, nr;

	for (round = 0; !req->rounds || round < req->rounds; round++) {
		for (nr = 0; nr < req->nr; nr += req->stride) {
			if (req->stop)
				return;
			(void)*(volatile uint64_t *)page_at(req, nr);
			req->done++;
		}
	}
}

static void spin(struct encl_req *req)
{
	while (!req->stop)
		req->done++;
}

/* EMODPE returns nothing in rax; the value read back is our own leaf number. */
static uint64_t enclu(uint64_t leaf, const struct secinfo *info, void *page)
{
	asm volatile(".byte 0x0f, 0x01, 0xd7"
		     : "+a"(leaf) : "b"(info), "c"(page) : "memory", "cc");
	return leaf;
}

static void each_page(struct encl_req *req, uint64_t leaf)
{
	struct secinfo info = { .flags = req->value };
	uint64_t nr, ret;

	for (nr = 0; nr < req->nr; nr++) {
		ret = enclu(leaf, &info, page_at(req, nr));
		if (leaf == EACCEPT && ret) {
			req->result = ret;
			return;
		}
		req->done = nr + 1;
	}
}

void payload_main(struct encl_req *req)
{
	req->result = 0;
	switch (req->op) {
	case ENCL_OP_NOP:
		break;
	case ENCL_OP_GET:
		req->value = *(volatile uint64_t *)req->addr;
		break;
	case ENCL_OP_PUT:
		*(volatile uint64_t *)req->addr = req->value;
		break;
	case ENCL_OP_FILL:
		fill(req);
		break;
	case ENCL_OP_VERIFY:
		verify(req);
		break;
	case ENCL_OP_TOUCH:
		touch(req);
		break;
	case ENCL_OP_SPIN:
		spin(req);
		break;
	case ENCL_OP_ACCEPT:
		each_page(req, EACCEPT);
		break;
	case ENCL_OP_EXTEND:
		each_page(req, EMODPE);
		break;
	default:
		req->result = UINT64_MAX;
	}
}
