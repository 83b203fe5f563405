// SPDX-License-Identifier: GPL-2.0
/*
 * EXHAUST-1: when a limit leaves nothing to reclaim, what would make an enclave
 * larger fails with ENOMEM and its count, and nobody is killed for it.
 *
 * The floor in pages: an enclave that was created needs its SECS and a VA page,
 * neither of which goes as long as it has pages or is not initialized.
 */
#include <signal.h>

#include "epc.h"

/* A limit that cannot be kept must not be kept waiting for. */
#define BOUND_MS	20000

/* The count of the last ioctl of this tenant, failed or not. */
static uint64_t last_count;

static long tell_count(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return last_count;
}

/* First page of the heap, pages: one ioctl. */
static long step_add(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];

	return encl_raw_add(e, e->heap_off + arg[0] * PAGE, arg[1], &last_count);
}

static long step_restrict(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];

	return encl_raw_restrict(e, e->heap_off + arg[0] * PAGE, arg[1], SGX_SI_R,
				 &last_count);
}

static long step_modify_types(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];

	return encl_raw_modify_types(e, e->heap_off + arg[0] * PAGE, arg[1],
				     SGX_PT_TRIM, &last_count);
}

/* Touch a page of the heap or hole from outside: the signal it ends in, or 0. */
static long peek(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];
	int sig;

	mem_touch((void *)(e->base + e->heap_off + arg[1] * PAGE), false, &sig);
	return sig;
}

TEST_F(epc, EXHAUST_1_create_needs_room_for_secs_and_va)
{
	static const uint64_t too_small[] = { 0, 1, 4095, 4096, 8191 };
	struct tenant t = TENANT_NONE;
	uint64_t refusals = 0, now, peak;
	size_t i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, 10));
	for (i = 0; i < ARRAY_SIZE(too_small); i++) {
		DO(cg_set_max(A, too_small[i]));
		FAILS(ENOMEM, tenant_do(&t, tn_create, 0));
		EXPECT_EQ(0, cg_pages(A));
		HOLDS(books_match(0));
		DO(cg_events_max(A, &now));
		EXPECT_LT(refusals, now);
		refusals = now;
		DO(cg_peak(A, &peak));
		EXPECT_GE(too_small[i], peak);
	}
	/* The same file may try again, and two pages are enough. */
	DO(cg_set_max(A, 2 * PAGE));
	DO(tenant_do(&t, tn_create, 0));
	EXPECT_EQ(2, cg_pages(A));
	DO(cg_events_max(A, &now));
	EXPECT_EQ(refusals, now);

	FAILS(ENOMEM, tenant_do(&t, step_add, 0, 10));
	EXPECT_EQ(0, tenant_do(&t, tell_count, 0));
	EXPECT_EQ(2, cg_pages(A));
	DO(tenant_stop(&t));
}

/*
 *   TOP  max 1 page
 *    `-- a   no limit of its own: refused all the same
 */
TEST_F(epc, EXHAUST_1_create_is_refused_by_an_ancestor)
{
	struct tenant t = TENANT_NONE;
	uint64_t local;

	DO(cg_create(A));
	DO(cg_set_max(TOP, PAGE));
	DO(tenant_start(&t, A));
	FAILS(ENOMEM, tenant_do(&t, tn_build, 0, 10, 0, 1));
	EXPECT_EQ(0, cg_pages(TOP));
	DO(cg_events_local_max(A, &local));
	EXPECT_EQ(0, local);
	DO(cg_events_local_max(TOP, &local));
	EXPECT_LT(0, local);
	DO(tenant_stop(&t));
}

/*
 * SECS, VA and one more page: each added page pushes the one before out, until
 * the 512th needs a second VA page, which nothing can make room for.
 */
