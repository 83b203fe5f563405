// SPDX-License-Identifier: GPL-2.0
/* EPC of virtual machines, and freeing EPC by hand: VEPC and RECLAIM. */
#include <linux/memcontrol.h>
#include <linux/sched/signal.h>
#include "world.h"

/* A vEPC instance with its pages touched. */
struct guest {
	struct file		*file;
	struct vm_area_struct	*vma;
};

static struct cgroup *a, *b;

static int vepc_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	b = world_group("b");
	return 0;
}

/* Touch @nr_pages. Return how many there were. */
static unsigned long guest_touch(struct guest *guest, unsigned long nr_pages)
{
	unsigned long i;

	for (i = 0; i < nr_pages; i++) {
		if (harness_touch(guest->vma, i))
			return i;
	}
	return i;
}

static void guest_start(struct kunit *test, struct guest *guest, struct cgroup *cgrp,
			unsigned long nr_pages)
{
	world_enter(cgrp);
	guest->file = harness_vepc_open();
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, guest->file);
	guest->vma = harness_mmap(guest->file, 200);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, guest->vma);
	KUNIT_EXPECT_EQ(test, nr_pages, guest_touch(guest, nr_pages));
}

static void guest_end(struct guest *guest)
{
	harness_munmap(guest->vma);
	fput(guest->file);
}

static struct sgx_epc_page *guest_page(struct guest *guest, unsigned long index)
{
	return xa_load(&harness_vepc(guest->file)->page_array, index);
}

static void VEPC_1_a_page_is_charged_when_touched_and_never_reclaimed(struct kunit *test)
{
	struct guest guest;

	guest_start(test, &guest, a, 0);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 20UL, guest_touch(&guest, 20));
	KUNIT_EXPECT_EQ(test, 20ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 20 * PAGE_SIZE, world_stat(a, "sgx_epc.vepc"));
	KUNIT_EXPECT_EQ(test, 20UL, guest_touch(&guest, 20));
	KUNIT_EXPECT_EQ(test, 20ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 1));
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_write(a, "misc.reclaim", "sgx_epc 4K"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max kill=enclaves"));
	KUNIT_EXPECT_EQ(test, 20ULL, world_usage(a));
	guest_end(&guest);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
}

static void VEPC_2_enclaves_make_room_and_then_it_fails(struct kunit *test)
{
	struct tenant tenant;
	struct guest guest;

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 40));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 30));
	tenant_rest(&tenant);
	guest_start(test, &guest, a, 0);
	/* All but the VA page: 40 with it. */
	KUNIT_EXPECT_EQ(test, 39UL, guest_touch(&guest, 60));
	KUNIT_EXPECT_EQ(test, 40ULL, world_usage(a));
	KUNIT_EXPECT_GE(test, world_stat(a, "sgx_epc.evicted"), 31ULL);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.exhausted"));
	guest_end(&guest);
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	tenant_end(&tenant);
}

/* An idle enclave has all that the limit allows, the guest nothing yet. */
static void at_limit_of_tenant(struct kunit *test, struct tenant *tenant, struct guest *guest)
{
	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 32));
	KUNIT_ASSERT_EQ(test, 0, tenant_build(tenant, a, 30));
	tenant_rest(tenant);
	guest_start(test, guest, a, 0);
}

static void REACH_4_a_guest_comes_again_for_what_is_in_flight(struct kunit *test)
{
	struct tenant tenant;
	struct guest guest;

	at_limit_of_tenant(test, &tenant, &guest);
	world_isolate(a, 64);
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_touch_flags(guest.vma, 0, 0));
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch_flags(guest.vma, 0, 0));
	harness_signal_clear(current);
	world_put_back();
	tenant_end(&tenant);
	KUNIT_EXPECT_EQ(test, 32UL, guest_touch(&guest, 32));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch_flags(guest.vma, 32, 0));
	guest_end(&guest);
}

