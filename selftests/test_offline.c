// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-4: a removed group whose enclaves live on stays charged, limited and
 * reclaimable, and so do its ancestors, until its last page is gone.
 */
#include "epc.h"

#define GONE_MS		5000

/* Build in A, move to B, remove A: the enclave of 200 pages is an orphan. */
static void make_orphan(struct __test_metadata *_metadata, struct tenant *t)
{
	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(t, A));
	DO(tenant_do(t, tn_build, 0, 200, 50, 1));
	DO(tenant_do(t, tn_fill, 0, 1, 0, 200));
	DO(cg_enter(B, t->pid));
	DO(cg_remove(A));
}

/*
 *   TOP          still charged
 *    |-- (a)     removed
 *    `-- b       where the task is; never charged
 */
TEST_F(epc, CHARGE_4_ancestors_of_a_removed_group_stay_charged)
{
	struct tenant t = TENANT_NONE;

	make_orphan(_metadata, &t);
	EXPECT_EQ(encl_built_pages(200, 1), cg_pages(TOP));
	EXPECT_EQ(0, cg_pages(B));
	DO(tenant_do(&t, tn_grow, 0, 200, 50));
	EXPECT_EQ(encl_built_pages(250, 1), cg_pages(TOP));
	EXPECT_EQ(0, cg_pages(B));
	HOLDS(books_match(0));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 200));

	/* With the last page goes the group itself. */
	EXPECT_LT(0, cg_dying(TOP)) TH_LOG("%s", epc_why());
	DO(tenant_do(&t, tn_destroy, 0));
	EXPECT_EQ(0, cg_pages(TOP));
	HOLDS(cg_wait_key(TOP, "cgroup.stat", "nr_dying_descendants", 0, GONE_MS));
	DO(tenant_stop(&t));
}

/*
 *   TOP          limited
 *    |-- (a)     removed, 200 pages
 *    `-- b       needs room
 */
TEST_F(epc, CHARGE_4_pages_of_a_removed_group_are_reclaimed)
{
	struct tenant t = TENANT_NONE, b = TENANT_NONE;

	make_orphan(_metadata, &t);
	DO(cg_set_max(TOP, 250 * PAGE));
	DO(tenant_start(&b, B));
	HOLDS(tenant_do(&b, tn_build, 0, 150, 0, 1));
	EXPECT_GE(250, cg_pages(TOP));
	EXPECT_LT(0, swsgx_evicted(t.pid)) TH_LOG("%s", epc_why());
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 200));
	HOLDS(books_match(0));
	DO(tenant_stop(&t));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- (a)     removed, max 100 pages: that stays
 *    `-- b       no limit
 */
TEST_F(epc, CHARGE_4_the_limit_of_a_removed_group_stays)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 200, 50, 1));
	DO(cg_enter(B, t.pid));
	DO(cg_remove(A));
	DO(tenant_do(&t, tn_fill, 0, 2, 0, 200));
	EXPECT_GE(100, cg_pages(TOP));
	HOLDS(tenant_do(&t, tn_grow, 0, 200, 50));
	EXPECT_GE(100, cg_pages(TOP));
	HOLDS(tenant_do(&t, tn_verify, 0, 2, 0, 200));
	EXPECT_EQ(0, cg_pages(B));
	DO(tenant_stop(&t));
}

/*
 *   TOP          misc disabled for children and enabled again
 *    `-- a       empty in its new life; the old charge is TOP's
 */
TEST_F(epc, CHARGE_4_enabling_misc_again_starts_an_empty_group)
{
	struct tenant t = TENANT_NONE;
	uint64_t all = encl_built_pages(100, 1);

	DO(cg_create(A));
	DO(cg_set_max(A, 1000 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	EXPECT_EQ(all, cg_pages(A));
	DO(cg_write(TOP, "cgroup.subtree_control", "-misc"));
	EXPECT_EQ(all, cg_pages(TOP));
	DO(cg_write(TOP, "cgroup.subtree_control", "+misc"));
	EXPECT_EQ(0, cg_pages(A));
	EXPECT_EQ(all, cg_pages(TOP));
	DO(tenant_do(&t, tn_build, 1, 100, 0, 1));
	EXPECT_EQ(all, cg_pages(A));
	EXPECT_EQ(2 * all, cg_pages(TOP));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
