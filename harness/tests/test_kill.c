// SPDX-License-Identifier: GPL-2.0
/*
 * How an enclave is killed: what its killer waits for, and pages that cannot be freed at
 * once, because a reclaimer has them, a thread is inside or the CPU refuses. EXHAUST-4.
 */
#include <linux/memcontrol.h>
#include <linux/smp.h>
#include "world.h"

/* ENCLS says so of a page that a thread may be in, or of one with a child. */
#define SGX_ENCLAVE_ACT	14

static struct cgroup *p, *a;
static struct kunit *this_test;
static struct tenant tenant;

static int kill_init(struct kunit *test)
{
	world_init(400);
	p = world_group("p");
	a = world_group("p/a");
	return 0;
}

static void kill_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

static void EXHAUST_4_a_verdict_is_waited_for_until_a_signal(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	world_lock_by_other(&world_sgx(a)->verdict);
	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, (long)-EINTR, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	harness_signal_clear(current);
	world_unlock_by_other(&world_sgx(a)->verdict);
	KUNIT_EXPECT_EQ(test, 10L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
}

static unsigned int nr_sleeps;

static void signal_after_three_seconds(void)
{
	if (++nr_sleeps > 3 * HZ)
		world_signal_me();
}

static void RECLAIM_1_a_signal_while_a_victim_is_waited_for(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = signal_after_three_seconds;
	KUNIT_EXPECT_EQ(test, -EINTR, harness_write(a, "misc.reclaim", "sgx_epc 4K kill=enclaves"));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	harness_on_sleep = NULL;
	harness_signal_clear(current);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

static void REACH_8_the_lock_of_a_victim_is_waited_for_two_seconds(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
	KUNIT_EXPECT_GE(test, jiffies - begin, 2UL * HZ);
	KUNIT_EXPECT_LE(test, jiffies - begin, 3UL * HZ);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
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
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.kill"));
	sgx_encl_sweep(tenant_encl(&tenant));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

static void EXHAUST_4_a_lock_that_is_given_back_is_got(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = let_go_of_lock;
	KUNIT_EXPECT_EQ(test, 6L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
}

static void EXHAUST_4_a_fatal_signal_ends_the_wait_for_the_lock(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_signal(current, true);
	KUNIT_EXPECT_LT(test, sgx_cgroup_kill_one(world_sgx(a), U64_MAX), 0L);
	KUNIT_EXPECT_LT(test, jiffies - begin, (unsigned long)HZ / 2);
	harness_signal_clear(current);
	world_unlock_by_other(&tenant_encl(&tenant)->lock);
}

static void let_go_after_three_seconds(void)
{
	if (++nr_sleeps > 3 * HZ)
		let_go_of_lock();
}

/* The verdict is reached anew, and it is the same. */
static void REACH_8_a_load_waits_for_the_lock_of_its_victim_again(struct kunit *test)
{
	struct tenant stuck;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&stuck, world_group("p/b"), 8));
	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	tenant_encl(&tenant)->holder.cannot_spill = true;
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	nr_sleeps = 0;
	harness_on_sleep = let_go_after_three_seconds;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(stuck.vma, tenant_missing(&stuck)));
	KUNIT_EXPECT_TRUE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.kill"));
	tenant_end(&stuck);
}

static void remove_a(void)
{
	harness_become(world_other);
	KUNIT_EXPECT_EQ(this_test, 0, harness_rmdir("p/a"));
	harness_become(world_me);
	harness_on_sleep = NULL;
}

static void RECLAIM_1_a_removal_does_not_wait_for_the_lock_of_a_victim(struct kunit *test)
{
	unsigned long begin = jiffies;
	struct sgx_cgroup *cg;

	this_test = test;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	cg = world_sgx(a);
	world_enter(p);
	world_lock_by_other(&tenant_encl(&tenant)->lock);
	harness_on_sleep = remove_a;
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, sgx_cgroup_kill_one(cg, U64_MAX));
	KUNIT_EXPECT_LT(test, jiffies - begin, (unsigned long)HZ / 2);
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

static void EXHAUST_4_who_has_a_page_in_hand_frees_it_unwritten(struct kunit *test)
{
	struct sgx_encl *encl;
	u64 evicted;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	encl = tenant_encl(&tenant);
	KUNIT_ASSERT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_EQ(test, 4L, atomic_long_read(&world_memcg->usage));
	evicted = world_stat(a, "sgx_epc.evicted");
	world_isolate(p, 3);

	/* Of 18 pages in the EPC these 3 stay, and with them the SECS. */
	KUNIT_EXPECT_EQ(test, 14L, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
	KUNIT_EXPECT_EQ(test, 4ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0L, atomic_long_read(&world_memcg->usage));
	KUNIT_EXPECT_EQ(test, 0L, atomic_long_read(&encl->holder.nr_written));

	KUNIT_EXPECT_EQ(test, 4, sgx_encl_write_back(encl, world_isolated, 3, SGX_SPARE_YOUNG));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, evicted, world_stat(a, "sgx_epc.evicted"));
	for (i = 0; i < world_nr_isolated; i++)
		KUNIT_EXPECT_PTR_EQ(test, NULL, world_isolated[i]);
	world_put_back();
}

/* A reclaimer that puts a page back sees that the enclave died meanwhile. */
static void EXHAUST_4_a_page_that_a_reclaimer_puts_back_is_swept(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 100));
	KUNIT_EXPECT_EQ(test, 102L, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0UL, harness_nr_valid());
	KUNIT_EXPECT_EQ(test, (long)-ENOENT, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
}

