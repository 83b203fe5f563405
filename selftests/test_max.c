// SPDX-License-Identifier: GPL-2.0
/*
 * MAX: a write of misc.max stores a number and does nothing else; the next
 * charge enforces it.  The size of the EPC is not a limit at all.
 */
#include "epc.h"

static uint64_t loads_so_far(void)
{
	uint64_t nr;

	return swsgx_stat("encls_eldu", &nr) ? UINT64_MAX : nr;
}

TEST_F(epc, MAX_1_a_write_below_usage_returns_at_once_and_takes_nothing)
{
	static const uint64_t below[] = { 400, 100, 1, 0 };
	struct tenant t = TENANT_NONE;
	uint64_t before, refusals;
	long start;
	size_t i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 500, 0, 2));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, 500));
	DO(tenant_do(&t, tn_worker_touch, 0, 1, 0, 500));
	before = cg_pages(A);
	ASSERT_LT(500, before);

	for (i = 0; i < ARRAY_SIZE(below); i++) {
		start = epc_now_ms();
		DO(cg_set_max(A, below[i] * PAGE));
		EXPECT_GT(epc_patience(1000), epc_now_ms() - start);
		EXPECT_EQ(before, cg_pages(A));
		epc_sleep_ms(100);
		EXPECT_EQ(before, cg_pages(A));
		EXPECT_EQ(0, swsgx_evicted(t.pid)) TH_LOG("%s", epc_why());
	}
	/* A working set that is resident runs on, whatever the limit. */
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 500));
	HOLDS(tenant_do(&t, tn_worker_stop, 0, 1));
	EXPECT_EQ(before, cg_pages(A));
	EXPECT_EQ(0, swsgx_evicted(t.pid)) TH_LOG("%s", epc_why());
	DO(cg_events_max(A, &refusals));
	EXPECT_EQ(0, refusals);
	DO(tenant_stop(&t));
}

/*
 *   TOP           lowered
 *    |-- a        lowered
 *    |   `-- x    one enclave
 *    `-- b        one enclave
 */
TEST_F(epc, MAX_1_holds_for_a_limit_on_an_ancestor)
{
	struct tenant x = TENANT_NONE, b = TENANT_NONE;
	uint64_t before;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(B));
	DO(tenant_start(&x, A "/x"));
	DO(tenant_start(&b, B));
	DO(tenant_do(&x, tn_build, 0, 200, 0, 1));
	DO(tenant_do(&b, tn_build, 0, 100, 0, 1));
	before = cg_pages(TOP);
	DO(cg_set_max(A, PAGE));
	DO(cg_set_max(TOP, 3 * PAGE));
	epc_sleep_ms(200);
	EXPECT_EQ(before, cg_pages(TOP));
	EXPECT_EQ(before, cg_pages(A "/x") + cg_pages(B));
	EXPECT_EQ(0, swsgx_evicted(x.pid) + swsgx_evicted(b.pid)) TH_LOG("%s", epc_why());
	DO(tenant_stop(&x));
	DO(tenant_stop(&b));
}

/* The first page, from arg[1] on, whose touch makes the kernel load one. */
static long touch_until_load(struct tenant_self *self, const uint64_t arg[4])
{
	uint64_t before = loads_so_far(), page;
	int ret;

	for (page = arg[1]; page < arg[1] + arg[2]; page++) {
		ret = encl_touch(&self->encl[arg[0]], page, 1);
		if (ret)
			return ret;
		if (loads_so_far() != before)
			return page;
	}
	return epc_fail(ENODATA, "all of %lu pages are resident", arg[2]);
}

TEST_F(epc, MAX_2_one_load_pages_out_the_whole_excess)
{
	struct tenant t = TENANT_NONE;
	uint64_t high;

	DO(cg_create(A));
	DO(cg_set_max(A, 500 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 700, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 2, 0, 700));
	high = cg_pages(A);
	ASSERT_LT(400, high);

	DO(cg_set_max(A, 150 * PAGE));
	EXPECT_EQ(high, cg_pages(A));
	EXPECT_LE(0, tenant_do(&t, touch_until_load, 0, 0, 700))
		TH_LOG("%s", epc_why());
	EXPECT_GE(150, cg_pages(A));
	EXPECT_LT(0, cg_pages(A));
	HOLDS(books_match(0));
	HOLDS(tenant_do(&t, tn_verify, 0, 2, 0, 700));
	EXPECT_GE(150, cg_pages(A));
	DO(tenant_stop(&t));
}

TEST_F(epc, MAX_2_one_new_page_pages_out_the_whole_excess)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 400, 10, 1));
	DO(tenant_do(&t, tn_fill, 0, 3, 0, 400));
	ASSERT_LT(400, cg_pages(A));
	DO(cg_set_max(A, 100 * PAGE));

	/* By an EAUG fault. */
	HOLDS(tenant_do(&t, tn_grow, 0, 400, 1));
	EXPECT_GE(100, cg_pages(A));

	/* By an ioctl for another enclave. */
	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&t, tn_verify, 0, 3, 0, 400));
	ASSERT_LT(400, cg_pages(A));
	DO(cg_set_max(A, 100 * PAGE));
	HOLDS(tenant_do(&t, tn_build, 1, 10, 0, 1));
	EXPECT_GE(100, cg_pages(A));
	HOLDS(tenant_do(&t, tn_verify, 0, 3, 0, 400));
	DO(tenant_stop(&t));
}

