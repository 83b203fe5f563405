// SPDX-License-Identifier: GPL-2.0
/* What a thread does whose charge was refused, until it has its page: REACH. */
#include "world.h"

#define RETRY	FAULT_FLAG_ALLOW_RETRY
#define USER	(FAULT_FLAG_USER | FAULT_FLAG_INTERRUPTIBLE)

static struct cgroup *a;
static struct tenant tenant;

static int request_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	return 0;
}

static void request_exit(struct kunit *test)
{
	tenant_exit(&tenant, test);
}

/* 64 pages of which 30 fit; none used lately, the first one out. */
static void build_at_limit(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, world_set(a, "misc.max", 32));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 64));
	KUNIT_EXPECT_LE(test, world_usage(a), 32ULL);
	while (world_usage(a) < 32)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, 64 - world_usage(a)));
	tenant_rest(&tenant);
}

/* Up to the limit again. */
static void fill(struct kunit *test)
{
	while (world_usage(a) < 32)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	tenant_rest(&tenant);
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

static void REACH_2_an_ioctl_goes_on_where_it_was(struct kunit *test)
{
	u64 before;
	unsigned long done;

	build_at_limit(test);
	before = world_event(a, "sgx_epc.max");
	KUNIT_EXPECT_EQ(test, 0, harness_encl_modify(tenant.file, 0, 64, &done));
	KUNIT_EXPECT_EQ(test, 64UL, done);
	KUNIT_EXPECT_GT(test, world_event(a, "sgx_epc.max"), before);
	KUNIT_EXPECT_LE(test, world_usage(a), 32ULL);
}

/* What their reclaimer does with them at last. */
static void write_all(void)
{
	harness_become(world_other);
	sgx_encl_write_back(tenant_encl(&tenant), world_isolated, 16, SGX_TAKE_YOUNG);
	world_put_back();
	harness_become(world_me);
	harness_on_sleep = NULL;
}

static void REACH_2_a_signal_ends_the_wait_of_an_ioctl(struct kunit *test)
{
	unsigned long done;

	build_at_limit(test);
	world_isolate(a, 64);
	harness_on_sleep = world_signal_me;
	KUNIT_EXPECT_EQ(test, -ERESTARTSYS,
			harness_encl_modify(tenant.file, tenant_missing(&tenant), 1, &done));
	harness_on_sleep = NULL;
	world_put_back();
}

static void REACH_3_a_fault_waits_asleep_for_pages_in_flight(struct kunit *test)
{
	u64 loaded, begin = jiffies;

	build_at_limit(test);
	world_isolate(a, 64);
	KUNIT_EXPECT_EQ(test, 30U, world_nr_isolated);
	loaded = world_stat(a, "sgx_epc.loaded");
	harness_on_sleep = write_all;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_EQ(test, 0U, world_nr_isolated);
	KUNIT_EXPECT_EQ(test, loaded + 1, world_stat(a, "sgx_epc.loaded"));
	/* It was woken, not asleep for the whole time that it may be. */
	KUNIT_EXPECT_LT(test, jiffies - begin, (u64)msecs_to_jiffies(20));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
}

static void REACH_3_a_signal_is_taken_and_never_a_sigbus(struct kunit *test)
{
	unsigned long page;

	build_at_limit(test);
	world_isolate(a, 64);
	page = tenant_missing(&tenant);
	harness_on_sleep = world_signal_me;
	KUNIT_EXPECT_EQ(test, -EINTR, harness_touch(tenant.vma, page));
	harness_signal_clear(current);
	harness_on_sleep = NULL;
	world_put_back();
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.exhausted"));
}

static void signal_then_write(void)
{
	world_signal_me();
	write_all();
}

static void REACH_3_a_fault_of_the_kernel_minds_fatal_signals_only(struct kunit *test)
{
	unsigned long page;

	build_at_limit(test);
	world_isolate(a, 64);
	page = tenant_missing(&tenant);
	harness_on_sleep = signal_then_write;
	KUNIT_EXPECT_EQ(test, 0, harness_touch_flags(tenant.vma, page, RETRY));
	harness_signal_clear(current);

	fill(test);
	world_isolate(a, 64);
	page = tenant_missing(&tenant);
	harness_on_sleep = world_kill_me;
	KUNIT_EXPECT_EQ(test, -EINTR, harness_touch_flags(tenant.vma, page, RETRY));
	harness_on_sleep = NULL;
	harness_signal_clear(current);
	world_put_back();
}

static void must_not_sleep(void)
{
	harness_fail("slept where nothing may wait");
}

static void REACH_4_where_mmap_lock_stays_nothing_waits(struct kunit *test)
{
	unsigned long page;

	build_at_limit(test);
	harness_on_sleep = must_not_sleep;
	/* Not to be retried: room is made, and the fault comes again. */
	page = tenant_missing(&tenant);
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_touch_flags(tenant.vma, page, USER));
	KUNIT_EXPECT_EQ(test, 0, harness_touch_flags(tenant.vma, page, USER));
	/* To be retried without waiting: nothing is done for it. */
	fill(test);
	page = tenant_missing(&tenant);
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			harness_touch_flags(tenant.vma, page,
					    RETRY | FAULT_FLAG_RETRY_NOWAIT | USER));
	KUNIT_EXPECT_EQ(test, 32ULL, world_usage(a));
}

