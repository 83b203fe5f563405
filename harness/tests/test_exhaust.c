// SPDX-License-Identifier: GPL-2.0
/* Nothing is left: who is refused, who is killed, and what is left of him. EXHAUST. */
#include <asm/trap_pf.h>
#include <linux/memcontrol.h>
#include "world.h"

static struct cgroup *p, *a, *b;
static struct kunit *this_test;

/*
 *	root
 *	`-- p
 *	    |-- a
 *	    `-- b
 */
static int exhaust_init(struct kunit *test)
{
	world_init(256);
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	return 0;
}

static void EXHAUST_1_growing_never_kills(struct kunit *test)
{
	struct tenant tenant, builder;

	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	KUNIT_EXPECT_EQ(test, -ENOMEM, tenant_create(&builder, b, 4));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.exhausted"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(b));
	/* EAUG is growth, too. */
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 10));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 10));
	KUNIT_EXPECT_EQ(test, 0, harness_encl_remove(tenant.file, 10));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	world_memcg->limit = 0;
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 10));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.kill"));
	tenant_end(&tenant);
}

static void EXHAUST_2_a_load_kills_or_fails_as_the_limiting_cgroup_says(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.exhausted", "sgx_epc fail"));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.exhausted"));
	/* What others than the limiting cgroup say does not matter. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.exhausted", "sgx_epc fail"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(p, "misc.exhausted", "sgx_epc kill"));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_TRUE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.kill"));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(p));
	tenant_end(&tenant);
}

static void EXHAUST_3_the_load_goes_on_when_another_was_killed(struct kunit *test)
{
	struct tenant small, large;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&large, b, 40));
	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&small, a, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(b, "misc.low", 100));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	/* Neither could be spilled, and b's is larger. */
	KUNIT_EXPECT_EQ(test, 0, harness_touch(small.vma, tenant_missing(&small)));
	KUNIT_EXPECT_TRUE(test, tenant_encl(&large)->holder.dead);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&small)->holder.dead);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(a));
	tenant_end(&small);
	tenant_end(&large);
}

static void EXHAUST_3_no_kill_that_cannot_help(struct kunit *test)
{
	struct vm_area_struct *vma;
	struct tenant tenant;
	struct file *guest;
	int i;

	world_enter(b);
	guest = harness_vepc_open();
	vma = harness_mmap(guest, 30);
	for (i = 0; i < 30; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(vma, i));
	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 30));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	/* With room for one page beside it, it would help. */
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 31));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_TRUE(test, tenant_encl(&tenant)->holder.dead);
	harness_munmap(vma);
	fput(guest);
	tenant_end(&tenant);
}

/*
 * The killer has said that the enclave is dead, and has not come further yet. Meanwhile
 * a reclaimer frees the pages that it has, and sweeps the enclave. Both did so once
 * while the pages were mapped.
 */
static void EXHAUST_5_no_page_is_freed_while_it_is_mapped(struct kunit *test)
{
	struct tenant tenant;
	struct sgx_encl *encl;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_touch(&tenant));
	encl = tenant_encl(&tenant);
	world_isolate(p, 3);
	mutex_lock(&encl->lock);
	encl->holder.dead = true;
	mutex_unlock(&encl->lock);
	KUNIT_EXPECT_EQ(test, 3, sgx_encl_write_back(encl, world_isolated, 3, SGX_SPARE_YOUNG));
	world_put_back();
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, i));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, 3));
	sgx_encl_sweep(encl);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 22UL, encl->holder.nr_freed);
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 3));
	tenant_end(&tenant);
}

