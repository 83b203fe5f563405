// SPDX-License-Identifier: GPL-2.0
/*
 * Threads against each other, on the clock of the machine, for a fraction of a second
 * each. What is wrong shows as a broken invariant, as a report of ThreadSanitizer or
 * AddressSanitizer, or as something that is left at the end (SAFE-4).
 */
#include <linux/memcontrol.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>
#include "world.h"

#define EPC		MISC_CG_RES_SGX_EPC
#define DURATION	(300 * NSEC_PER_MSEC)
#define MAX_THREADS	4

static struct cgroup *p, *a, *b;
static u64 end;

static int threads_init(struct kunit *test)
{
	world_init(96);
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	harness_clock_real();
	return 0;
}

/* What must have happened at the end, on a slow machine after some time more. */
static bool (*happened)(void);

static bool time_is_over(void)
{
	u64 now = ktime_get_ns();

	return now > end && (!happened || happened() || now > end + 10 * NSEC_PER_SEC);
}

static bool killed(void)
{
	return world_event(p, "sgx_epc.kill");
}

static bool evicted(void)
{
	return world_stat(p, "sgx_epc.evicted");
}

static bool killed_and_evicted(void)
{
	return killed() && evicted();
}

/* Each thread has an address space of its own, and begins in one of two cgroups. */
struct part {
	void			(*fn)(struct part *part);
	unsigned int		number;
	struct cgroup		*cgrp;
	unsigned long		done;
	struct harness_thread	*thread;
	struct task_struct	*task;
};

static void part_main(void *arg)
{
	struct part *part = arg;

	do {
		part->fn(part);
		part->done++;
	} while (!time_is_over());
}

/* Run all of @fn at once, up to the first %NULL. Each has to get somewhere. */
static void run_parts(struct kunit *test, void (*const fn[])(struct part *part))
{
	struct part part[MAX_THREADS] = { };
	unsigned int i, nr;

	end = ktime_get_ns() + DURATION;
	for (nr = 0; fn[nr]; nr++) {
		part[nr] = (struct part){ .fn = fn[nr], .number = nr, .cgrp = nr % 2 ? b : a };
		part[nr].task = harness_task_new("part", part[nr].cgrp);
		atomic_inc(&world_memcg->refs);
		part[nr].task->mm = harness_mm_new(world_memcg);
		part[nr].thread = harness_thread_start(part_main, &part[nr], part[nr].task);
	}
	for (i = 0; i < nr; i++)
		harness_thread_join(part[i].thread);
	for (i = 0; i < nr; i++) {
		KUNIT_EXPECT_GT(test, part[i].done, 0UL);
		harness_mm_free(part[i].task->mm);
		harness_task_free(part[i].task);
	}
}

#define RUN(test, ...)	run_parts(test, (void (*const [])(struct part *)){ __VA_ARGS__, NULL })

/* CHARGE-3: as many threads as fit, one page each. None is ever refused. */
static void charge_one(struct part *part)
{
	struct misc_cg *cg = world_misc(part->cgrp);

	if (misc_cg_charge_or_limit(EPC, cg, PAGE_SIZE))
		harness_fail("a charge that fits was refused");
	misc_cg_uncharge(EPC, cg, PAGE_SIZE);
}

static void CHARGE_3_charges_that_fit_do_not_refuse_each_other(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 3));
	RUN(test, charge_one, charge_one, charge_one);
}

static void charge_some(struct part *part)
{
	struct misc_cg *cg = world_misc(part->cgrp);
	u64 amount = PAGE_BYTES(1 + part->done % 3);

	if (!misc_cg_charge_or_limit(EPC, cg, amount))
		misc_cg_uncharge(EPC, cg, amount);
}

static void watch_usage(struct part *part)
{
	u64 usage = misc_cg_usage(EPC, world_misc(p));

	if (usage > PAGE_BYTES(8))
		harness_fail("usage %llu is above the limit", usage);
}

static void lower_and_raise(struct part *part)
{
	if (world_set(p, "misc.max", part->done % 2 ? 8 : 2))
		harness_fail("misc.max cannot be written");
}

