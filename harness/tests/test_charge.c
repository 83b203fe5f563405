// SPDX-License-Identifier: GPL-2.0
/* Who pays for a page, until when, and what the limit does: CHARGE and MAX. */
#include <linux/memcontrol.h>
#include "world.h"

#define EPC	MISC_CG_RES_SGX_EPC

static int charge_init(struct kunit *test)
{
	world_init(128);
	return 0;
}

/*
 *	root	12
 *	|-- a	12
 *	|   `-- b	12: 10 pages, SECS, VA page
 *	`-- c	0
 */
static void CHARGE_1_every_kind_of_page_is_charged_at_all_levels(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *b = world_group("a/b"), *c = world_group("c");
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 10));
	KUNIT_EXPECT_EQ(test, 12ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, 12ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(c));
	KUNIT_EXPECT_EQ(test, 12ULL, world_usage(harness_cgroup_root()));
	KUNIT_EXPECT_EQ(test, 12UL, harness_nr_valid());
	KUNIT_EXPECT_EQ(test, 128UL - 12, harness_nr_free());
	tenant_end(&tenant);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, 12ULL, harness_value(a, "misc.peak", "sgx_epc") / PAGE_SIZE);
}

static void CHARGE_2_an_enclave_stays_with_its_cgroup(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *b = world_group("b");
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_LE(test, world_usage(a), 2ULL);
	world_enter(b);
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, world_stat(a, "sgx_epc.evicted"), world_stat(a, "sgx_epc.loaded"));
	KUNIT_EXPECT_GE(test, world_stat(a, "sgx_epc.evicted"), 20ULL);
	tenant_end(&tenant);
}

static void CHARGE_3_a_refused_charge_changes_nothing(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *b = world_group("a/b");
	struct misc_cg *cg = world_misc(b);

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 4));
	KUNIT_EXPECT_PTR_EQ(test, NULL, misc_cg_charge_or_limit(EPC, cg, PAGE_BYTES(3)));
	KUNIT_EXPECT_PTR_EQ(test, world_misc(a), misc_cg_charge_or_limit(EPC, cg, PAGE_BYTES(2)));
	KUNIT_EXPECT_PTR_EQ(test, world_misc(a), misc_cg_limiting(EPC, cg, PAGE_BYTES(2)));
	KUNIT_EXPECT_PTR_EQ(test, NULL, misc_cg_limiting(EPC, cg, PAGE_BYTES(1)));
	KUNIT_EXPECT_EQ(test, 3ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, 3ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(3), harness_value(b, "misc.peak", "sgx_epc"));
	/* Exactly what fits, and not a byte more. */
	KUNIT_EXPECT_PTR_EQ(test, NULL, misc_cg_charge_or_limit(EPC, cg, PAGE_BYTES(1)));
	KUNIT_EXPECT_PTR_EQ(test, world_misc(a), misc_cg_charge_or_limit(EPC, cg, 1));
	KUNIT_EXPECT_PTR_EQ(test, world_misc(b), misc_cg_charge_or_limit(EPC, cg, U64_MAX));
	/* The nearest of two limits. */
	KUNIT_EXPECT_EQ(test, 0, world_set(b, "misc.max", 4));
	KUNIT_EXPECT_PTR_EQ(test, cg, misc_cg_charge_or_limit(EPC, cg, 1));
	misc_cg_uncharge(EPC, cg, PAGE_BYTES(4));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(4), harness_value(a, "misc.peak", "sgx_epc"));
}

static void SAFE_more_uncharged_than_charged_is_said_and_cut(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct cgroup *b = world_group("b");

	misc_cg_charge_or_limit(EPC, world_misc(a), 5);
	misc_cg_charge_or_limit(EPC, world_misc(b), 2);
	harness_warnings_allowed = 1;
	misc_cg_uncharge(EPC, world_misc(a), 6);
	KUNIT_EXPECT_EQ(test, 1, harness_nr_warnings);
	KUNIT_EXPECT_EQ(test, 0ULL, harness_value(a, "misc.current", "sgx_epc"));
	KUNIT_EXPECT_EQ(test, 2ULL, harness_value(harness_cgroup_root(), "misc.current", "sgx_epc"));
	misc_cg_uncharge(EPC, world_misc(b), 2);
}

