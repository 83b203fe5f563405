// SPDX-License-Identifier: GPL-2.0
/*
 * EXHAUST-2, -3 and -8: what may kill, who is killed, and who tries again after it;
 * EXHAUST-6: the line that says so.
 *
 * Under a low limit everything is written out but VA pages: one for each 512 pages of
 * an enclave. So enclaves of 100, 600, 1100, ... pages hold 1, 2, 3, ... pages that
 * nothing but their end can free. Whoever loads a page needs two: it and the SECS.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>

#include "epc.h"

#define BOUND_MS	20000

#define X	A "/x"
#define Y	A "/y"
#define Z	A "/z"

/* #PF of a user's read or write; with the SGX bit if the enclave was killed. */
#define PF_USER		0x4
#define PF_SGX		0x8000
#define DEAD(exc)	(((exc) >> 16) == 14 && ((exc) & PF_SGX))
#define FAILED(exc)	(((exc) >> 16) == 14 && !((exc) & PF_SGX))

/* An enclave of that many pages of heap, filled, in a tenant of its own. */
static void start(struct __test_metadata *_metadata, struct tenant *t, const char *group,
		  uint64_t heap)
{
	DO(tenant_start(t, group));
	DO(tenant_do(t, tn_build, 0, heap, 20, 1));
	DO(tenant_do(t, tn_fill, 0, 1, 0, heap));
}

/* All that can go goes, and then no more than that many pages may come. */
static void squeeze(struct __test_metadata *_metadata, const char *group, uint64_t pages)
{
	DO(cg_write(group, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(group, pages * PAGE));
}

static bool is_dead(struct tenant *t)
{
	long exc = tenant_do(t, tn_try, 0);

	return DEAD(exc);
}

static uint64_t event(struct __test_metadata *_metadata, const char *group,
		      const char *file, const char *key)
{
	uint64_t nr;

	DO(cg_key(group, file, key, &nr));
	return nr;
}

#define EVENT(group, key)	event(_metadata, group, "misc.events", "sgx_epc." key)
#define LOCAL(group, key)	event(_metadata, group, "misc.events.local", "sgx_epc." key)

/*
 *   TOP
 *    `-- a       the limit
 *        |-- x   1100 pages, 3 of which cannot go
 *        `-- z   100 pages, 1 of which cannot go: wants to go on
 */
static void two_below_a(struct __test_metadata *_metadata, struct tenant *x,
			struct tenant *z)
{
	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(Z));
	start(_metadata, x, X, 1100);
	start(_metadata, z, Z, 100);
}

static void stop_two(struct __test_metadata *_metadata, struct tenant *x, struct tenant *z)
{
	DO(tenant_stop(x));
	DO(tenant_stop(z));
}

/* A load goes on with the first page of a killed enclave, the others come a moment later. */
static int swept(const char *group)
{
	return cg_wait_key(group, "misc.current", "sgx_epc", 0, 3000);
}

TEST_F(epc, EXHAUST_2_a_kill_lets_the_load_go_on)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;

	two_below_a(_metadata, &x, &z);
	squeeze(_metadata, A, 5);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(1, LOCAL(A, "exhausted"));
	EXPECT_EQ(1, LOCAL(A, "kill"));
	EXPECT_EQ(1, EVENT(TOP, "kill"));
	EXPECT_EQ(1, EVENT(TOP, "exhausted"));
	EXPECT_EQ(0, LOCAL(TOP, "kill"));
	EXPECT_EQ(0, LOCAL(TOP, "exhausted"));
	EXPECT_EQ(0, EVENT(X, "kill"));
	EXPECT_EQ(0, EVENT(Z, "kill"));
	HOLDS(swept(X));
	HOLDS(books_match(0));

	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&z, tn_verify, 0, 1, 0, 100));
	EXPECT_TRUE(is_dead(&x));
	EXPECT_EQ(1, EVENT(A, "kill"));
	stop_two(_metadata, &x, &z);
}

TEST_F(epc, EXHAUST_2_with_fail_nobody_dies)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;
	uint64_t max;
	long exc;

	two_below_a(_metadata, &x, &z);
	DO(cg_write(A, "misc.exhausted", "sgx_epc fail"));
	squeeze(_metadata, A, 5);
	EXPECT_EQ(SIGBUS, tenant_do(&z, tn_peek, 0, 50));
	max = LOCAL(A, "max");
	EXPECT_EQ(1, LOCAL(A, "exhausted"));
	exc = tenant_do(&z, tn_try, 0, 0, 100);
	EXPECT_TRUE(FAILED(exc)) TH_LOG("exception %#lx", exc);
	/* Both are of one refused request each. */
	EXPECT_EQ(2, LOCAL(A, "exhausted"));
	EXPECT_EQ(max + 1, LOCAL(A, "max"));
	EXPECT_EQ(0, EVENT(TOP, "kill"));

	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&z, tn_verify, 0, 1, 0, 100));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 1100));
	stop_two(_metadata, &x, &z);
}

