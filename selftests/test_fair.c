// SPDX-License-Identifier: GPL-2.0
/*
 * FAIR: whose pages go when the whole machine is short, or an ancestor is: in
 * proportion to what each has, and what misc.low protects last of all.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "epc.h"

#define C	TOP "/c"
#define G	TOP "/g"

/* misc.low of a group, in pages. */
static int set_low(const char *group, uint64_t pages)
{
	char line[64];

	snprintf(line, sizeof(line), "sgx_epc %lu", (unsigned long)(pages * PAGE));
	return cg_write(group, "misc.low", line);
}

static int reclaim(const char *group, uint64_t pages)
{
	char line[64];

	snprintf(line, sizeof(line), "sgx_epc %lu", (unsigned long)(pages * PAGE));
	return cg_write(group, "misc.reclaim", line);
}

/* An idle enclave whose pages were all written, so that all can go. */
static int idle_tenant(struct tenant *t, const char *group, uint64_t heap)
{
	int ret = cg_create(group);

	/* Nothing is protected more than its parent. */
	ret = ret ?: cg_write(TOP, "misc.low", "sgx_epc max");
	ret = ret ?: tenant_start(t, group);
	ret = ret ?: (int)tenant_do(t, tn_build, 0, heap, 0, 1);
	return ret ?: (int)tenant_do(t, tn_fill, 0, 1, 0, heap);
}

/* So many processes that map the enclave change its mappings all the time. */
static long change_mappings(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	char *heap = (char *)(e->base + e->heap_off);
	uint64_t i;
	pid_t pid;

	for (i = 0; i < arg[0]; i++) {
		pid = fork();
		if (pid < 0)
			return -errno;
		if (pid)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			mprotect(heap + i * 2 * PAGE, PAGE, PROT_READ);
			mprotect(heap + i * 2 * PAGE, PAGE, PROT_READ | PROT_WRITE);
		}
	}
	return 0;
}

/*
 * It does not help a tenant to keep the lock of his mappings taken as often as he can.
 *
 *   TOP     reclaimed from
 *    |-- a   1000 pages, the oldest, and 4 processes that change their mappings
 *    `-- b   1000 pages
 */
TEST_F_TIMEOUT(epc, REACH_8_who_changes_his_mappings_is_reclaimed_from, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	long begin;

	DO(idle_tenant(&a, A, 1000));
	DO(idle_tenant(&b, B, 1000));
	DO(reclaim(TOP, 2000));
	DO(tenant_do(&a, tn_touch, 0, 0, 1000));
	DO(tenant_do(&b, tn_touch, 0, 0, 1000));
	DO(tenant_do(&a, change_mappings, 4));
	begin = epc_now_ms();
	DO(reclaim(TOP, 900));
	TH_LOG("%lu pages of the one left, %lu of the other, after %ld ms", cg_pages(A),
	       cg_pages(B), epc_now_ms() - begin);
	EXPECT_GE(550, cg_pages(A));
	tenant_kill(&a);
	DO(tenant_stop(&b));
}

#define THREE	3

struct fair_tenant {
	const char	*group;
	uint64_t	heap;
	struct tenant	t;
	uint64_t	before;
};

/* In small steps and in turn, as tenants come: nobody's pages are all older. */
static void use_in_turn(struct __test_metadata *_metadata, struct fair_tenant f[THREE])
{
	uint64_t part, i;
	int j;

	for (i = 0; i < 25; i++) {
		for (j = 0; j < THREE; j++) {
			part = f[j].heap / 25;
			DO(tenant_do(&f[j].t, tn_touch, 0, i * part, part));
		}
	}
}

static void build_three(struct __test_metadata *_metadata, struct fair_tenant f[THREE])
{
	int i;

	DO(cg_create(C));
	DO(cg_create(C "/d"));
	DO(cg_create(C "/d/e"));
	for (i = 0; i < THREE; i++)
		DO(idle_tenant(&f[i].t, f[i].group, f[i].heap));
	use_in_turn(_metadata, f);
	/* Once around: what is on the lists now is in the order of its use. */
	DO(reclaim(TOP, 4500));
	use_in_turn(_metadata, f);
	for (i = 0; i < THREE; i++)
		f[i].before = cg_pages(f[i].group);
}