/* A thread does not leave the enclave of a page that its reclaimer has, then it does. */
static void EXHAUST_4_a_reclaimer_sweeps_what_it_puts_back(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EREMOVE, 44, SGX_ENCLAVE_ACT);
	KUNIT_EXPECT_EQ(test, 1L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	KUNIT_EXPECT_EQ(test, 5ULL, world_usage(a));
	harness_encls_fail(HARNESS_EREMOVE, 11, SGX_ENCLAVE_ACT);
	sgx_cgroup_reclaim(world_sgx(a), SGX_SPARE_YOUNG, 1);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

static void EXHAUST_4_what_is_about_to_be_swept_is_swept_once(struct kunit *test)
{
	struct sgx_encl *encl;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	mutex_lock(&encl->lock);
	WRITE_ONCE(encl->holder.dead, true);
	mutex_unlock(&encl->lock);
	sgx_encl_sweep(encl);
	sgx_encl_sweep(encl);
	KUNIT_EXPECT_EQ(test, 6ULL, world_usage(a));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 6UL, encl->holder.nr_freed);
}

static bool worker_may_end;

static void worker_main(void *unused)
{
	while (!READ_ONCE(worker_may_end)) {
		if (!harness_do_work())
			schedule_timeout_interruptible(1);
	}
}

static void lock_mappings_by_other(struct sgx_encl *encl)
{
	harness_become(world_other);
	i_mmap_lock_write(&encl->holder.mapping);
	harness_become(world_me);
}

static void unlock_mappings_by_other(struct sgx_encl *encl)
{
	harness_become(world_other);
	i_mmap_unlock_write(&encl->holder.mapping);
	harness_become(world_me);
}

/* What ends the wait for the sweep of an enclave whose mappings somebody has locked. */
static long kill_one_that_stalls(struct kunit *test, void (*later)(void *unused))
{
	struct harness_thread *worker, *other = NULL;
	struct sgx_cgroup *cg = world_sgx(a);
	struct sgx_encl *encl;
	long ret;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	encl = tenant_encl(&tenant);
	world_enter(p);
	harness_worker_is_a_thread = true;
	worker = harness_thread_start(worker_main, NULL, NULL);
	lock_mappings_by_other(encl);
	if (later)
		other = harness_thread_start(later, NULL, NULL);

	ret = sgx_cgroup_kill_one(cg, U64_MAX);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.kill"));
	KUNIT_EXPECT_TRUE(test, encl->holder.dead);
	harness_signal_clear(current);
	KUNIT_EXPECT_EQ(test, later ? (long)-EAGAIN : (long)-ENOENT,
			sgx_cgroup_kill_one(cg, U64_MAX));
	/* Nor does a reclaimer wait, who can do nothing but ask for a sweep once more. */
	sgx_cgroup_reclaim(cg, SGX_TAKE_YOUNG, SGX_NR_TO_SCAN);
	KUNIT_EXPECT_EQ(test, 6ULL, world_usage(p));

	if (other)
		harness_thread_join(other);
	unlock_mappings_by_other(encl);
	while (READ_ONCE(encl->holder.dying))
		schedule_timeout_killable(1);
	WRITE_ONCE(worker_may_end, true);
	harness_thread_join(worker);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(p));
	return ret;
}