TEST_F(epc, EXHAUST_2_the_word_of_the_limiting_group_counts)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;

	two_below_a(_metadata, &x, &z);
	/* The limit is at a, which says fail; all others say kill. */
	DO(cg_write(A, "misc.exhausted", "sgx_epc fail"));
	squeeze(_metadata, A, 5);
	EXPECT_EQ(SIGBUS, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(0, EVENT(TOP, "kill"));

	/* Now it is at TOP, which says kill. */
	DO(cg_set_max(A, CG_MAX));
	DO(cg_write(Z, "misc.exhausted", "sgx_epc fail"));
	DO(cg_write(X, "misc.exhausted", "sgx_epc fail"));
	squeeze(_metadata, TOP, 5);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(1, LOCAL(TOP, "kill"));
	EXPECT_EQ(0, EVENT(A, "kill"));
	EXPECT_TRUE(is_dead(&x));
	stop_two(_metadata, &x, &z);
}

/* First page of the heap, pages: one ioctl. */
static long step_restrict(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t count;

	return encl_raw_restrict(e, e->heap_off + arg[0] * PAGE, arg[1], SGX_SI_R, &count);
}

/* Number, heap: everything but INIT. */
static long build_halfway(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[1] };
	struct encl *e = &self->encl[arg[0]];

	return encl_open(e, &geo) ?: encl_create(e) ?: encl_add_all(e) ?: encl_map(e);
}

TEST_F(epc, EXHAUST_2_nothing_but_a_load_of_a_running_enclave_kills)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;

	two_below_a(_metadata, &x, &z);
	DO(tenant_do(&z, build_halfway, 1, 200));
	squeeze(_metadata, A, 6);
	/* A page of an enclave without INIT; one that would be new; SGX2; building. */
	EXPECT_EQ(SIGBUS, tenant_do(&z, tn_peek, 1, 50));
	EXPECT_EQ(SIGBUS, tenant_do(&z, tn_peek, 0, 105));
	FAILS(ENOMEM, tenant_do(&z, step_restrict, 10, 10));
	FAILS(ENOMEM, tenant_do(&z, tn_build, 2, 10, 0, 1));
	EXPECT_EQ(4, LOCAL(A, "exhausted"));
	EXPECT_EQ(0, EVENT(TOP, "kill"));

	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 1100));
	HOLDS(tenant_do(&z, tn_verify, 0, 1, 0, 100));
	stop_two(_metadata, &x, &z);
}

/*
 *   TOP
 *    |-- a       the limit
 *    |   |-- x   1600 pages, 4 of which cannot go
 *    |   |-- y   1100 pages: 3
 *    |   `-- z   100 pages: 1, and the SECS when it begins to load
 *    `-- b       2000 pages, all of them here
 */
TEST_F(epc, EXHAUST_3_the_one_with_most_pages_below_the_limit)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE, z = TENANT_NONE, b = TENANT_NONE;

	DO(cg_create(B));
	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(Y));
	DO(cg_create(Z));
	start(_metadata, &y, Y, 1100);
	start(_metadata, &b, B, 2000);
	start(_metadata, &x, X, 1600);
	start(_metadata, &z, Z, 100);

	squeeze(_metadata, A, 9);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 1));
	EXPECT_EQ(1, LOCAL(A, "kill"));
	EXPECT_TRUE(is_dead(&x));
	HOLDS(swept(X));
	/* Not the one that is dead already. */
	squeeze(_metadata, A, 5);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 2));
	EXPECT_EQ(2, LOCAL(A, "kill"));
	EXPECT_TRUE(is_dead(&y));
	/* And in the end the one that wanted to go on. */
	squeeze(_metadata, A, 2);
	EXPECT_EQ(SIGBUS, tenant_do(&z, tn_peek, 0, 3));
	EXPECT_EQ(3, LOCAL(A, "kill"));
	HOLDS(swept(A));
	DO(cg_set_max(A, CG_MAX));
	EXPECT_TRUE(is_dead(&z));

	HOLDS(tenant_do(&b, tn_verify, 0, 1, 0, 2000));
	EXPECT_EQ(0, swsgx_evicted(b.pid));
	HOLDS(books_match(0));
	DO(tenant_stop(&b));
	DO(tenant_stop(&y));
	stop_two(_metadata, &x, &z);
}

