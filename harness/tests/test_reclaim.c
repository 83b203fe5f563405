// SPDX-License-Identifier: GPL-2.0
/*
 * What reclaim takes and what it passes over: the background's share, misc.low, enclaves
 * whose lock is taken, and pages that cannot be written out.
 */
#include <linux/memcontrol.h>
#include <linux/timekeeping.h>
#include "world.h"

static struct cgroup *p, *a, *b;
static struct tenant tenant;

static int reclaim_init(struct kunit *test)
{
	world_init(256);
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	return 0;
}

static void reclaim_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

/* The whole machine is short: a batch of the oldest goes, of whatever cgroup. */
static void MAX_4_a_batch_is_reclaimed_when_few_pages_are_free(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_reclaimable());
	sgx_cgroup_reclaim_direct();
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_reclaimable());
	tenant_rest(&tenant);
	sgx_cgroup_reclaim_direct();
	KUNIT_EXPECT_EQ(test, (u64)SGX_NR_TO_SCAN, world_stat(a, "sgx_epc.evicted"));
}

static void FAIR_1_the_background_takes_the_oldest(struct kunit *test)
{
	struct tenant large;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&large, b, 180));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 60));
	tenant_rest(&large);
	tenant_rest(&tenant);
	KUNIT_EXPECT_TRUE(test, harness_ksgxd_wanted());
	KUNIT_EXPECT_GT(test, harness_ksgxd_pass(), 0U);
	KUNIT_EXPECT_GE(test, harness_nr_free(), (unsigned long)SGX_NR_HIGH_PAGES);
	/* The older ones first: all of b's come before a's. */
	KUNIT_EXPECT_EQ(test, 62ULL, world_usage(a));
	KUNIT_EXPECT_LT(test, world_usage(b), 182ULL - 40);
	tenant_end(&large);
}

static void FAIR_1_the_background_rests_when_all_is_in_use(struct kunit *test)
{
	u64 begin;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 240));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	begin = jiffies;
	while (jiffies < begin + HZ / 5)
		sgx_cgroup_reclaim_background();
	KUNIT_EXPECT_LT(test, world_stat(a, "sgx_epc.scanned"), 3000ULL);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

static unsigned int nr_sleeps;

static void count_sleep(void)
{
	nr_sleeps++;
}

/* The last batches, too, each of which frees something. */
static void FAIR_1_the_background_does_not_rest_while_it_gets_on(struct kunit *test)
{
	int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	tenant_rest(&tenant);
	nr_sleeps = 0;
	harness_on_sleep = count_sleep;
	for (i = 0; i < 3; i++)
		sgx_cgroup_reclaim_background();
	KUNIT_EXPECT_EQ(test, 0U, nr_sleeps);
	/* With the SECS. */
	KUNIT_EXPECT_EQ(test, 41ULL, world_stat(a, "sgx_epc.evicted"));
}

/* Nothing can be written: the background looks at all twice, and then rests. */
static void FAIR_1_the_background_does_not_spin(struct kunit *test)
{
	unsigned long begin;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 240));
	world_memcg->limit = 0;
	begin = jiffies;
	while (jiffies < begin + HZ)
		sgx_cgroup_reclaim_background();
	/* Ten times in a second, twice 240 pages each. */
	KUNIT_EXPECT_LE(test, world_stat(a, "sgx_epc.scanned"), 11ULL * (2 * 240 + 16));
	world_memcg->limit = 1000;
	sgx_cgroup_reclaim_direct();
	KUNIT_EXPECT_EQ(test, 16ULL, world_stat(a, "sgx_epc.evicted"));
}

/* A page put back while its cgroup has grown is one that anybody may take. */
static void FAIR_2_a_page_put_back_ends_the_protection(struct kunit *test)
{
	struct tenant neighbour;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.low", 21));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&neighbour, b, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.low", 100));
	/* 22 are in use, one of them in a reclaimer's hands: that leaves what low protects. */
	world_isolate(a, 1);
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	world_put_back();
	KUNIT_EXPECT_FALSE(test, world_sgx(a)->is_protected);
	tenant_end(&neighbour);
}