static void REACH_8_a_stalled_sweep_is_waited_for_ten_seconds(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, 0L, kill_one_that_stalls(test, NULL));
	KUNIT_EXPECT_GE(test, jiffies - begin, 10UL * HZ);
}

static void wait_for_a_kill(void)
{
	while (!atomic_read(&world_sgx(p)->nr_dying))
		schedule_timeout_interruptible(1);
}

static void signal_main(void *unused)
{
	wait_for_a_kill();
	world_signal_me();
}

static void RECLAIM_1_a_signal_ends_the_wait_for_a_stalled_sweep(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, 0L, kill_one_that_stalls(test, signal_main));
	KUNIT_EXPECT_LT(test, jiffies - begin, 9UL * HZ);
}

static void remove_main(void *unused)
{
	wait_for_a_kill();
	KUNIT_EXPECT_EQ(this_test, 0, harness_rmdir("p/a"));
}

static void RECLAIM_1_a_removal_ends_the_wait_for_a_stalled_sweep(struct kunit *test)
{
	unsigned long begin = jiffies;

	this_test = test;
	KUNIT_EXPECT_EQ(test, 0L, kill_one_that_stalls(test, remove_main));
	KUNIT_EXPECT_LT(test, jiffies - begin, 9UL * HZ);
}

/* A tenant that is stopped in the middle of an munmap() of an enclave, for so long. */
struct stall {
	struct sgx_encl		*encl;
	unsigned long		begin, length;
	bool			begun;
};

static void stall_main(void *arg)
{
	struct stall *stall = arg;

	i_mmap_lock_write(&stall->encl->holder.mapping);
	WRITE_ONCE(stall->begun, true);
	while (jiffies - stall->begin < stall->length)
		schedule_timeout_interruptible(1);
	i_mmap_unlock_write(&stall->encl->holder.mapping);
}

/*
 * p has no room, and what is in there cannot be written out. The larger enclave is the
 * victim, but its pages cannot be freed for so long. Return what a load of the smaller one
 * comes to, and what is left of it in @stuck.
 */
static int load_beside_a_stall(struct kunit *test, struct tenant *stuck, struct stall *stall)
{
	struct harness_thread *worker, *staller;
	int ret;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(stuck, world_group("p/b"), 8));
	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	stall->encl = tenant_encl(&tenant);
	stall->encl->holder.cannot_spill = true;
	stall->begin = jiffies;
	harness_worker_is_a_thread = true;
	worker = harness_thread_start(worker_main, NULL, NULL);
	staller = harness_thread_start(stall_main, stall, NULL);
	while (!READ_ONCE(stall->begun))
		schedule_timeout_interruptible(1);

	ret = harness_touch(stuck->vma, tenant_missing(stuck));
	KUNIT_EXPECT_TRUE(test, stall->encl->holder.dead);
	stall->length = min(stall->length, jiffies - stall->begin);
	harness_thread_join(staller);
	while (world_usage(p) > tenant_resident(stuck) + 2)
		schedule_timeout_interruptible(1);
	WRITE_ONCE(worker_may_end, true);
	harness_thread_join(worker);
	harness_run_work();
	return ret;
}

