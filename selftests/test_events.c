// SPDX-License-Identifier: GPL-2.0
/*
 * REACH-7: one request that a limit refused is one max event, no matter how
 * often it was refused and how it ended; it is local to the nearest cgroup that
 * refused it, and shows in that one and its ancestors.
 *
 * All tests have these groups, with a tenant in x:
 *
 *   TOP
 *    |-- a
 *    |   `-- x
 *    `-- b
 */
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "epc.h"

#define X	A "/x"

static const char *const groups[] = { TOP, A, X, B };

enum { IN_TOP, IN_A, IN_X, IN_B, NR_GROUPS };

struct events {
	uint64_t all[NR_GROUPS];
	uint64_t local[NR_GROUPS];
};

static struct events so_far(struct __test_metadata *_metadata)
{
	struct events ev = {};
	int i;

	for (i = 0; i < NR_GROUPS; i++) {
		DO(cg_events_max(groups[i], &ev.all[i]));
		DO(cg_events_local_max(groups[i], &ev.local[i]));
	}
	return ev;
}

/* Since @old, @at has refused @nr requests, and nobody else has any. */
static void counted(struct __test_metadata *_metadata, struct events *old, int at,
		    uint64_t nr, const char *what)
{
	struct events now = so_far(_metadata);
	int i;

	for (i = 0; i < NR_GROUPS; i++) {
		EXPECT_EQ(i <= at ? nr : 0, now.all[i] - old->all[i])
			TH_LOG("events of %s, %s", groups[i], what);
		EXPECT_EQ(i == at ? nr : 0, now.local[i] - old->local[i])
			TH_LOG("events.local of %s, %s", groups[i], what);
	}
	*old = now;
}

static void start_in_x(struct __test_metadata *_metadata, struct tenant *t)
{
	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(B));
	DO(cg_never_kill(A));
	DO(tenant_start(t, X));
}

/* First page of the heap, pages: one ioctl; how many pages it has added. */
static long add(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t count;
	int ret;

	ret = encl_raw_add(e, e->heap_off + arg[0] * PAGE, arg[1], &count);
	return ret && ret != -ENOMEM ? ret : (long)count;
}

/* Read a word of a page from outside: the signal it ends in, or 0. */
static long peek(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	int sig;

	mem_touch((void *)(e->base + e->heap_off + arg[0] * PAGE), false, &sig);
	return sig;
}

static long restrict_pages(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_restrict(&self->encl[0], arg[0], arg[1], SGX_SI_R);
}

/* SECS, VA and one page: each page pushes the one before out. */
TEST_F(epc, REACH_7_a_refused_page_of_an_ioctl_is_one_event)
{
	struct tenant t = TENANT_NONE;
	struct events ev;
	int i;

	start_in_x(_metadata, &t);
	DO(cg_set_max(A, 3 * PAGE));
	DO(tenant_do(&t, tn_open, 0, 600));
	DO(tenant_do(&t, tn_create, 0));
	ev = so_far(_metadata);
	EXPECT_EQ(1, tenant_do(&t, add, 0, 1));
	counted(_metadata, &ev, IN_A, 0, "there is room");
	for (i = 1; i <= 5; i++) {
		EXPECT_EQ(1, tenant_do(&t, add, i, 1));
		counted(_metadata, &ev, IN_A, 1, "one page");
	}
	EXPECT_EQ(50, tenant_do(&t, add, 6, 50));
	counted(_metadata, &ev, IN_A, 50, "50 pages");
	DO(tenant_stop(&t));
}

/* The 512th page needs a second VA page, for which there is no room. */
TEST_F(epc, REACH_7_a_page_that_fails_is_one_event)
{
	struct tenant t = TENANT_NONE;
	struct events ev;
	int i;

	start_in_x(_metadata, &t);
	DO(tenant_do(&t, tn_open, 0, 600));
	DO(tenant_do(&t, tn_create, 0));
	EXPECT_EQ(511, tenant_do(&t, add, 0, 511));
	EXPECT_EQ(513, cg_pages(A));
	DO(cg_set_max(A, 3 * PAGE));
	ev = so_far(_metadata);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, tenant_do(&t, add, 511, 1));
		counted(_metadata, &ev, IN_A, 1, "page and VA page");
	}
	EXPECT_EQ(0, tenant_do(&t, add, 511, 20));
	counted(_metadata, &ev, IN_A, 1, "the first of 20 pages");
	DO(cg_set_max(A, 4 * PAGE));
	EXPECT_EQ(1, tenant_do(&t, add, 511, 1));
	counted(_metadata, &ev, IN_A, 0, "there is room");
	DO(tenant_stop(&t));
}

