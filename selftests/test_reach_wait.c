// SPDX-License-Identifier: GPL-2.0
/*
 * REACH-8: what a tenant keeps waiting, keeps no other tenant waiting.
 * REACH-3: a fault that has to wait does so, and is not taken again and again.
 */

#include "epc.h"
#include "stuck.h"

/* Even under emulation only who waits for that page needs longer. */
#define SOON_MS		20000

/* All that the image has but the last page of the heap. */
static long add_all_but_one(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];

	return encl_add_code(e) ?: encl_add_threads(e) ?:
	       encl_add_heap(e, 0, e->geo.heap - 1);
}

/* Number, address: the last page of the heap is to be read from there. */
static long add_last_from(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];

	return encl_add(e, e->heap_off + (e->geo.heap - 1) * PAGE, (void *)arg[1],
			1, SGX_SI_REG | SGX_SI_R | SGX_SI_W, false);
}

/* Build an enclave until its last page, which does not come. */
static void build_until_stuck(struct __test_metadata *_metadata,
			      struct tenant *t, struct stuck *s, uint64_t heap)
{
	DO(tenant_do(t, tn_open, 0, heap, 0, 1));
	DO(tenant_do(t, tn_create, 0));
	DO(tenant_do(t, add_all_but_one, 0));
	DO(tenant_post(t, add_last_from, 0, (uint64_t)s->page));
	DO(stuck_wait(s, SOON_MS));
	FAILS(ETIMEDOUT, tenant_answer(t, 200));
}

/* Somebody else builds and runs, with pages that only @stuck can give. */
static void goes_on_beside(struct __test_metadata *_metadata, struct tenant *t,
			   const struct tenant *stuck)
{
	long start = epc_now_ms();

	HOLDS(tenant_do(t, tn_build, 0, 300, 50, 1));
	HOLDS(tenant_do(t, tn_fill, 0, 1, 0, 300));
	HOLDS(tenant_do(t, tn_grow, 0, 300, 50));
	HOLDS(tenant_do(t, tn_verify, 0, 1, 0, 300));
	EXPECT_GT(epc_patience(SOON_MS), epc_now_ms() - start);
	EXPECT_LE(200, swsgx_evicted(stuck->pid)) TH_LOG("%s", epc_why());
	HOLDS(books_match(0));
}

/* The builder is killed while it waits; nobody delivers the page for that. */
static void dies_at_once(struct __test_metadata *_metadata, struct tenant *t)
{
	pid_t pid = t->pid;
	long start = epc_now_ms();
	struct swsgx_encl sum;

	tenant_kill(t);
	do {
		DO(swsgx_enclaves_of(pid, &sum));
		epc_sleep_ms(5);
	} while (sum.enclaves && epc_now_ms() < start + epc_patience(SOON_MS));
	EXPECT_EQ(0, sum.enclaves);
	HOLDS(books_match(0));
}

/*
 *   TOP  full with the pages of a
 *    |-- a   waits for a page to add
 *    `-- b   wants 300 pages
 */
TEST_F_TIMEOUT(epc, REACH_8_a_source_page_that_never_comes_stops_no_sibling, 90)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	struct stuck s;

	DO(stuck_open(&s));
	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	build_until_stuck(_metadata, &a, &s, 400);
	DO(cg_set_max(TOP, cg_pages(TOP) * PAGE));
	goes_on_beside(_metadata, &b, &a);

	dies_at_once(_metadata, &a);
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, SOON_MS));
	HOLDS(tenant_do(&b, tn_verify, 0, 1, 0, 300));
	DO(tenant_stop(&b));
	stuck_close(&s);
}

/*
 *   TOP
 *    `-- a  full with the pages of one member, who waits for a page to add
 */
TEST_F_TIMEOUT(epc, REACH_8_a_source_page_that_never_comes_stops_no_other_member, 90)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	struct stuck s;

	DO(stuck_open(&s));
	DO(cg_create(A));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, A));
	build_until_stuck(_metadata, &a, &s, 400);
	DO(cg_set_max(A, cg_pages(A) * PAGE));
	goes_on_beside(_metadata, &b, &a);

	dies_at_once(_metadata, &a);
	HOLDS(tenant_do(&b, tn_verify, 0, 1, 0, 300));
	DO(tenant_stop(&b));
	stuck_close(&s);
}

/*
 *   TOP
 *    |-- a   has all EPC of the machine, and waits for a page to add
 *    `-- b   wants 300 pages; there is no limit
 */
TEST_F_TIMEOUT(epc, REACH_8_a_source_page_that_never_comes_stops_no_global_reclaim, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	struct stuck s;

	DO(stuck_open(&s));
	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	build_until_stuck(_metadata, &a, &s, self->capacity);
	EXPECT_LE(self->capacity - 200, cg_pages(A));
	goes_on_beside(_metadata, &b, &a);

	/* The same for a guest. */
	DO(tenant_do(&b, tn_vepc_open, 400));
	EXPECT_EQ(400, tenant_do(&b, tn_vepc_touch, 0, 400));
	DO(tenant_do(&b, tn_vepc_close, 0));

	dies_at_once(_metadata, &a);
	DO(tenant_stop(&b));
	stuck_close(&s);
}

/* First page, pages: read a word of each from outside, one fault at most. */
static long look_at(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t i;
	int sig;

	for (i = arg[0]; i < arg[0] + arg[1]; i++)
		if (mem_touch((void *)(e->base + e->heap_off + i * PAGE), false,
			      &sig))
			return epc_fail(EFAULT, "signal %d at page %lu", sig, i);
	return 0;
}

/* All faults of a group, those that were only told to come again, too. */
static int faults_of(const char *group, uint64_t *nr)
{
	return cg_key(group, "memory.stat", "pgfault", nr);
}

/*
 *   TOP  max 250 pages
 *    |-- a   reads 400 pages in turn
 *    `-- b   pages: takes them away again
 *
 * A load takes two faults: one that waits, and one that finds the page.
 */
TEST_F_TIMEOUT(epc, REACH_3_a_fault_waits_and_is_not_taken_again_and_again, 90)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t before, after;
	struct swsgx_encl was, is;
	int i;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
	DO(cg_set_max(TOP, 250 * PAGE));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 400, 0, 1));
	DO(tenant_do(&b, tn_build, 0, 400, 0, 2));
	DO(tenant_do(&b, tn_worker_touch, 0, 1, 0, 400));

	DO(swsgx_enclaves_of(a.pid, &was));
	DO(faults_of(A, &before));
	for (i = 0; i < 5; i++)
		HOLDS(tenant_do(&a, look_at, 0, 400));
	/* The kernel adds memory.stat up every two seconds, if not before. */
	epc_sleep_ms(2500);
	DO(faults_of(A, &after));
	DO(swsgx_enclaves_of(a.pid, &is));
	EXPECT_LE(1000, is.loaded - was.loaded);
	EXPECT_LE(is.loaded - was.loaded, after - before);
	EXPECT_GE(2 * (5 * 400 + is.loaded - was.loaded), after - before);

	HOLDS(tenant_do(&b, tn_worker_stop, 0, 1));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

TEST_HARNESS_MAIN
