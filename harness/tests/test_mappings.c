// SPDX-License-Identifier: GPL-2.0
/*
 * Mappings of an enclave change while pages of it are reclaimed: whoever changes them has
 * their lock, and is not waited for.
 */
#include "world.h"

static struct cgroup *a;
static struct tenant tenant;

static int mappings_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	tenant_rest(&tenant);
	return 0;
}

static void mappings_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

static void lock_mappings(void)
{
	harness_become(world_other);
	i_mmap_lock_write(&tenant_encl(&tenant)->holder.mapping);
	harness_become(world_me);
}

static void unlock_mappings(void)
{
	harness_become(world_other);
	i_mmap_unlock_write(&tenant_encl(&tenant)->holder.mapping);
	harness_become(world_me);
}

/* Nothing of it has gone, and it is told like a taken encl->lock. */
static void expect_busy(struct kunit *test)
{
	struct sgx_reclaim_result result = sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 4);

	KUNIT_EXPECT_EQ(test, 0U, result.freed);
	KUNIT_EXPECT_TRUE(test, result.busy);
	KUNIT_EXPECT_TRUE(test, result.soon);
	KUNIT_EXPECT_EQ(test, 42ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0UL, world_sgx(a)->nr_writing);
}

static void REACH_8_mappings_that_change_are_not_waited_for(struct kunit *test)
{
	lock_mappings();
	expect_busy(test);
	unlock_mappings();
	KUNIT_EXPECT_EQ(test, 4U, sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 4).freed);
}

/* Of a killed enclave, whose pages a reclaimer had when it died. */
static void REACH_8_mappings_of_a_dead_enclave_are_not_waited_for(struct kunit *test)
{
	struct sgx_encl *encl = tenant_encl(&tenant);

	world_isolate(a, 3);
	KUNIT_ASSERT_EQ(test, 3U, world_nr_isolated);
	/* 40 pages, and a VA page; the SECS stays with its children. */
	KUNIT_EXPECT_EQ(test, 38L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	lock_mappings();
	KUNIT_EXPECT_EQ(test, -EBUSY, sgx_encl_write_back(encl, world_isolated, 3, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_EQ(test, 4ULL, world_usage(a));
	unlock_mappings();
	/* With the last of them goes the SECS. */
	KUNIT_EXPECT_EQ(test, 4, sgx_encl_write_back(encl, world_isolated, 3, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	world_put_back();
}

/* All pages are used, and each is looked at once: how many look unused? */
static unsigned int nr_unused(struct kunit *test, long shift)
{
	struct vm_area_struct *vma = tenant.vma;
	unsigned int i, nr = 0;

	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_EQ(test, 0, harness_touch(vma, i));
	vma->vm_pgoff += shift;
	for (i = 0; i < 40; i += 8)
		nr += sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 8).freed;
	vma->vm_pgoff -= shift;
	/* What was not seen there is mapped still. */
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	return nr;
}

/* A mapping that says it is of other pages is not asked. */
static void FAIR_3_only_mappings_of_the_page_are_looked_at(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0U, nr_unused(test, 0));
	KUNIT_EXPECT_EQ(test, 4U, nr_unused(test, 4));
	KUNIT_EXPECT_EQ(test, 4U, nr_unused(test, -4));
}

/* The VMA as it is while mremap() tries to move it, or when that could not be undone. */
static void move_vma(struct vm_area_struct *vma, long distance)
{
	zap_vma_ptes(vma, vma->vm_start, vma->vm_end - vma->vm_start);
	vma->vm_start += distance;
	vma->vm_end += distance;
}

static void FAIR_3_a_moved_part_is_unmapped_where_it_is(struct kunit *test)
{
	struct vm_area_struct *vma = tenant.vma;
	long size = vma->vm_end - vma->vm_start;
	unsigned long addr;
	spinlock_t *ptl;
	pte_t *pte;
	int i;

	move_vma(vma, size);
	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
		vmf_insert_pfn(vma, addr, 0);
	KUNIT_EXPECT_EQ(test, -EINVAL, sgx_vma_mremap(vma));
	for (i = 0; i < 3; i++)
		sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, SGX_NR_TO_SCAN);
	for (addr = vma->vm_start; addr < vma->vm_end; addr += PAGE_SIZE)
		KUNIT_EXPECT_EQ(test, -EINVAL, follow_pte(vma->vm_mm, addr, &pte, &ptl));
	/* Nothing is mapped there where reclaim would look elsewhere. */
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(vma, 0));
	move_vma(vma, -size);
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
}

static struct kunit_case mappings_cases[] = {
	KUNIT_CASE(REACH_8_mappings_that_change_are_not_waited_for),
	KUNIT_CASE(REACH_8_mappings_of_a_dead_enclave_are_not_waited_for),
	KUNIT_CASE(FAIR_3_only_mappings_of_the_page_are_looked_at),
	KUNIT_CASE(FAIR_3_a_moved_part_is_unmapped_where_it_is),
	{}
};

static struct kunit_suite mappings_suite = {
	.name		= "mappings",
	.init		= mappings_init,
	.exit		= mappings_exit,
	.test_cases	= mappings_cases,
};

kunit_test_suite(mappings_suite);
