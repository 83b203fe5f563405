// SPDX-License-Identifier: GPL-2.0
/*
 * Nothing can be freed: what is looked at again and what wakes whom before the verdict,
 * and room, limits, signals and deaths that are noticed meanwhile.
 */
#include <linux/memcontrol.h>
#include "world.h"

static struct cgroup *a;
static struct tenant tenant;

static int look_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	return 0;
}

static void look_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

/* A tenant that cannot be written out, at its limit, and a page of it that is missing. */
static unsigned long build_stuck(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&tenant, a, 20));
	KUNIT_ASSERT_EQ(test, 0, world_set(a, "misc.max", world_usage(a)));
	return tenant_missing(&tenant);
}

static void let_go_of_verdict(void)
{
	world_unlock_by_other(&world_sgx(a)->verdict);
	harness_on_sleep = NULL;
}

/* While somebody else has the verdict, @make_room_and_let_go runs. */
static void expect_served(struct kunit *test, void (*make_room_and_let_go)(void))
{
	unsigned long page = build_stuck(test);

	world_lock_by_other(&world_sgx(a)->verdict);
	harness_on_sleep = make_room_and_let_go;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.exhausted"));
}

static void raise_limit_and_let_go(void)
{
	harness_become(world_other);
	/* One page more, which is all that a load needs. */
	world_set(a, "misc.max", world_usage(a) + 1);
	harness_become(world_me);
	let_go_of_verdict();
}

static void EXHAUST_8_room_that_a_verdict_made_is_used(struct kunit *test)
{
	expect_served(test, raise_limit_and_let_go);
}

static void memory_and_let_go(void)
{
	world_memcg->limit = 100;
	let_go_of_verdict();
}

static void REACH_5_the_last_look_finds_what_can_be_freed_now(struct kunit *test)
{
	expect_served(test, memory_and_let_go);
}

static void REACH_3_a_signal_ends_the_wait_for_a_verdict(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	world_lock_by_other(&world_sgx(a)->verdict);
	harness_on_sleep = world_signal_me;
	KUNIT_EXPECT_EQ(test, -EINTR, harness_touch(tenant.vma, page));
	harness_signal_clear(current);
	harness_on_sleep = world_kill_me;
	KUNIT_EXPECT_EQ(test, -EINTR,
			harness_touch_flags(tenant.vma, page, FAULT_FLAG_ALLOW_RETRY));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	harness_on_sleep = NULL;
	world_unlock_by_other(&world_sgx(a)->verdict);
}

/* While a thread waits for room another one kills its enclave. */
static void kill_meanwhile(void)
{
	harness_become(world_other);
	world_put_back();
	sgx_cgroup_kill_one(world_sgx(a), U64_MAX);
	harness_become(world_me);
	harness_on_sleep = NULL;
}

static void EXHAUST_5_who_waits_for_room_learns_that_he_is_dead(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	world_isolate(a, 16);
	harness_on_sleep = kill_meanwhile;
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

static unsigned int nr_sleeps;

/* Another one of the limit finds nothing either, each time that this one sleeps. */
static void look_in_vain(void)
{
	if (++nr_sleeps > 200)
		world_signal_me();
	harness_become(world_other);
	sgx_cgroup_reclaim(world_sgx(a), SGX_TAKE_PROTECTED, SGX_NR_TO_SCAN);
	harness_become(world_me);
}

static void REACH_5_two_who_look_in_vain_do_not_wake_each_other(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	nr_sleeps = 0;
	harness_on_sleep = look_in_vain;
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.exhausted"));
}

static struct wait_queue_entry sleeper;
static unsigned int nr_woken;

/* Another one sleeps there all the time. */
static void count_wakes(void)
{
	harness_become(world_other);
	nr_woken += nr_sleeps++ && current->state == TASK_RUNNING;
	prepare_to_wait(&world_sgx(a)->wait, &sleeper, TASK_UNINTERRUPTIBLE);
	harness_become(world_me);
}

/* Two pages are wanted and one fits: to take that one and give it back wakes others. */
static void REACH_5_what_does_not_suffice_is_left_alone(struct kunit *test)
{
	harness_va_slots = 1;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 3));
	world_memcg->limit = 0;
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a) + 1));
	sleeper.task = world_other;
	INIT_LIST_HEAD(&sleeper.entry);
	nr_sleeps = nr_woken = 0;
	harness_on_sleep = count_wakes;
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 3));
	harness_on_sleep = NULL;
	KUNIT_EXPECT_GE(test, nr_sleeps, 2U);
	KUNIT_EXPECT_EQ(test, 0U, nr_woken);
	harness_become(world_other);
	finish_wait(&world_sgx(a)->wait, &sleeper);
	harness_become(world_me);
}