static void VEPC_2_where_nothing_may_wait(struct kunit *test)
{
	struct tenant tenant;
	struct guest guest;

	at_limit_of_tenant(test, &tenant, &guest);
	KUNIT_EXPECT_EQ(test, -EAGAIN,
			harness_touch_flags(guest.vma, 0, FAULT_FLAG_ALLOW_RETRY |
							  FAULT_FLAG_RETRY_NOWAIT));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.evicted"));
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_touch_flags(guest.vma, 0, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_touch_flags(guest.vma, 0, 0));
	guest_end(&guest);
	tenant_end(&tenant);
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

static void VEPC_3_remove_all_changes_no_charge(struct kunit *test)
{
	struct guest guest;

	guest_start(test, &guest, a, 100);
	KUNIT_EXPECT_EQ(test, 0, harness_guest_create(guest.vma, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_guest_add(guest.vma, 1, guest_page(&guest, 0)));
	/* The SECS comes first, when its child is still there. */
	KUNIT_EXPECT_EQ(test, 1L, sgx_vepc_remove_all(harness_vepc(guest.file)));
	KUNIT_EXPECT_EQ(test, 0L, sgx_vepc_remove_all(harness_vepc(guest.file)));
	KUNIT_EXPECT_EQ(test, 100ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 0UL, harness_nr_valid());
	/* A virtual CPU is in the enclave. */
	harness_encls_fail(HARNESS_EREMOVE, 1, 14);
	KUNIT_EXPECT_EQ(test, (long)-EBUSY, sgx_vepc_remove_all(harness_vepc(guest.file)));
	guest_end(&guest);
}

static void VEPC_3_a_secs_outlives_its_instance_charged(struct kunit *test)
{
	struct guest first, second;

	guest_start(test, &first, a, 3);
	guest_start(test, &second, b, 2);
	KUNIT_EXPECT_EQ(test, 0, harness_guest_create(first.vma, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_guest_add(first.vma, 1, guest_page(&first, 0)));
	KUNIT_EXPECT_EQ(test, 0, harness_guest_add(second.vma, 0, guest_page(&first, 0)));
	guest_end(&first);
	KUNIT_EXPECT_EQ(test, 1ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, PAGE_SIZE, world_stat(a, "sgx_epc.vepc"));
	/* Its cgroup cannot go either. */
	world_enter(b);
	KUNIT_EXPECT_EQ(test, 0, harness_rmdir("a"));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 3U, harness_nr_css());
	guest_end(&second);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(harness_cgroup_root()));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 2U, harness_nr_css());
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

static void CHARGE_6_a_guests_page_that_is_refused_is_lost_until_it_is_not(struct kunit *test)
{
	struct cgroup *root = harness_cgroup_root();
	struct guest first, second;

	guest_start(test, &first, a, 3);
	guest_start(test, &second, b, 1);
	/* Each page is tried: twice to free them, then to bury them, then as zombies. */
	harness_encls_fail(HARNESS_EREMOVE, 3 + 3 + 3 + 3, 14);
	guest_end(&first);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_EQ(test, 3ULL, world_stat(root, "sgx_epc.leaked"));
	KUNIT_EXPECT_EQ(test, 256UL - 3 - 1, harness_nr_free());
	guest_end(&second);
	KUNIT_EXPECT_EQ(test, 256UL, harness_nr_free());
	/* The count stays: it says what happened, and SAFE-4 is not for it. */
	KUNIT_EXPECT_EQ(test, 3ULL, world_stat(root, "sgx_epc.leaked"));
	atomic64_set(&sgx_cgroup_root.stat[SGX_STAT_LEAKED], 0);
}

static void RECLAIM_1_as_much_as_asked_for(struct kunit *test)
{
	static const struct {
		const char *text;
		int ret;
		u64 left;
	} step[] = {
		{ "sgx_epc 0", 0, 102 },
		{ "sgx_epc 1", 0, 101 },
		{ "sgx_epc 4096", 0, 100 },
		{ "sgx_epc 4097", 0, 98 },
		{ "sgx_epc 80K", 0, 78 },
		{ "sgx_epc 1G", -EAGAIN, 1 },
		{ "sgx_epc 4K", -EAGAIN, 1 },
		{ "sgx_epc max", 0, 1 },
	};
	struct tenant tenant;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 100));
	for (i = 0; i < ARRAY_SIZE(step); i++) {
		KUNIT_EXPECT_EQ_MSG(test, step[i].ret,
				    harness_write(a, "misc.reclaim", step[i].text), "%s",
				    step[i].text);
		KUNIT_EXPECT_EQ_MSG(test, step[i].left, world_usage(a), "%s", step[i].text);
	}
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.max"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_event(a, "sgx_epc.exhausted"));
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	tenant_end(&tenant);
}

