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

static int corners_init(struct kunit *test)
{
	world_init(400);
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	return 0;
}

static struct sgx_epc_page *isolate_one(struct cgroup *cgrp)
{
	struct sgx_epc_page *page;
	unsigned int nr;

	if (sgx_cgroup_isolate(world_sgx(cgrp), SGX_TAKE_YOUNG, &page, 1, &nr) != 1 || nr != 1)
		harness_fail("no page can be isolated");
	return page;
}

static void give_back(struct sgx_epc_page *page)
{
	struct sgx_encl *encl = page->owner->encl;

	sgx_cgroup_put_back(page, true);
	kref_put(&encl->refcount, sgx_encl_release);
}

/* The whole machine is short: a batch of the oldest goes, of whatever cgroup. */
static void MAX_4_a_batch_is_reclaimed_when_few_pages_are_free(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_EXPECT_FALSE(test, sgx_cgroup_reclaimable());
	sgx_cgroup_reclaim_direct();
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_reclaimable());
	tenant_rest(&tenant);
	sgx_cgroup_reclaim_direct();
	KUNIT_EXPECT_EQ(test, (u64)SGX_NR_TO_SCAN, world_stat(a, "sgx_epc.evicted"));
	tenant_end(&tenant);
}

/* What was used since reclaim last looked is spared once, and not what was not. */
static void REACH_5_a_page_used_lately_is_spared_once(struct kunit *test)
{
	struct sgx_reclaim_result result;
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	result = sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 4U, result.looked);
	KUNIT_EXPECT_EQ(test, 0U, result.freed);
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 2));
	result = sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 16);
	KUNIT_EXPECT_EQ(test, 3U, result.freed);
	tenant_end(&tenant);
}

/* Who has begun no request is told to come again, and may not wait. */
static void REACH_2_who_has_no_request_is_refused_at_once(struct kunit *test)
{
	struct tenant tenant;
	struct sgx_encl *encl;
	struct sgx_epc_page *page;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a)));
	page = sgx_holder_alloc_page(&encl->holder, &encl->secs, false);
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, PTR_ERR(page));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
	tenant_end(&tenant);
}

/* So many VA pages that one hold of the lock is not enough to free them. */
static void EXHAUST_4_no_lock_is_held_over_many_va_pages(struct kunit *test)
{
	struct tenant tenant;

	harness_va_slots = 1;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 150));
	KUNIT_EXPECT_EQ(test, 302ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 302L, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	tenant_end(&tenant);
}

