// SPDX-License-Identifier: GPL-2.0
/*
 * RECLAIM-2, VEPC-3: vEPC instances that are revoked, as far as they need no guest;
 * EXHAUST-6: the line that says so.  And SECS pages that outlive their instance: a
 * file of software SGX runs the guest's ECREATE and EADD.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "epc.h"

#define SOON_MS		10000

/* Revoke whole instances below a group, until that many bytes are free. */
static int revoke_below(const char *group, const char *bytes)
{
	char text[64];

	snprintf(text, sizeof(text), "sgx_epc %s revoke=vepc", bytes);
	return cg_write(group, "misc.reclaim", text);
}

/* The other instance of a tenant; the first is self->vepc. */
static struct vepc other = VEPC_NONE;

/* pages */
static long other_open(struct tenant_self *self, const uint64_t arg[4])
{
	uint64_t touched;

	(void)self;
	return vepc_open(&other, arg[0]) ?: vepc_touch(&other, 0, arg[0], &touched);
}

static long other_close(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	vepc_close(&other);
	return 0;
}

static long other_touch(struct tenant_self *self, const uint64_t arg[4])
{
	uint64_t touched;

	(void)self;
	vepc_touch(&other, arg[0], arg[1], &touched);
	return touched;
}

/* First page of the first instance a SECS, first page of the other its child. */
static long make_child_elsewhere(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return vepc_ecreate(&self->vepc, 0) ?: vepc_eadd(&other, 0, &self->vepc, 0);
}

static long make_child_inside(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return vepc_ecreate(&self->vepc, 0) ?: vepc_eadd(&self->vepc, 1, &self->vepc, 0);
}

static long map_again(struct tenant_self *self, const uint64_t arg[4])
{
	void *mem = mmap(NULL, arg[0] * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 self->vepc.fd, 0);

	if (mem == MAP_FAILED)
		return epc_fail(errno, "map a vEPC instance again");
	munmap(mem, arg[0] * PAGE);
	return 0;
}

/* pages */
static void start_guest(struct __test_metadata *_metadata, struct tenant *t,
			const char *group, uint64_t pages)
{
	DO(tenant_start(t, group));
	DO(tenant_do(t, tn_vepc_open, pages));
	ASSERT_EQ(pages, tenant_do(t, tn_vepc_touch, 0, pages));
}

/* Others' lines, those of kills too, are forgotten after this. */
#define RATELIMIT_MS	5100

/* All new lines of the kernel's log, as far as they fit. */
static void read_log(int fd, char *text, size_t len)
{
	size_t used = 0;
	ssize_t n;

	while (used + 1 < len && (n = read(fd, text + used, len - used - 1)) > 0)
		used += n;
	text[used] = 0;
}

TEST_F(epc, EXHAUST_6_one_line_per_revoke)
{
	struct tenant t = TENANT_NONE;
	char text[8192], line[256], *first;
	int fd;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_set_max(A, 100 * PAGE));
	start_guest(_metadata, &t, A "/x", 30);
	epc_sleep_ms(RATELIMIT_MS);
	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_LE(0, lseek(fd, 0, SEEK_END));

	DO(revoke_below(A, "max"));
	read_log(fd, text, sizeof(text));
	close(fd);
	first = strstr(text, "vEPC revoked for cgroup /" A ": ");
	ASSERT_NE(NULL, first) TH_LOG("%s", text);
	snprintf(line, sizeof(line),
		 " of cgroup /%s, created by %d (test_vepc_revok), 30 pages freed, usage 0, limit %lu\n",
		 A "/x", t.pid, 100 * PAGE);
	EXPECT_NE(NULL, strstr(text, line)) TH_LOG("not \"%s\" but %s", line, text);
	EXPECT_EQ(NULL, strstr(first + 1, "vEPC revoked"));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- a
 *    |   `-- x   a guest of 100 pages
 *    `-- b       a guest of 60: another machine
 */