static void RECLAIM_1_a_signal_or_a_removal_ends_it(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 20));
	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, -EINTR, harness_write(a, "misc.reclaim", "sgx_epc 4K"));
	KUNIT_EXPECT_EQ(test, 22ULL, world_usage(a));
	/* Nothing to do is no reason to mind one. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 0"));
	harness_signal_clear(current);
	a->misc->flags |= CSS_DYING;
	KUNIT_EXPECT_EQ(test, -EAGAIN, sgx_cgroup_reclaim_amount(world_sgx(a), PAGE_SIZE, 0));
	a->misc->flags &= ~CSS_DYING;
	tenant_end(&tenant);
}

static void RECLAIM_2_each_word_does_its_own_and_last_of_all(struct kunit *test)
{
	struct tenant tenant;
	struct guest guest, other;

	guest_start(test, &other, b, 50);
	guest_start(test, &guest, a, 20);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 30));
	/* What ordinary reclaim can take, it takes. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim",
					       "sgx_epc 124K kill=enclaves revoke=vepc"));
	KUNIT_EXPECT_EQ(test, 21ULL, world_usage(a));
	KUNIT_EXPECT_FALSE(test, tenant_encl(&tenant)->holder.dead);
	/* Then enclaves die, and only then a guest loses its pages. */
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim",
					       "sgx_epc 4K kill=enclaves revoke=vepc"));
	KUNIT_EXPECT_EQ(test, 20ULL, world_usage(a));
	KUNIT_EXPECT_TRUE(test, tenant_encl(&tenant)->holder.dead);
	KUNIT_EXPECT_FALSE(test, harness_vepc(guest.file)->holder.dead);
	KUNIT_EXPECT_EQ(test, -EAGAIN, harness_write(a, "misc.reclaim", "sgx_epc 4K kill=enclaves"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 4K revoke=vepc"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	KUNIT_EXPECT_TRUE(test, harness_vepc(guest.file)->holder.dead);
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.kill"));
	KUNIT_EXPECT_EQ(test, 1ULL, world_event(a, "sgx_epc.revoke"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc max revoke=vepc"));

	/* What is revoked is so for good, and nobody else was disturbed. */
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_guest_create(guest.vma, 0));
	KUNIT_EXPECT_EQ(test, -EFAULT, harness_touch(guest.vma, 0));
	KUNIT_EXPECT_EQ(test, (long)-ENODEV, sgx_vepc_remove_all(harness_vepc(guest.file)));
	KUNIT_EXPECT_EQ(test, (long)-ENOMEM, PTR_ERR(harness_mmap(guest.file, 1)));
	KUNIT_EXPECT_EQ(test, 50UL, guest_touch(&other, 50));
	KUNIT_EXPECT_EQ(test, 50ULL, world_usage(b));
	guest_end(&guest);
	guest_end(&other);
	tenant_end(&tenant);
}

static struct kunit *this_test;
static struct tenant early;
static struct tenant late;
static struct guest late_guest;

static void others_come_and_let_go(void)
{
	harness_on_sleep = NULL;
	world_unlock_by_other(&tenant_encl(&early)->lock);
	harness_become(world_other);
	KUNIT_EXPECT_EQ(this_test, 0, tenant_build(&late, a, 4));
	guest_start(this_test, &late_guest, a, 5);
	harness_become(world_me);
}

static void RECLAIM_2_who_comes_when_it_has_begun_is_spared(struct kunit *test)
{
	struct guest guest;

	this_test = test;
	guest_start(test, &guest, a, 10);
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&early, a, 4));
	world_lock_by_other(&tenant_encl(&early)->lock);
	harness_on_sleep = others_come_and_let_go;
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim",
					       "sgx_epc max kill=enclaves revoke=vepc"));
	KUNIT_EXPECT_PTR_EQ(test, NULL, harness_on_sleep);
	KUNIT_EXPECT_TRUE(test, tenant_encl(&early)->holder.dead);
	KUNIT_EXPECT_TRUE(test, harness_vepc(guest.file)->holder.dead);
	KUNIT_EXPECT_FALSE(test, tenant_encl(&late)->holder.dead);
	KUNIT_EXPECT_FALSE(test, harness_vepc(late_guest.file)->holder.dead);
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&late));
	KUNIT_EXPECT_EQ(test, 5UL, guest_touch(&late_guest, 5));
	guest_end(&guest);
	guest_end(&late_guest);
	tenant_end(&early);
	tenant_end(&late);
}

