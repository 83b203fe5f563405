/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the loader and the code inside the enclave agree on: the layout of an
 * enclave and the request that a thread carries in.  Used by C on both sides
 * and by the entry code in assembler.
 */
#ifndef ENCL_PAYLOAD_ABI_H
#define ENCL_PAYLOAD_ABI_H

/*
 *   page 0 ..                    code, read and execute
 *   ENCL_CODE_PAGES + 4 * i      thread i: TCS, SSA frame 0, SSA frame 1, stack
 *   behind the last thread       heap, read and write
 *   behind the heap              hole, filled on demand with SGX2
 *
 * The entry code finds its stack and its first SSA frame from the address of
 * the TCS, so the four pages of a thread have to stay together.
 */
#define ENCL_CODE_PAGES		2
#define ENCL_THREAD_PAGES	4
#define ENCL_SSA_FRAMES		2

/* Offsets from the TCS of a thread. */
#define ENCL_SSA0		0x1000
#define ENCL_STACK_TOP		0x4000

/* SSA frame 0 ends with the general registers: SDM Vol. 3D, GPRSGX region. */
#define ENCL_GPR		(ENCL_SSA0 + 0x1000 - 184)
#define ENCL_GPR_RBX		(ENCL_GPR + 24)
#define ENCL_GPR_RSP		(ENCL_GPR + 32)
#define ENCL_GPR_RBP		(ENCL_GPR + 40)
#define ENCL_GPR_RIP		(ENCL_GPR + 136)

#ifndef __ASSEMBLER__
#include <stdint.h>

enum encl_op {
	/* Come in and go out again. */
	ENCL_OP_NOP,
	/* value = word at addr. */
	ENCL_OP_GET,
	/* word at addr = value. */
	ENCL_OP_PUT,
	/* Write the pattern to nr pages; value is the number of the first. */
	ENCL_OP_FILL,
	/* Compare the same pages; stop at the first that differs. */
	ENCL_OP_VERIFY,
	/* Read one word of every stride-th page, rounds times or until stop. */
	ENCL_OP_TOUCH,
	/* Stay inside until stop is set; done grows meanwhile. */
	ENCL_OP_SPIN,
	/* ENCLU[EACCEPT] of nr pages with the SECINFO flags in value. */
	ENCL_OP_ACCEPT,
	/* ENCLU[EMODPE] of nr pages with the SECINFO flags in value. */
	ENCL_OP_EXTEND,
};

/**
 * struct encl_req - lies outside the enclave; the thread gets its address
 * @op:		what to do, enum encl_op
 * @addr:	absolute address of the first page or word
 * @nr:		number of pages
 * @stride:	distance between touched pages, in pages
 * @rounds:	how often ENCL_OP_TOUCH walks the range, 0: until @stop
 * @seed:	first half of the pattern, the number of the page is the other
 * @value:	operand or result
 * @result:	0, or the first SGX error code, or 1 for a wrong pattern
 * @done:	pages finished, kept up to date while the operation runs
 * @stop:	anything but 0 ends ENCL_OP_TOUCH and ENCL_OP_SPIN
 */
struct encl_req {
	uint64_t op;
	uint64_t addr;
	uint64_t nr;
	uint64_t stride;
	uint64_t rounds;
	uint64_t seed;
	uint64_t value;
	uint64_t result;
	volatile uint64_t done;
	volatile uint64_t stop;
};

/* The pattern: word number i of page number nr under seed. */
static inline uint64_t encl_pattern(uint64_t seed, uint64_t nr, uint64_t i)
{
	uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15ull;

	x ^= (nr + 1) * 0xff51afd7ed558ccdull;
	x ^= x >> 29;
	return x + i * 0xc4ceb9fe1a85ec53ull;
}
#endif
#endif
