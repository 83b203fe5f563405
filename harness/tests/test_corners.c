// SPDX-License-Identifier: GPL-2.0
/*
 * What hardly ever happens: an allocation without a request, reclaim for the whole machine,
 * errors of the CPU, many VA pages, locks that are taken.
 */
#include <linux/memcontrol.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include "world.h"

/* ENCLS says so of a page that a thread may be in, or of one with a child. */
#define SGX_ENCLAVE_ACT	14

static struct cgroup *p, *a, *b;
static struct tenant tenant;

static int corners_init(struct kunit *test)
{
	world_init(400);
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	return 0;
}

static void corners_exit(struct kunit *test)
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

/* Who has begun no request is told to come again, and may not wait. */
static void REACH_2_who_has_no_request_is_refused_at_once(struct kunit *test)
{
	struct sgx_encl *encl;
	struct sgx_epc_page *page;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a)));
	page = sgx_holder_alloc_page(&encl->holder, &encl->secs, false);
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, PTR_ERR(page));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
}

/* So many VA pages that one hold of the lock is not enough to free them. */
static void EXHAUST_4_no_lock_is_held_over_many_va_pages(struct kunit *test)
{
	harness_va_slots = 1;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 150));
	KUNIT_EXPECT_EQ(test, 302ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 302L, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

/* A thread stays in the enclave: an isolated page of it cannot be freed either. */
static void EXHAUST_4_an_isolated_page_that_is_in_use_is_put_back(struct kunit *test)
{
	struct sgx_epc_page *page;
	struct sgx_encl *encl;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	world_isolate(a, 1);
	page = world_isolated[0];
	KUNIT_EXPECT_EQ(test, 5L, sgx_cgroup_kill_one(world_sgx(a)) + 1);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	harness_encls_fail(HARNESS_EREMOVE, -1, SGX_ENCLAVE_ACT);
	KUNIT_EXPECT_EQ(test, 0, sgx_encl_write_back(encl, world_isolated, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_PTR_EQ(test, page, world_isolated[0]);
	harness_encls_fail(HARNESS_EREMOVE, 0, 0);
	KUNIT_EXPECT_EQ(test, 2, sgx_encl_write_back(encl, world_isolated, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	world_put_back();
}

/* EREMOVE refuses a page of a killed enclave, and takes it when asked again. */
static void CHARGE_6_a_page_that_goes_at_the_second_try_is_not_lost(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EREMOVE, 1, 1);
	KUNIT_EXPECT_EQ(test, 6L, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
}

static void let_go_of_lock(void)
{
	harness_on_sleep = NULL;
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

static void let_go_after_a_kill(void)
{
	/* What the other killer did under the lock. */
	WRITE_ONCE(tenant_encl(&tenant)->holder.dead, true);
	let_go_of_lock();
}

static void EXHAUST_4_the_victim_dies_while_its_lock_is_waited_for(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = let_go_after_a_kill;
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.kill"));
	sgx_encl_sweep(tenant_encl(&tenant));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

static void EXHAUST_4_a_lock_that_is_given_back_is_got(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = let_go_of_lock;
	KUNIT_EXPECT_EQ(test, 6L, sgx_cgroup_kill_one(world_sgx(a)));
}

static void EXHAUST_4_a_fatal_signal_ends_the_wait_for_the_lock(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_signal(current, true);
	KUNIT_EXPECT_LT(test, sgx_cgroup_kill_one(world_sgx(a)), 0L);
	KUNIT_EXPECT_LT(test, jiffies - begin, (unsigned long)HZ / 2);
	harness_signal_clear(current);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

/* misc.reclaim waits for an enclave that cannot be killed just now, and tries again. */
static void RECLAIM_2_a_kill_that_has_to_wait_is_tried_again(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_memcg->limit = atomic_long_read(&world_memcg->usage);
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = let_go_of_lock;
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max kill=enclaves"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
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

/* EBLOCK does not do what it should: said, and the page goes all the same. */
static void SAFE_a_page_that_eblock_refuses_is_reported(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EBLOCK, 1, 1);
	harness_warnings_allowed = 1;
	sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 1);
	KUNIT_EXPECT_EQ(test, 1, harness_nr_warnings);
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

/* A mapping whose fork had no memory for it has no enclave. */
static void EXHAUST_5_a_mapping_without_an_enclave_is_a_sigbus(struct kunit *test)
{
	void *encl;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant.vma->vm_private_data;
	tenant.vma->vm_private_data = NULL;
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 0));
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	tenant.vma->vm_private_data = encl;
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	harness_signal_clear(current);
}

/* The number of the only isolated page. */
static unsigned long isolated_index(void)
{
	return PFN_DOWN(world_isolated[0]->owner->desc - tenant_encl(&tenant)->base);
}

static void let_go_of_page(void)
{
	harness_on_sleep = NULL;
	world_put_back();
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
	harness_on_sleep = let_go_of_page;
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

/* What the limit refuses because it was lowered is let in when it is raised again. */
static void MAX_1_a_raised_limit_wakes_who_waits(struct kunit *test)
{
	wait_queue_head_t *wait = &world_sgx(a)->wait;
	DEFINE_WAIT(entry);

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	prepare_to_wait(wait, &entry, TASK_INTERRUPTIBLE);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 100));
	KUNIT_EXPECT_EQ(test, TASK_RUNNING, current->state);
	finish_wait(wait, &entry);
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

/* Below the floor, but with more pages than any instruction needs: that may be slow. */
static void EXHAUST_7_who_uses_many_pages_gets_more_time(struct kunit *test)
{
	int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 30));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 80K"));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 12));
	for (i = 0; i < 5000; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, i % 30));
	KUNIT_EXPECT_GE(test, world_stat(a, "sgx_epc.loaded"), 4200ULL);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
}

static struct kunit_case corners_cases[] = {
	KUNIT_CASE(MAX_4_a_batch_is_reclaimed_when_few_pages_are_free),
	KUNIT_CASE(REACH_5_a_page_used_lately_is_spared_once),
	KUNIT_CASE(REACH_2_who_has_no_request_is_refused_at_once),
	KUNIT_CASE(EXHAUST_4_no_lock_is_held_over_many_va_pages),
	KUNIT_CASE(EXHAUST_4_an_isolated_page_that_is_in_use_is_put_back),
	KUNIT_CASE(CHARGE_6_a_page_that_goes_at_the_second_try_is_not_lost),
	KUNIT_CASE(EXHAUST_4_the_victim_dies_while_its_lock_is_waited_for),
	KUNIT_CASE(EXHAUST_4_a_lock_that_is_given_back_is_got),
	KUNIT_CASE(EXHAUST_4_a_fatal_signal_ends_the_wait_for_the_lock),
	KUNIT_CASE(RECLAIM_2_a_kill_that_has_to_wait_is_tried_again),
	KUNIT_CASE(CHARGE_6_a_poisoned_page_is_not_written_out),
	KUNIT_CASE(SAFE_a_page_that_eblock_refuses_is_reported),
	KUNIT_CASE(CHARGE_5_a_secs_without_room_outside_stays),
	KUNIT_CASE(CHARGE_6_what_is_lost_already_is_not_lost_again),
	KUNIT_CASE(EXHAUST_5_a_mapping_without_an_enclave_is_a_sigbus),
	KUNIT_CASE(REACH_2_an_isolated_page_is_waited_for),
	KUNIT_CASE(REACH_2_a_signal_leaves_what_was_done),
	KUNIT_CASE(REACH_2_a_source_that_is_none_is_refused),
	KUNIT_CASE(REACH_2_the_secs_of_an_enclave_being_built_stays),
	KUNIT_CASE(REACH_3_a_page_is_added_at_the_limit),
	KUNIT_CASE(REACH_3_a_page_is_added_with_its_va_page),
	KUNIT_CASE(MAX_1_a_raised_limit_wakes_who_waits),
	KUNIT_CASE(REACH_8_a_taken_lock_is_waited_for_a_moment),
	KUNIT_CASE(EXHAUST_7_who_uses_many_pages_gets_more_time),
	KUNIT_CASE(FAIR_2_a_page_put_back_ends_the_protection),
	{ }
};

static struct kunit_suite corners_suite = {
	.name		= "corners",
	.init		= corners_init,
	.exit		= corners_exit,
	.test_cases	= corners_cases,
};

kunit_test_suite(corners_suite);