TEST_F(epc, RECLAIM_2_a_revoke_takes_the_instance_and_no_other)
{
	struct tenant x = TENANT_NONE, b = TENANT_NONE;
	uint64_t nr;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(B));
	start_guest(_metadata, &x, A "/x", 100);
	start_guest(_metadata, &b, B, 60);

	DO(revoke_below(A, "max"));
	EXPECT_EQ(0, cg_pages(A));
	EXPECT_EQ(60, cg_pages(TOP));

	EXPECT_EQ(0, tenant_do(&x, tn_vepc_touch, 0, 1));
	EXPECT_EQ(0, tenant_do(&x, tn_vepc_touch, 99, 1));
	FAILS(ENODEV, tenant_do(&x, tn_vepc_remove_all, 0));
	FAILS(ENOMEM, tenant_do(&x, map_again, 100));
	EXPECT_EQ(0, cg_pages(A));

	EXPECT_EQ(60, tenant_do(&b, tn_vepc_touch, 0, 60));
	EXPECT_EQ(0, tenant_do(&b, tn_vepc_remove_all, 0));
	HOLDS(tenant_do(&b, map_again, 60));
	EXPECT_EQ(60, cg_pages(B));

	/* The event is of the group that wanted it. */
	DO(cg_events_revoke(A, &nr));
	EXPECT_EQ(1, nr);
	DO(cg_key(A, "misc.events.local", "sgx_epc.revoke", &nr));
	EXPECT_EQ(1, nr);
	DO(cg_events_revoke(A "/x", &nr));
	EXPECT_EQ(0, nr);
	DO(cg_events_revoke(B, &nr));
	EXPECT_EQ(0, nr);
	DO(cg_events_revoke(TOP, &nr));
	EXPECT_EQ(1, nr);

	/* A new instance works. */
	DO(tenant_do(&x, tn_vepc_close, 0));
	DO(tenant_do(&x, tn_vepc_open, 20));
	EXPECT_EQ(20, tenant_do(&x, tn_vepc_touch, 0, 20));
	EXPECT_EQ(20, cg_pages(A));
	DO(tenant_stop(&x));
	DO(tenant_stop(&b));
}

TEST_F(epc, RECLAIM_2_the_largest_instance_goes_first_and_no_more_than_needed)
{
	struct tenant t = TENANT_NONE, small = TENANT_NONE;

	DO(cg_create(A));
	start_guest(_metadata, &small, A, 50);
	start_guest(_metadata, &t, A, 80);
	DO(tenant_do(&t, other_open, 40));

	DO(revoke_below(A, "4096"));
	EXPECT_EQ(90, cg_pages(A));
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_touch, 0, 1));
	EXPECT_EQ(40, tenant_do(&t, other_touch, 0, 40));
	DO(revoke_below(A, "160K"));
	EXPECT_EQ(40, cg_pages(A));
	EXPECT_EQ(0, tenant_do(&small, tn_vepc_touch, 0, 1));
	EXPECT_EQ(40, tenant_do(&t, other_touch, 0, 40));
	DO(tenant_stop(&t));
	DO(tenant_stop(&small));
}

/*
 *   TOP
 *    `-- a   a guest of 50 pages and an enclave of 100
 */
TEST_F(epc, RECLAIM_2_no_instance_goes_without_the_word_or_before_enclaves)
{
	struct tenant t = TENANT_NONE;
	uint64_t nr;

	DO(cg_create(A));
	start_guest(_metadata, &t, A, 50);
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, 100));
	DO(revoke_below(A, "200K"));
	EXPECT_LT(0, swsgx_evicted(t.pid)) TH_LOG("%s", epc_why());
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));

	HOLDS(cg_write(A, "misc.reclaim", "sgx_epc max"));
	FAILS(EAGAIN, cg_write(A, "misc.reclaim", "sgx_epc 40K"));
	EXPECT_LE(50, cg_pages(A));
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));
	DO(cg_events_revoke(A, &nr));
	EXPECT_EQ(0, nr);
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 100));
	DO(tenant_stop(&t));
}

/* A thread that touches page after page until a touch fails. */
static pthread_t toucher;
static uint64_t nr_touches;

static void *touch_on(void *arg)
{
	struct vepc *v = arg;
	uint64_t i;

	for (i = 0; !vepc_touch(v, i % v->pages, 1, NULL); i++)
		__atomic_store_n(&nr_touches, i + 1, __ATOMIC_RELEASE);
	return NULL;
}

static long start_touching(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return -pthread_create(&toucher, NULL, touch_on, &self->vepc);
}