static void RECLAIM_2_the_largest_instance_first(struct kunit *test)
{
	struct guest small, large;

	guest_start(test, &large, a, 90);
	guest_start(test, &small, a, 10);
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 1 revoke=vepc"));
	KUNIT_EXPECT_TRUE(test, harness_vepc(large.file)->holder.dead);
	KUNIT_EXPECT_FALSE(test, harness_vepc(small.file)->holder.dead);
	KUNIT_EXPECT_EQ(test, 10ULL, world_usage(a));
	guest_end(&small);
	guest_end(&large);
}

/* Pages that EREMOVE refuses stay charged until the file closes; then the next one is revoked. */
static void RECLAIM_2_what_eremove_refuses_stays_charged(struct kunit *test)
{
	struct guest stuck, next;

	guest_start(test, &stuck, a, 5);
	guest_start(test, &next, a, 2);
	harness_encls_fail(HARNESS_EREMOVE, 10, 14);
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 8K revoke=vepc"));
	KUNIT_EXPECT_TRUE(test, harness_vepc(stuck.file)->holder.dead);
	KUNIT_EXPECT_TRUE(test, harness_vepc(next.file)->holder.dead);
	KUNIT_EXPECT_EQ(test, 5ULL, world_usage(a));
	guest_end(&stuck);
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(a));
	guest_end(&next);
}

static struct kunit_case vepc_cases[] = {
	KUNIT_CASE(VEPC_1_a_page_is_charged_when_touched_and_never_reclaimed),
	KUNIT_CASE(VEPC_2_enclaves_make_room_and_then_it_fails),
	KUNIT_CASE(REACH_4_a_guest_comes_again_for_what_is_in_flight),
	KUNIT_CASE(VEPC_2_where_nothing_may_wait),
	KUNIT_CASE(VEPC_2_a_fault_that_may_not_be_retried_finds_no_room),
	KUNIT_CASE(VEPC_3_remove_all_changes_no_charge),
	KUNIT_CASE(VEPC_3_a_secs_outlives_its_instance_charged),
	KUNIT_CASE(VEPC_3_many_secs_pages_outlive_their_instance),
	KUNIT_CASE(CHARGE_6_a_guests_page_that_is_refused_is_lost_until_it_is_not),
	KUNIT_CASE(RECLAIM_1_as_much_as_asked_for),
	KUNIT_CASE(RECLAIM_1_a_signal_or_a_removal_ends_it),
	KUNIT_CASE(RECLAIM_2_each_word_does_its_own_and_last_of_all),
	KUNIT_CASE(RECLAIM_2_who_comes_when_it_has_begun_is_spared),
	KUNIT_CASE(RECLAIM_2_the_largest_instance_first),
	KUNIT_CASE(RECLAIM_2_what_eremove_refuses_stays_charged),
	{ }
};

static struct kunit_suite vepc_suite = {
	.name		= "vepc",
	.init		= vepc_init,
	.exit		= world_exit,
	.test_cases	= vepc_cases,
};

kunit_test_suite(vepc_suite);
