// SPDX-License-Identifier: GPL-2.0
/* One enclave from the first page to the last: if this fails, nothing else matters. */
#include "world.h"

static int start_init(struct kunit *test)
{
	world_init(256);
	return 0;
}

static void an_enclave_larger_than_its_limit_runs(struct kunit *test)
{
	struct cgroup *group = world_group("group");
	struct vm_area_struct *vma;
	struct file *file;
	int i, round, ret;

	KUNIT_EXPECT_EQ(test, 0, world_set(group, "misc.max", 40));
	world_enter(group);
	file = harness_encl_build(64, 64, &ret);
	KUNIT_ASSERT_EQ(test, 0, ret);
	vma = harness_mmap(file, 64);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 64; i++)
			KUNIT_EXPECT_EQ(test, 0, harness_touch(vma, i));
	}
	KUNIT_EXPECT_LE(test, world_usage(group), 40ULL);
	KUNIT_EXPECT_GT(test, world_stat(group, "sgx_epc.evicted"), 60ULL);
	KUNIT_EXPECT_GT(test, world_event(group, "sgx_epc.max"), 5ULL);
	harness_munmap(vma);
	fput(file);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(group));
}

static struct kunit_case start_cases[] = {
	KUNIT_CASE(an_enclave_larger_than_its_limit_runs),
	{ }
};

static struct kunit_suite start_suite = {
	.name		= "start",
	.init		= start_init,
	.exit		= world_exit,
	.test_cases	= start_cases,
};

kunit_test_suite(start_suite);