/* The limit has room for the first of two, but one page or none is free: no limit's doing. */
static void MAX_4_two_pages_may_lack_a_free_one(struct kunit *test)
{
	struct vm_area_struct *vma;
	struct file *guest;
	unsigned long i;

	harness_va_slots = 1;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 3));
	world_memcg->limit = 0;
	world_enter(world_group("b"));
	guest = harness_vepc_open();
	vma = harness_mmap(guest, 256);
	for (i = 0; harness_nr_free() > 1; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(vma, i));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 3));
	KUNIT_ASSERT_EQ(test, 0, harness_touch(vma, i));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a) + 1));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 3));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.exhausted"));
	KUNIT_EXPECT_EQ(test, 2ULL, world_stat(harness_cgroup_root(), "sgx_epc.exhausted"));
	harness_munmap(vma);
	fput(guest);
}

static void REACH_4_a_fault_that_may_not_be_retried_ends_with_its_task(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_touch_flags(tenant.vma, page, 0));
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch_flags(tenant.vma, page, 0));
}

static void count_sleep(void)
{
	nr_sleeps++;
}

/* In the middle of the look that holds the verdict, when nobody is in the wait queue? */
static bool is_last_look(void)
{
	if (!mutex_trylock(&world_sgx(a)->verdict))
		return true;
	mutex_unlock(&world_sgx(a)->verdict);
	return false;
}

static void raise_limit_during_look(void)
{
	if (!is_last_look())
		return;
	harness_on_memory_refused = NULL;
	harness_become(world_other);
	world_set(a, "misc.max", 100);
	harness_become(world_me);
}

static void MAX_1_a_limit_that_is_raised_during_a_look_is_noticed(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	nr_sleeps = 0;
	harness_on_sleep = count_sleep;
	harness_on_memory_refused = raise_limit_during_look;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_EQ(test, 0U, nr_sleeps);
}

static unsigned int nr_refused;

static void begin_anew(void)
{
	nr_refused = 0;
}

/* Memory for a page is there when ten were refused without a pause. */
static void memory_for_the_tenth(void)
{
	if (is_last_look() && ++nr_refused == 10)
		world_memcg->limit = 100;
}

/* All pages are looked at in the last look, not a batch. */
static void REACH_5_the_last_look_goes_through_all_pages(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	harness_on_sleep = begin_anew;
	harness_on_memory_refused = memory_for_the_tenth;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.exhausted"));
}

/*
 * There is room for the SECS, which has to be loaded first, and none for the page. Two at
 * once would be quicker, but are not to be had.
 */
static void REACH_5_a_page_that_finds_no_room_beside_its_secs(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_EQ(test, 1ULL, world_usage(a));
	KUNIT_ASSERT_EQ(test, 0, world_set(a, "misc.max", 2));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 0));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.exhausted"));
}

static void take_long(void)
{
	harness_clock_advance(100 * NSEC_PER_MSEC);
}

static void begin_removal(void)
{
	harness_on_sleep = NULL;
	harness_on_memory_refused = NULL;
	world_misc(a)->css.flags |= CSS_DYING;
}

/* Looks that take seconds are paused after for a minute, but not by who is in the way. */
static void RECLAIM_1_a_removal_ends_a_long_wait(struct kunit *test)
{
	unsigned long begin;

	build_stuck(test);
	world_enter(world_group("b"));
	harness_on_memory_refused = take_long;
	harness_on_sleep = begin_removal;
	begin = jiffies;
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_LT(test, jiffies - begin, 10UL * HZ);
	world_misc(a)->css.flags &= ~CSS_DYING;
}

static void begin_removal_during_look(void)
{
	if (is_last_look())
		begin_removal();
}

static void RECLAIM_1_a_removal_ends_a_look(struct kunit *test)
{
	build_stuck(test);
	nr_sleeps = 0;
	harness_on_sleep = count_sleep;
	harness_on_memory_refused = begin_removal_during_look;
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_EQ(test, 0U, nr_sleeps);
	world_misc(a)->css.flags &= ~CSS_DYING;
}

static struct kunit_case look_cases[] = {
	KUNIT_CASE(EXHAUST_8_room_that_a_verdict_made_is_used),
	KUNIT_CASE(REACH_5_the_last_look_finds_what_can_be_freed_now),
	KUNIT_CASE(REACH_3_a_signal_ends_the_wait_for_a_verdict),
	KUNIT_CASE(EXHAUST_5_who_waits_for_room_learns_that_he_is_dead),
	KUNIT_CASE(REACH_5_two_who_look_in_vain_do_not_wake_each_other),
	KUNIT_CASE(REACH_5_what_does_not_suffice_is_left_alone),
	KUNIT_CASE(MAX_4_two_pages_may_lack_a_free_one),
	KUNIT_CASE(REACH_4_a_fault_that_may_not_be_retried_ends_with_its_task),
	KUNIT_CASE(MAX_1_a_limit_that_is_raised_during_a_look_is_noticed),
	KUNIT_CASE(REACH_5_the_last_look_goes_through_all_pages),
	KUNIT_CASE(REACH_5_a_page_that_finds_no_room_beside_its_secs),
	KUNIT_CASE(RECLAIM_1_a_removal_ends_a_long_wait),
	KUNIT_CASE(RECLAIM_1_a_removal_ends_a_look),
	{ }
};

static struct kunit_suite look_suite = {
	.name		= "look",
	.init		= look_init,
	.exit		= look_exit,
	.test_cases	= look_cases,
};

kunit_test_suite(look_suite);