static void EXHAUST_5_what_is_left_of_a_killed_enclave(struct kunit *test)
{
	struct tenant tenant, building;
	struct vm_area_struct *vma;
	unsigned long done;

	KUNIT_ASSERT_EQ(test, 0, tenant_create(&building, b, 8));
	KUNIT_ASSERT_EQ(test, 0, harness_encl_add(building.file, 0));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	KUNIT_EXPECT_EQ(test, 22L, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
	KUNIT_EXPECT_EQ(test, 3L, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));

	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 0));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 19));
	KUNIT_EXPECT_EQ(test, X86_PF_SGX, sgx_fault_error_code(tenant.vma->vm_start));
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(0));
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_modify(tenant.file, 0, 1, &done));
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_remove(tenant.file, 0));
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_add(building.file, 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_init(building.file));
	vma = harness_mmap(tenant.file, 20);
	KUNIT_EXPECT_EQ(test, (long)-ENOMEM, PTR_ERR(vma));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(p));
	tenant_end(&tenant);
	tenant_end(&building);
}

static void EXHAUST_5_where_the_error_code_cannot_be_known(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	sgx_cgroup_kill_one(world_sgx(a), U64_MAX);
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	harness_signal_clear(current);
	/* The child of a fork that had no memory to keep track of the enclave. */
	tenant.vma->vm_private_data = NULL;
	KUNIT_EXPECT_EQ(test, 0UL, sgx_fault_error_code(tenant.vma->vm_start));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, 0));
	tenant.vma->vm_private_data = tenant_encl(&tenant);
	tenant_end(&tenant);
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

static void EXHAUST_6_a_line_in_the_log(struct kunit *test)
{
	struct task_struct *evil = harness_task_new("x\nsgx: y", a);
	struct tenant tenant;
	char expected[256];
	int i;

	harness_become(evil);
	evil->mm = world_me->mm;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 3));
	harness_become(world_me);
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 9));
	KUNIT_EXPECT_EQ(test, 5L, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
	snprintf(expected, sizeof(expected),
		 "sgx: enclave killed for cgroup /p: id 1 of cgroup /p/a, created by %d (x\\012sgx: y), 5 pages freed, usage 0, limit 36864\n",
		 evil->pid->nr);
	KUNIT_EXPECT_STREQ(test, expected, harness_last_message());
	tenant_end(&tenant);
	harness_task_free(evil);

	/* No more than ten in five seconds. */
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", U64_MAX));
	for (i = 0; i < 11; i++) {
		KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 3 + i));
		KUNIT_EXPECT_EQ(test, 5L + i, sgx_cgroup_kill_one(world_sgx(p), U64_MAX));
		tenant_end(&tenant);
	}
	KUNIT_EXPECT_TRUE(test, strstr(harness_last_message(), "id 10 ") != NULL);
}

static void EXHAUST_7_loads_that_lead_nowhere_end(struct kunit *test)
{
	struct tenant tenant;
	unsigned int i;
	int ret = 0;

	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 6));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	for (i = 0; i < 40000 && !ret; i++)
		ret = harness_touch(tenant.vma, i % 8);
	KUNIT_EXPECT_EQ(test, -EFAULT, ret);
	KUNIT_EXPECT_TRUE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_GT(test, i, 4000U);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.kill"));
	tenant_end(&tenant);
}

static u64 other_max;

static void raise_max_by_other(void)
{
	KUNIT_EXPECT_EQ(this_test, 0, world_set(p, "misc.max", other_max));
	world_unlock_by_other(&world_sgx(p)->verdict);
	harness_on_sleep = NULL;
}

/* Of two that thrash the one whose verdict comes second has room by then. */
static void EXHAUST_8_a_thrash_ends_with_somebody_elses_verdict(struct kunit *test)
{
	struct tenant tenant;
	unsigned int i;

	this_test = test;
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 6));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	for (i = 0; i < 4000; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, i % 8));
	world_lock_by_other(&world_sgx(p)->verdict);
	other_max = 64;
	harness_on_sleep = raise_max_by_other;
	for (i = 0; i < 400; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, i % 8));
	KUNIT_EXPECT_PTR_EQ(test, NULL, harness_on_sleep);
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.exhausted"));
	tenant_end(&tenant);
}