/* Of each as much as of all, give or take some batches of 16 and code that stays out. */
static uint64_t gone_in_proportion(struct __test_metadata *_metadata,
				   struct fair_tenant f[THREE])
{
	uint64_t gone[THREE], all = 0, sum = 0, fair;
	int i;

	for (i = 0; i < THREE; i++) {
		gone[i] = f[i].before - cg_pages(f[i].group);
		all += gone[i];
		sum += f[i].heap;
	}
	for (i = 0; i < THREE; i++) {
		fair = all * f[i].heap / sum;
		TH_LOG("%s: %lu of %lu pages gone", f[i].group, gone[i], f[i].heap);
		EXPECT_LE(fair, gone[i] + 50);
		EXPECT_GE(fair + 50, gone[i]);
		DO(tenant_stop(&f[i].t));
	}
	return all;
}

/*
 *   TOP
 *    |-- a           3000 pages
 *    |-- b           1000 pages
 *    `-- c/d/e/f      500 pages, deep in the tree
 */
#define FAIR_TENANTS	{						\
		{ .group = A, .heap = 3000, .t = TENANT_NONE },		\
		{ .group = B, .heap = 1000, .t = TENANT_NONE },		\
		{ .group = C "/d/e/f", .heap = 500, .t = TENANT_NONE },	\
	}

TEST_F_TIMEOUT(epc, FAIR_1_each_group_gives_in_proportion, 90)
{
	struct fair_tenant f[THREE] = FAIR_TENANTS;
	uint64_t all;

	build_three(_metadata, f);
	DO(reclaim(TOP, 900));
	all = gone_in_proportion(_metadata, f);
	EXPECT_LE(900, all);
	EXPECT_GE(900 + 60, all);
}

/* The same below TOP, and g: a guest that wants 900 pages more than are free. */
TEST_F_TIMEOUT(epc, FAIR_1_each_group_gives_in_proportion_when_the_epc_is_full, 90)
{
	struct fair_tenant f[THREE] = FAIR_TENANTS;
	struct tenant guest = TENANT_NONE;
	uint64_t wanted, all;

	build_three(_metadata, f);
	DO(set_low(TOP, 0));
	DO(cg_create(G));
	DO(tenant_start(&guest, G));
	wanted = self->capacity - cg_pages(TOP) + 900;
	DO(tenant_do(&guest, tn_vepc_open, wanted));
	EXPECT_EQ(wanted, tenant_do(&guest, tn_vepc_touch, 0, wanted));
	all = gone_in_proportion(_metadata, f);
	/* And what ksgxd keeps free. */
	EXPECT_LE(900, all);
	EXPECT_GE(900 + 200, all);
	DO(tenant_stop(&guest));
}

/*
 *   TOP
 *    |-- a   low 600: 500 pages, all older
 *    `-- b             1000 pages
 */