/*
 * The 512th page and its VA page: at whatever point of the excess the first of
 * the two gets in, and also where both of them are refused.
 */
TEST_F_TIMEOUT(epc, REACH_7_a_page_that_needs_a_va_page_is_one_event, 90)
{
	struct tenant t = TENANT_NONE;
	struct events ev;
	uint64_t below;

	start_in_x(_metadata, &t);
	for (below = 0; below <= 20; below++) {
		DO(cg_set_max(A, CG_MAX));
		DO(tenant_do(&t, tn_open, 0, 600));
		DO(tenant_do(&t, tn_create, 0));
		ASSERT_EQ(511, tenant_do(&t, add, 0, 511));
		ASSERT_EQ(513, cg_pages(A));
		DO(cg_set_max(A, (514 - below) * PAGE));
		ev = so_far(_metadata);
		EXPECT_EQ(1, tenant_do(&t, add, 511, 1));
		counted(_metadata, &ev, IN_A, 1, "page and VA page");
		EXPECT_GE(514 - below, cg_pages(A)) TH_LOG("%s", epc_why());
		DO(tenant_do(&t, tn_destroy, 0));
		HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 3000));
	}
	DO(tenant_stop(&t));
}

TEST_F(epc, REACH_7_the_nearest_limit_counts)
{
	struct tenant t = TENANT_NONE;
	struct events ev;

	start_in_x(_metadata, &t);
	DO(cg_set_max(A, 3 * PAGE));
	DO(cg_set_max(TOP, 3 * PAGE));
	DO(tenant_do(&t, tn_open, 0, 600));
	DO(tenant_do(&t, tn_create, 0));
	EXPECT_EQ(1, tenant_do(&t, add, 0, 1));
	ev = so_far(_metadata);
	EXPECT_EQ(10, tenant_do(&t, add, 1, 10));
	counted(_metadata, &ev, IN_A, 10, "TOP and a refuse");
	DO(cg_set_max(X, 3 * PAGE));
	EXPECT_EQ(10, tenant_do(&t, add, 11, 10));
	counted(_metadata, &ev, IN_X, 10, "TOP, a and x refuse");
	DO(cg_set_max(X, CG_MAX));
	DO(cg_set_max(A, CG_MAX));
	EXPECT_EQ(10, tenant_do(&t, add, 21, 10));
	counted(_metadata, &ev, IN_TOP, 10, "TOP refuses");
	DO(tenant_stop(&t));
}

/* Load and EAUG, with all their retries, failing and not. */
TEST_F(epc, REACH_7_a_refused_fault_is_one_event)
{
	struct tenant t = TENANT_NONE;
	struct events ev;
	uint64_t max;
	int i;

	start_in_x(_metadata, &t);
	DO(tenant_do(&t, tn_build, 0, 60, 20, 1));
	DO(cg_set_max(A, 0));
	ev = so_far(_metadata);
	EXPECT_EQ(SIGBUS, tenant_do(&t, peek, 60));
	counted(_metadata, &ev, IN_A, 1, "EAUG, max 0");

	/* The VA page, the SECS and the page itself are missing in turn. */
	for (max = 0; max <= 2; max++) {
		DO(cg_set_max(A, max * PAGE));
		for (i = 0; i < 3; i++) {
			EXPECT_EQ(SIGBUS, tenant_do(&t, peek, i));
			counted(_metadata, &ev, IN_A, 1, "load without room");
		}
	}
	DO(cg_set_max(A, 3 * PAGE));
	EXPECT_EQ(0, tenant_do(&t, peek, 0));
	counted(_metadata, &ev, IN_A, 0, "there is room");
	for (i = 1; i < 20; i++) {
		EXPECT_EQ(0, tenant_do(&t, peek, i));
		counted(_metadata, &ev, IN_A, 1, "load for another page");
	}
	/* A new page is there, but not to be read before its EACCEPT. */
	EXPECT_EQ(SIGSEGV, tenant_do(&t, peek, 60));
	counted(_metadata, &ev, IN_A, 1, "EAUG for another page");
	DO(tenant_stop(&t));
}

