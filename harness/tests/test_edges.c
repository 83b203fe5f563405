// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a request while it waits: a signal, a verdict of somebody else, room
 * or memory that comes, the death of its enclave; and what the freezer finds. Cases
 * that need no waiting are in test_corners.c.
 */
#include <stdlib.h>
#include <linux/memcontrol.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include "world.h"

static struct cgroup *a;
static struct tenant tenant;

static int edges_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	return 0;
}

static void edges_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

static void EXHAUST_4_a_verdict_is_waited_for_until_a_signal(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	world_lock_by_other(&world_sgx(a)->verdict);
	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, (long)-EINTR, sgx_cgroup_kill_one(world_sgx(a)));
	harness_signal_clear(current);
	world_unlock_by_other(&world_sgx(a)->verdict);
	KUNIT_EXPECT_EQ(test, 10L, sgx_cgroup_kill_one(world_sgx(a)));
}

static unsigned int nr_sleeps;

static void signal_after_two_seconds(void)
{
	if (++nr_sleeps > 2 * HZ)
		world_signal_me();
}

static void RECLAIM_1_a_signal_while_a_victim_is_waited_for(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = signal_after_two_seconds;
	KUNIT_EXPECT_EQ(test, -EINTR, harness_write(a, "misc.reclaim", "sgx_epc 4K kill=enclaves"));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	harness_on_sleep = NULL;
	harness_signal_clear(current);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

static void CHARGE_6_a_kill_accounts_for_pages_it_cannot_remove(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	/* One page, tried by the kill and once more by who frees it; so the SECS, too. */
	harness_encls_fail(HARNESS_EREMOVE, 2, 1);
	harness_warnings_allowed = 2;
	sgx_cgroup_kill_one(world_sgx(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 2ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
	harness_lose_epc();
	/* What belongs to nobody is not lost once more. */
	sgx_page_leaked(harness_page(200));
	KUNIT_EXPECT_EQ(test, 2ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
}

/* A thread does not leave the enclave of a page that its reclaimer has, then it does. */
static void EXHAUST_4_a_reclaimer_sweeps_what_it_puts_back(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EREMOVE, 44, 14);
	KUNIT_EXPECT_EQ(test, 1L, sgx_cgroup_kill_one(world_sgx(a)));
	KUNIT_EXPECT_EQ(test, 5ULL, world_usage(a));
	harness_encls_fail(HARNESS_EREMOVE, 11, 14);
	sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 1);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

static void EXHAUST_5_where_the_error_code_cannot_be_known(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	sgx_cgroup_kill_one(world_sgx(a));
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	harness_signal_clear(current);
	/* The child of a fork that had no memory to keep track of the enclave. */
	tenant.vma->vm_private_data = NULL;
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 0));
	tenant.vma->vm_private_data = tenant_encl(&tenant);
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

static void REACH_2_pages_come_from_memory_that_may_be_executed(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&tenant, a, 4));
	KUNIT_EXPECT_EQ(test, -EACCES, harness_encl_add_from(tenant.file, 0, HARNESS_NOEXEC_SOURCE));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_add_from(tenant.file, 0, ~0UL));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_encl_add_from(tenant.file, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_add(tenant.file, 0));
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

/* A waiter's state, seen while it sleeps. */
static int seen_state;

static void look_at_state(void)
{
	seen_state = world_me->state;
	harness_on_sleep = NULL;
	world_put_back();
}

static int state_of_waiter(struct kunit *test, unsigned int flags)
{
	while (world_usage(a) < 16)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, 20 - world_usage(a)));
	world_isolate(a, 16);
	harness_on_sleep = look_at_state;
	seen_state = 0;
	flags |= FAULT_FLAG_ALLOW_RETRY;
	KUNIT_EXPECT_EQ(test, 0, harness_touch_flags(tenant.vma, 0, flags));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
	return seen_state;
}

static void SAFE_5_waiters_can_be_frozen(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 16));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_EQ(test, TASK_INTERRUPTIBLE | TASK_FREEZABLE,
			state_of_waiter(test, FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE));
	KUNIT_EXPECT_EQ(test, TASK_KILLABLE | TASK_FREEZABLE_UNSAFE, state_of_waiter(test, 0));
}

static void EXHAUST_7_slow_loads_are_no_thrash(struct kunit *test)
{
	struct sgx_epc_request rq = { };
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	rq.holder = &tenant_encl(&tenant)->holder;
	for (i = 0; i < 20000; i++) {
		harness_clock_advance(100 * NSEC_PER_MSEC);
		rq.index = i % 3;
		KUNIT_EXPECT_FALSE(test, sgx_request_thrashes(&rq, world_sgx(a)));
	}
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
	world_set(a, "misc.max", 100);
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

static void REACH_4_a_fault_that_may_not_be_retried_ends_with_its_task(struct kunit *test)
{
	unsigned long page = build_stuck(test);

	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_touch_flags(tenant.vma, page, 0));
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch_flags(tenant.vma, page, 0));
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

/* What was about to go is why low protected the rest; afterwards that is looked at anew. */
static void FAIR_2_a_write_that_ends_ends_the_protection(struct kunit *test)
{
	struct sgx_encl *encl;
	struct cgroup *p = world_group("p"), *c = world_group("p/c");
	struct tenant neighbour;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.low", 100));
	KUNIT_ASSERT_EQ(test, 0, world_set(c, "misc.low", 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, c, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&neighbour, world_group("p/d"), 20));
	world_isolate(c, 2);
	encl = tenant_encl(&tenant);
	mutex_lock(&encl->lock);
	for (i = 0; i < world_nr_isolated; i++) {
		sgx_cgroup_start_write(world_isolated[i]);
		world_isolated[i] = NULL;
	}
	mutex_unlock(&encl->lock);
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(c));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_TRUE(test, world_sgx(c)->is_protected);
	sgx_cgroup_end_write(world_sgx(c), world_nr_isolated);
	KUNIT_EXPECT_FALSE(test, world_sgx(c)->is_protected);
	world_put_back();
	tenant_end(&neighbour);
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
	sgx_cgroup_kill_one(world_sgx(a));
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