TEST_F(epc, EXHAUST_1_add_pages_says_how_far_it_came)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_set_max(A, 3 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, 600));
	DO(tenant_do(&t, tn_create, 0));
	FAILS(ENOMEM, tenant_do(&t, step_add, 0, 600));
	EXPECT_EQ(511, tenant_do(&t, tell_count, 0));
	EXPECT_GE(3, cg_pages(A));
	HOLDS(books_match(0));

	/* With one more page of room it goes on exactly there. */
	DO(cg_set_max(A, 4 * PAGE));
	HOLDS(tenant_do(&t, step_add, 511, 89));
	EXPECT_EQ(89, tenant_do(&t, tell_count, 0));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    `-- a  max 100 pages: 98 given to guests, 2 for SECS and VA
 */
TEST_F(epc, EXHAUST_1_pages_of_guests_are_never_taken_for_it)
{
	struct tenant t = TENANT_NONE, guest = TENANT_NONE;
	long start;

	DO(cg_create(A));
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_start(&guest, A));
	DO(tenant_do(&guest, tn_vepc_open, 98));
	ASSERT_EQ(98, tenant_do(&guest, tn_vepc_touch, 0, 98));
	DO(tenant_do(&t, tn_open, 0, 50));
	DO(tenant_do(&t, tn_create, 0));

	start = epc_now_ms();
	FAILS(ENOMEM, tenant_do(&t, step_add, 0, 50));
	EXPECT_GT(epc_patience(BOUND_MS), epc_now_ms() - start);
	EXPECT_EQ(0, tenant_do(&t, tell_count, 0));
	EXPECT_EQ(100, cg_pages(A));
	EXPECT_EQ(98, tenant_do(&guest, tn_vepc_touch, 0, 98));

	/* When the guest leaves, there is room. */
	DO(tenant_do(&guest, tn_vepc_close, 0));
	HOLDS(tenant_do(&t, step_add, 0, 50));
	EXPECT_EQ(50, tenant_do(&t, tell_count, 0));
	DO(tenant_stop(&t));
	DO(tenant_stop(&guest));
}

/* An enclave of 60 pages, filled, all of it pushed out by a limit of 0. */
static void push_out(struct __test_metadata *_metadata, struct tenant *t)
{
	DO(cg_create(A));
	DO(cg_never_kill(A));
	DO(tenant_start(t, A));
	DO(tenant_do(t, tn_build, 0, 60, 20, 1));
	DO(tenant_do(t, tn_fill, 0, 9, 0, 60));
	DO(cg_set_max(A, 0));
	EXPECT_EQ(SIGBUS, tenant_do(t, peek, 0, 60));
}

TEST_F(epc, EXHAUST_1_a_fault_that_would_add_a_page_fails)
{
	struct tenant t = TENANT_NONE;
	long start = epc_now_ms();

	push_out(_metadata, &t);
	EXPECT_GT(epc_patience(BOUND_MS), epc_now_ms() - start);
	/* Everything that can go has gone, and the process lives. */
	EXPECT_GE(2, cg_pages(A));
	HOLDS(books_match(0));

	DO(cg_set_max(A, CG_MAX));
	/* Now the page comes, but may not be used before its EACCEPT. */
	EXPECT_EQ(SIGSEGV, tenant_do(&t, peek, 0, 60));
	HOLDS(tenant_do(&t, tn_grow, 0, 60, 20));
	HOLDS(tenant_do(&t, tn_verify, 0, 9, 0, 60));
	DO(tenant_stop(&t));
}

TEST_F(epc, EXHAUST_1_a_load_that_finds_nothing_left_fails_within_bounds)
{
	struct tenant t = TENANT_NONE;
	long start;
	int i;

	push_out(_metadata, &t);
	start = epc_now_ms();
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(SIGBUS, tenant_do(&t, peek, 0, i));
		FAILS(EFAULT, tenant_do(&t, tn_nop, 0));
	}
	EXPECT_GT(epc_patience(BOUND_MS), epc_now_ms() - start);
	HOLDS(books_match(0));

	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&t, tn_verify, 0, 9, 0, 60));
	DO(tenant_stop(&t));
}

TEST_F(epc, EXHAUST_1_sgx2_ioctls_that_cannot_load_say_so)
{
	struct tenant t = TENANT_NONE;

	push_out(_metadata, &t);
	FAILS(ENOMEM, tenant_do(&t, step_restrict, 0, 10));
	EXPECT_EQ(0, tenant_do(&t, tell_count, 0));
	FAILS(ENOMEM, tenant_do(&t, step_modify_types, 20, 10));
	EXPECT_EQ(0, tenant_do(&t, tell_count, 0));

	/* Neither page type nor permissions have changed meanwhile. */
	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&t, tn_fill, 0, 10, 0, 60));
	HOLDS(tenant_do(&t, tn_verify, 0, 10, 0, 60));
	HOLDS(tenant_do(&t, step_restrict, 0, 10));
	EXPECT_EQ(10, tenant_do(&t, tell_count, 0));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    `-- a  1 page, which x needs for its VA page
 *        |-- x   has an enclave
 *        `-- y   wants one, in vain
 */
TEST_F(epc, EXHAUST_1_nobody_is_killed_for_a_newcomer)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(A "/y"));
	DO(tenant_start(&x, A "/x"));
	DO(tenant_start(&y, A "/y"));
	DO(tenant_do(&x, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&x, tn_fill, 0, 11, 0, 100));
	DO(cg_set_max(A, PAGE));
	FAILS(ENOMEM, tenant_do(&y, tn_build, 0, 10, 0, 1));
	EXPECT_EQ(0, cg_pages(A "/y"));
	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&x, tn_verify, 0, 11, 0, 100));
	HOLDS(tenant_do(&y, tn_build, 0, 10, 0, 1));
	DO(tenant_stop(&x));
	DO(tenant_stop(&y));
}

TEST_HARNESS_MAIN
