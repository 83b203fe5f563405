// SPDX-License-Identifier: GPL-2.0
/*
 * VEPC: EPC that is given to guests, which no reclaim ever takes back.  The
 * tests open and touch /dev/sgx_vepc as a virtual machine monitor does.
 */
#include "epc.h"

/* Leave as many pages to the guest as an enclave without any can spare. */
#define FLOOR	2

TEST_F(epc, VEPC_1_every_touched_page_is_charged_and_no_other)
{
	struct tenant t = TENANT_NONE;
	uint64_t i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 40));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(1, tenant_do(&t, tn_vepc_touch, 2 * i, 1));
		EXPECT_EQ(i + 1, cg_pages(A));
	}
	HOLDS(books_match(20));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    `-- a  max 300 pages: 200 a guest's, an enclave of 500 in the rest
 */
TEST_F_TIMEOUT(epc, VEPC_1_no_reclaim_takes_a_page_of_a_guest, 60)
{
	struct tenant guest = TENANT_NONE, t = TENANT_NONE;
	uint64_t valid, given;

	DO(cg_create(A));
	DO(cg_set_max(A, 300 * PAGE));
	DO(tenant_start(&guest, A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&guest, tn_vepc_open, 200));
	ASSERT_EQ(200, tenant_do(&guest, tn_vepc_touch, 0, 200));
	DO(tenant_do(&t, tn_build, 0, 500, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, 500));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 500));
	DO(swsgx_stat("valid", &valid));
	given = cg_pages(A) - valid;
	EXPECT_EQ(200, given);

	/* Not even a limit far below takes them. */
	DO(cg_set_max(A, 0));
	EXPECT_EQ(200, tenant_do(&guest, tn_vepc_touch, 0, 200));
	EXPECT_LE(200, cg_pages(A));
	HOLDS(books_match(200));
	DO(tenant_stop(&guest));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- a  max 300 pages
 *    |   |-- x   an enclave of 250 pages
 *    |   `-- y   a guest that wants 400
 *    `-- b       an enclave: outside
 */
TEST_F_TIMEOUT(epc, VEPC_2_enclaves_of_the_subtree_make_room_first, 60)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE, b = TENANT_NONE;
	struct swsgx_encl sum;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(A "/y"));
	DO(cg_create(B));
	DO(cg_set_max(A, 300 * PAGE));
	DO(tenant_start(&b, B));
	DO(tenant_start(&x, A "/x"));
	DO(tenant_start(&y, A "/y"));
	DO(tenant_do(&b, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&x, tn_build, 0, 250, 0, 1));
	DO(tenant_do(&x, tn_fill, 0, 1, 0, 250));
	DO(tenant_do(&y, tn_vepc_open, 400));

	EXPECT_EQ(200, tenant_do(&y, tn_vepc_touch, 0, 200));
	DO(swsgx_enclaves_of(x.pid, &sum));
	EXPECT_LT(0, sum.evicted);
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 250));

	/* To the last page that an enclave can give. */
	EXPECT_LE(300 - FLOOR, tenant_do(&y, tn_vepc_touch, 0, 400));
	EXPECT_GE(300, cg_pages(A));
	DO(swsgx_enclaves_of(b.pid, &sum));
	EXPECT_EQ(0, sum.evicted);

	DO(tenant_do(&y, tn_vepc_close, 0));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 250));
	DO(tenant_stop(&x));
	DO(tenant_stop(&y));
	DO(tenant_stop(&b));
}

TEST_F(epc, VEPC_2_a_touch_beyond_the_limit_fails_and_changes_nothing)
{
	struct tenant t = TENANT_NONE;
	long start = epc_now_ms();
	uint64_t peak;

	DO(cg_create(A));
	DO(cg_set_max(A, 50 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 60));
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 60));
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_touch, 55, 1));
	EXPECT_EQ(50, cg_pages(A));
	DO(cg_peak(A, &peak));
	EXPECT_EQ(50 * PAGE, peak);
	EXPECT_GT(epc_patience(20000), epc_now_ms() - start);

	/* With room it works, and the old pages are still there. */
	DO(cg_set_max(A, 51 * PAGE));
	EXPECT_EQ(1, tenant_do(&t, tn_vepc_touch, 55, 1));
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));
	EXPECT_EQ(51, cg_pages(A));
	DO(tenant_stop(&t));
}

TEST_F(epc, VEPC_3_remove_all_changes_no_charge_and_close_ends_it)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 60));
	EXPECT_EQ(60, tenant_do(&t, tn_vepc_touch, 0, 60));
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_remove_all, 0));
	EXPECT_EQ(60, cg_pages(A));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_stop(&t));
}

/* A child that keeps the file for a while. */
static long lend_to_child(struct tenant_self *self, const uint64_t arg[4])
{
	pid_t pid = fork();

	(void)self;
	if (!pid) {
		epc_sleep_ms(arg[0]);
		_exit(0);
	}
	return pid < 0 ? epc_fail(errno, "fork") : 0;
}

TEST_F(epc, VEPC_3_the_last_reference_counts)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 30));
	EXPECT_EQ(30, tenant_do(&t, tn_vepc_touch, 0, 30));
	DO(tenant_do(&t, lend_to_child, 5000));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(30, cg_pages(A));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 10000));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