static void CHARGE_3_usage_is_never_above_any_limit_there_was(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 8));
	RUN(test, charge_some, charge_some, watch_usage, lower_and_raise);
	KUNIT_EXPECT_LE(test, harness_value(p, "misc.peak", "sgx_epc"), PAGE_BYTES(8));
}

/* A cgroup that comes and goes, with charges in it that outlive it. */
static struct cgroup *brief;
static DEFINE_MUTEX(brief_lock);

static struct misc_cg *get_brief(void)
{
	struct misc_cg *cg = NULL;

	mutex_lock(&brief_lock);
	if (brief) {
		cg = world_misc(brief);
		get_misc_cg(cg);
	}
	mutex_unlock(&brief_lock);
	return cg;
}

static void charge_brief(struct part *part)
{
	struct misc_cg *cg = get_brief();

	if (!cg)
		return;
	if (!misc_cg_charge_or_limit(EPC, cg, PAGE_SIZE)) {
		cond_resched();
		misc_cg_uncharge(EPC, cg, PAGE_SIZE);
	}
	put_misc_cg(cg);
}

static void make_and_remove(struct part *part)
{
	struct cgroup *old;

	mutex_lock(&brief_lock);
	brief = harness_cgroup_make(a, "brief");
	mutex_unlock(&brief_lock);
	if (IS_ERR(brief))
		harness_fail("cgroup cannot be made");
	mutex_lock(&brief_lock);
	old = brief;
	brief = NULL;
	mutex_unlock(&brief_lock);
	if (harness_cgroup_remove(old))
		harness_fail("cgroup cannot be removed");
	harness_run_work();
}

static void walk(struct part *part)
{
	struct misc_cg *pos = NULL;
	unsigned int nr = 0;

	rcu_read_lock();
	while ((pos = misc_cg_next_descendant(pos, world_misc(p))))
		nr++;
	rcu_read_unlock();
	if (nr < 3)
		harness_fail("a walk found %u cgroups", nr);
}

static void CHARGE_4_charges_and_removal(struct kunit *test)
{
	RUN(test, charge_brief, charge_brief, make_and_remove, walk);
}

/* An enclave from its beginning to its end, whatever happens to it. */
static void live(struct part *part, unsigned long nr_pages)
{
	struct tenant tenant;
	int round, ret;

	ret = tenant_build(&tenant, part->cgrp, nr_pages);
	if (ret) {
		if (ret != -ENOMEM && ret != -ERESTARTSYS)
			harness_fail("an enclave cannot be built: %d", ret);
		return;
	}
	for (round = 0; round < 3 && !ret; round++)
		ret = tenant_touch(&tenant);
	if (ret && ret != -EFAULT && ret != -EINTR)
		harness_fail("a page cannot be used: %d", ret);
	tenant_end(&tenant);
}

static void live_large(struct part *part)
{
	live(part, 40);
}

static void live_small(struct part *part)
{
	live(part, 6);
}

static void reclaim(struct part *part)
{
	int ret = harness_write(p, "misc.reclaim", "sgx_epc 20K");

	if (ret && ret != -EAGAIN)
		harness_fail("misc.reclaim: %d", ret);
}

static void kill(struct part *part)
{
	long ret = sgx_cgroup_kill_one(world_sgx(p), U64_MAX);

	if (ret < 0 && ret != -ENOENT && ret != -EAGAIN)
		harness_fail("a kill: %ld", ret);
	schedule_timeout_interruptible(1);
}

static void REACH_1_enclaves_page_against_each_other_at_a_limit(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 44));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.exhausted", "sgx_epc fail"));
	happened = evicted;
	RUN(test, live_large, live_large);
	KUNIT_EXPECT_GT(test, world_stat(p, "sgx_epc.evicted"), 0ULL);
	KUNIT_EXPECT_LE(test, harness_value(p, "misc.peak", "sgx_epc"), PAGE_BYTES(44));
}

static void EXHAUST_4_kill_against_reclaim_and_faults(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 44));
	happened = killed_and_evicted;
	RUN(test, live_large, live_large, reclaim, kill);
	KUNIT_EXPECT_GT(test, world_event(p, "sgx_epc.kill"), 0ULL);
	KUNIT_EXPECT_GT(test, world_stat(p, "sgx_epc.evicted"), 0ULL);
}