static void CHARGE_4_a_removed_cgroup_stays_charged_and_reclaimable(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *b = world_group("a/b");
	struct sgx_cgroup *cg = world_sgx(b);
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 10));
	KUNIT_EXPECT_EQ(test, 0, world_set(b, "misc.low", 12));
	world_enter(harness_cgroup_root());
	KUNIT_EXPECT_EQ(test, 0, harness_cgroup_remove(b));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, misc_cg_low(EPC, cg->misc));
	KUNIT_EXPECT_EQ(test, 12ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 16K"));
	KUNIT_EXPECT_EQ(test, 8ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 3U, harness_nr_css());
	tenant_end(&tenant);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 2U, harness_nr_css());
	KUNIT_EXPECT_EQ(test, 4ULL, world_stat(a, "sgx_epc.evicted"));
}

static void CHARGE_5_written_out_pages_are_the_creators_memory(struct kunit *test)
{
	struct mem_cgroup *full = harness_memcg_new(3);
	struct cgroup *a = world_group("a");
	struct mm_struct *mm = current->mm;
	struct tenant tenant;

	current->mm = harness_mm_new(full);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 10));
	/* The reclaimer is another process. */
	swap(mm, current->mm);
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_write(a, "misc.reclaim", "sgx_epc 32K"));
	KUNIT_EXPECT_EQ(test, 3L, atomic_long_read(&full->usage));
	KUNIT_EXPECT_EQ(test, 0L, atomic_long_read(&world_memcg->usage));
	KUNIT_EXPECT_EQ(test, 9ULL, world_usage(a));
	KUNIT_EXPECT_GT(test, world_stat(a, "sgx_epc.skipped"), 6ULL);
	KUNIT_EXPECT_TRUE(test, tenant_encl(&tenant)->holder.cannot_spill);
	/* With room again, the rest goes. */
	full->limit = 100;
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 12K"));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.cannot_spill);
	tenant_end(&tenant);
	KUNIT_EXPECT_EQ(test, 0L, atomic_long_read(&full->usage));
	harness_mm_free(mm);
}

static void CHARGE_6_a_page_that_eremove_refuses_leaves_its_cgroup(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	/* Two of its four pages, and so the SECS; each is a warning, as upstream. */
	harness_encls_fail(HARNESS_EREMOVE, 2, 1);
	harness_warnings_allowed = 3;
	tenant_end(&tenant);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 3ULL, world_stat(harness_cgroup_root(), "sgx_epc.leaked"));
	KUNIT_EXPECT_EQ(test, 125UL, harness_nr_free());
	KUNIT_EXPECT_EQ(test, 3UL, harness_nr_valid());
	harness_lose_epc();
}

static void CHARGE_6_a_poisoned_page_is_uncharged_and_not_used_again(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *root = harness_cgroup_root();
	struct tenant tenant;
	unsigned long i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	for (i = 0; i < harness_nr_pages(); i += 2)
		harness_poison(harness_page(i));
	KUNIT_EXPECT_EQ(test, 64ULL, world_stat(root, "sgx_epc.poisoned"));
	KUNIT_EXPECT_EQ(test, 6ULL, world_usage(a));
	/* What is poisoned in use is not written out. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max"));
	KUNIT_EXPECT_EQ(test, 4ULL, world_usage(a));
	tenant_end(&tenant);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(root));
	KUNIT_EXPECT_EQ(test, 64UL, harness_nr_free());
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 100));
	KUNIT_EXPECT_LE(test, world_usage(root), 64ULL);
	tenant_end(&tenant);
}

static void MAX_1_writing_max_takes_nothing(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 1));
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.scanned"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	tenant_end(&tenant);
}

/* What the limit refuses because it was lowered is let in when it is raised again. */
static void MAX_1_a_raised_limit_wakes_who_waits(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	wait_queue_head_t *wait = &world_sgx(a)->wait;
	struct tenant tenant;
	DEFINE_WAIT(entry);

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	prepare_to_wait(wait, &entry, TASK_INTERRUPTIBLE);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 100));
	KUNIT_EXPECT_EQ(test, TASK_RUNNING, current->state);
	finish_wait(wait, &entry);
	tenant_end(&tenant);
}

static void MAX_2_the_next_charge_reclaims_the_whole_excess(struct kunit *test)
{
	struct cgroup *a = world_group("a");
	struct tenant tenant, small;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 60));
	tenant_rest(&tenant);
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 10));
	KUNIT_ASSERT_EQ(test, 0, tenant_create(&small, a, 1));
	KUNIT_EXPECT_LE(test, world_usage(a), 10ULL);
	KUNIT_EXPECT_GE(test, world_stat(a, "sgx_epc.evicted"), 54ULL);
	/* Each of its two pages was refused once at most. */
	KUNIT_EXPECT_LE(test, world_event(a, "sgx_epc.max"), 2ULL);
	tenant_end(&small);
	tenant_end(&tenant);
}