/* The touches so far. */
static long count_touches(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return __atomic_load_n(&nr_touches, __ATOMIC_ACQUIRE);
}

static long end_of_touching(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return -pthread_join(toucher, NULL);
}

/* REMOVE_ALL again and again, until it fails: with what? */
static long remove_all_on(struct tenant_self *self, const uint64_t arg[4])
{
	int ret;

	(void)arg;
	while (!(ret = vepc_remove_all(&self->vepc)))
		;
	return ret;
}

/* Wait until the touching thread went around some times more. */
static void await_touches(struct __test_metadata *_metadata, struct tenant *t,
			  long more)
{
	long end = epc_now_ms() + epc_patience(SOON_MS);
	long from = tenant_do(t, count_touches, 0);

	while (tenant_do(t, count_touches, 0) < from + more) {
		ASSERT_GT(end, epc_now_ms());
		epc_sleep_ms(1);
	}
}

/*
 *   TOP
 *    |-- a   a guest of 200 pages, in use all the while
 *    `-- b   so is this one
 */
TEST_F_TIMEOUT(epc, RECLAIM_2_a_revoke_beside_touches_ends_them, 60)
{
	struct tenant t = TENANT_NONE, b = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	start_guest(_metadata, &t, A, 200);
	start_guest(_metadata, &b, B, 100);
	DO(tenant_do(&t, start_touching, 0));
	DO(tenant_do(&b, start_touching, 0));
	await_touches(_metadata, &t, 300);

	DO(revoke_below(A, "max"));
	DO(tenant_do(&t, end_of_touching, 0));
	EXPECT_EQ(0, cg_pages(A));
	EXPECT_EQ(100, cg_pages(B));
	await_touches(_metadata, &b, 300);
	DO(tenant_stop(&t));
	DO(revoke_below(B, "max"));
	DO(tenant_do(&b, end_of_touching, 0));
	DO(tenant_stop(&b));
}

TEST_F_TIMEOUT(epc, RECLAIM_2_a_revoke_beside_remove_all_and_a_close, 60)
{
	struct tenant t = TENANT_NONE;
	int i;

	DO(cg_create(A));
	start_guest(_metadata, &t, A, 300);
	DO(tenant_do(&t, start_touching, 0));
	DO(tenant_post(&t, remove_all_on, 0));
	epc_sleep_ms(50);
	DO(revoke_below(A, "max"));
	FAILS(ENODEV, tenant_answer(&t, SOON_MS));
	DO(tenant_do(&t, end_of_touching, 0));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_do(&t, tn_vepc_close, 0));

	/* Whoever comes first: all pages are gone in the end, each once. */
	for (i = 0; i < 20; i++) {
		DO(tenant_do(&t, tn_vepc_open, 300));
		ASSERT_EQ(300, tenant_do(&t, tn_vepc_touch, 0, 300));
		DO(tenant_post(&t, tn_vepc_close, 0));
		revoke_below(A, "max");
		DO(tenant_answer(&t, SOON_MS));
		DO(cg_wait_key(A, "misc.current", "sgx_epc", 0, SOON_MS));
	}
	DO(tenant_stop(&t));
}

/*
 * A child with a mapping of its own; it ends with 0 when its touches fail. The last page
 * is charged before the touch that asked for it has ended, and may go before, too.
 */
static long child_touches_on(struct tenant_self *self, const uint64_t arg[4])
{
	pid_t pid = fork();
	uint64_t i;
	char *mem;

	if (pid)
		return pid < 0 ? epc_fail(errno, "fork") : pid;

	mem = mmap(NULL, arg[0] * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   self->vepc.fd, 0);
	if (mem == MAP_FAILED)
		_exit(1);
	for (i = 0; ; i++) {
		if (mem_touch(mem + i % arg[0] * PAGE, false, NULL))
			_exit(i + 1 < arg[0]);
	}
}

/* pid: the exit status */
static long child_ended(struct tenant_self *self, const uint64_t arg[4])
{
	int status;

	(void)self;
	if (waitpid(arg[0], &status, 0) < 0)
		return epc_fail(errno, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

TEST_F(epc, RECLAIM_2_the_mapping_of_a_child_goes_too)
{
	struct tenant t = TENANT_NONE;
	long pid;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 50));
	pid = tenant_do(&t, child_touches_on, 50);
	ASSERT_LT(0, pid) TH_LOG("%s", epc_why());
	DO(cg_wait_key(A, "misc.current", "sgx_epc", 50 * PAGE, SOON_MS));
	DO(revoke_below(A, "max"));
	EXPECT_EQ(0, tenant_do(&t, child_ended, pid));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_stop(&t));
}