/* A page that is free just when a thrash should end only puts it off to the next load. */
static void EXHAUST_7_a_thrash_is_judged_in_the_end(struct kunit *test)
{
	struct tenant tenant;
	unsigned int i;

	this_test = test;
	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 6));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 8));
	world_lock_by_other(&world_sgx(p)->verdict);
	other_max = 6 + 1;
	harness_on_sleep = raise_max_by_other;
	for (i = 0; harness_on_sleep; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, i % 8));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.exhausted"));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, i % 8));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(p, "sgx_epc.exhausted"));
	tenant_end(&tenant);
}

/* Others have taken the page of the machine for which there is room below the limit. */
static void EXHAUST_8_who_is_not_limited_any_more_is_not_judged(struct kunit *test)
{
	struct sgx_cgroup *target = world_sgx(p);
	struct sgx_epc_request rq;
	struct tenant stuck, full;

	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&stuck, a, 8));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&full, b, harness_nr_free() - 2));
	KUNIT_ASSERT_EQ(test, 0UL, harness_nr_free());
	sgx_request_begin(&rq, &tenant_encl(&stuck)->holder, SGX_WAKE_FATAL_SIGNAL);
	sgx_request_for_load(&rq, tenant_missing(&stuck));
	rq.nr_wanted = 1;
	mutex_lock(&target->verdict);
	KUNIT_EXPECT_EQ(test, 0, sgx_request_exhausted(&rq, target));
	mutex_unlock(&target->verdict);
	sgx_request_end(&rq);
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.exhausted"));
	tenant_end(&full);
	tenant_end(&stuck);
}

/* A sweep that ends during the last look: its pages are there, and nobody dies any more. */
static void EXHAUST_8_room_that_came_during_the_last_look_is_taken(struct kunit *test)
{
	struct sgx_cgroup *target = world_sgx(p);
	struct sgx_epc_request rq;
	struct tenant stuck;

	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&stuck, a, 8));
	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.max", world_usage(p) + 1));
	sgx_request_begin(&rq, &tenant_encl(&stuck)->holder, SGX_WAKE_FATAL_SIGNAL);
	sgx_request_for_load(&rq, tenant_missing(&stuck));
	rq.nr_wanted = 1;
	mutex_lock(&target->verdict);
	KUNIT_EXPECT_EQ(test, 0, sgx_request_exhausted(&rq, target));
	mutex_unlock(&target->verdict);
	KUNIT_EXPECT_EQ(test, 1U, rq.nr_spares);
	sgx_request_end(&rq);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&stuck)->holder.dead);
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.exhausted"));
	tenant_end(&stuck);
}

static void EXHAUST_7_at_the_floor_it_goes_on(struct kunit *test)
{
	struct tenant tenant;
	unsigned int i;
	int ret = 0;

	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 2 + 33));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 64));
	for (i = 0; i < 20000 && !ret; i++)
		ret = harness_touch(tenant.vma, i % 64);
	KUNIT_EXPECT_EQ(test, 0, ret);
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(p, "sgx_epc.exhausted"));
	tenant_end(&tenant);
}

static void EXHAUST_7_slow_loads_are_no_thrash(struct kunit *test)
{
	struct sgx_epc_request rq = { };
	struct tenant tenant;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	rq.holder = &tenant_encl(&tenant)->holder;
	for (i = 0; i < 20000; i++) {
		harness_clock_advance(100 * NSEC_PER_MSEC);
		rq.index = i % 3;
		KUNIT_EXPECT_FALSE(test, sgx_request_thrashes(&rq, world_sgx(a)));
	}
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

/* One builder is refused and has a page; the other waits for what he may free. */
static struct tenant refused;

static void refused_frees(void)
{
	fput(refused.file);
	refused.file = NULL;
	harness_on_sleep = NULL;
}

static void EXHAUST_8_the_second_waits_for_what_the_first_frees(struct kunit *test)
{
	struct tenant stuck, second;

	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&stuck, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&refused, a, 8));
	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_add(refused.file, 0));
	harness_on_sleep = refused_frees;
	KUNIT_EXPECT_EQ(test, 0, tenant_create(&second, b, 8));
	KUNIT_EXPECT_PTR_EQ(test, NULL, refused.file);
	tenant_end(&second);
	tenant_end(&stuck);
}