TEST_F(epc, REACH_7_a_refused_page_of_a_guest_is_one_event)
{
	struct tenant t = TENANT_NONE;
	struct events ev;
	int i;

	start_in_x(_metadata, &t);
	DO(cg_set_max(A, 50 * PAGE));
	DO(tenant_do(&t, tn_vepc_open, 60));
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));
	ev = so_far(_metadata);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, tenant_do(&t, tn_vepc_touch, 50 + i, 1));
		counted(_metadata, &ev, IN_A, 1, "one page");
	}
	DO(tenant_stop(&t));
}

#define NR_READERS	4
#define READER_PAGES	15
#define READS		150

struct reader {
	pthread_t	thread;
	volatile char	*pages;
};

static void *read_in_turn(void *arg)
{
	struct reader *reader = arg;
	int i;

	for (i = 0; i < READS; i++)
		(void)reader->pages[i % READER_PAGES * PAGE];
	return NULL;
}

/* Threads that read pages of their own of an enclave from outside; how many faults. */
static long read_side_by_side(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];
	struct reader reader[NR_READERS];
	struct rusage before, after;
	int i, ret = 0;

	getrusage(RUSAGE_SELF, &before);
	for (i = 0; i < NR_READERS; i++) {
		reader[i].pages = (char *)e->base + e->heap_off + i * READER_PAGES * PAGE;
		ret = ret ?: -pthread_create(&reader[i].thread, NULL, read_in_turn, &reader[i]);
		if (ret)
			return ret;
	}
	for (i = 0; i < NR_READERS; i++)
		pthread_join(reader[i].thread, NULL);
	getrusage(RUSAGE_SELF, &after);

	return after.ru_minflt - before.ru_minflt + after.ru_majflt - before.ru_majflt;
}

/*
 * SECS, VA page and one more: what a fault has waited for is often gone again before
 * the fault is retried, because another thread needed the room. And what another one
 * has in its hands is not nothing left (REACH-5): everybody gets his turn.
 */
TEST_F_TIMEOUT(epc, REACH_7_a_fault_that_waits_again_is_one_event, 60)
{
	struct tenant t = TENANT_NONE;
	uint64_t before, after;
	long faults;

	start_in_x(_metadata, &t);
	DO(tenant_do(&t, tn_build, 0, NR_READERS * READER_PAGES, 0, 1));
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, 3 * PAGE));
	DO(cg_events_local_max(A, &before));
	faults = tenant_do(&t, read_side_by_side, 0);
	DO(cg_events_local_max(A, &after));
	TH_LOG("%ld faults, %lu events", faults, after - before);
	EXPECT_LT(0, faults) TH_LOG("%s", epc_why());
	EXPECT_LE(NR_READERS * READER_PAGES, after - before);
	EXPECT_GE(faults, after - before);
	DO(tenant_stop(&t));
}

/* SGX2 ioctls load each page: no more than one event for each. */
TEST_F(epc, REACH_7_sgx2_ioctls_count_no_page_twice)
{
	struct tenant t = TENANT_NONE;
	uint64_t before, after, loads;
	struct swsgx_encl sum;

	start_in_x(_metadata, &t);
	DO(cg_set_max(A, 60 * PAGE));
	DO(tenant_do(&t, tn_build, 0, 400, 0, 1));
	HOLDS(tenant_do(&t, tn_fill, 0, 1, 0, 400));
	DO(swsgx_enclaves_of(t.pid, &sum));
	loads = sum.loaded;
	DO(cg_events_local_max(A, &before));
	HOLDS(tenant_do(&t, restrict_pages, 0, 300));
	DO(cg_events_local_max(A, &after));
	DO(swsgx_enclaves_of(t.pid, &sum));
	EXPECT_LE(300, sum.loaded - loads);
	EXPECT_LT(before, after);
	EXPECT_GE(sum.loaded - loads, after - before);
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