/* What was about to go is why low protected the rest; afterwards that is looked at anew. */
static void FAIR_2_a_write_that_ends_ends_the_protection(struct kunit *test)
{
	struct sgx_encl *encl;
	struct tenant neighbour;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.low", 100));
	KUNIT_ASSERT_EQ(test, 0, world_set(a, "misc.low", 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&neighbour, b, 20));
	world_isolate(a, 2);
	encl = tenant_encl(&tenant);
	mutex_lock(&encl->lock);
	for (i = 0; i < world_nr_isolated; i++) {
		sgx_cgroup_start_write(world_isolated[i]);
		world_isolated[i] = NULL;
	}
	mutex_unlock(&encl->lock);
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	sgx_cgroup_end_write(world_sgx(a), world_nr_isolated);
	KUNIT_EXPECT_FALSE(test, world_sgx(a)->is_protected);
	world_put_back();
	tenant_end(&neighbour);
}

/* What was used since reclaim last looked is spared once, and not what was not. */
static void REACH_5_a_page_used_lately_is_spared_once(struct kunit *test)
{
	struct sgx_reclaim_result result;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	result = sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 4U, result.looked);
	KUNIT_EXPECT_EQ(test, 0U, result.freed);
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 2));
	result = sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 3U, result.freed);
}

/* A tenant holds the lock of its enclave for as long as it likes. */
static void REACH_8_reclaim_passes_over_an_enclave_whose_lock_is_taken(struct kunit *test)
{
	struct tenant neighbour;
	u64 begin;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 200));
	tenant_rest(&tenant);
	world_lock_by_other(&tenant_encl(&tenant)->lock);

	begin = ktime_get_ns();
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&neighbour, b, 52));
	KUNIT_EXPECT_EQ(test, 0UL, harness_nr_free());
	tenant_rest(&neighbour);
	KUNIT_EXPECT_EQ(test, 0, harness_write(harness_cgroup_root(), "misc.reclaim",
					       "sgx_epc 64K"));
	KUNIT_EXPECT_EQ(test, 202ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 54ULL - 16, world_usage(b));
	KUNIT_EXPECT_GT(test, world_stat(a, "sgx_epc.skipped"), 0ULL);
	KUNIT_EXPECT_LT(test, ktime_get_ns() - begin, 2ULL * NSEC_PER_SEC);

	world_unlock_by_other(&tenant_encl(&tenant)->lock);
	tenant_end(&neighbour);
}

/* A taken lock is waited for a moment each time that it is taken, and no longer. */
static void REACH_8_a_taken_lock_is_waited_for_a_moment(struct kunit *test)
{
	struct sgx_cgroup *cg = world_sgx(a);

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).soon);
	harness_clock_advance(30 * NSEC_PER_MSEC);
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).soon);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
	KUNIT_EXPECT_EQ(test, 4U, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).freed);
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).soon);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

/* Nobody sleeps with the lock of an enclave for what its creator has too much of. */
static void REACH_8_the_creators_memory_high_stops_nobody(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 100));
	world_memcg->high = 1;
	current->memcg_nr_pages_over_high = 3;
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 400K"));
	KUNIT_EXPECT_EQ(test, 3U, current->memcg_nr_pages_over_high);
	current->memcg_nr_pages_over_high = 0;
}

/* It pays for nobody from then on, and each page is counted once as skipped. */
static void CHARGE_5_a_full_memory_cgroup_leaves_no_trace_in_the_thread(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	world_memcg->limit = 0;
	KUNIT_EXPECT_EQ(test, 0U, sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 4).freed);
	KUNIT_EXPECT_EQ(test, 4ULL, world_stat(a, "sgx_epc.skipped"));
	KUNIT_EXPECT_PTR_EQ(test, NULL, current->active_memcg);
}

