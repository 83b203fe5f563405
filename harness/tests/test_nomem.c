// SPDX-License-Identifier: GPL-2.0
/*
 * SAFE-3: the Nth allocation fails, for each N until all goes well. Each failure is an
 * error that is returned, or one page less that can be written out; nothing crashes,
 * nothing leaks, nothing stays charged.
 */
#include <linux/memcontrol.h>
#include "world.h"

/* More than any of these makes. */
#define MAX_ALLOCS	2000

static int nomem_init(struct kunit *test)
{
	world_init(64);
	return 0;
}

/* Nobody has anything just now. */
static void expect_nothing_left(struct kunit *test, unsigned long nth)
{
	KUNIT_EXPECT_EQ_MSG(test, 0ULL, world_usage(harness_cgroup_root()), "allocation %lu", nth);
	KUNIT_EXPECT_EQ_MSG(test, 64UL, harness_nr_free(), "allocation %lu", nth);
	KUNIT_EXPECT_EQ_MSG(test, 0UL, harness_nr_valid(), "allocation %lu", nth);
}

static void SAFE_3_without_memory_at_boot_there_is_no_sgx(struct kunit *test)
{
	sgx_cgroup_exit();
	harness_fail_nth_alloc(1);
	KUNIT_EXPECT_EQ(test, -ENOMEM, sgx_cgroup_init());
	KUNIT_EXPECT_TRUE(test, harness_alloc_failed());
	sgx_cgroup_exit();
	KUNIT_EXPECT_EQ(test, 0, sgx_cgroup_init());
}

static void SAFE_3_making_a_cgroup(struct kunit *test)
{
	struct cgroup *cgrp = ERR_PTR(-ENOMEM);
	unsigned long nth;

	for (nth = 1; IS_ERR(cgrp) && nth < MAX_ALLOCS; nth++) {
		harness_fail_nth_alloc(nth);
		cgrp = harness_mkdir("a");
		KUNIT_EXPECT_EQ(test, IS_ERR(cgrp), harness_alloc_failed());
		if (IS_ERR(cgrp))
			KUNIT_EXPECT_EQ(test, (long)-ENOMEM, PTR_ERR(cgrp));
		harness_run_work();
		KUNIT_EXPECT_EQ(test, IS_ERR(cgrp) ? 1U : 2U, harness_nr_css());
	}
	/* Ours are two, of the controller and of the EPC; the core has another. */
	KUNIT_EXPECT_EQ(test, 5UL, nth);
}

static void SAFE_3_building_an_enclave(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct tenant tenant;
	unsigned long nth;
	int ret = -ENOMEM;

	harness_va_slots = 4;
	for (nth = 1; ret && nth < MAX_ALLOCS; nth++) {
		harness_fail_nth_alloc(nth);
		ret = tenant_build(&tenant, a, 10);
		KUNIT_EXPECT_EQ_MSG(test, ret ? -ENOMEM : 0, ret, "allocation %lu", nth);
		KUNIT_EXPECT_EQ(test, !!ret, harness_alloc_failed());
		if (ret)
			expect_nothing_left(test, nth);
	}
	KUNIT_EXPECT_GT(test, nth, 30UL);
	KUNIT_EXPECT_LT(test, nth, (unsigned long)MAX_ALLOCS);
	tenant_end(&tenant);
}

/* At a limit that it is larger than: now reclaim allocates, too. */
static void SAFE_3_building_an_enclave_larger_than_its_limit(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	unsigned long nth, nr_good = 0;
	struct tenant tenant;
	bool failed = true;
	int ret;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 20));
	for (nth = 1; failed && nth < MAX_ALLOCS; nth++) {
		harness_fail_nth_alloc(nth);
		ret = tenant_build(&tenant, a, 40);
		failed = harness_alloc_failed();
		KUNIT_EXPECT_TRUE(test, !ret || (failed && ret == -ENOMEM));
		harness_fail_nth_alloc(0);
		if (!ret) {
			KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
			tenant_end(&tenant);
			nr_good++;
		}
		expect_nothing_left(test, nth);
	}
	/* Where only a page could not be written out, another one was. */
	KUNIT_EXPECT_GT(test, nr_good, 5UL);
	KUNIT_EXPECT_FALSE(test, failed);
}