static void EXHAUST_8_who_comes_back_without_freeing_is_refused(struct kunit *test)
{
	unsigned long begin;
	struct tenant stuck, second;

	KUNIT_ASSERT_EQ(test, 0, tenant_build_stuck(&stuck, a, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&refused, a, 8));
	KUNIT_ASSERT_EQ(test, 0, world_set(p, "misc.max", world_usage(p)));
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_add(refused.file, 0));
	begin = jiffies;
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_add(refused.file, 0));
	KUNIT_EXPECT_LT(test, jiffies - begin, (unsigned long)HZ / 10);
	/* That was his chance: others are not kept waiting for it. */
	begin = jiffies;
	KUNIT_EXPECT_EQ(test, -ENOMEM, tenant_create(&second, b, 8));
	KUNIT_EXPECT_LT(test, jiffies - begin, (unsigned long)HZ / 2);
	/* Nobody frees anything: a second, and then it is the others' turn. */
	KUNIT_EXPECT_EQ(test, -ENOMEM, harness_encl_add(refused.file, 0));
	begin = jiffies;
	KUNIT_EXPECT_EQ(test, -ENOMEM, tenant_create(&second, b, 8));
	KUNIT_EXPECT_GE(test, jiffies - begin, (unsigned long)HZ * 9 / 10);
	KUNIT_EXPECT_LE(test, jiffies - begin, (unsigned long)HZ * 3 / 2);
	fput(refused.file);
	tenant_end(&stuck);
}

static struct kunit_case exhaust_cases[] = {
	KUNIT_CASE(EXHAUST_1_growing_never_kills),
	KUNIT_CASE(EXHAUST_2_a_load_kills_or_fails_as_the_limiting_cgroup_says),
	KUNIT_CASE(EXHAUST_3_the_load_goes_on_when_another_was_killed),
	KUNIT_CASE(EXHAUST_3_no_kill_that_cannot_help),
	KUNIT_CASE(EXHAUST_5_no_page_is_freed_while_it_is_mapped),
	KUNIT_CASE(EXHAUST_5_what_is_left_of_a_killed_enclave),
	KUNIT_CASE(EXHAUST_5_where_the_error_code_cannot_be_known),
	KUNIT_CASE(EXHAUST_5_a_mapping_without_an_enclave_is_a_sigbus),
	KUNIT_CASE(EXHAUST_6_a_line_in_the_log),
	KUNIT_CASE(EXHAUST_7_loads_that_lead_nowhere_end),
	KUNIT_CASE(EXHAUST_8_a_thrash_ends_with_somebody_elses_verdict),
	KUNIT_CASE(EXHAUST_7_a_thrash_is_judged_in_the_end),
	KUNIT_CASE(EXHAUST_8_who_is_not_limited_any_more_is_not_judged),
	KUNIT_CASE(EXHAUST_8_room_that_came_during_the_last_look_is_taken),
	KUNIT_CASE(EXHAUST_7_at_the_floor_it_goes_on),
	KUNIT_CASE(EXHAUST_7_slow_loads_are_no_thrash),
	KUNIT_CASE(EXHAUST_7_who_uses_many_pages_gets_more_time),
	KUNIT_CASE(EXHAUST_8_the_second_waits_for_what_the_first_frees),
	KUNIT_CASE(EXHAUST_8_who_comes_back_without_freeing_is_refused),
	{ }
};

static struct kunit_suite exhaust_suite = {
	.name		= "exhaust",
	.init		= exhaust_init,
	.exit		= world_exit,
	.test_cases	= exhaust_cases,
};

kunit_test_suite(exhaust_suite);