/* The EPC is used up by a; b has no limit in its way. */
static void MAX_4_a_newcomer_takes_from_all_when_no_page_is_free(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *b = world_group("b");
	struct tenant old, newcomer;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&old, a, 126));
	KUNIT_EXPECT_EQ(test, 0UL, harness_nr_free());
	tenant_rest(&old);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&newcomer, b, 30));
	KUNIT_EXPECT_EQ(test, 32ULL, world_usage(b));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(b, "sgx_epc.max"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_GE(test, world_stat(a, "sgx_epc.evicted"), 32ULL);
	tenant_end(&old);
	tenant_end(&newcomer);
}

static void MAX_4_with_nothing_reclaimable_nobody_is_killed(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *root = harness_cgroup_root();
	struct tenant tenant, builder;
	struct vm_area_struct *vma;
	struct file *guest;
	unsigned long i;

	world_enter(a);
	guest = harness_vepc_open();
	vma = harness_mmap(guest, 128);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 2));
	for (i = 0; i < 128 && !harness_touch(vma, i); i++)
		;
	/* Its two pages and the SECS went to the guest, not its VA page. */
	KUNIT_EXPECT_EQ(test, 127UL, i);
	KUNIT_EXPECT_EQ(test, -EFAULT, tenant_touch(&tenant));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_EQ(test, 2ULL, world_stat(root, "sgx_epc.exhausted"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, -ENOMEM, tenant_create(&builder, a, 1));
	harness_munmap(vma);
	fput(guest);
	KUNIT_EXPECT_EQ(test, 1ULL, world_usage(a));
	tenant_end(&tenant);
}

static void FILES_4_events_notify(struct kunit *test)
{
	struct cgroup *a = world_group("a"), *b = world_group("a/b");

	misc_cg_event(EPC, world_misc(b), MISC_CG_EVENT_KILL);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&world_misc(b)->events_file.notified));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&world_misc(b)->events_local_file.notified));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&world_misc(a)->events_file.notified));
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&world_misc(a)->events_local_file.notified));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 0ULL, harness_value(a, "misc.events.local", "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 1ULL, harness_value(b, "misc.events.local", "sgx_epc.kill"));
}

/* What was usual before does not count where the capacity is smaller now. */
static void SAFE_6_a_charge_above_a_lowered_capacity_is_refused(struct kunit *test)
{
	struct misc_cg *cg = world_misc(world_group("a"));

	KUNIT_ASSERT_EQ(test, 0, misc_cg_try_charge(EPC, cg, PAGE_BYTES(10)));
	misc_cg_uncharge(EPC, cg, PAGE_BYTES(10));
	misc_cg_set_capacity(EPC, PAGE_BYTES(5));
	KUNIT_EXPECT_EQ(test, 0, misc_cg_try_charge(EPC, cg, PAGE_BYTES(3)));
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_cg_try_charge(EPC, cg, PAGE_BYTES(3)));
	misc_cg_uncharge(EPC, cg, PAGE_BYTES(3));
	misc_cg_set_capacity(EPC, PAGE_BYTES(128));
}

static struct kunit_case charge_cases[] = {
	KUNIT_CASE(CHARGE_1_every_kind_of_page_is_charged_at_all_levels),
	KUNIT_CASE(CHARGE_2_an_enclave_stays_with_its_cgroup),
	KUNIT_CASE(CHARGE_3_a_refused_charge_changes_nothing),
	KUNIT_CASE(SAFE_6_a_charge_above_a_lowered_capacity_is_refused),
	KUNIT_CASE(SAFE_more_uncharged_than_charged_is_said_and_cut),
	KUNIT_CASE(CHARGE_4_a_removed_cgroup_stays_charged_and_reclaimable),
	KUNIT_CASE(CHARGE_5_written_out_pages_are_the_creators_memory),
	KUNIT_CASE(CHARGE_6_a_page_that_eremove_refuses_leaves_its_cgroup),
	KUNIT_CASE(CHARGE_6_a_poisoned_page_is_uncharged_and_not_used_again),
	KUNIT_CASE(MAX_1_writing_max_takes_nothing),
	KUNIT_CASE(MAX_1_a_raised_limit_wakes_who_waits),
	KUNIT_CASE(MAX_2_the_next_charge_reclaims_the_whole_excess),
	KUNIT_CASE(MAX_4_a_newcomer_takes_from_all_when_no_page_is_free),
	KUNIT_CASE(MAX_4_with_nothing_reclaimable_nobody_is_killed),
	KUNIT_CASE(FILES_4_events_notify),
	{ }
};

static struct kunit_suite charge_suite = {
	.name		= "charge",
	.init		= charge_init,
	.exit		= world_exit,
	.test_cases	= charge_cases,
};

kunit_test_suite(charge_suite);