static void SAFE_3_faults_at_a_limit(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct tenant tenant;
	bool failed = true;
	unsigned long nth;
	int ret;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	for (nth = 1; failed && nth < MAX_ALLOCS; nth++) {
		harness_fail_nth_alloc(nth);
		ret = tenant_touch(&tenant);
		failed = harness_alloc_failed();
		KUNIT_EXPECT_TRUE(test, !ret || (failed && ret == -EFAULT));
		KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
		KUNIT_EXPECT_LE(test, world_usage(a), 20ULL);
		KUNIT_EXPECT_EQ(test, world_usage(a), (u64)harness_nr_valid());
		/* Every page is somewhere, and still what it was. */
		harness_fail_nth_alloc(0);
		KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	}
	KUNIT_EXPECT_FALSE(test, failed);
	tenant_end(&tenant);
}

static void SAFE_3_adding_pages_to_a_running_enclave(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct tenant tenant;
	unsigned long nth;
	int ret = -EFAULT;

	harness_va_slots = 2;
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&tenant, a, 16));
	KUNIT_ASSERT_EQ(test, 0, harness_encl_init(tenant.file));
	tenant.vma = harness_mmap(tenant.file, 16);
	for (nth = 1; ret && nth < MAX_ALLOCS; nth++) {
		u64 before = world_usage(a);

		harness_fail_nth_alloc(nth);
		ret = harness_touch(tenant.vma, 3);
		KUNIT_EXPECT_EQ(test, !!ret, harness_alloc_failed());
		KUNIT_EXPECT_LE(test, world_usage(a), before + 2);
	}
	KUNIT_EXPECT_GT(test, nth, 3UL);
	harness_fail_nth_alloc(0);
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	tenant_end(&tenant);
}

static void SAFE_3_a_virtual_machine(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct vm_area_struct *vma;
	unsigned long nth;
	struct file *file;
	int ret = -ENOMEM, i;

	world_enter(a);
	for (nth = 1; ret && nth < MAX_ALLOCS; nth++) {
		harness_fail_nth_alloc(nth);
		file = harness_vepc_open();
		ret = PTR_ERR_OR_ZERO(file);
		if (ret)
			continue;
		vma = harness_mmap(file, 8);
		ret = PTR_ERR_OR_ZERO(vma);
		for (i = 0; i < 8 && !ret; i++)
			ret = harness_touch(vma, i);
		KUNIT_EXPECT_EQ(test, !!ret, harness_alloc_failed());
		if (!IS_ERR(vma))
			harness_munmap(vma);
		fput(file);
		expect_nothing_left(test, nth);
	}
	KUNIT_EXPECT_GT(test, nth, 15UL);
	KUNIT_EXPECT_EQ(test, 0, ret);
}

static struct kunit_case nomem_cases[] = {
	KUNIT_CASE(SAFE_3_without_memory_at_boot_there_is_no_sgx),
	KUNIT_CASE(SAFE_3_making_a_cgroup),
	KUNIT_CASE(SAFE_3_building_an_enclave),
	KUNIT_CASE(SAFE_3_building_an_enclave_larger_than_its_limit),
	KUNIT_CASE(SAFE_3_faults_at_a_limit),
	KUNIT_CASE(SAFE_3_adding_pages_to_a_running_enclave),
	KUNIT_CASE(SAFE_3_a_virtual_machine),
	{ }
};

static struct kunit_suite nomem_suite = {
	.name		= "nomem",
	.init		= nomem_init,
	.exit		= world_exit,
	.test_cases	= nomem_cases,
};

kunit_test_suite(nomem_suite);
