// SPDX-License-Identifier: GPL-2.0
/*
 * RECLAIM-1: misc.reclaim frees as much as it was asked to, by ordinary reclaim,
 * from this subtree and no other. RECLAIM-3: and only what can be reclaimed.
 */
#include <sched.h>
#include <signal.h>

#include "epc.h"

/* However long a reclaim would take, its end comes soon when it is wanted. */
#define SOON_MS		2000
/* A reclaim that runs long enough for somebody to end it. */
#define MANY		6000
#define TRIES		5

static int reclaim(const char *group, const char *amount)
{
	char text[64];

	snprintf(text, sizeof(text), "sgx_epc %s", amount);
	return cg_write(group, "misc.reclaim", text);
}

/* No event of any kind in this group. */
static int no_event(const char *group)
{
	static const char * const key[] = {
		"sgx_epc.max", "sgx_epc.exhausted", "sgx_epc.kill", "sgx_epc.revoke",
	};
	uint64_t nr;
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(key); i++) {
		ret = cg_key(group, "misc.events", key[i], &nr);
		if (ret)
			return ret;
		if (nr)
			return epc_fail(EEXIST, "%s of %s is %lu", key[i], group, nr);
	}
	return 0;
}

TEST_F(epc, RECLAIM_1_that_much_leaves_rounded_up_to_pages)
{
	static const struct {
		const char *amount;
		uint64_t pages;
	} asked[] = {
		{ "0", 0 }, { "1", 1 }, { "4095", 1 }, { "4096", 1 }, { "4097", 2 },
		{ "8K", 2 }, { "60K", 15 }, { "0x10001", 17 }, { "1M", 256 },
		{ "0", 0 }, { "100K", 25 },
	};
	struct tenant t = TENANT_NONE;
	uint64_t pages, evicted = 0;
	size_t i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 500, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 3, 0, 500));
	pages = cg_pages(A);
	for (i = 0; i < ARRAY_SIZE(asked); i++) {
		HOLDS(reclaim(A, asked[i].amount));
		pages -= asked[i].pages;
		evicted += asked[i].pages;
		EXPECT_EQ(pages, cg_pages(A)) TH_LOG("after %s", asked[i].amount);
		EXPECT_EQ(evicted, swsgx_evicted(t.pid));
	}
	HOLDS(no_event(A));
	HOLDS(books_match(0));
	HOLDS(tenant_do(&t, tn_verify, 0, 3, 0, 500));
	DO(tenant_stop(&t));
}

TEST_F(epc, RECLAIM_1_max_takes_all_that_can_go_and_succeeds_again)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	HOLDS(reclaim(A, "max"));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&t, tn_build, 1, 300, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 4, 0, 100));
	HOLDS(reclaim(A, "max"));
	/* One VA page each: the SECS goes with the last page of its enclave. */
	EXPECT_EQ(2, cg_pages(A));
	HOLDS(reclaim(A, "max"));
	HOLDS(reclaim(A, "0"));
	FAILS(EAGAIN, reclaim(A, "1"));
	EXPECT_EQ(2, cg_pages(A));
	HOLDS(no_event(A));
	HOLDS(tenant_do(&t, tn_verify, 0, 4, 0, 100));
	DO(tenant_stop(&t));
}

TEST_F(epc, RECLAIM_1_more_than_can_go_is_EAGAIN_and_stays_reclaimed)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 200, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 5, 0, 200));
	FAILS(EAGAIN, reclaim(A, "4M"));
	EXPECT_EQ(1, cg_pages(A));
	FAILS(EAGAIN, reclaim(A, "18446744073709551615"));
	EXPECT_EQ(1, cg_pages(A));
	HOLDS(no_event(A));
	HOLDS(tenant_do(&t, tn_verify, 0, 5, 0, 200));
	DO(tenant_stop(&t));
}

TEST_F(epc, RECLAIM_1_pages_of_guests_do_not_go)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 50));
	ASSERT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));
	HOLDS(reclaim(A, "max"));
	FAILS(EAGAIN, reclaim(A, "4K"));
	EXPECT_EQ(50, cg_pages(A));
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- a        reclaimed from
 *    |   |-- x    loses
 *    |   `-- y    loses
 *    `-- b        loses nothing
 */
