// SPDX-License-Identifier: GPL-2.0
/*
 * EXHAUST-7: with its SECS, VA pages and 32 pages per running thread all threads of an
 * enclave go on. With less they do, or it is found within bounds that they do not.
 *
 * Each test prints what it has seen, since much below the floor is a matter of luck.
 */
#include "epc.h"

#define FLOOR		32
/* Pages that each thread goes round. */
#define WORKING_SET	300
/* Within this time each thread touches some pages, or the enclave is dead. */
#define BOUND_MS	60000

static uint64_t kills(struct __test_metadata *_metadata, const char *group)
{
	uint64_t nr;

	DO(cg_key(group, "misc.events.local", "sgx_epc.kill", &nr));
	return nr;
}

static uint64_t exhausted(struct __test_metadata *_metadata, const char *group)
{
	uint64_t nr;

	DO(cg_key(group, "misc.events.local", "sgx_epc.exhausted", &nr));
	return nr;
}

/* An enclave with workers that do not begin before start_workers(). */
static void build(struct __test_metadata *_metadata, struct tenant *t, const char *group,
		  unsigned int threads)
{
	DO(tenant_start(t, group));
	DO(tenant_do(t, tn_build, 0, WORKING_SET * threads, 0, threads));
}

static void start_workers(struct __test_metadata *_metadata, struct tenant *t,
			  unsigned int threads)
{
	unsigned int i;

	for (i = 0; i < threads; i++)
		DO(tenant_do(t, tn_worker_touch, 0, i, i * WORKING_SET, WORKING_SET));
}

/* Number of threads: how many of them were ended by an exception. */
static long stop_workers(struct tenant_self *self, const uint64_t arg[4])
{
	long failed = 0;
	uint64_t i;

	for (i = 0; i < arg[0]; i++)
		self->worker[i].req.stop = 1;
	for (i = 0; i < arg[0]; i++)
		failed += !!encl_worker_stop(&self->worker[i]);
	return failed;
}

/* Number of threads: the least that one has touched. */
static long least_done(struct tenant_self *self, const uint64_t arg[4])
{
	uint64_t least = UINT64_MAX, i, done;

	for (i = 0; i < arg[0]; i++) {
		done = __atomic_load_n(&self->worker[i].req.done, __ATOMIC_RELAXED);
		least = done < least ? done : least;
	}
	return least;
}

/* SECS and VA pages of the enclave of build(). */
static uint64_t fixed_pages(unsigned int threads)
{
	struct encl_geometry geo = { .heap = WORKING_SET * threads, .threads = threads };

	return encl_built_pages(geo.heap, threads) - encl_image_pages(&geo);
}

/*
 * Until each thread has touched @more pages, or a verdict on @group: true if all go on.
 * *ms is how long it took, -1 if nothing was decided.
 */
static bool watch(struct __test_metadata *_metadata, struct tenant *t, const char *group,
		  unsigned int threads, long more, long *ms)
{
	long begin = epc_now_ms();

	for (;;) {
		*ms = epc_now_ms() - begin;
		if (tenant_do(t, least_done, threads) >= more)
			return true;
		if (exhausted(_metadata, group))
			return false;
		if (*ms > epc_patience(BOUND_MS))
			break;
		epc_sleep_ms(10);
	}
	*ms = -1;
	return false;
}

static void all_go_on(struct __test_metadata *_metadata, unsigned int threads)
{
	struct tenant t = TENANT_NONE;
	long ms;

	DO(cg_create(A));
	build(_metadata, &t, A, threads);
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, (fixed_pages(threads) + FLOOR * threads) * PAGE));
	start_workers(_metadata, &t, threads);
	/* Each goes round three times. */
	EXPECT_TRUE(watch(_metadata, &t, A, threads, 3 * WORKING_SET, &ms));
	TH_LOG("%u threads: %ld touches each in %ld ms, %lu loads", threads,
	       tenant_do(&t, least_done, threads), ms, swsgx_evicted(t.pid));
	EXPECT_EQ(0, exhausted(_metadata, A));
	EXPECT_EQ(0, kills(_metadata, A));
	EXPECT_EQ(0, tenant_do(&t, stop_workers, threads));
	DO(tenant_stop(&t));
}

TEST_F_TIMEOUT(epc, EXHAUST_7_one_thread_goes_on_at_the_floor, 90)
{
	all_go_on(_metadata, 1);
}

TEST_F_TIMEOUT(epc, EXHAUST_7_four_threads_go_on_at_the_floor, 90)
{
	all_go_on(_metadata, 4);
}

/* They go on or it ends, but not neither. */
static void go_on_or_end(struct __test_metadata *_metadata, unsigned int threads,
			 uint64_t pages, bool may_kill)
{
	struct tenant t = TENANT_NONE;
	long ms, failed;
	bool on;

	DO(cg_create(A));
	if (!may_kill)
		DO(cg_write(A, "misc.exhausted", "sgx_epc fail"));
	build(_metadata, &t, A, threads);
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, pages * PAGE));
	start_workers(_metadata, &t, threads);
	on = watch(_metadata, &t, A, threads, WORKING_SET, &ms);
	TH_LOG("%u threads, %lu pages: %s after %ld ms and %ld touches", threads, pages,
	       on ? "goes on" : "ends", ms, tenant_do(&t, least_done, threads));
	EXPECT_LE(0, ms);
	failed = tenant_do(&t, stop_workers, threads);
	EXPECT_EQ(on ? 0 : failed, failed);
	if (!on) {
		EXPECT_LE(1, failed);
		EXPECT_EQ(may_kill, kills(_metadata, A));
		if (may_kill)
			HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 3000));
		EXPECT_EQ(may_kill ? 0 : fixed_pages(threads) > 0, cg_pages(A) > 0);
	}
	DO(tenant_stop(&t));
	DO(cg_set_max(A, CG_MAX));
	DO(cg_purge(A));
}

