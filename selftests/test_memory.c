// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-5: the ordinary memory that holds written-out pages is paid by the
 * memory cgroup of the enclave's creator, whoever reclaims; when it is full, the
 * pages stay in the EPC and nobody is killed for it.
 *
 * Each group is a group of misc and of memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/swap.h>

#include "epc.h"

#define SWAP	"/dev/ram0"

/* How long the kernel may take to add memory.stat up. */
#define STAT_MS		5000

static void make_groups(struct __test_metadata *_metadata)
{
	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
}

/* Pages of the enclaves of @t that are in ordinary memory now. */
static uint64_t written_out(struct __test_metadata *_metadata, struct tenant *t)
{
	struct swsgx_encl sum;

	DO(swsgx_enclaves_of(t->pid, &sum));
	return sum.evicted - sum.loaded;
}

/*
 * What holds @pages: they themselves, for each 32 a page with what is needed to
 * load them back, and those that the CPUs count together before they tell.
 */
static int holds_pages(const char *group, uint64_t pages)
{
	uint64_t low = pages > 130 ? pages - 130 : 0, high = pages + pages / 16 + 130;
	long end = epc_now_ms() + epc_patience(STAT_MS);
	uint64_t shmem;
	int ret;

	for (;;) {
		ret = cg_key(group, "memory.stat", "shmem", &shmem);
		shmem /= PAGE;
		if (ret || (shmem >= low && shmem <= high))
			return ret;
		if (epc_now_ms() > end)
			return epc_fail(ERANGE, "%lu pages of shmem in \"%s\" for %lu pages written out",
					shmem, group, pages);
		epc_sleep_ms(100);
	}
}

static uint64_t used_pages(struct __test_metadata *_metadata, const char *group)
{
	char text[32];

	DO(cg_read(group, "memory.current", text, sizeof(text)));
	return PAGES(strtoull(text, NULL, 10));
}

/* The OOM killer was not even considered. */
static void no_oom(struct __test_metadata *_metadata, const char *group)
{
	uint64_t nr;

	DO(cg_key(group, "memory.events", "oom", &nr));
	EXPECT_EQ(0, nr) TH_LOG("oom in %s", group);
	DO(cg_key(group, "memory.events", "oom_kill", &nr));
	EXPECT_EQ(0, nr) TH_LOG("oom_kill in %s", group);
}

/*   TOP - a  max 1M of EPC: an enclave of 4M, also while it is being built   */
TEST_F(epc, CHARGE_5_the_creator_pays_for_what_he_pages_himself)
{
	struct tenant t = TENANT_NONE;
	uint64_t before, out;

	make_groups(_metadata);
	DO(cg_set_max(A, MIB));
	DO(tenant_start(&t, A));
	before = used_pages(_metadata, A);
	DO(tenant_do(&t, tn_build, 0, PAGES(4 * MIB), 0, 1));
	out = written_out(_metadata, &t);
	EXPECT_LE(PAGES(3 * MIB), out);
	HOLDS(holds_pages(A, out));
	EXPECT_LE(before + out - 130, used_pages(_metadata, A));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, PAGES(4 * MIB)));
	HOLDS(holds_pages(A, written_out(_metadata, &t)));
	HOLDS(holds_pages(B, 0));
	/* It goes with the enclave. */
	DO(tenant_do(&t, tn_destroy, 0));
	HOLDS(holds_pages(A, 0));
	DO(tenant_stop(&t));
}

/* Number, heap: everything but INIT and mapping. */
static long build_halfway(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[1] };
	struct encl *e = &self->encl[arg[0]];

	return encl_open(e, &geo) ?: encl_create(e) ?: encl_add_all(e);
}

/* @b wants 900 pages, and most of them have to come from the 1000 of @a. */
static void b_reclaims_from_a(struct __test_metadata *_metadata, struct tenant *a,
			      struct tenant *b)
{
	DO(cg_set_max(TOP, (cg_pages(TOP) + 10) * PAGE));
	DO(tenant_do(b, tn_build, 0, 900, 0, 1));
	EXPECT_LE(700, written_out(_metadata, a));
	EXPECT_GE(200, written_out(_metadata, b));
	HOLDS(holds_pages(A, written_out(_metadata, a)));
	HOLDS(holds_pages(B, written_out(_metadata, b)));
}

/*
 *   TOP  full with the pages of a
 *    |-- a   1000 pages, idle
 *    `-- b   wants 900 pages
 */
TEST_F(epc, CHARGE_5_the_creator_pays_when_a_neighbour_reclaims)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	make_groups(_metadata);
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 1000, 0, 1));
	DO(tenant_do(&a, tn_fill, 0, 2, 0, 1000));
	b_reclaims_from_a(_metadata, &a, &b);
	/* In the other direction as well. */
	HOLDS(tenant_do(&a, tn_verify, 0, 2, 0, 1000));
	HOLDS(holds_pages(A, written_out(_metadata, &a)));
	HOLDS(holds_pages(B, written_out(_metadata, &b)));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/* An enclave that no process has mapped yet has its creator all the same. */