TEST_F(epc, RECLAIM_1_the_whole_subtree_gives_and_nobody_else)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE, b = TENANT_NONE;
	uint64_t of_b;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_create(A "/x"));
	DO(cg_create(A "/y"));
	DO(tenant_start(&x, A "/x"));
	DO(tenant_start(&y, A "/y"));
	DO(tenant_start(&b, B));
	DO(tenant_do(&b, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&x, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&y, tn_build, 0, 100, 0, 1));
	of_b = cg_pages(B);

	HOLDS(reclaim(A, "600K"));
	EXPECT_LT(0, swsgx_evicted(x.pid));
	EXPECT_LT(0, swsgx_evicted(y.pid));
	EXPECT_EQ(150, swsgx_evicted(x.pid) + swsgx_evicted(y.pid));
	HOLDS(reclaim(A, "max"));
	EXPECT_EQ(1, cg_pages(A "/x"));
	EXPECT_EQ(1, cg_pages(A "/y"));
	EXPECT_EQ(of_b, cg_pages(B));
	EXPECT_EQ(0, swsgx_evicted(b.pid));

	/* There is nothing more in a. That b has something is no help. */
	FAILS(EAGAIN, reclaim(A, "1"));
	EXPECT_EQ(of_b, cg_pages(B));

	/* The root has everybody's. */
	HOLDS(reclaim("", "40K"));
	EXPECT_EQ(of_b - 10, cg_pages(B));
	HOLDS(no_event(TOP));
	HOLDS(books_match(0));
	DO(tenant_stop(&x));
	DO(tenant_stop(&y));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    `-- a   an old enclave that is used, and a new one that is not
 */
TEST_F(epc, RECLAIM_1_pages_in_use_go_last_but_they_go)
{
	struct tenant hot = TENANT_NONE, cold = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&hot, A));
	DO(tenant_start(&cold, A));
	DO(tenant_do(&hot, tn_build, 0, 50, 0, 1));
	DO(tenant_do(&cold, tn_build, 0, 200, 0, 1));
	/* Whatever was touched to build it has been asked about once by then. */
	HOLDS(reclaim(A, "80K"));
	DO(tenant_do(&hot, tn_fill, 0, 6, 0, 50));
	DO(tenant_do(&hot, tn_worker_touch, 0, 0, 0, 50));
	HOLDS(reclaim(A, "400K"));
	EXPECT_GE(50, swsgx_evicted(hot.pid));
	EXPECT_LE(70, swsgx_evicted(cold.pid));

	HOLDS(reclaim(A, "max"));
	EXPECT_LE(50, swsgx_evicted(hot.pid));
	HOLDS(no_event(A));
	DO(tenant_do(&hot, tn_worker_stop, 0, 0));
	HOLDS(tenant_do(&hot, tn_verify, 0, 6, 0, 50));
	DO(tenant_stop(&hot));
	DO(tenant_stop(&cold));
}

static void on_signal(int sig)
{
	(void)sig;
}

/* Ask for everything, from a process that a signal interrupts. */
static long step_reclaim(struct tenant_self *self, const uint64_t arg[4])
{
	struct sigaction act = { .sa_handler = on_signal };

	(void)self;
	(void)arg;
	sigaction(SIGUSR1, &act, NULL);
	return reclaim(A, "max");
}

/* Nothing but its progress tells that a reclaim is under way. */
static int wait_evicted(pid_t pid, uint64_t more_than)
{
	long end = epc_now_ms() + epc_patience(20000);

	while (swsgx_evicted(pid) <= more_than) {
		if (epc_now_ms() > end)
			return epc_fail(ETIMEDOUT, "only %lu pages written out",
					swsgx_evicted(pid));
		sched_yield();
	}
	return 0;
}

/*
 *   TOP
 *    |-- a   6000 pages
 *    `-- b   asks for them, and gets a signal
 */
