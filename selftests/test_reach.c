// SPDX-License-Identifier: GPL-2.0
/*
 * REACH: what a refused charge sets in motion, and what it leaves alone.
 */
#include <signal.h>
#include <sys/time.h>

#include "epc.h"

#define DEEP	TOP "/a/b/c"

static uint64_t blocked_so_far(void)
{
	uint64_t nr;

	return swsgx_stat("encls_eblock", &nr) ? UINT64_MAX : nr;
}

/*
 *   TOP
 *    |-- a  max 200 pages    an enclave of 1000 pages against itself
 *    |-- b                   the neighbour: 300 pages
 *    `-- (test)
 */
TEST_F_TIMEOUT(epc, REACH_1_a_neighbour_loses_no_page, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t blocked, mine;
	int i;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, 200 * PAGE));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	/* The neighbour is older and idle: first on any list of the machine. */
	DO(tenant_do(&b, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&b, tn_fill, 0, 1, 0, 300));
	blocked = blocked_so_far();

	DO(tenant_do(&a, tn_build, 0, 1000, 0, 1));
	for (i = 0; i < 3; i++) {
		DO(tenant_do(&a, tn_fill, 0, i, 0, 1000));
		HOLDS(tenant_do(&a, tn_verify, 0, i, 0, 1000));
	}
	mine = swsgx_evicted(a.pid);
	EXPECT_LE(800 * 6, mine) TH_LOG("%s", epc_why());
	EXPECT_EQ(0, swsgx_evicted(b.pid)) TH_LOG("%s", epc_why());
	EXPECT_EQ(encl_built_pages(300, 1), cg_pages(B));
	/* Not even blocked: every EBLOCK was for a page of the limited group. */
	EXPECT_LE(blocked_so_far() - blocked, mine);
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a  max 400 pages
 *    |   |-- x               300 pages, idle
 *    |   `-- y               wants 300 pages
 *    `-- b                   300 pages, idle: outside
 */