/*   TOP - a  the limit: three enclaves of one size, and a small one that loads   */
TEST_F(epc, EXHAUST_3_of_equals_the_youngest)
{
	struct tenant t[3] = { TENANT_NONE, TENANT_NONE, TENANT_NONE }, z = TENANT_NONE;
	int i;

	DO(cg_create(A));
	for (i = 0; i < 3; i++)
		start(_metadata, &t[i], A, 1100);
	start(_metadata, &z, A, 100);
	squeeze(_metadata, A, 11);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 5));
	EXPECT_EQ(1, LOCAL(A, "kill"));
	DO(cg_set_max(A, CG_MAX));
	EXPECT_TRUE(is_dead(&t[2]));
	for (i = 0; i < 2; i++)
		HOLDS(tenant_do(&t[i], tn_verify, 0, 1, 0, 1100));
	for (i = 0; i < 3; i++)
		DO(tenant_stop(&t[i]));
	DO(tenant_stop(&z));
}

TEST_F(epc, EXHAUST_3_no_kill_where_guests_fill_the_limit)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;
	long exc;

	two_below_a(_metadata, &x, &z);
	DO(tenant_do(&x, tn_vepc_open, 100));
	ASSERT_EQ(100, tenant_do(&x, tn_vepc_touch, 0, 100));
	squeeze(_metadata, A, 100);
	EXPECT_EQ(SIGBUS, tenant_do(&z, tn_peek, 0, 50));
	exc = tenant_do(&z, tn_try, 0, 0, 100);
	EXPECT_TRUE(FAILED(exc)) TH_LOG("exception %#lx", exc);
	EXPECT_EQ(2, LOCAL(A, "exhausted"));
	EXPECT_EQ(0, LOCAL(A, "kill"));
	DO(cg_set_max(A, CG_MAX));
	EXPECT_EQ(100, tenant_do(&x, tn_vepc_touch, 0, 100));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 1100));
	HOLDS(tenant_do(&z, tn_verify, 0, 1, 0, 100));
	stop_two(_metadata, &x, &z);
}

TEST_F(epc, EXHAUST_3_misc_low_does_not_protect)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;

	two_below_a(_metadata, &x, &z);
	if (cg_write(X, "misc.low", "sgx_epc max"))
		SKIP(goto out, "no resource is protected by misc.low yet");
	squeeze(_metadata, A, 5);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(1, LOCAL(A, "kill"));
	EXPECT_TRUE(is_dead(&x));
out:
	stop_two(_metadata, &x, &z);
}

/*
 *   TOP
 *    |-- a       the limit
 *    |   |-- (x) removed, has 3 pages that cannot go
 *    |   `-- z
 *    `-- b       where the creator of x has gone
 */
TEST_F(epc, EXHAUST_3_also_of_a_group_that_was_removed)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;

	two_below_a(_metadata, &x, &z);
	DO(cg_create(B));
	DO(cg_enter(B, x.pid));
	DO(cg_remove(X));
	squeeze(_metadata, A, 5);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(1, LOCAL(A, "kill"));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 3 * PAGE, 3000));
	EXPECT_TRUE(is_dead(&x));
	stop_two(_metadata, &x, &z);
}

/* Ordinary memory: whatever x has is in use, and no more can be had. */
static void fill_memory(struct __test_metadata *_metadata, const char *group)
{
	char text[64], *end;

	DO(cg_read(group, "memory.current", text, sizeof(text)));
	end = strchr(text, '\n');
	if (end)
		*end = 0;
	DO(cg_write(group, "memory.max", text));
}

/*
 *   TOP          ordinary memory is full, because of x
 *    |-- x       1000 pages that do not fit into ordinary memory
 *    `-- a       the limit
 *        |-- z   5600 pages, written out while there was memory: 11 are here
 *        `-- y   1 page of heap, less than 11 in all, which cannot be written out
 */
TEST_F_TIMEOUT(epc, EXHAUST_3_one_that_cannot_be_written_out_comes_first, 60)
{
	struct tenant x = TENANT_NONE, y = TENANT_NONE, z = TENANT_NONE;
	uint64_t pages;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_create(Y));
	DO(cg_create(Z));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
	start(_metadata, &x, B, 1000);
	start(_metadata, &z, Z, 5600);
	start(_metadata, &y, Y, 1);
	DO(cg_write(Z, "misc.reclaim", "sgx_epc max"));
	fill_memory(_metadata, TOP);
	DO(cg_write(B, "misc.reclaim", "sgx_epc max"));
	EXPECT_LT(300, cg_pages(B));

	pages = cg_pages(A);
	EXPECT_LT(cg_pages(Y), cg_pages(Z));
	DO(cg_set_max(A, pages * PAGE));
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(1, LOCAL(A, "kill"));
	HOLDS(swept(Y));
	EXPECT_TRUE(is_dead(&y));
	DO(cg_write(TOP, "memory.max", "max"));
	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&z, tn_verify, 0, 1, 0, 100));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 1000));
	DO(tenant_stop(&y));
	stop_two(_metadata, &x, &z);
}