/* A thread stays in the enclave: an isolated page of it cannot be freed either. */
static void EXHAUST_4_an_isolated_page_that_is_in_use_is_put_back(struct kunit *test)
{
	struct sgx_epc_page *page, *pages[1];
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	page = isolate_one(a);
	KUNIT_EXPECT_EQ(test, 5L, sgx_cgroup_kill_one(world_sgx(a)) + 1);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	harness_encls_fail(HARNESS_EREMOVE, -1, SGX_ENCLAVE_ACT);
	pages[0] = page;
	KUNIT_EXPECT_EQ(test, 0, sgx_encl_write_back(tenant_encl(&tenant), pages, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_PTR_EQ(test, page, pages[0]);
	harness_encls_fail(HARNESS_EREMOVE, 0, 0);
	KUNIT_EXPECT_EQ(test, 2, sgx_encl_write_back(tenant_encl(&tenant), pages, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	kref_put(&tenant_encl(&tenant)->refcount, sgx_encl_release);
	tenant_end(&tenant);
}

/* EREMOVE refuses a page of a killed enclave, and takes it when asked again. */
static void CHARGE_6_a_page_that_goes_at_the_second_try_is_not_lost(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EREMOVE, 1, 1);
	KUNIT_EXPECT_EQ(test, 6L, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
	tenant_end(&tenant);
}

static struct task_struct *holder_of_lock;
static struct tenant *held_tenant;

static void lock_as_other(struct kunit *test, struct tenant *tenant)
{
	struct task_struct *self;

	holder_of_lock = harness_task_new("other", NULL);
	held_tenant = tenant;
	self = harness_become(holder_of_lock);
	mutex_lock(&tenant_encl(tenant)->lock);
	harness_become(self);
}

static void unlock_as_other(void)
{
	struct task_struct *self = harness_become(holder_of_lock);

	mutex_unlock(&tenant_encl(held_tenant)->lock);
	harness_become(self);
	harness_task_free(holder_of_lock);
	holder_of_lock = NULL;
}

static void let_go_once(void)
{
	if (holder_of_lock)
		unlock_as_other();
}

static void let_go_after_a_kill(void)
{
	if (!holder_of_lock)
		return;
	/* What the other killer did under the lock. */
	WRITE_ONCE(tenant_encl(held_tenant)->holder.dead, true);
	unlock_as_other();
}

static void EXHAUST_4_the_victim_dies_while_its_lock_is_waited_for(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	lock_as_other(test, &tenant);
	harness_on_sleep = let_go_after_a_kill;
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.kill"));
	sgx_encl_sweep(tenant_encl(&tenant));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	tenant_end(&tenant);
}

static void EXHAUST_4_a_lock_that_is_given_back_is_got(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	lock_as_other(test, &tenant);
	harness_on_sleep = let_go_once;
	KUNIT_EXPECT_EQ(test, 6L, sgx_cgroup_kill_one(world_sgx(a)));
	tenant_end(&tenant);
}

static void EXHAUST_4_a_fatal_signal_ends_the_wait_for_the_lock(struct kunit *test)
{
	unsigned long begin = jiffies;
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	lock_as_other(test, &tenant);
	harness_signal(current, true);
	KUNIT_EXPECT_LT(test, sgx_cgroup_kill_one(world_sgx(a)), 0L);
	KUNIT_EXPECT_LT(test, jiffies - begin, (unsigned long)HZ / 2);
	harness_signal_clear(current);
	unlock_as_other();
	tenant_end(&tenant);
}

/* misc.reclaim waits for an enclave that cannot be killed just now, and tries again. */
static void RECLAIM_2_a_kill_that_has_to_wait_is_tried_again(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_memcg->limit = atomic_long_read(&world_memcg->usage);
	lock_as_other(test, &tenant);
	harness_on_sleep = let_go_once;
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max kill=enclaves"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	tenant_end(&tenant);
}

/* A page with a memory error is not read to be written out, though isolated before. */
static void CHARGE_6_a_poisoned_page_is_not_written_out(struct kunit *test)
{
	struct sgx_epc_page *page, *pages[1];
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	page = isolate_one(a);
	pages[0] = page;
	page->poison = 1;
	KUNIT_EXPECT_EQ(test, 0, sgx_encl_write_back(tenant_encl(&tenant), pages, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_PTR_EQ(test, page, pages[0]);
	page->poison = 0;
	give_back(page);
	tenant_end(&tenant);
}

/* EBLOCK does not do what it should: said, and the page goes all the same. */
static void SAFE_a_page_that_eblock_refuses_is_reported(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EBLOCK, 1, 1);
	harness_warnings_allowed = 1;
	sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 1);
	KUNIT_EXPECT_EQ(test, 1, harness_nr_warnings);
	tenant_end(&tenant);
}

/* The memory cgroup has room for the last page and none for the SECS: that stays. */
static void CHARGE_5_a_secs_without_room_outside_stays(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 2));
	world_memcg->limit = atomic_long_read(&world_memcg->usage) + 2;
	KUNIT_EXPECT_EQ(test, 2U, sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 16).freed);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	world_memcg->limit = 1000;
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	tenant_end(&tenant);
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
	struct tenant tenant;
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
	tenant_end(&tenant);
}

static struct sgx_epc_page *page_in_hand;

static void put_it_back(void)
{
	if (page_in_hand)
		give_back(page_in_hand);
	page_in_hand = NULL;
}

/* An SGX2 ioctl waits for the page that a reclaimer has, or for a signal. */
static void REACH_2_an_isolated_page_is_waited_for(struct kunit *test)
{
	unsigned long index, done;
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	page_in_hand = isolate_one(a);
	index = PFN_DOWN(page_in_hand->owner->desc - tenant_encl(&tenant)->base);
	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, -ERESTARTSYS, harness_encl_modify(tenant.file, index, 1, &done));
	harness_signal_clear(current);
	harness_on_sleep = put_it_back;
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, index, 1, &done));
	KUNIT_EXPECT_EQ(test, 1UL, done);
	tenant_end(&tenant);
}

static void signal_while_asleep(void)
{
	harness_signal(current, false);
}