TEST_F(epc, REACH_1_takes_from_the_limiting_subtree_and_nowhere_else)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE, b = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(A "/y"));
	DO(cg_create(B));
	DO(cg_set_max(A, 400 * PAGE));
	DO(tenant_start(&b, B));
	DO(tenant_start(&x, A "/x"));
	DO(tenant_start(&y, A "/y"));
	DO(tenant_do(&b, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&x, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&x, tn_fill, 0, 1, 0, 300));

	/* By an ioctl, and by faults. */
	DO(tenant_do(&y, tn_build, 0, 200, 100, 1));
	EXPECT_LT(0, swsgx_evicted(x.pid)) TH_LOG("%s", epc_why());
	DO(tenant_do(&y, tn_grow, 0, 200, 100));
	EXPECT_EQ(0, swsgx_evicted(b.pid)) TH_LOG("%s", epc_why());
	EXPECT_GE(400, cg_pages(A));
	EXPECT_EQ(encl_built_pages(300, 1), cg_pages(B));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 300));
	EXPECT_EQ(0, swsgx_evicted(b.pid)) TH_LOG("%s", epc_why());
	DO(tenant_stop(&x));
	DO(tenant_stop(&y));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a  max 100 pages    pages without end
 *    `-- b                   touches its 200 pages without end
 */
TEST_F_TIMEOUT(epc, REACH_1_a_running_neighbour_goes_on_untouched, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	long before, after;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&b, tn_build, 0, 200, 0, 2));
	DO(tenant_do(&b, tn_worker_touch, 0, 1, 0, 200));
	DO(tenant_do(&a, tn_build, 0, 400, 0, 1));
	before = tenant_do(&b, tn_worker_done, 1);
	DO(tenant_do(&a, tn_fill, 0, 1, 0, 400));
	HOLDS(tenant_do(&a, tn_verify, 0, 1, 0, 400));
	after = tenant_do(&b, tn_worker_done, 1);
	EXPECT_LT(before + 200, after);
	EXPECT_LE(600, swsgx_evicted(a.pid)) TH_LOG("%s", epc_why());
	EXPECT_EQ(0, swsgx_evicted(b.pid)) TH_LOG("%s", epc_why());
	HOLDS(tenant_do(&b, tn_worker_stop, 0, 1));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/* 24 MiB in 8 MiB: built, run and verified by a tenant in @group. */
static void big_in_small(struct __test_metadata *_metadata, const char *group,
			 const char *limited)
{
	uint64_t heap = PAGES(24 * MIB), peak;
	struct tenant t = TENANT_NONE;

	DO(cg_set_max(limited, 8 * MIB));
	DO(tenant_start(&t, group));
	DO(tenant_do(&t, tn_build, 0, heap, 0, 1));
	EXPECT_GE(PAGES(8 * MIB), cg_pages(limited));
	DO(tenant_do(&t, tn_fill, 0, 24, 0, heap));
	EXPECT_GE(PAGES(8 * MIB), cg_pages(limited));
	HOLDS(tenant_do(&t, tn_verify, 0, 24, 0, heap));
	EXPECT_GE(PAGES(8 * MIB), cg_pages(limited));
	/* It has really used what it may have, and paged the rest. */
	DO(cg_peak(limited, &peak));
	EXPECT_EQ(8 * MIB, peak);
	EXPECT_LE(2 * PAGES(16 * MIB), swsgx_evicted(t.pid)) TH_LOG("%s", epc_why());
	HOLDS(books_match(0));
	DO(tenant_stop(&t));
}

/*   TOP  max 8M, 24M enclave   */
TEST_F_TIMEOUT(epc, REACH_2_24M_in_8M_at_depth_1, 120)
{
	big_in_small(_metadata, TOP, TOP);
}

/*   TOP  max 8M - a, 24M enclave   */
TEST_F_TIMEOUT(epc, REACH_2_24M_in_8M_of_the_parent, 120)
{
	DO(cg_create(A));
	big_in_small(_metadata, A, TOP);
}

static void make_deep(struct __test_metadata *_metadata)
{
	DO(cg_create(A));
	DO(cg_create(TOP "/a/b"));
	DO(cg_create(DEEP));
}

/*   TOP - a - b - c  max 8M, 24M enclave   */
TEST_F_TIMEOUT(epc, REACH_2_24M_in_8M_at_depth_4, 120)
{
	make_deep(_metadata);
	big_in_small(_metadata, DEEP, DEEP);
}

/*   TOP  max 8M - a - b - c, 24M enclave   */
TEST_F_TIMEOUT(epc, REACH_2_24M_in_8M_of_the_farthest_ancestor, 120)
{
	make_deep(_metadata);
	big_in_small(_metadata, DEEP, TOP);
}

static long restrict_and_extend(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];

	return encl_restrict(e, arg[1], arg[2], SGX_SI_R) ?:
	       encl_extend(e, arg[1], arg[2], SGX_SI_R | SGX_SI_W);
}

/* Grow, change, trim: five times the limit, twice. */
static void resize_under_limit(struct __test_metadata *_metadata,
			       struct tenant *t, uint64_t nr)
{
	int i;

	for (i = 0; i < 2; i++) {
		HOLDS(tenant_do(t, tn_grow, 0, 20, nr));
		HOLDS(tenant_do(t, tn_fill, 0, i, 0, 20 + nr));
		HOLDS(tenant_do(t, restrict_and_extend, 0, 20, nr));
		HOLDS(tenant_do(t, tn_verify, 0, i, 0, 20 + nr));
		HOLDS(tenant_do(t, tn_trim, 0, 20, nr));
	}
}

TEST_F_TIMEOUT(epc, REACH_2_sgx2_under_a_limit_never_fails, 90)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_set_max(A, 200 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 20, 1000, 1));
	resize_under_limit(_metadata, &t, 1000);
	EXPECT_GE(200, cg_pages(A));
	HOLDS(books_match(0));
	DO(tenant_stop(&t));
}

/*
 *   TOP  max 250 pages
 *    |-- a    resizes its enclave
 *    `-- b    pages: its faults isolate the very pages that a's ioctls want
 */
