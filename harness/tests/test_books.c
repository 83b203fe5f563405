// SPDX-License-Identifier: GPL-2.0
/* Counting below and above the highest usage, and what misc.low protects. */
#include "world.h"

#define EPC	MISC_CG_RES_SGX_EPC

static struct cgroup *p, *a, *b;

static int books_init(struct kunit *test)
{
	world_init(400);
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	return 0;
}

static bool charged(struct misc_cg *misc, u64 amount)
{
	return !misc_cg_charge_or_limit(EPC, misc, amount);
}

/* A limit below what was once used holds, and so does one that comes back. */
static void CHARGE_3_a_limit_below_the_peak_holds(struct kunit *test)
{
	struct misc_cg *misc = world_misc(a);

	KUNIT_EXPECT_TRUE(test, charged(misc, PAGE_BYTES(10)));
	misc_cg_uncharge(EPC, misc, PAGE_BYTES(10));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 5));
	KUNIT_EXPECT_PTR_EQ(test, misc, misc_cg_charge_or_limit(EPC, misc, PAGE_BYTES(5) + 1));
	KUNIT_EXPECT_TRUE(test, charged(misc, PAGE_BYTES(5)));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 6));
	KUNIT_EXPECT_TRUE(test, charged(misc, PAGE_BYTES(1)));
	KUNIT_EXPECT_PTR_EQ(test, misc, misc_cg_charge_or_limit(EPC, misc, 1));
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(10), harness_value(a, "misc.peak", "sgx_epc"));
	misc_cg_uncharge(EPC, misc, PAGE_BYTES(6));
}

/* The highest usage is known at each level, and a refused charge raises none. */
static void CHARGE_3_a_refused_charge_raises_no_peak(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 3));
	KUNIT_EXPECT_TRUE(test, charged(world_misc(a), PAGE_BYTES(2)));
	KUNIT_EXPECT_PTR_EQ(test, world_misc(p),
			    misc_cg_charge_or_limit(EPC, world_misc(b), PAGE_BYTES(2)));
	KUNIT_EXPECT_EQ(test, 0ULL, harness_value(b, "misc.peak", "sgx_epc"));
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(2), harness_value(p, "misc.peak", "sgx_epc"));
	KUNIT_EXPECT_EQ(test, 0ULL, harness_value(b, "misc.current", "sgx_epc"));
	misc_cg_uncharge(EPC, world_misc(a), PAGE_BYTES(2));
}

/* A number that would come round to a small one is too much. */
static void CHARGE_3_no_charge_wraps_around(struct kunit *test)
{
	struct misc_cg *misc = world_misc(a);

	KUNIT_EXPECT_TRUE(test, charged(misc, 2));
	KUNIT_EXPECT_PTR_EQ(test, misc, misc_cg_charge_or_limit(EPC, misc, U64_MAX - 1));
	KUNIT_EXPECT_TRUE(test, charged(misc, U64_MAX - 2));
	misc_cg_uncharge(EPC, misc, U64_MAX - 2);
	misc_cg_uncharge(EPC, misc, 2);
}

static void SAFE_6_what_is_no_resource_is_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_cg_set_ops(MISC_CG_RES_TYPES, NULL));
	misc_cg_uncharge(MISC_CG_RES_TYPES, world_misc(a), 1);
	misc_cg_uncharge(EPC, NULL, 1);
	misc_cg_uncharge(EPC, world_misc(a), 0);
	KUNIT_EXPECT_EQ(test, 0, harness_nr_warnings);
}

static void *no_memory(struct misc_cg *cg, void *parent)
{
	return ERR_PTR(-ENOMEM);
}

static void SAFE_3_a_provider_that_cannot_start_is_told(struct kunit *test)
{
	static const struct misc_res_ops ops = { .alloc = no_memory };

	KUNIT_EXPECT_EQ(test, -ENOMEM, misc_cg_set_ops(MISC_CG_RES_SEV_ES, &ops));
}

/* Pages of two enclaves by turns are one batch, in which each enclave is locked once. */
static void FAIR_1_a_batch_has_pages_of_several_enclaves(struct kunit *test)
{
	struct sgx_reclaim_result result;
	struct tenant mine, other;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&mine, a, 4));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&other, b, 4));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(mine.file, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(mine.vma, 0));
	result = sgx_cgroup_reclaim(world_sgx(p), SGX_TAKE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 8U, result.looked);
	KUNIT_EXPECT_EQ(test, 10U, result.freed);
	KUNIT_EXPECT_EQ(test, 5ULL, world_stat(a, "sgx_epc.evicted"));
	KUNIT_EXPECT_EQ(test, 5ULL, world_stat(b, "sgx_epc.evicted"));
	tenant_end(&mine);
	tenant_end(&other);
}

/* Grown beyond its low a cgroup pays like any other, from that page on. */
static void FAIR_2_what_grows_beyond_its_low_is_unprotected(struct kunit *test)
{
	struct tenant mine, other;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.low", 22));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&mine, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&other, b, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.low", 100));
	/* Reclaim comes along, finds a's pages the oldest, and puts them aside. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.evicted"));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(mine.file, 3));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(mine.vma, 3));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	tenant_end(&mine);

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&mine, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.low", 10));
	KUNIT_EXPECT_FALSE(test, world_sgx(a)->is_protected);
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 64K"));
	KUNIT_EXPECT_GT(test, world_stat(a, "sgx_epc.evicted"), 0ULL);
	tenant_end(&mine);
	tenant_end(&other);
}

/* The charge itself ends the protection, before the next reclaim comes along. */
static void FAIR_2_a_charge_ends_the_protection(struct kunit *test)
{
	struct tenant mine, other, more;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.low", 22));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&mine, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&other, b, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.low", 100));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&more, a, 1));
	KUNIT_EXPECT_FALSE(test, world_sgx(a)->is_protected);
	tenant_end(&more);
	tenant_end(&mine);
	tenant_end(&other);
}

/* Where all that is there is protected, there is nothing to look at. */
static void FAIR_2_protected_pages_alone_are_left(struct kunit *test)
{
	struct sgx_reclaim_result result;
	struct tenant tenant;

	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.low", 100));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.low", 50));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 10));
	result = sgx_cgroup_reclaim(world_sgx(p), SGX_TAKE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 0U, result.looked);
	result = sgx_cgroup_reclaim(world_sgx(p), SGX_TAKE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 0U, result.looked);
	result = sgx_cgroup_reclaim(world_sgx(p), SGX_TAKE_PROTECTED, 16);
	KUNIT_EXPECT_EQ(test, 10U, result.looked);
	tenant_end(&tenant);
}

static struct kunit_case books_cases[] = {
	KUNIT_CASE(CHARGE_3_a_limit_below_the_peak_holds),
	KUNIT_CASE(CHARGE_3_a_refused_charge_raises_no_peak),
	KUNIT_CASE(CHARGE_3_no_charge_wraps_around),
	KUNIT_CASE(SAFE_6_what_is_no_resource_is_refused),
	KUNIT_CASE(SAFE_3_a_provider_that_cannot_start_is_told),
	KUNIT_CASE(FAIR_1_a_batch_has_pages_of_several_enclaves),
	KUNIT_CASE(FAIR_2_what_grows_beyond_its_low_is_unprotected),
	KUNIT_CASE(FAIR_2_a_charge_ends_the_protection),
	KUNIT_CASE(FAIR_2_protected_pages_alone_are_left),
	{ }
};

static struct kunit_suite books_suite = {
	.name		= "books",
	.init		= books_init,
	.exit		= world_exit,
	.test_cases	= books_cases,
};

kunit_test_suite(books_suite);