/*
 *   TOP
 *    |-- a   no limit
 *    `-- b   guests have all but a few pages of the machine
 */
TEST_F(epc, MAX_4_a_short_machine_kills_nobody)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t before, after, free;
	long exc;

	DO(cg_create(A));
	DO(cg_create(B));
	start(_metadata, &a, A, 100);
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(tenant_start(&b, B));
	free = self->capacity - cg_pages(A);
	DO(tenant_do(&b, tn_vepc_open, free));
	ASSERT_EQ(free, tenant_do(&b, tn_vepc_touch, 0, free));

	DO(cg_key("", "misc.stat", "sgx_epc.exhausted", &before));
	EXPECT_EQ(SIGBUS, tenant_do(&a, tn_peek, 0, 50));
	exc = tenant_do(&a, tn_try, 0, 0, 10);
	EXPECT_TRUE(FAILED(exc)) TH_LOG("exception %#lx", exc);
	FAILS(ENOMEM, tenant_do(&a, step_restrict, 10, 10));
	FAILS(ENOMEM, tenant_do(&a, tn_build, 1, 10, 0, 1));
	DO(cg_key("", "misc.stat", "sgx_epc.exhausted", &after));
	EXPECT_EQ(before + 4, after);
	EXPECT_EQ(0, EVENT(TOP, "max"));
	EXPECT_EQ(0, EVENT(TOP, "exhausted"));
	EXPECT_EQ(0, EVENT(TOP, "kill"));

	DO(tenant_do(&b, tn_vepc_close, 0));
	HOLDS(tenant_do(&a, tn_verify, 0, 1, 0, 100));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/* The end of the kernel's log, to read what is new from here on. */
static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(fd, 0, SEEK_END);
	return fd;
}

/* How many lines tell of a kill, beyond those that are known; the last of them. */
static int read_kills(int fd, char *last, size_t len)
{
	char record[2048];
	ssize_t n;
	int nr = 0;

	while ((n = read(fd, record, sizeof(record) - 1)) > 0) {
		record[n] = 0;
		if (!strstr(record, "enclave killed for cgroup "))
			continue;
		snprintf(last, len, "%s", strchr(record, ';') + 1);
		nr++;
	}
	return nr;
}

/* The line comes when all pages were gone over, and the load may go on before. */
static int wait_for_kill(int fd, char *line, size_t len)
{
	long end = epc_now_ms() + epc_patience(3000);
	int nr;

	while (!(nr = read_kills(fd, line, len)) && epc_now_ms() < end)
		epc_sleep_ms(10);
	/* There is no second one. */
	epc_sleep_ms(100);
	return nr + read_kills(fd, line, len);
}

static long set_name(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return prctl(PR_SET_NAME, "a\nsgx: \\\"%s b");
}

/* Others' lines are forgotten after this. */
#define RATELIMIT_MS	5100

TEST_F(epc, EXHAUST_6_one_line_per_kill_with_all_there_is_to_know)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;
	char line[1024] = "", want[1024];
	char *usage, *limit;
	uint64_t id;
	int fd;

	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(Z));
	DO(tenant_start(&x, X));
	DO(tenant_do(&x, set_name, 0));
	DO(tenant_do(&x, tn_build, 0, 1100, 0, 1));
	start(_metadata, &z, Z, 100);
	DO(cg_read(X, "misc.enclaves", line, sizeof(line)));
	id = strtoull(line, NULL, 10);
	epc_sleep_ms(RATELIMIT_MS);
	fd = open_log();
	squeeze(_metadata, A, 5);
	EXPECT_EQ(0, tenant_do(&z, tn_peek, 0, 50));
	EXPECT_EQ(1, wait_for_kill(fd, line, sizeof(line)));
	close(fd);
	/* /dev/kmsg escapes backslashes. */
	snprintf(want, sizeof(want),
		 "enclave killed for cgroup /%s: id %lu of cgroup /%s, created by %d (a\\x5cnsgx: \\x5c\"%%s b), 3 pages freed, usage ",
		 A, id, X, x.pid);
	usage = strstr(line, want);
	ASSERT_NE(NULL, usage) TH_LOG("\n%s and not\n%s", line, want);
	usage += strlen(want);
	/* Of z a VA page and, by then, the SECS, or what it has loaded meanwhile, too. */
	EXPECT_LE(2 * PAGE, strtoul(usage, &limit, 10));
	EXPECT_GE(5 * PAGE, strtoul(usage, NULL, 10));
	snprintf(want, sizeof(want), ", limit %lu\n", 5 * PAGE);
	EXPECT_STREQ(want, limit);
	stop_two(_metadata, &x, &z);
}