static void EXHAUST_8_each_kill_has_its_ten_seconds(struct kunit *test)
{
	struct cgroup *b = world_group("p/b");
	struct tenant other;
	struct sgx_encl *encl;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&other, b, 3));
	harness_clock_advance(60 * HZ * HARNESS_NSEC_PER_JIFFY);
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_awaits_end(world_sgx(p)));

	/* For the limit of a: p waits, too, and a neighbour does not. */
	mutex_lock(&world_sgx(a)->verdict);
	encl = sgx_cgroup_kill_locked(world_sgx(a), U64_MAX, false);
	mutex_unlock(&world_sgx(a)->verdict);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, encl);
	kref_put(&encl->refcount, sgx_encl_release);
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_awaits_end(world_sgx(p)));
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_awaits_end(world_sgx(a)));
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_awaits_end(world_sgx(b)));
	harness_clock_advance(10 * HZ * HARNESS_NSEC_PER_JIFFY);
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_awaits_end(world_sgx(p)));

	/* It lost patience and kills another one, for which it has some again. */
	mutex_lock(&world_sgx(p)->verdict);
	encl = sgx_cgroup_kill_locked(world_sgx(p), U64_MAX, false);
	mutex_unlock(&world_sgx(p)->verdict);
	KUNIT_ASSERT_TRUE(test, encl == tenant_encl(&other));
	kref_put(&encl->refcount, sgx_encl_release);
	KUNIT_EXPECT_TRUE(test, sgx_cgroup_awaits_end(world_sgx(p)));
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_awaits_end(world_sgx(a)));
	harness_run_work();
	KUNIT_EXPECT_FALSE(test, sgx_cgroup_awaits_end(world_sgx(p)));
	tenant_end(&other);
}

static void EXHAUST_8_nobody_else_is_killed_while_a_sweep_has_to_wait(struct kunit *test)
{
	struct stall stall = { .length = 3 * HZ };
	struct tenant stuck;

	KUNIT_EXPECT_EQ(test, 0, load_beside_a_stall(test, &stuck, &stall));
	KUNIT_EXPECT_GE(test, jiffies - stall.begin, 3UL * HZ);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.kill"));
	tenant_end(&stuck);
}

static void EXHAUST_8_somebody_else_is_killed_when_it_takes_too_long(struct kunit *test)
{
	struct stall stall = { .length = 600 * HZ };
	struct tenant stuck;

	KUNIT_EXPECT_EQ(test, -EFAULT, load_beside_a_stall(test, &stuck, &stall));
	KUNIT_EXPECT_TRUE(test, tenant_encl(&stuck)->holder.dead);
	KUNIT_EXPECT_GE(test, jiffies - stall.begin, 10UL * HZ);
	KUNIT_EXPECT_EQ(test, 2ULL, world_event(p, "sgx_epc.kill"));
	tenant_end(&stuck);
}