/*
 *   TOP      lowered to 300 pages
 *    |-- a   500 pages, idle
 *    `-- b   loads
 */
TEST_F(epc, MAX_2_the_excess_is_taken_from_the_whole_subtree)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 500, 0, 1));
	DO(tenant_do(&a, tn_fill, 0, 4, 0, 500));
	DO(tenant_do(&b, tn_build, 0, 100, 10, 1));
	DO(cg_set_max(TOP, 300 * PAGE));
	HOLDS(tenant_do(&b, tn_grow, 0, 100, 10));
	EXPECT_GE(300, cg_pages(TOP));
	EXPECT_LT(0, swsgx_evicted(a.pid)) TH_LOG("%s", epc_why());
	HOLDS(tenant_do(&a, tn_verify, 0, 4, 0, 500));
	EXPECT_GE(300, cg_pages(TOP));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

TEST_F(epc, MAX_2_a_raised_limit_ends_the_paging)
{
	struct tenant t = TENANT_NONE;
	uint64_t evicted;

	DO(cg_create(A));
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 5, 0, 300));
	DO(cg_set_max(A, encl_built_pages(300, 1) * PAGE));
	evicted = swsgx_evicted(t.pid);
	EXPECT_LT(200, evicted);
	HOLDS(tenant_do(&t, tn_verify, 0, 5, 0, 300));
	HOLDS(tenant_do(&t, tn_verify, 0, 5, 0, 300));
	EXPECT_EQ(evicted, swsgx_evicted(t.pid));
	DO(tenant_stop(&t));
}

TEST_F_TIMEOUT(epc, MAX_2_limits_that_change_under_load_lose_no_data, 90)
{
	static const uint64_t pages[] = { 600, 120, 60, 800, 90, 300, 2000, 80 };
	struct tenant t = TENANT_NONE;
	size_t i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 700, 0, 1));
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		DO(tenant_post(&t, tn_fill, 0, i, 0, 700));
		DO(cg_set_max(A, pages[i] * PAGE));
		HOLDS(tenant_answer(&t, 30000));
		DO(cg_set_max(A, pages[ARRAY_SIZE(pages) - 1 - i] * PAGE));
		HOLDS(tenant_do(&t, tn_verify, 0, i, 0, 700));
	}
	HOLDS(books_match(0));
	DO(tenant_stop(&t));
}

static void no_refusals(const char *group, struct __test_metadata *_metadata)
{
	uint64_t refusals;

	DO(cg_events_max(group, &refusals));
	EXPECT_EQ(0, refusals) TH_LOG("refusals in %s", group);
}

/*
 *   TOP
 *    |-- a   no limit: an enclave larger than all EPC
 *    `-- b   no limit: the newcomer
 */
TEST_F_TIMEOUT(epc, MAX_4_a_newcomer_gets_in_when_all_epc_is_in_use, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t heap = self->capacity + 500;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, heap, 0, 1));
	DO(tenant_do(&a, tn_touch, 0, 0, heap));
	EXPECT_LE(self->capacity - 200, cg_pages(A));

	HOLDS(tenant_do(&b, tn_build, 0, 400, 100, 1));
	HOLDS(tenant_do(&b, tn_fill, 0, 6, 0, 400));
	HOLDS(tenant_do(&b, tn_grow, 0, 400, 100));
	HOLDS(tenant_do(&b, tn_trim, 0, 450, 50));
	HOLDS(tenant_do(&b, tn_verify, 0, 6, 0, 400));
	DO(tenant_do(&b, tn_vepc_open, 100));
	EXPECT_EQ(100, tenant_do(&b, tn_vepc_touch, 0, 100));
	EXPECT_LE(cg_pages(""), self->capacity);

	no_refusals(A, _metadata);
	no_refusals(B, _metadata);
	no_refusals(TOP, _metadata);
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a   a small enclave
 *    `-- b   guests: everything else, never to be reclaimed
 */
TEST_F_TIMEOUT(epc, MAX_4_with_nothing_left_anywhere_requests_fail_cleanly, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE, c = TENANT_NONE;
	long start;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_start(&c, B));
	DO(tenant_do(&a, tn_build, 0, 50, 0, 1));
	DO(tenant_do(&a, tn_fill, 0, 7, 0, 50));
	DO(tenant_do(&b, tn_vepc_open, self->capacity));
	EXPECT_LE(self->capacity - 5,
		  tenant_do(&b, tn_vepc_touch, 0, self->capacity));

	start = epc_now_ms();
	FAILS(ENOMEM, tenant_do(&c, tn_build, 0, 10, 0, 1));
	DO(tenant_do(&c, tn_vepc_open, 1));
	EXPECT_EQ(0, tenant_do(&c, tn_vepc_touch, 0, 1));
	/* Its pages went to the guests: entering needs a load that must fail. */
	FAILS(EFAULT, tenant_do(&a, tn_nop, 0));
	EXPECT_GT(epc_patience(10000), epc_now_ms() - start);
	no_refusals(TOP, _metadata);

	/* Nobody was killed: with room again everything goes on. */
	DO(tenant_do(&b, tn_vepc_close, 0));
	HOLDS(tenant_do(&a, tn_verify, 0, 7, 0, 50));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
	DO(tenant_stop(&c));
}

TEST_HARNESS_MAIN