TEST_F_TIMEOUT(epc, FAIR_2_low_protects_from_an_ancestors_reclaim, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t before;

	DO(idle_tenant(&a, A, 500));
	DO(idle_tenant(&b, B, 1000));
	DO(set_low(A, 600));
	DO(reclaim(TOP, 700));
	EXPECT_EQ(0, swsgx_evicted(a.pid)) TH_LOG("%s", epc_why());
	EXPECT_LE(690, swsgx_evicted(b.pid));

	/* Not from the reclaim of the group itself. */
	DO(reclaim(A, 50));
	EXPECT_LE(50, swsgx_evicted(a.pid));

	/* And last of all, when there is nothing else. */
	before = swsgx_evicted(a.pid);
	DO(reclaim(TOP, cg_pages(B) + 100));
	EXPECT_LE(before + 90, swsgx_evicted(a.pid)) TH_LOG("%s", epc_why());
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a   low 300: 1000 pages, all older
 *    `-- b             500 pages
 */
TEST_F_TIMEOUT(epc, FAIR_2_what_exceeds_low_is_not_protected, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t before;

	DO(idle_tenant(&a, A, 1000));
	DO(idle_tenant(&b, B, 500));
	DO(set_low(A, 300));
	/* All of a is older, so its excess goes first, and to the page. */
	DO(reclaim(TOP, 900));
	EXPECT_LE(300, cg_pages(A)) TH_LOG("%s", epc_why());
	EXPECT_GE(301, cg_pages(A)) TH_LOG("%s", epc_why());
	EXPECT_LE(150, swsgx_evicted(b.pid));

	/* Grown above it, it is a target again; with no low, it is all a target. */
	DO(tenant_do(&a, tn_touch, 0, 0, 800));
	before = cg_pages(A);
	DO(reclaim(TOP, cg_pages(B) + 200));
	EXPECT_GE(before - 195, cg_pages(A)) TH_LOG("%s", epc_why());
	EXPECT_LE(300, cg_pages(A)) TH_LOG("%s", epc_why());
	DO(set_low(A, 0));
	DO(reclaim(TOP, cg_pages(TOP) - 50));
	EXPECT_GE(60, cg_pages(A));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a         low 100
 *    |   `-- x     low 600: 500 pages, effectively 100
 *    `-- b         low 600, effectively too
 *        `-- y     low 400: 300 pages, all older
 */
TEST_F_TIMEOUT(epc, FAIR_2_no_low_protects_more_than_the_parents, 60)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(idle_tenant(&y, B "/y", 300));
	DO(idle_tenant(&x, A "/x", 500));
	DO(set_low(A, 100));
	DO(set_low(A "/x", 600));
	DO(set_low(B, 600));
	DO(set_low(B "/y", 400));
	DO(reclaim(TOP, 350));
	EXPECT_LE(345, swsgx_evicted(x.pid)) TH_LOG("%s", epc_why());
	EXPECT_EQ(0, swsgx_evicted(y.pid)) TH_LOG("%s", epc_why());

	/* Nor the child's alone, when the parent is what is protected no more. */
	DO(set_low(B, 0));
	DO(reclaim(TOP, 100));
	/* Of x no more goes than it has above 100, its SECS and the like included. */
	EXPECT_LE(30, swsgx_evicted(y.pid)) TH_LOG("%s", epc_why());
	DO(tenant_stop(&x));
	DO(tenant_stop(&y));
}

/*
 *   TOP
 *    |-- a   low 1000: removed, its enclave of 500 pages lives on in TOP/b
 *    `-- b               500 pages, younger
 */
TEST_F_TIMEOUT(epc, CHARGE_4_the_low_of_a_removed_group_becomes_0, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	DO(idle_tenant(&a, A, 500));
	DO(idle_tenant(&b, B, 500));
	DO(set_low(A, 1000));
	DO(reclaim(TOP, 100));
	EXPECT_EQ(0, swsgx_evicted(a.pid)) TH_LOG("%s", epc_why());

	DO(cg_enter(B, a.pid));
	DO(cg_remove(A));
	/* All of b comes anew, so it is younger. */
	DO(reclaim(B, 350));
	DO(tenant_do(&b, tn_touch, 0, 0, 500));
	DO(reclaim(TOP, 300));
	EXPECT_LE(250, swsgx_evicted(a.pid)) TH_LOG("%s", epc_why());
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a         low 1000: 500 pages
 *    |   `-- x     max 300, wants 400
 */
TEST_F_TIMEOUT(epc, FAIR_2_low_does_not_hinder_a_limit_below_it, 60)
{
	struct tenant x = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_write(TOP, "misc.low", "sgx_epc max"));
	DO(set_low(A, 1000));
	DO(cg_create(A "/x"));
	DO(set_low(A "/x", 1000));
	DO(cg_set_max(A "/x", 300 * PAGE));
	DO(tenant_start(&x, A "/x"));
	DO(tenant_do(&x, tn_build, 0, 400, 0, 1));
	DO(tenant_do(&x, tn_fill, 0, 1, 0, 400));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 400));
	EXPECT_GE(300, cg_pages(A "/x"));
	DO(tenant_stop(&x));
}

TEST_HARNESS_MAIN