TEST_F_TIMEOUT(epc, REACH_2_sgx2_beside_a_paging_sibling_never_fails, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(TOP, 250 * PAGE));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 20, 400, 1));
	DO(tenant_do(&b, tn_build, 0, 400, 0, 2));
	DO(tenant_do(&b, tn_worker_touch, 0, 1, 0, 400));
	resize_under_limit(_metadata, &a, 400);
	EXPECT_LT(400, tenant_do(&b, tn_worker_done, 1));
	HOLDS(tenant_do(&b, tn_worker_stop, 0, 1));
	EXPECT_GE(250, cg_pages(TOP));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

static volatile sig_atomic_t alarms;

static void on_alarm(int sig)
{
	(void)sig;
	alarms++;
}

static void ring_every(long usec, int flags)
{
	struct itimerval often = { { 0, usec }, { 0, usec } };
	struct sigaction act = { .sa_handler = on_alarm, .sa_flags = flags };

	alarms = 0;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/*
 * Add arg[0] pages while signals come, one ioctl after the other.  Every one
 * of them has to end in success with a count, or in EINTR with none.
 */
static long add_under_signals(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t done = 0, count;
	long cut = 0;
	int ret;

	while (done < arg[0]) {
		ret = encl_raw_add(e, e->heap_off + done * PAGE, arg[0] - done,
				   &count);
		if (ret && ret != -EINTR)
			return epc_fail(-ret, "ADD_PAGES after %lu pages and %d signals",
					done, (int)alarms);
		if (ret ? count : !count)
			return epc_fail(EIO, "ADD_PAGES returned %d with count %lu",
					ret, count);
		done += count;
		cut += done < arg[0];
	}
	return cut;
}

/* Heap, flags of sigaction(): how often ADD_PAGES was cut short. */
static long build_under_signals(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[0] };
	struct encl *e = &self->encl[0];
	const uint64_t heap[4] = { arg[0] };
	long ret, cut = 0;

	ret = encl_open(e, &geo);
	ring_every(2000, arg[1]);
	/* CREATE may be interrupted too, and is then to be tried again. */
	while (!ret && (ret = encl_create(e)) == -EINTR)
		ret = 0;
	ret = ret ?: encl_add_code(e) ?: encl_add_threads(e);
	if (!ret)
		cut = add_under_signals(self, heap);
	if (cut < 0)
		ret = cut;
	ret = ret ?: encl_init(e) ?: encl_map(e);
	signal(SIGALRM, SIG_IGN);
	return ret ?: cut;
}

TEST_F_TIMEOUT(epc, REACH_2_signals_end_an_ioctl_with_its_count, 60)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_set_max(A, 150 * PAGE));
	DO(tenant_start(&t, A));
	EXPECT_LT(0, tenant_do(&t, build_under_signals, 2000, 0))
		TH_LOG("%s", epc_why());
	HOLDS(tenant_do(&t, tn_fill, 0, 2, 0, 2000));
	HOLDS(tenant_do(&t, tn_verify, 0, 2, 0, 2000));
	EXPECT_GE(150, cg_pages(A));
	DO(tenant_stop(&t));
}

TEST_F_TIMEOUT(epc, REACH_2_restarted_ioctls_lose_no_page, 60)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_set_max(A, 150 * PAGE));
	DO(tenant_start(&t, A));
	EXPECT_LE(0, tenant_do(&t, build_under_signals, 2000, SA_RESTART))
		TH_LOG("%s", epc_why());
	HOLDS(tenant_do(&t, tn_fill, 0, 2, 0, 2000));
	HOLDS(tenant_do(&t, tn_verify, 0, 2, 0, 2000));
	DO(tenant_stop(&t));
}

/* Seed, pages: fill and verify with a signal every 2 ms. */
static long fill_under_signals(struct tenant_self *self, const uint64_t arg[4])
{
	int ret;

	ring_every(2000, 0);
	ret = encl_fill(&self->encl[0], arg[0], 0, arg[1]) ?:
	      encl_verify(&self->encl[0], arg[0], 0, arg[1]);
	signal(SIGALRM, SIG_IGN);
	if (!ret && !alarms)
		return epc_fail(ENODATA, "no signal came");
	return ret;
}

