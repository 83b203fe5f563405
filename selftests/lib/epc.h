/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every test of the contract starts with and ends with: an empty group
 * TOP of its own, and a machine in which nothing is in use.
 */
#ifndef EPC_EPC_H
#define EPC_EPC_H

#include "harness.h"

#include "cgroup.h"
#include "encl.h"
#include "rest.h"
#include "swsgx.h"
#include "tenant.h"
#include "vepc.h"

#define PAGE	SGX_PAGE_SIZE
#define MIB	(1024ul * 1024)
#define PAGES(bytes)	((bytes) / SGX_PAGE_SIZE)

#define TOP	"epc-test"
#define A	TOP "/a"
#define B	TOP "/b"

/* A step that has to work, or the rest of the test makes no sense. */
#define DO(step)							\
	ASSERT_EQ(0, (step)) TH_LOG("%s", epc_why())

/* A fact that has to hold; the test goes on. */
#define HOLDS(fact)							\
	EXPECT_EQ(0, (fact)) TH_LOG("%s", epc_why())

/* A step that has to fail, with this errno. */
#define FAILS(err, step)						\
	EXPECT_EQ(-(err), (step)) TH_LOG("%s", epc_why())

FIXTURE(epc) {
	uint64_t capacity;
};

FIXTURE_SETUP(epc)
{
	DO(cg_purge(TOP));
	DO(epc_capacity(&self->capacity));
	DO(epc_at_rest());
	DO(cg_create(TOP));
}

FIXTURE_TEARDOWN(epc)
{
	HOLDS(cg_purge(TOP));
	HOLDS(epc_at_rest());
}

#endif