/* The memory cgroup has room for the last page and none for the SECS: that stays. */
static void CHARGE_5_a_secs_without_room_outside_stays(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 2));
	world_memcg->limit = atomic_long_read(&world_memcg->usage) + 2;
	KUNIT_EXPECT_EQ(test, 2U, sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 16).freed);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	world_memcg->limit = 1000;
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
}

/* A page with a memory error is not read to be written out, though isolated before. */
static void CHARGE_6_a_poisoned_page_is_not_written_out(struct kunit *test)
{
	struct sgx_epc_page *page;
	struct sgx_encl *encl;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	world_isolate(a, 1);
	page = world_isolated[0];
	page->poison = 1;
	KUNIT_EXPECT_EQ(test, 0, sgx_encl_write_back(encl, world_isolated, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_PTR_EQ(test, page, world_isolated[0]);
	page->poison = 0;
	world_put_back();
}

/* A page is given up twice, and leaves its cgroup once. */
static void CHARGE_6_what_is_lost_already_is_not_lost_again(struct kunit *test)
{
	struct sgx_cgroup *cg = world_sgx(a), *limiting;
	struct sgx_epc_page *page = sgx_cgroup_try_alloc(cg, &limiting);

	KUNIT_ASSERT_TRUE(test, page);
	sgx_page_leaked(page);
	sgx_page_leaked(page);
	KUNIT_EXPECT_EQ(test, 1ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

/* EBLOCK does not do what it should: said, and the page goes all the same. */
static void SAFE_a_page_that_eblock_refuses_is_reported(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EBLOCK, 1, 1);
	harness_warnings_allowed = 1;
	sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 1);
	KUNIT_EXPECT_EQ(test, 1, harness_nr_warnings);
}

static void SAFE_5_what_a_suspend_has_lost_is_freed_and_not_loaded(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_lose_epc();
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_EQ(test, 1ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 0));
	KUNIT_EXPECT_EQ(test, 1ULL, world_usage(a));
}

static struct kunit_case reclaim_cases[] = {
	KUNIT_CASE(MAX_4_a_batch_is_reclaimed_when_few_pages_are_free),
	KUNIT_CASE(FAIR_1_the_background_takes_the_oldest),
	KUNIT_CASE(FAIR_1_the_background_rests_when_all_is_in_use),
	KUNIT_CASE(FAIR_1_the_background_does_not_rest_while_it_gets_on),
	KUNIT_CASE(FAIR_1_the_background_does_not_spin),
	KUNIT_CASE(FAIR_2_a_page_put_back_ends_the_protection),
	KUNIT_CASE(FAIR_2_a_write_that_ends_ends_the_protection),
	KUNIT_CASE(REACH_5_a_page_used_lately_is_spared_once),
	KUNIT_CASE(REACH_8_reclaim_passes_over_an_enclave_whose_lock_is_taken),
	KUNIT_CASE(REACH_8_a_taken_lock_is_waited_for_a_moment),
	KUNIT_CASE(REACH_8_the_creators_memory_high_stops_nobody),
	KUNIT_CASE(CHARGE_5_a_full_memory_cgroup_leaves_no_trace_in_the_thread),
	KUNIT_CASE(CHARGE_5_a_secs_without_room_outside_stays),
	KUNIT_CASE(CHARGE_6_a_poisoned_page_is_not_written_out),
	KUNIT_CASE(CHARGE_6_what_is_lost_already_is_not_lost_again),
	KUNIT_CASE(SAFE_a_page_that_eblock_refuses_is_reported),
	KUNIT_CASE(SAFE_5_what_a_suspend_has_lost_is_freed_and_not_loaded),
	{ }
};

static struct kunit_suite reclaim_suite = {
	.name		= "reclaim",
	.init		= reclaim_init,
	.exit		= reclaim_exit,
	.test_cases	= reclaim_cases,
};

kunit_test_suite(reclaim_suite);