TEST_F_TIMEOUT(epc, EXHAUST_6_a_hundred_kills_do_not_fill_the_log, 120)
{
	struct tenant t = TENANT_NONE;
	long begin = epc_now_ms();
	char line[1024];
	int fd, i, nr;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	fd = open_log();
	for (i = 0; i < 100; i++) {
		DO(tenant_do(&t, tn_build, 0, 10, 0, 1));
		DO(cg_write(A, "misc.reclaim", "sgx_epc max kill=enclaves"));
		DO(tenant_do(&t, tn_destroy, 0));
	}
	nr = read_kills(fd, line, sizeof(line));
	close(fd);
	EXPECT_EQ(100, LOCAL(A, "kill"));
	EXPECT_LE(1, nr);
	/* At most ten in five seconds. */
	EXPECT_GE(20 + 10 * (epc_now_ms() - begin) / 5000, nr);
	DO(tenant_stop(&t));
}

/* Long for whoever is to be refused next, but less than the second that others get. */
#define HESITATE_MS	400

/* Heap: build an enclave; who is refused does not give up at once what he has. */
static long build_or_hesitate(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[0], .threads = 1 };
	struct encl *e = &self->encl[0];
	long ret;

	ret = encl_open(e, &geo) ?: encl_create(e) ?: encl_add_all(e) ?: encl_init(e);
	if (ret) {
		epc_sleep_ms(HESITATE_MS);
		encl_destroy(e);
	}
	return ret;
}

/*   TOP - a  room for three enclaves of 2000 pages of heap, four are being built   */
TEST_F_TIMEOUT(epc, EXHAUST_8_not_all_builders_of_a_limit_are_refused, 120)
{
	struct tenant t[4] = { TENANT_NONE, TENANT_NONE, TENANT_NONE, TENANT_NONE };
	int i, built = 0;
	long begin, ret;

	DO(cg_create(A));
	/* 4 VA pages for each, so 3 of them and little else. */
	squeeze(_metadata, A, 16);
	for (i = 0; i < 4; i++)
		DO(tenant_start(&t[i], A));
	begin = epc_now_ms();
	for (i = 0; i < 4; i++)
		DO(tenant_post(&t[i], build_or_hesitate, 2000));
	for (i = 0; i < 4; i++) {
		ret = tenant_answer(&t[i], 60000);
		EXPECT_TRUE(!ret || ret == -ENOMEM) TH_LOG("%s", epc_why());
		built += !ret;
	}
	TH_LOG("%d of 4 built in %ld ms", built, epc_now_ms() - begin);
	EXPECT_LE(2, built);
	EXPECT_EQ(0, EVENT(A, "kill"));
	for (i = 0; i < 4; i++)
		DO(tenant_stop(&t[i]));
}

/*
 *   TOP
 *    `-- a   the limit: 3 pages of x cannot go, and 1 each of four others, who all
 *            want to go on at the same time
 */
TEST_F(epc, EXHAUST_8_all_who_wait_try_again_after_a_kill)
{
	struct tenant x = TENANT_NONE, t[4] = { TENANT_NONE, TENANT_NONE, TENANT_NONE,
						TENANT_NONE };
	int i;

	DO(cg_create(A));
	start(_metadata, &x, A, 5600);
	for (i = 0; i < 4; i++)
		start(_metadata, &t[i], A, 100);
	squeeze(_metadata, A, 15);
	for (i = 0; i < 4; i++)
		DO(tenant_post(&t[i], tn_peek, 0, 50));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, tenant_answer(&t[i], BOUND_MS)) TH_LOG("%s", epc_why());
	EXPECT_EQ(1, LOCAL(A, "kill"));
	EXPECT_TRUE(is_dead(&x));
	DO(cg_set_max(A, CG_MAX));
	for (i = 0; i < 4; i++)
		HOLDS(tenant_do(&t[i], tn_verify, 0, 1, 0, 100));
	for (i = 0; i < 4; i++)
		DO(tenant_stop(&t[i]));
	DO(tenant_stop(&x));
}

TEST_HARNESS_MAIN