/* As ptrace does, with mmap_lock held. */
static long debug(unsigned long index)
{
	struct sgx_encl *encl = tenant_encl(&tenant);
	struct sgx_encl_page *entry;

	mmap_read_lock(current->mm);
	entry = sgx_encl_reserve_page(encl, encl->base + index * PAGE_SIZE, VM_READ);
	if (!IS_ERR(entry)) {
		lockdep_assert_held(&encl->lock);
		mutex_unlock(&encl->lock);
	}
	mmap_read_unlock(current->mm);
	return PTR_ERR_OR_ZERO(entry);
}

static void REACH_4_a_debugger_makes_room_or_comes_back(struct kunit *test)
{
	unsigned long page;

	build_at_limit(test);
	page = tenant_missing(&tenant);
	harness_on_sleep = must_not_sleep;
	KUNIT_EXPECT_EQ(test, 0L, debug(page));
	KUNIT_EXPECT_EQ(test, (long)-EFAULT, debug(64));
	harness_on_sleep = NULL;
	fill(test);
	world_isolate(a, 64);
	page = tenant_missing(&tenant);
	harness_on_sleep = must_not_sleep;
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN, debug(page));
	harness_on_sleep = NULL;
	world_put_back();
}

static void REACH_5_what_was_used_lately_stays_until_all_was_looked_at(struct kunit *test)
{
	unsigned long i, page, kept = 0;

	build_at_limit(test);
	page = tenant_missing(&tenant);
	/* All but four are used now. */
	for (i = 0; i < 64; i++) {
		if (i != page && xa_load(&tenant_encl(&tenant)->page_array,
					 PFN_DOWN(tenant_encl(&tenant)->base) + i) && kept < 26 &&
		    !harness_touch_flags(tenant.vma, i, RETRY | FAULT_FLAG_RETRY_NOWAIT))
			kept++;
	}
	KUNIT_EXPECT_EQ(test, 26UL, kept);
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_GE(test, world_usage(a), 32ULL - 4);

	/* All are used: then that is no protection. */
	for (i = 0; i < 64; i++)
		harness_touch_flags(tenant.vma, i, RETRY | FAULT_FLAG_RETRY_NOWAIT);
	while (world_usage(a) < 32)
		KUNIT_ASSERT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
}

static void REACH_5_pages_in_hand_are_waited_for_a_second(struct kunit *test)
{
	unsigned long begin = jiffies, page;

	build_at_limit(test);
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.exhausted", "sgx_epc fail"));
	world_isolate(a, 64);
	page = tenant_missing(&tenant);
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(tenant.vma, page));
	KUNIT_EXPECT_GE(test, jiffies - begin, (unsigned long)HZ * 9 / 10);
	KUNIT_EXPECT_LE(test, jiffies - begin, (unsigned long)HZ * 2);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.exhausted"));
	world_put_back();
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, page));
}

static unsigned int nr_sleeps;

static void count_sleep(void)
{
	if (++nr_sleeps < 100)
		return;
	write_all();
}

/* Pages that are being written are waited for as long as it takes. */
static void REACH_5_pages_being_written_are_waited_for(struct kunit *test)
{
	struct sgx_cgroup *cg;

	build_at_limit(test);
	world_isolate(a, 64);
	for (cg = world_sgx(a); cg; cg = cg->parent)
		cg->nr_writing++;
	harness_on_sleep = count_sleep;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_EQ(test, 100U, nr_sleeps);
	for (cg = world_sgx(a); cg; cg = cg->parent)
		cg->nr_writing--;
}