/* Enclaves that live so briefly that they are often released while somebody kills. */
static void kill_at_once(struct part *part)
{
	sgx_cgroup_kill_one(world_sgx(p), U64_MAX);
}

static void EXHAUST_4_kill_against_release(struct kunit *test)
{
	happened = killed;
	RUN(test, live_small, live_small, kill_at_once);
	KUNIT_EXPECT_GT(test, world_event(p, "sgx_epc.kill"), 0ULL);
}

static void change_limits(struct part *part)
{
	static const u64 max[] = { 60, 12, 44, 9, 30 };

	if (world_set(p, "misc.max", max[part->done % ARRAY_SIZE(max)]))
		harness_fail("misc.max cannot be written");
	schedule_timeout_interruptible(1);
}

static void change_low(struct part *part)
{
	if (world_set(part->cgrp, "misc.low", part->done % 50))
		harness_fail("misc.low cannot be written");
	harness_read(p, "misc.stat", (char[1024]){ }, 1024);
	harness_read(part->cgrp, "misc.enclaves", (char[1024]){ }, 1024);
}

static void MAX_2_limits_change_meanwhile(struct kunit *test)
{
	RUN(test, live_large, live_large, change_limits, change_low);
}

static void background(struct part *part)
{
	harness_ksgxd_pass();
	schedule_timeout_interruptible(1);
}

static void FAIR_1_the_whole_machine_is_short(struct kunit *test)
{
	happened = evicted;
	RUN(test, live_large, live_large, live_large, background);
	KUNIT_EXPECT_GT(test, world_stat(p, "sgx_epc.evicted"), 0ULL);
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.max"));
}

static void guest_lives(struct part *part)
{
	struct vm_area_struct *vma;
	struct file *guest_file;
	int i, ret = 0;

	world_enter(part->cgrp);
	guest_file = harness_vepc_open();
	vma = harness_mmap(guest_file, 10);
	for (i = 0; i < 10 && !ret && !IS_ERR(vma); i++)
		ret = harness_touch(vma, i);
	if (i > 2) {
		harness_guest_create(vma, 0);
		harness_guest_create(vma, 1);
	}
	if (!IS_ERR(vma))
		harness_munmap(vma);
	fput(guest_file);
}

static void revoke(struct part *part)
{
	sgx_cgroup_revoke_one(world_sgx(p), U64_MAX);
	schedule_timeout_interruptible(1);
}

static void VEPC_3_close_against_revoke(struct kunit *test)
{
	RUN(test, guest_lives, live_small, revoke, reclaim);
}

/* Whoever waits for room gets signals all the time. */
static struct task_struct *signalled;

static void live_with_signals(struct part *part)
{
	__atomic_store_n(&signalled, current, __ATOMIC_SEQ_CST);
	live(part, 30);
	harness_signal_clear(current);
}

static void send_signals(struct part *part)
{
	struct task_struct *task = __atomic_load_n(&signalled, __ATOMIC_SEQ_CST);

	if (task)
		harness_signal(task, false);
	schedule_timeout_interruptible(1);
}

static void REACH_3_signals_come_at_any_time(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 20));
	RUN(test, live_with_signals, live_large, send_signals);
}

static struct kunit_case threads_cases[] = {
	KUNIT_CASE(CHARGE_3_charges_that_fit_do_not_refuse_each_other),
	KUNIT_CASE(CHARGE_3_usage_is_never_above_any_limit_there_was),
	KUNIT_CASE(CHARGE_4_charges_and_removal),
	KUNIT_CASE(REACH_1_enclaves_page_against_each_other_at_a_limit),
	KUNIT_CASE(EXHAUST_4_kill_against_reclaim_and_faults),
	KUNIT_CASE(EXHAUST_4_kill_against_release),
	KUNIT_CASE(MAX_2_limits_change_meanwhile),
	KUNIT_CASE(FAIR_1_the_whole_machine_is_short),
	KUNIT_CASE(REACH_3_signals_come_at_any_time),
	KUNIT_CASE(VEPC_3_close_against_revoke),
	{ }
};

static struct kunit_suite threads_suite = {
	.name		= "threads",
	.init		= threads_init,
	.exit		= world_exit,
	.test_cases	= threads_cases,
};

kunit_test_suite(threads_suite);