/* A signal ends an SGX2 ioctl that has done something with success and a count. */
static void REACH_2_a_signal_leaves_what_was_done(struct kunit *test)
{
	unsigned long index, done;
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	page_in_hand = isolate_one(a);
	index = PFN_DOWN(page_in_hand->owner->desc - tenant_encl(&tenant)->base);
	give_back(page_in_hand);
	KUNIT_ASSERT_TRUE(test, index < 2);
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, index + 2, 1, &done));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_modify(tenant.file, 100, 1, &done));
	KUNIT_EXPECT_EQ(test, 0UL, done);
	page_in_hand = isolate_one(a);
	index = PFN_DOWN(page_in_hand->owner->desc - tenant_encl(&tenant)->base);
	KUNIT_ASSERT_TRUE(test, index > 0);
	harness_on_sleep = signal_while_asleep;
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, index - 1, 2, &done));
	KUNIT_EXPECT_EQ(test, 1UL, done);
	harness_on_sleep = NULL;
	harness_signal_clear(current);
	give_back(page_in_hand);
	page_in_hand = NULL;
	tenant_end(&tenant);
}

/* What is added comes from user memory that may be executed. */
static void REACH_2_a_source_that_is_none_is_refused(struct kunit *test)
{
	unsigned long nowhere = ~0UL & PAGE_MASK, source = 0x10000;
	struct sgx_secinfo secinfo = { 0 };
	struct vm_area_struct *vma;
	struct tenant tenant;
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
	tenant_end(&tenant);
}

/* An enclave that is being built may lose its pages, but not its SECS. */
static void REACH_2_the_secs_of_an_enclave_being_built_stays(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_create(&tenant, a, 4));
	KUNIT_ASSERT_EQ(test, 0, harness_encl_add(tenant.file, 0));
	KUNIT_EXPECT_EQ(test, 1U, sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_YOUNG, 16).freed);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_add(tenant.file, 1));
	tenant_end(&tenant);
}

/* A page that is added by touching it, at the limit: others go for it. */
static void REACH_3_a_page_is_added_at_the_limit(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 3));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a)));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 3));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_GT(test, world_stat(a, "sgx_epc.evicted"), 0ULL);
	tenant_end(&tenant);
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
	struct tenant tenant;
	wait_queue_head_t *wait = &world_sgx(a)->wait;
	DEFINE_WAIT(entry);

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	prepare_to_wait(wait, &entry, TASK_INTERRUPTIBLE);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 100));
	KUNIT_EXPECT_EQ(test, TASK_RUNNING, current->state);
	finish_wait(wait, &entry);
	tenant_end(&tenant);
}

/* A page put back while its cgroup has grown is one that anybody may take. */
static void FAIR_2_a_page_put_back_ends_the_protection(struct kunit *test)
{
	struct sgx_epc_page *page;
	struct tenant mine, other;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.low", 21));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&mine, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&other, b, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.low", 100));
	/* 22 are in use, one of them in a reclaimer's hands: that leaves what low protects. */
	page = isolate_one(a);
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(a)->is_protected);
	give_back(page);
	KUNIT_EXPECT_FALSE(test, world_sgx(a)->is_protected);
	tenant_end(&mine);
	tenant_end(&other);
}

/* A taken lock is waited for a moment each time that it is taken, and no longer. */
static void REACH_8_a_taken_lock_is_waited_for_a_moment(struct kunit *test)
{
	struct sgx_cgroup *cg = world_sgx(a);
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	lock_as_other(test, &tenant);
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).soon);
	harness_clock_advance(30 * NSEC_PER_MSEC);
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).soon);
	unlock_as_other();
	KUNIT_EXPECT_EQ(test, 4U, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).freed);
	lock_as_other(test, &tenant);
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, 4).soon);
	unlock_as_other();
	tenant_end(&tenant);
}

/* Below the floor, but with more pages than any instruction needs: that may be slow. */
static void EXHAUST_7_who_uses_many_pages_gets_more_time(struct kunit *test)
{
	struct tenant tenant;
	int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 30));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 80K"));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 12));
	for (i = 0; i < 5000; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, i % 30));
	KUNIT_EXPECT_GE(test, world_stat(a, "sgx_epc.loaded"), 4200ULL);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	tenant_end(&tenant);
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
	.exit		= world_exit,
	.test_cases	= corners_cases,
};

kunit_test_suite(corners_suite);