TEST_F(epc, CHARGE_5_the_creator_pays_while_he_is_still_building)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	make_groups(_metadata);
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, build_halfway, 0, 1000));
	b_reclaims_from_a(_metadata, &a, &b);
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a   nearly all EPC of the machine, idle
 *    `-- b   wants 1000 pages: the kernel's own thread reclaims, too
 */
TEST_F_TIMEOUT(epc, CHARGE_5_the_creator_pays_for_global_reclaim, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	make_groups(_metadata);
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, build_halfway, 0, self->capacity - 200));
	DO(tenant_do(&b, tn_build, 0, 1000, 0, 1));
	EXPECT_LE(300, written_out(_metadata, &a));
	HOLDS(holds_pages(A, written_out(_metadata, &a)));
	HOLDS(holds_pages(B, written_out(_metadata, &b)));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

static long add_all(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_add_all(&self->encl[arg[0]]);
}

/*   TOP - a  max 200 pages, the creator has left   - b  he is here now   */
TEST_F(epc, CHARGE_5_where_the_creator_goes_later_changes_nothing)
{
	struct tenant t = TENANT_NONE;

	make_groups(_metadata);
	DO(cg_set_max(A, 200 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, 1000, 0, 1));
	DO(tenant_do(&t, tn_create, 0));
	DO(cg_enter(B, t.pid));
	DO(tenant_do(&t, add_all, 0));
	EXPECT_LE(800, written_out(_metadata, &t));
	HOLDS(holds_pages(A, written_out(_metadata, &t)));
	HOLDS(holds_pages(B, 0));
	DO(tenant_stop(&t));
}

/* Swap all memory of @group out, to an empty RAM disk. */
static void swap_out(struct __test_metadata *_metadata, const char *group)
{
	char text[32];

	/* From a test that was given up. */
	swapoff(SWAP);
	ASSERT_EQ(0, system("mkswap " SWAP " >/dev/null"));
	ASSERT_EQ(0, swapon(SWAP, 0)) TH_LOG("swapon: %s", strerror(errno));
	snprintf(text, sizeof(text), "%lu", used_pages(_metadata, group) * PAGE);
	/* It fails if a page was left. */
	cg_write(group, "memory.reclaim", text);
	HOLDS(holds_pages(group, 0));
}

/*
 *   TOP
 *    |-- a   max 200 pages, its memory is swapped out; the creator has left, a is removed
 *    `-- b   he is here now, and loads one page of each 32
 */
TEST_F_TIMEOUT(epc, CHARGE_5_the_creator_pays_for_what_comes_back_from_swap, 120)
{
	struct tenant t = TENANT_NONE;
	unsigned int page;

	make_groups(_metadata);
	DO(cg_set_max(A, 200 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 10000, 0, 1));
	DO(cg_enter(B, t.pid));
	swap_out(_metadata, A);
	DO(cg_remove(A));

	/* The memory of each page goes when it is loaded; that of 32 together stays. */
	for (page = 0; page < 10000; page += 32)
		DO(tenant_do(&t, tn_touch, 0, page, 1));
	HOLDS(holds_pages(B, 0));
	DO(tenant_stop(&t));
	EXPECT_EQ(0, swapoff(SWAP));
}

/*
 * 1000 pages in a, whose memory is full: what can still be written is little.
 *
 *   TOP  max 1100 pages of EPC
 *    |-- a   memory.max is what it uses
 *    `-- b
 */
static void fill_memory_of_a(struct __test_metadata *_metadata, struct tenant *a,
			     struct tenant *b)
{
	char text[32];

	make_groups(_metadata);
	DO(cg_never_kill(TOP));
	DO(cg_set_max(TOP, 1100 * PAGE));
	DO(tenant_start(a, A));
	DO(tenant_start(b, B));
	DO(tenant_do(a, tn_build, 0, 1000, 0, 1));
	DO(tenant_do(a, tn_fill, 0, 3, 0, 1000));
	snprintf(text, sizeof(text), "%lu", used_pages(_metadata, A) * PAGE);
	DO(cg_write(A, "memory.max", text));
}

static void memory_was_full(struct __test_metadata *_metadata, struct tenant *a)
{
	uint64_t hits;

	DO(cg_key(A, "memory.events", "max", &hits));
	EXPECT_LT(0, hits);
	EXPECT_GE(400, written_out(_metadata, a));
	no_oom(_metadata, TOP);
	no_oom(_metadata, A);
	no_oom(_metadata, B);
	DO(cg_write(A, "memory.max", "max"));
	HOLDS(tenant_do(a, tn_verify, 0, 3, 0, 1000));
}

TEST_F_TIMEOUT(epc, CHARGE_5_full_memory_makes_reclaim_take_other_pages, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	fill_memory_of_a(_metadata, &a, &b);
	HOLDS(tenant_do(&b, tn_build, 0, 900, 0, 1));
	HOLDS(tenant_do(&b, tn_fill, 0, 4, 0, 900));
	HOLDS(tenant_do(&b, tn_verify, 0, 4, 0, 900));
	memory_was_full(_metadata, &a);
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

TEST_F_TIMEOUT(epc, CHARGE_5_full_memory_is_exhaustion_when_there_is_nothing_else, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	long start;

	fill_memory_of_a(_metadata, &a, &b);
	DO(tenant_do(&b, tn_vepc_open, 900));
	start = epc_now_ms();
	EXPECT_GT(500, tenant_do(&b, tn_vepc_touch, 0, 900));
	FAILS(ENOMEM, tenant_do(&b, tn_build, 0, 10, 0, 1));
	EXPECT_GT(epc_patience(50000), epc_now_ms() - start);
	memory_was_full(_metadata, &a);

	/* Nothing but the memory was in the way. */
	HOLDS(tenant_do(&b, tn_build, 0, 10, 0, 1));
	EXPECT_EQ(900, tenant_do(&b, tn_vepc_touch, 0, 900));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

TEST_HARNESS_MAIN
