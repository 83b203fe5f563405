// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that an enclave gets and changes, by ioctl or by touching them: where they come
 * from, what is waited for, and what is done when that ends early. REACH-2, REACH-3.
 */
#include "world.h"

static struct cgroup *a;
static struct tenant tenant;

static int pages_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	return 0;
}

static void pages_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

static void REACH_2_pages_come_from_memory_that_may_be_executed(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&tenant, a, 4));
	KUNIT_EXPECT_EQ(test, -EACCES,
			harness_encl_add_from(tenant.file, 0, HARNESS_NOEXEC_SOURCE));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_add_from(tenant.file, 0, ~0UL));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_add_from(tenant.file, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_add(tenant.file, 0));
}

/* What is added comes from user memory that may be executed. */
static void REACH_2_a_source_that_is_none_is_refused(struct kunit *test)
{
	unsigned long nowhere = ~0UL & PAGE_MASK, source = 0x10000;
	struct sgx_secinfo secinfo = { 0 };
	struct vm_area_struct *vma;
	struct sgx_encl *encl;

	KUNIT_ASSERT_EQ(test, 0, tenant_create(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	KUNIT_EXPECT_EQ(test, -EFAULT, sgx_encl_add_user_page(encl, nowhere, 0, &secinfo, 0));
	mmap_read_lock(current->mm);
	vma = find_vma(current->mm, source);
	mmap_read_unlock(current->mm);
	KUNIT_ASSERT_TRUE(test, vma);
	vma->vm_flags &= ~VM_MAYEXEC;
	KUNIT_EXPECT_EQ(test, -EACCES, sgx_encl_add_user_page(encl, source, 0, &secinfo, 0));
	vma->vm_flags |= VM_MAYEXEC;
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
}

/* An enclave that is being built may lose its pages, but not its SECS. */
static void REACH_2_the_secs_of_an_enclave_being_built_stays(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&tenant, a, 4));
	KUNIT_ASSERT_EQ(test, 0, harness_encl_add(tenant.file, 0));
	KUNIT_EXPECT_EQ(test, 1U, sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 16).freed);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_add(tenant.file, 1));
}

static void let_go_of_pages(void)
{
	harness_on_sleep = NULL;
	world_put_back();
}

/* Of the pages that are isolated, the first of the enclave. */
static void put_back_first(void)
{
	unsigned int i;

	for (i = 0; world_isolated[i]->owner->desc != tenant_encl(&tenant)->base; i++)
		;
	sgx_cgroup_put_back(world_isolated[i], true);
	world_isolated[i] = NULL;
}

static void REACH_2_an_ioctl_waits_for_a_page_that_a_reclaimer_has(struct kunit *test)
{
	unsigned long done;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_isolate(a, 1);
	harness_on_sleep = let_go_of_pages;
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, 0, 4, &done));
	KUNIT_EXPECT_EQ(test, 4UL, done);
	/* A signal ends that: what was done is a success. */
	world_isolate(a, 4);
	put_back_first();
	harness_on_sleep = world_signal_me;
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, 0, 4, &done));
	KUNIT_EXPECT_EQ(test, 1UL, done);
	KUNIT_EXPECT_EQ(test, -ERESTARTSYS, harness_encl_modify(tenant.file, 1, 1, &done));
	harness_signal_clear(current);
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_modify(tenant.file, 7, 1, &done));
	harness_on_sleep = NULL;
	world_put_back();
}

/* The number of the only isolated page. */
static unsigned long isolated_index(void)
{
	return PFN_DOWN(world_isolated[0]->owner->desc - tenant_encl(&tenant)->base);
}

/* An SGX2 ioctl waits for the page that a reclaimer has, or for a signal. */
static void REACH_2_an_isolated_page_is_waited_for(struct kunit *test)
{
	unsigned long index, done;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_isolate(a, 1);
	index = isolated_index();
	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, -ERESTARTSYS, harness_encl_modify(tenant.file, index, 1, &done));
	harness_signal_clear(current);
	harness_on_sleep = let_go_of_pages;
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, index, 1, &done));
	KUNIT_EXPECT_EQ(test, 1UL, done);
}

/* A signal ends an SGX2 ioctl that has done something with success and a count. */
static void REACH_2_a_signal_leaves_what_was_done(struct kunit *test)
{
	unsigned long index, done;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_isolate(a, 1);
	index = isolated_index();
	world_put_back();
	KUNIT_ASSERT_TRUE(test, index < 2);
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, index + 2, 1, &done));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_modify(tenant.file, 100, 1, &done));
	KUNIT_EXPECT_EQ(test, 0UL, done);
	world_isolate(a, 1);
	index = isolated_index();
	KUNIT_ASSERT_TRUE(test, index > 0);
	harness_on_sleep = world_signal_me;
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, index - 1, 2, &done));
	KUNIT_EXPECT_EQ(test, 1UL, done);
	harness_on_sleep = NULL;
	harness_signal_clear(current);
	world_put_back();
}

static void REACH_3_a_new_page_at_the_limit_is_added_outside_the_locks(struct kunit *test)
{
	unsigned long i;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 30));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 29));
	for (i = 0; world_usage(a) < 20; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, i));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 29));
	KUNIT_EXPECT_LE(test, world_usage(a), 20ULL);
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
}

/* A page that is added by touching it, at the limit: others go for it. */
static void REACH_3_a_page_is_added_at_the_limit(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 3));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a)));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 3));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_GT(test, world_stat(a, "sgx_epc.evicted"), 0ULL);
}

/* The same for a page that needs a VA page, too. */
static void REACH_3_a_page_is_added_with_its_va_page(struct kunit *test)
{
	harness_va_slots = 1;
	REACH_3_a_page_is_added_at_the_limit(test);
}

static struct kunit_case pages_cases[] = {
	KUNIT_CASE(REACH_2_pages_come_from_memory_that_may_be_executed),
	KUNIT_CASE(REACH_2_a_source_that_is_none_is_refused),
	KUNIT_CASE(REACH_2_the_secs_of_an_enclave_being_built_stays),
	KUNIT_CASE(REACH_2_an_ioctl_waits_for_a_page_that_a_reclaimer_has),
	KUNIT_CASE(REACH_2_an_isolated_page_is_waited_for),
	KUNIT_CASE(REACH_2_a_signal_leaves_what_was_done),
	KUNIT_CASE(REACH_3_a_new_page_at_the_limit_is_added_outside_the_locks),
	KUNIT_CASE(REACH_3_a_page_is_added_at_the_limit),
	KUNIT_CASE(REACH_3_a_page_is_added_with_its_va_page),
	{ }
};

static struct kunit_suite pages_suite = {
	.name		= "pages",
	.init		= pages_init,
	.exit		= pages_exit,
	.test_cases	= pages_cases,
};

kunit_test_suite(pages_suite);