TEST_F_TIMEOUT(epc, REACH_2_signals_during_faults_at_the_limit_are_harmless, 60)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_set_max(A, 150 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 1000, 0, 1));
	HOLDS(tenant_do(&t, fill_under_signals, 3, 1000));
	DO(tenant_stop(&t));
}

/*
 * Three threads keep 120 of 200 pages young; the fourth walks through 700
 * others.  Reclaim must neither give up nor wait for a page to grow old.
 */
TEST_F_TIMEOUT(epc, REACH_5_young_pages_do_not_stop_progress, 90)
{
	struct tenant t = TENANT_NONE;
	unsigned int i;

	DO(cg_create(A));
	DO(cg_set_max(A, 200 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 820, 0, 4));
	for (i = 0; i < 3; i++)
		DO(tenant_do(&t, tn_worker_touch, 0, i + 1, i * 40, 40));
	HOLDS(tenant_do(&t, tn_fill, 0, 5, 120, 700));
	HOLDS(tenant_do(&t, tn_verify, 0, 5, 120, 700));
	for (i = 0; i < 3; i++) {
		EXPECT_LT(40, tenant_do(&t, tn_worker_done, i + 1));
		HOLDS(tenant_do(&t, tn_worker_stop, 0, i + 1));
	}
	EXPECT_GE(200, cg_pages(A));
	DO(tenant_stop(&t));
}

/* Every page in the group is young all the time, and more are wanted. */
TEST_F_TIMEOUT(epc, REACH_5_threads_that_want_more_than_there_is_all_go_on, 90)
{
	struct tenant t = TENANT_NONE;
	long before[3], end;
	unsigned int i;

	DO(cg_create(A));
	DO(cg_set_max(A, 200 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 300, 0, 4));
	for (i = 0; i < 3; i++)
		DO(tenant_do(&t, tn_worker_touch, 0, i + 1, i * 100, 100));
	epc_sleep_ms(500);
	for (i = 0; i < 3; i++)
		before[i] = tenant_do(&t, tn_worker_done, i + 1);
	end = epc_now_ms() + epc_patience(30000);
	for (i = 0; i < 3; i++) {
		while (tenant_do(&t, tn_worker_done, i + 1) < before[i] + 300 &&
		       epc_now_ms() < end)
			epc_sleep_ms(20);
		EXPECT_LE(before[i] + 300, tenant_do(&t, tn_worker_done, i + 1))
			TH_LOG("thread %u", i);
		HOLDS(tenant_do(&t, tn_worker_stop, 0, i + 1));
	}
	EXPECT_GE(200, cg_pages(A));
	DO(tenant_stop(&t));
}

/* Four processes at one limit: pages in flight are not "nothing left". */
TEST_F_TIMEOUT(epc, REACH_5_builders_at_one_small_limit_all_succeed, 90)
{
	struct tenant t[4] = {};
	int i;

	DO(cg_create(A));
	DO(cg_set_max(A, 160 * PAGE));
	for (i = 0; i < 4; i++)
		DO(tenant_start(&t[i], A));
	for (i = 0; i < 4; i++)
		DO(tenant_post(&t[i], tn_build, 0, 200, 0, 1));
	for (i = 0; i < 4; i++)
		HOLDS(tenant_answer(&t[i], 60000));
	for (i = 0; i < 4; i++)
		DO(tenant_post(&t[i], tn_fill, 0, i, 0, 200));
	for (i = 0; i < 4; i++)
		HOLDS(tenant_answer(&t[i], 60000));
	for (i = 0; i < 4; i++)
		HOLDS(tenant_do(&t[i], tn_verify, 0, i, 0, 200));
	EXPECT_GE(160, cg_pages(A));
	for (i = 0; i < 4; i++)
		DO(tenant_stop(&t[i]));
}

TEST_HARNESS_MAIN