static void REACH_7_one_request_is_one_event(struct kunit *test)
{
	u64 before;

	build_at_limit(test);
	before = world_event(a, "sgx_epc.max");
	world_isolate(a, 64);
	nr_sleeps = 90;
	harness_on_sleep = count_sleep;
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_EQ(test, 100U, nr_sleeps);
	KUNIT_EXPECT_EQ(test, before + 1, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_EQ(test, before + 1, harness_value(a, "misc.events.local", "sgx_epc.max"));
	KUNIT_EXPECT_GT(test, world_stat(a, "sgx_epc.wait_usec"), 100000ULL);
}

/*
 *	root
 *	|-- p	limit 40
 *	|   |-- a	has the pages
 *	|   `-- q	is refused
 *	`-- b	must not be touched
 */
static void REACH_1_the_limiting_cgroup_pays_and_no_other(struct kunit *test)
{
	struct cgroup *p = world_group("p"), *q = world_group("p/q"), *r = world_group("p/r");
	struct cgroup *b = world_group("b");
	struct tenant sibling, outside;

	KUNIT_EXPECT_EQ(test, 0, world_set(p, "misc.max", 40));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&outside, b, 20));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&sibling, r, 38));
	tenant_rest(&sibling);
	tenant_rest(&outside);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, q, 10));
	KUNIT_EXPECT_EQ(test, 12ULL, world_usage(q));
	KUNIT_EXPECT_LE(test, world_usage(p), 40ULL);
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(b, "sgx_epc.scanned"));
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, 0ULL, harness_value(q, "misc.events.local", "sgx_epc.max"));
	KUNIT_EXPECT_GT(test, harness_value(p, "misc.events.local", "sgx_epc.max"), 0ULL);
	tenant_end(&sibling);
	tenant_end(&outside);
}

static void REACH_6_what_fits_is_never_paged(struct kunit *test)
{
	int round;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 66));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 64));
	for (round = 0; round < 10; round++)
		KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.scanned"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.wait_usec"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
}

/* A small limit that was lowered by 3 pages: these go, and one for the page that comes. */
static void REACH_6_a_refusal_frees_what_is_too_much_and_no_more(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 40));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 4K"));
	tenant_rest(&tenant);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", world_usage(a) - 3));
	KUNIT_EXPECT_EQ(test, 0, harness_touch(tenant.vma, tenant_missing(&tenant)));
	KUNIT_EXPECT_EQ(test, 1ULL + 4, world_stat(a, "sgx_epc.evicted"));
	KUNIT_EXPECT_EQ(test, 38ULL, world_usage(a));
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

static struct kunit_case request_cases[] = {
	KUNIT_CASE(REACH_1_the_limiting_cgroup_pays_and_no_other),
	KUNIT_CASE(REACH_2_who_has_no_request_is_refused_at_once),
	KUNIT_CASE(REACH_2_an_ioctl_goes_on_where_it_was),
	KUNIT_CASE(REACH_2_a_signal_ends_the_wait_of_an_ioctl),
	KUNIT_CASE(REACH_3_a_fault_waits_asleep_for_pages_in_flight),
	KUNIT_CASE(REACH_3_a_signal_is_taken_and_never_a_sigbus),
	KUNIT_CASE(REACH_3_a_fault_of_the_kernel_minds_fatal_signals_only),
	KUNIT_CASE(REACH_4_where_mmap_lock_stays_nothing_waits),
	KUNIT_CASE(REACH_4_a_debugger_makes_room_or_comes_back),
	KUNIT_CASE(REACH_5_what_was_used_lately_stays_until_all_was_looked_at),
	KUNIT_CASE(REACH_5_pages_in_hand_are_waited_for_a_second),
	KUNIT_CASE(REACH_5_pages_being_written_are_waited_for),
	KUNIT_CASE(REACH_6_what_fits_is_never_paged),
	KUNIT_CASE(REACH_6_a_refusal_frees_what_is_too_much_and_no_more),
	KUNIT_CASE(REACH_7_one_request_is_one_event),
	KUNIT_CASE(SAFE_5_waiters_can_be_frozen),
	{ }
};

static struct kunit_suite request_suite = {
	.name		= "request",
	.init		= request_init,
	.exit		= request_exit,
	.test_cases	= request_cases,
};

kunit_test_suite(request_suite);