static void VEPC_3_many_secs_pages_outlive_their_instance(struct kunit *test)
{
	struct vm_area_struct *vma, *other_vma;
	struct file *file, *other_file;
	int i;

	world_enter(a);
	file = harness_vepc_open();
	other_file = harness_vepc_open();
	vma = harness_mmap(file, 70);
	other_vma = harness_mmap(other_file, 70);
	for (i = 0; i < 70; i++) {
		KUNIT_ASSERT_EQ(test, 0, harness_touch(vma, i));
		KUNIT_ASSERT_EQ(test, 0, harness_touch(other_vma, i));
		KUNIT_ASSERT_EQ(test, 0, harness_guest_create(vma, i));
		KUNIT_ASSERT_EQ(test, 0, harness_guest_add(other_vma, i,
				xa_load(&harness_vepc(file)->page_array, i)));
	}
	harness_munmap(vma);
	fput(file);
	KUNIT_EXPECT_EQ(test, 140ULL, world_usage(a));
	/* Two passes find them in use, the last one does not. */
	harness_encls_fail(HARNESS_EREMOVE, 140, 14);
	harness_munmap(other_vma);
	fput(other_file);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
}

static void VEPC_2_a_fault_that_may_not_be_retried_finds_no_room(struct kunit *test)
{
	struct vm_area_struct *vma, *small;
	struct file *file;

	world_enter(a);
	file = harness_vepc_open();
	vma = harness_mmap(file, 10);
	small = harness_mmap(file, 2);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 1));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(vma, 0));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch_flags(vma, 1, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(small, 0));
	harness_munmap(small);
	harness_munmap(vma);
	fput(file);
}

static void STAT_a_path_that_has_no_memory_is_left_out(struct kunit *test)
{
	struct seq_file sf = { };

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_fail_nth_alloc(1);
	sgx_encl_show_fdinfo(&sf, tenant.file);
	KUNIT_EXPECT_TRUE(test, harness_alloc_failed());
	KUNIT_EXPECT_TRUE(test, strstr(sf.buf, "sgx-written-out") && !strstr(sf.buf, "sgx-cgroup"));
	free(sf.buf);
}

static struct kunit_case edges_cases[] = {
	KUNIT_CASE(EXHAUST_4_a_verdict_is_waited_for_until_a_signal),
	KUNIT_CASE(EXHAUST_4_a_reclaimer_sweeps_what_it_puts_back),
	KUNIT_CASE(EXHAUST_5_where_the_error_code_cannot_be_known),
	KUNIT_CASE(EXHAUST_7_slow_loads_are_no_thrash),
	KUNIT_CASE(EXHAUST_8_room_that_a_verdict_made_is_used),
	KUNIT_CASE(EXHAUST_5_who_waits_for_room_learns_that_he_is_dead),
	KUNIT_CASE(REACH_5_the_last_look_finds_what_can_be_freed_now),
	KUNIT_CASE(REACH_3_a_signal_ends_the_wait_for_a_verdict),
	KUNIT_CASE(REACH_5_two_who_look_in_vain_do_not_wake_each_other),
	KUNIT_CASE(REACH_5_what_does_not_suffice_is_left_alone),
	KUNIT_CASE(MAX_4_two_pages_may_lack_a_free_one),
	KUNIT_CASE(MAX_1_a_limit_that_is_raised_during_a_look_is_noticed),
	KUNIT_CASE(RECLAIM_1_a_removal_ends_a_long_wait),
	KUNIT_CASE(RECLAIM_1_a_removal_ends_a_look),
	KUNIT_CASE(REACH_4_a_fault_that_may_not_be_retried_ends_with_its_task),
	KUNIT_CASE(REACH_8_the_creators_memory_high_stops_nobody),
	KUNIT_CASE(FAIR_2_a_write_that_ends_ends_the_protection),
	KUNIT_CASE(RECLAIM_1_a_signal_while_a_victim_is_waited_for),
	KUNIT_CASE(CHARGE_6_a_kill_accounts_for_pages_it_cannot_remove),
	KUNIT_CASE(SAFE_5_what_a_suspend_has_lost_is_freed_and_not_loaded),
	KUNIT_CASE(SAFE_5_waiters_can_be_frozen),
	KUNIT_CASE(REACH_2_pages_come_from_memory_that_may_be_executed),
	KUNIT_CASE(REACH_2_an_ioctl_waits_for_a_page_that_a_reclaimer_has),
	KUNIT_CASE(REACH_3_a_new_page_at_the_limit_is_added_outside_the_locks),
	KUNIT_CASE(FAIR_1_the_background_does_not_spin),
	KUNIT_CASE(VEPC_2_a_fault_that_may_not_be_retried_finds_no_room),
	KUNIT_CASE(VEPC_3_many_secs_pages_outlive_their_instance),
	KUNIT_CASE(STAT_a_path_that_has_no_memory_is_left_out),
	{ }
};

static struct kunit_suite edges_suite = {
	.name		= "edges",
	.init		= edges_init,
	.exit		= edges_exit,
	.test_cases	= edges_cases,
};

kunit_test_suite(edges_suite);
