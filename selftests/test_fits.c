// SPDX-License-Identifier: GPL-2.0
/*
 * REACH-6: what fits its limit is never paged, for as long as it runs; and a refusal
 * takes little more than was wanted.
 */
#include "epc.h"

#define HEAP		300
#define MINUTE_MS	60000
/* For a worker to go round its pages, even under emulation on a busy host. */
#define ROUNDS_MS	30000
/* Whatever is done in the background is done by then. */
#define BACKGROUND_MS	300

static uint64_t stat_of(struct __test_metadata *_metadata, const char *group,
			const char *key)
{
	char name[64];
	uint64_t nr;

	snprintf(name, sizeof(name), "sgx_epc.%s", key);
	DO(cg_key(group, "misc.stat", name, &nr));
	return nr;
}

/* The worker goes round its heap @rounds times. */
static void goes_round(struct __test_metadata *_metadata, struct tenant *t, long rounds)
{
	long end = epc_now_ms() + ROUNDS_MS;
	long from = tenant_do(t, tn_worker_done, 0);

	while (tenant_do(t, tn_worker_done, 0) < from + rounds * HEAP) {
		ASSERT_GT(end, epc_now_ms());
		epc_sleep_ms(5);
	}
}

/*
 * An enclave whose worker goes round its heap, after all of it was written out: what the
 * group is charged then is what that needs, code, SECS and VA pages included.
 */
static uint64_t working_set(struct __test_metadata *_metadata, struct tenant *t,
			    const char *group)
{
	DO(cg_create(group));
	DO(tenant_start(t, group));
	DO(tenant_do(t, tn_build, 0, HEAP, 0, 1));
	DO(tenant_do(t, tn_worker_touch, 0, 0, 0, HEAP));
	goes_round(_metadata, t, 1);
	DO(cg_write(group, "misc.reclaim", "sgx_epc max"));
	goes_round(_metadata, t, 20);
	return cg_pages(group);
}

/* Some of what a minute changes. */
struct counts {
	uint64_t evicted, refused;
	long touches;
};

static struct counts count(struct __test_metadata *_metadata, struct tenant *t,
			   const char *group)
{
	struct counts c;

	c.evicted = stat_of(_metadata, group, "evicted");
	DO(cg_events_max(group, &c.refused));
	c.touches = tenant_do(t, tn_worker_done, 0);
	return c;
}

/*
 *   TOP
 *    |-- a   max: the working set of its enclave
 *    `-- b   max: one page less than that
 */
TEST_F_TIMEOUT(epc, REACH_6_what_fits_runs_a_minute_and_one_page_more_pages, 150)
{
	struct tenant t[] = { TENANT_NONE, TENANT_NONE };
	static const char *const group[] = { A, B };
	struct counts was[2], is[2];
	uint64_t pages[2];
	int i;

	for (i = 0; i < 2; i++) {
		pages[i] = working_set(_metadata, &t[i], group[i]);
		DO(cg_set_max(group[i], (pages[i] - i) * PAGE));
		/* All is loaded once more, below the limit. */
		DO(cg_write(group[i], "misc.reclaim", "sgx_epc max"));
		goes_round(_metadata, &t[i], 1);
		was[i] = count(_metadata, &t[i], group[i]);
	}
	epc_sleep_ms(MINUTE_MS);
	for (i = 0; i < 2; i++) {
		is[i] = count(_metadata, &t[i], group[i]);
		is[i].evicted -= was[i].evicted;
		is[i].touches -= was[i].touches;
		TH_LOG("%lu pages, max %lu: %lu evicted, %lu times refused, %ld touches in %d s",
		       pages[i], pages[i] - i, is[i].evicted, is[i].refused,
		       is[i].touches, MINUTE_MS / 1000);
		EXPECT_LT(HEAP, is[i].touches);
	}
	EXPECT_EQ(pages[0], cg_pages(A));
	EXPECT_EQ(0, is[0].evicted);
	EXPECT_EQ(0, is[0].refused);
	/* In each round at least one page is missing. */
	EXPECT_LE(is[1].touches / HEAP - 1, (long)is[1].evicted);
	EXPECT_LT(0, is[1].evicted);
	for (i = 0; i < 2; i++) {
		HOLDS(tenant_do(&t[i], tn_worker_stop, 0, 0));
		DO(tenant_stop(&t[i]));
	}
}

/* As many pages as may be taken beside those that a refused charge needs. */
static uint64_t reserve(uint64_t limit)
{
	if (limit < 64)
		return 0;
	return limit / 8 < 32 ? limit / 8 : 32;
}

/*   TOP - a  full with an idle enclave, which grows by a page   */
static void grow_full(struct __test_metadata *_metadata, uint64_t limit)
{
	uint64_t heap = encl_heap_for(limit, 1), evicted;
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_set_max(A, limit * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, heap, 1, 1));
	EXPECT_EQ(0, swsgx_evicted(t.pid));
	EXPECT_EQ(limit, cg_pages(A));
	DO(tenant_do(&t, tn_grow, 0, heap, 1));
	epc_sleep_ms(BACKGROUND_MS);
	evicted = stat_of(_metadata, A, "evicted") - stat_of(_metadata, A, "loaded");
	TH_LOG("max %lu pages: %lu pages fewer for one more", limit, evicted);
	EXPECT_LE(1, evicted);
	EXPECT_GE(1 + reserve(limit), evicted);
	DO(tenant_stop(&t));
	DO(cg_purge(A));
}

TEST_F_TIMEOUT(epc, REACH_6_a_refusal_takes_no_more_than_a_small_reserve, 60)
{
	static const uint64_t limit[] = { 40, 63, 64, 100, 200, 1000 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limit); i++)
		grow_full(_metadata, limit[i]);
}

TEST_HARNESS_MAIN