TEST_F_TIMEOUT(epc, EXHAUST_7_just_below_the_floor_too_or_it_ends, 120)
{
	go_on_or_end(_metadata, 1, fixed_pages(1) + FLOOR - 1, true);
	go_on_or_end(_metadata, 4, fixed_pages(4) + FLOOR * 4 - 1, true);
}

TEST_F_TIMEOUT(epc, EXHAUST_7_far_below_the_floor_it_ends_in_time, 400)
{
	static const uint64_t pages[] = { 1, 3, 5, 6, 8 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		go_on_or_end(_metadata, 1, pages[i], true);
}

TEST_F_TIMEOUT(epc, EXHAUST_7_it_ends_for_four_threads_too, 400)
{
	static const uint64_t pages[] = { 6, 14 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		go_on_or_end(_metadata, 4, pages[i], true);
}

TEST_F_TIMEOUT(epc, EXHAUST_7_where_kills_are_forbidden_the_load_fails_in_time, 200)
{
	go_on_or_end(_metadata, 1, 1, false);
	go_on_or_end(_metadata, 1, 5, false);
}

/* One thread that goes round a few pages with fewer than these in the EPC. */
static void goes_round(struct __test_metadata *_metadata, uint64_t pages, uint64_t heap,
		       bool must)
{
	struct tenant t = TENANT_NONE;
	long ms;
	bool on;

	DO(cg_create(A));
	build(_metadata, &t, A, 1);
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, pages * PAGE));
	DO(tenant_do(&t, tn_worker_touch, 0, 0, 0, heap));
	on = watch(_metadata, &t, A, 1, 5000, &ms);
	TH_LOG("%lu pages, a circle of %lu: %s after %ld touches and %ld ms", pages, heap,
	       on ? "goes on" : "ends", tenant_do(&t, least_done, 1), ms);
	EXPECT_LE(0, ms);
	EXPECT_TRUE(on || !must);
	EXPECT_EQ(!on, tenant_do(&t, stop_workers, 1));
	DO(tenant_stop(&t));
	DO(cg_purge(A));
}

/*
 * Below the floor a verdict may meet a thread that does go on, round few pages and with
 * a load for each: the kernel cannot tell. The first here turns over too many pages for
 * that; the others may end.
 */
TEST_F_TIMEOUT(epc, EXHAUST_7_whoever_goes_on_slowly_is_let_be_for_long, 240)
{
	goes_round(_metadata, 20, 20, true);
	goes_round(_metadata, 12, 12, false);
	goes_round(_metadata, 6, 12, false);
}

/*
 *   TOP
 *    `-- a   12 pages, of which three enclaves of one thread each want 34
 */
TEST_F_TIMEOUT(epc, EXHAUST_7_of_several_some_go_on, 200)
{
	struct tenant t[3] = { TENANT_NONE, TENANT_NONE, TENANT_NONE };
	long begin, done[3];
	int i, on = 0;

	DO(cg_create(A));
	for (i = 0; i < 3; i++)
		build(_metadata, &t[i], A, 1);
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, 12 * PAGE));
	for (i = 0; i < 3; i++)
		start_workers(_metadata, &t[i], 1);
	begin = epc_now_ms();
	while (!on && epc_now_ms() < begin + epc_patience(2 * BOUND_MS)) {
		for (i = 0; i < 3; i++) {
			done[i] = tenant_do(&t[i], least_done, 1);
			on += done[i] >= 3 * WORKING_SET;
		}
		/* Or all of them have ended. */
		on += kills(_metadata, A) == 3;
		epc_sleep_ms(10);
	}
	TH_LOG("%lu killed, %ld %ld %ld touches in %ld ms", kills(_metadata, A), done[0],
	       done[1], done[2], epc_now_ms() - begin);
	EXPECT_LE(1, on);
	EXPECT_GT(3, kills(_metadata, A));
	for (i = 0; i < 3; i++) {
		DO(tenant_do(&t[i], stop_workers, 1) < 0);
		DO(tenant_stop(&t[i]));
	}
}

/* Loads of few pages, of which the detector would call so many a thrash. */
#define MANY_LOADS	7000

/*
 *   TOP          max 60 pages: above the floor of one thread
 *    |-- a       needs some ten pages again and again, since they are taken each time
 *    `-- b       fills the room that they leave
 */
TEST_F_TIMEOUT(epc, EXHAUST_7_many_loads_of_few_pages_above_the_floor_are_no_thrash, 200)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	long begin = epc_now_ms();
	struct swsgx_encl sum = {};
	char all[64];
	int rounds;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 4, 0, 1));
	DO(tenant_do(&b, tn_build, 0, 300, 0, 1));
	DO(cg_set_max(TOP, 60 * PAGE));
	for (rounds = 0; sum.loaded < MANY_LOADS; rounds++) {
		/* Its VA page stays, and the SECS goes by itself with the last of the others. */
		snprintf(all, sizeof(all), "sgx_epc %lu", (cg_pages(A) - 2) * PAGE);
		DO(cg_write(A, "misc.reclaim", all));
		DO(tenant_do(&b, tn_touch, 0, rounds % 15 * 20, 20));
		ASSERT_EQ(0, tenant_do(&a, tn_touch, 0, 0, 4)) TH_LOG("%s", epc_why());
		DO(swsgx_enclaves_of(a.pid, &sum));
	}
	TH_LOG("%lu loads in %d rounds and %ld ms", sum.loaded, rounds, epc_now_ms() - begin);
	EXPECT_EQ(0, exhausted(_metadata, TOP));
	EXPECT_EQ(0, kills(_metadata, TOP));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

TEST_HARNESS_MAIN