static void EXHAUST_4_a_thread_that_does_not_leave_keeps_its_page(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	/* It is asked ten times for each of two pages, and then it is the sweep's turn again. */
	harness_encls_fail(HARNESS_EREMOVE, 22, SGX_ENCLAVE_ACT);
	KUNIT_EXPECT_EQ(test, 3L, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
	KUNIT_EXPECT_EQ(test, 22, atomic_read(&harness_nr_kicks));
	KUNIT_EXPECT_EQ(test, 3ULL, world_usage(a));
	/* Reclaim finds the two, and the SECS goes with the last. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
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
	KUNIT_EXPECT_EQ(test, 5L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX) + 1);
	KUNIT_EXPECT_EQ(test, 2ULL, world_usage(a));
	harness_encls_fail(HARNESS_EREMOVE, -1, SGX_ENCLAVE_ACT);
	KUNIT_EXPECT_EQ(test, 0, sgx_encl_write_back(encl, world_isolated, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_PTR_EQ(test, page, world_isolated[0]);
	harness_encls_fail(HARNESS_EREMOVE, 0, 0);
	KUNIT_EXPECT_EQ(test, 2, sgx_encl_write_back(encl, world_isolated, 1, SGX_TAKE_YOUNG));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	world_put_back();
}

/* So many VA pages that one hold of the lock is not enough to free them. */
static void EXHAUST_4_no_lock_is_held_over_many_va_pages(struct kunit *test)
{
	harness_va_slots = 1;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 150));
	KUNIT_EXPECT_EQ(test, 302ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 302L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

/* EREMOVE refuses a page of a killed enclave, and takes it when asked again. */
static void CHARGE_6_a_page_that_goes_at_the_second_try_is_not_lost(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_encls_fail(HARNESS_EREMOVE, 1, 1);
	KUNIT_EXPECT_EQ(test, 6L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
}

static void CHARGE_6_a_kill_accounts_for_pages_it_cannot_remove(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	/* One page, tried by the kill and once more by who frees it; so the SECS, too. */
	harness_encls_fail(HARNESS_EREMOVE, 2, 1);
	harness_warnings_allowed = 2;
	sgx_cgroup_kill_one(world_sgx(a), U64_MAX);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 2ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
	harness_lose_epc();
	/* What belongs to nobody is not lost once more. */
	sgx_page_leaked(harness_page(200));
	KUNIT_EXPECT_EQ(test, 2ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
}

static struct kunit_case kill_cases[] = {
	KUNIT_CASE(EXHAUST_4_a_verdict_is_waited_for_until_a_signal),
	KUNIT_CASE(RECLAIM_1_a_signal_while_a_victim_is_waited_for),
	KUNIT_CASE(REACH_8_the_lock_of_a_victim_is_waited_for_two_seconds),
	KUNIT_CASE(EXHAUST_4_the_victim_dies_while_its_lock_is_waited_for),
	KUNIT_CASE(EXHAUST_4_a_lock_that_is_given_back_is_got),
	KUNIT_CASE(EXHAUST_4_a_fatal_signal_ends_the_wait_for_the_lock),
	KUNIT_CASE(REACH_8_a_load_waits_for_the_lock_of_its_victim_again),
	KUNIT_CASE(RECLAIM_1_a_removal_does_not_wait_for_the_lock_of_a_victim),
	KUNIT_CASE(RECLAIM_2_a_kill_that_has_to_wait_is_tried_again),
	KUNIT_CASE(EXHAUST_4_who_has_a_page_in_hand_frees_it_unwritten),
	KUNIT_CASE(EXHAUST_4_a_page_that_a_reclaimer_puts_back_is_swept),
	KUNIT_CASE(EXHAUST_4_a_reclaimer_sweeps_what_it_puts_back),
	KUNIT_CASE(EXHAUST_4_what_is_about_to_be_swept_is_swept_once),
	KUNIT_CASE(REACH_8_a_stalled_sweep_is_waited_for_ten_seconds),
	KUNIT_CASE(RECLAIM_1_a_signal_ends_the_wait_for_a_stalled_sweep),
	KUNIT_CASE(RECLAIM_1_a_removal_ends_the_wait_for_a_stalled_sweep),
	KUNIT_CASE(EXHAUST_8_each_kill_has_its_ten_seconds),
	KUNIT_CASE(EXHAUST_8_nobody_else_is_killed_while_a_sweep_has_to_wait),
	KUNIT_CASE(EXHAUST_8_somebody_else_is_killed_when_it_takes_too_long),
	KUNIT_CASE(EXHAUST_4_a_thread_that_does_not_leave_keeps_its_page),
	KUNIT_CASE(EXHAUST_4_an_isolated_page_that_is_in_use_is_put_back),
	KUNIT_CASE(EXHAUST_4_no_lock_is_held_over_many_va_pages),
	KUNIT_CASE(CHARGE_6_a_page_that_goes_at_the_second_try_is_not_lost),
	KUNIT_CASE(CHARGE_6_a_kill_accounts_for_pages_it_cannot_remove),
	{ }
};

static struct kunit_suite kill_suite = {
	.name		= "kill",
	.init		= kill_init,
	.exit		= kill_exit,
	.test_cases	= kill_cases,
};

kunit_test_suite(kill_suite);