TEST_F(epc, RECLAIM_1_a_signal_ends_it_with_EINTR)
{
	struct tenant t = TENANT_NONE, writer = TENANT_NONE;
	uint64_t evicted = 0;
	long ret = 0;
	int i;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&t, A));
	DO(tenant_start(&writer, B));
	DO(tenant_do(&t, tn_build, 0, MANY, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 7, 0, MANY));
	/* The reclaim may be done before the signal comes. */
	for (i = 0; i < TRIES && !ret; i++) {
		DO(tenant_do(&t, tn_touch, 0, 0, MANY));
		evicted = swsgx_evicted(t.pid);
		DO(tenant_post(&writer, step_reclaim, 0));
		DO(wait_evicted(t.pid, evicted));
		kill(writer.pid, SIGUSR1);
		ret = tenant_answer(&writer, SOON_MS);
	}
	EXPECT_EQ(-EINTR, ret) TH_LOG("%s", epc_why());
	/* A part has gone, and only a part. */
	EXPECT_LT(evicted, swsgx_evicted(t.pid));
	EXPECT_LT(100, cg_pages(A));
	HOLDS(books_match(0));
	HOLDS(tenant_do(&t, tn_verify, 0, 7, 0, 100));
	DO(tenant_stop(&writer));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- (a)  6000 pages, removed while somebody asks for them
 *    `-- b    where the tasks are
 */
TEST_F(epc, RECLAIM_1_removing_the_group_ends_it_with_EAGAIN)
{
	struct tenant t = TENANT_NONE, writer = TENANT_NONE;
	uint64_t evicted;
	long ret = 0, start, took = 0;
	int i;

	DO(cg_create(B));
	DO(tenant_start(&writer, B));
	for (i = 0; i < TRIES && !ret; i++) {
		DO(cg_create(A));
		DO(tenant_start(&t, A));
		DO(tenant_do(&t, tn_build, 0, MANY, 0, 1));
		DO(cg_enter(B, t.pid));
		evicted = swsgx_evicted(t.pid);
		DO(tenant_post(&writer, step_reclaim, 0));
		DO(wait_evicted(t.pid, evicted));
		start = epc_now_ms();
		DO(cg_remove(A));
		took = epc_now_ms() - start;
		ret = tenant_answer(&writer, SOON_MS);
		if (ret == -EAGAIN)
			EXPECT_LT(100, cg_pages(TOP));
		DO(tenant_stop(&t));
	}
	EXPECT_EQ(-EAGAIN, ret) TH_LOG("%s", epc_why());
	EXPECT_GT(epc_patience(SOON_MS), took);
	DO(tenant_stop(&writer));
}

/*
 *   TOP
 *    `-- a   two enclaves and a guest
 */
TEST_F(epc, RECLAIM_2_enclaves_die_with_the_word_and_only_as_many_as_needed)
{
	struct tenant small = TENANT_NONE, big = TENANT_NONE, guest = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&big, A));
	DO(tenant_start(&small, A));
	DO(tenant_start(&guest, A));
	DO(tenant_do(&big, tn_build, 0, 1500, 0, 1));
	DO(tenant_do(&small, tn_build, 0, 50, 0, 1));
	DO(tenant_do(&small, tn_fill, 0, 8, 0, 50));
	DO(tenant_do(&guest, tn_vepc_open, 10));
	ASSERT_EQ(10, tenant_do(&guest, tn_vepc_touch, 0, 10));

	/* What ordinary reclaim can do, it does, and nobody dies. */
	HOLDS(cg_write(A, "misc.reclaim", "sgx_epc 4M kill=enclaves"));
	HOLDS(tenant_do(&big, tn_nop, 0));
	HOLDS(tenant_do(&small, tn_verify, 0, 8, 0, 50));

	/* VA pages are left, more of them of the larger enclave. */
	HOLDS(reclaim(A, "max"));
	EXPECT_LT(2 + 10, cg_pages(A));
	FAILS(EAGAIN, reclaim(A, "4K"));
	HOLDS(cg_write(A, "misc.reclaim", "sgx_epc 4K kill=enclaves"));
	EXPECT_EQ(1 + 10, cg_pages(A));
	HOLDS(tenant_do(&small, tn_verify, 0, 8, 0, 50));
	EXPECT_NE(0, tenant_do(&big, tn_nop, 0));

	HOLDS(cg_write(A, "misc.reclaim", "sgx_epc max kill=enclaves"));
	EXPECT_NE(0, tenant_do(&small, tn_nop, 0));
	FAILS(EAGAIN, cg_write(A, "misc.reclaim", "sgx_epc 1 kill=enclaves"));
	EXPECT_EQ(10, cg_pages(A));
	EXPECT_EQ(10, tenant_do(&guest, tn_vepc_touch, 0, 10));
	HOLDS(books_match(10));
	DO(tenant_stop(&big));
	DO(tenant_stop(&small));
	DO(tenant_stop(&guest));
}

/* sev and the like have no capacity here, and FILES-1 comes first. */
TEST_F(epc, RECLAIM_3_nothing_but_epc_can_be_reclaimed)
{
	DO(cg_create(A));
	FAILS(EINVAL, cg_write(A, "misc.reclaim", "sev 1"));
	FAILS(EINVAL, cg_write(A, "misc.reclaim", "sev_es max"));
	FAILS(EINVAL, cg_write(A, "misc.reclaim", "tdx 0"));
	FAILS(EINVAL, cg_write("", "misc.reclaim", "sev 1"));
}

TEST_HARNESS_MAIN