/*
 * A SECS in the first instance, its child in the other: EREMOVE refuses it.
 */
TEST_F(epc, RECLAIM_2_a_refused_page_stays_charged_until_the_file_closes)
{
	struct tenant t = TENANT_NONE;
	uint64_t secs;

	DO(cg_create(A));
	start_guest(_metadata, &t, A, 30);
	DO(tenant_do(&t, other_open, 10));
	DO(tenant_do(&t, make_child_elsewhere, 0));

	DO(revoke_below(A, "4096"));
	EXPECT_EQ(11, cg_pages(A));
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_touch, 0, 1));
	DO(tenant_do(&t, other_close, 0));
	EXPECT_EQ(1, cg_pages(A));
	DO(swsgx_stat("valid_secs", &secs));
	EXPECT_EQ(1, secs);
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_stop(&t));
}

TEST_F(epc, RECLAIM_2_an_enclave_of_a_guest_goes_whole)
{
	struct tenant t = TENANT_NONE;
	uint64_t valid;

	DO(cg_create(A));
	start_guest(_metadata, &t, A, 30);
	DO(tenant_do(&t, make_child_inside, 0));
	DO(swsgx_stat("valid", &valid));
	EXPECT_EQ(2, valid);
	DO(revoke_below(A, "max"));
	EXPECT_EQ(0, cg_pages(A));
	DO(swsgx_stat("valid", &valid));
	EXPECT_EQ(0, valid);
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- (a)     had the first instance, with a SECS; removed
 *    `-- b       has the other one, with its child
 */
TEST_F(epc, VEPC_3_a_secs_with_children_outlives_its_instance_and_its_group)
{
	struct tenant t = TENANT_NONE;
	uint64_t secs;

	DO(cg_create(A));
	DO(cg_create(B));
	start_guest(_metadata, &t, A, 30);
	DO(cg_enter(B, t.pid));
	DO(tenant_do(&t, other_open, 10));
	DO(tenant_do(&t, make_child_elsewhere, 0));

	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(1, cg_pages(A));
	EXPECT_EQ(10, cg_pages(B));
	DO(cg_remove(A));
	EXPECT_EQ(11, cg_pages(TOP));
	DO(swsgx_stat("valid_secs", &secs));
	EXPECT_EQ(1, secs);

	DO(tenant_do(&t, other_close, 0));
	EXPECT_EQ(0, cg_pages(TOP));
	DO(swsgx_stat("valid_secs", &secs));
	EXPECT_EQ(0, secs);
	HOLDS(cg_wait_key(TOP, "cgroup.stat", "nr_dying_descendants", 0, SOON_MS));
	DO(tenant_stop(&t));
}

TEST_F(epc, VEPC_3_a_revoke_frees_the_secs_of_an_instance_that_is_gone)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	start_guest(_metadata, &t, A, 30);
	DO(tenant_do(&t, other_open, 10));
	DO(tenant_do(&t, make_child_elsewhere, 0));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(11, cg_pages(A));
	DO(revoke_below(A, "max"));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_do(&t, other_close, 0));
	DO(tenant_stop(&t));
}

static long other_remove_all(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return vepc_remove_all(&other);
}

TEST_F(epc, VEPC_3_remove_all_counts_a_secs_until_its_children_are_gone)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	start_guest(_metadata, &t, A, 30);
	DO(tenant_do(&t, other_open, 10));
	DO(tenant_do(&t, make_child_elsewhere, 0));
	EXPECT_EQ(1, tenant_do(&t, tn_vepc_remove_all, 0));
	EXPECT_EQ(1, tenant_do(&t, tn_vepc_remove_all, 0));
	EXPECT_EQ(0, tenant_do(&t, other_remove_all, 0));
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_remove_all, 0));
	EXPECT_EQ(40, cg_pages(A));
	DO(tenant_do(&t, other_close, 0));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
