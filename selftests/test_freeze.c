// SPDX-License-Identifier: GPL-2.0
/*
 * SAFE-5: cgroup.freeze and suspend beside threads that wait for EPC, and what is
 * left when a suspend has lost the EPC. The loss is a file of software SGX.
 */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "epc.h"

#define SOON_MS		20000
/* The contract's second, and as long again for emulated CPUs. */
#define FREEZE_MS	2000
#define STILL_MS	300

#define HEAP		300
#define LIMIT		150
#define PF_SGX		0x8000

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return epc_fail(errno, "open %s", path);
	if (write(fd, text, strlen(text)) < 0)
		ret = epc_fail(errno, "write \"%s\" to %s", text, path);
	close(fd);
	return ret;
}

/* A thread whose page faults in the enclave are the kernel's, in write(2). */
static pthread_t writer;
static volatile bool writer_ends;
static uint64_t nr_writes;

static void *write_pages(void *arg)
{
	struct encl *e = arg;
	char *heap = (char *)e->base + e->heap_off;
	int ends[2];
	char byte;
	uint64_t i;

	if (pipe(ends))
		return arg;
	for (i = 0; !writer_ends; i++) {
		if (write(ends[1], heap + i % HEAP * PAGE, 1) != 1 ||
		    read(ends[0], &byte, 1) != 1)
			return arg;
		__atomic_store_n(&nr_writes, i + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static long start_writer(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return -pthread_create(&writer, NULL, write_pages, &self->encl[0]);
}

static long count_writes(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return __atomic_load_n(&nr_writes, __ATOMIC_ACQUIRE);
}

static long stop_writer(struct tenant_self *self, const uint64_t arg[4])
{
	void *failed;

	(void)self;
	(void)arg;
	writer_ends = true;
	pthread_join(writer, &failed);
	return failed ? epc_fail(EIO, "write from an enclave page") : 0;
}

/* number, times: build and destroy an enclave larger than the limit */
static long build_on(struct tenant_self *self, const uint64_t arg[4])
{
	const struct encl_geometry geo = { .heap = HEAP, .threads = 1 };
	uint64_t i;
	int ret;

	for (i = 0; i < arg[1]; i++) {
		ret = encl_build(&self->encl[arg[0]], &geo);
		encl_destroy(&self->encl[arg[0]]);
		if (ret)
			return ret;
	}
	return 0;
}

/* Wait until the toucher (thread 1) or writer, counted by @fn, has gone on. */
static void goes_on(struct __test_metadata *_metadata, struct tenant *t, tenant_fn fn)
{
	long end = epc_now_ms() + epc_patience(SOON_MS);
	long from = tenant_do(t, fn, 1);

	while (tenant_do(t, fn, 1) < from + 10) {
		ASSERT_GT(end, epc_now_ms());
		epc_sleep_ms(5);
	}
}

/*
 *   TOP
 *    `-- a   max 150 pages: t touches 300 from inside and from the kernel,
 *            b builds
 */
static void start_waiters(struct __test_metadata *_metadata, struct tenant *t,
			  struct tenant *b)
{
	DO(cg_create(A));
	DO(cg_set_max(A, LIMIT * PAGE));
	DO(tenant_start(t, A));
	DO(tenant_start(b, A));
	DO(tenant_do(t, tn_build, 0, HEAP, 0, 2));
	DO(tenant_do(t, tn_fill, 0, 1, 0, HEAP));
	DO(tenant_do(t, tn_worker_touch, 0, 1, 0, HEAP));
	DO(tenant_do(t, start_writer, 0));
	DO(tenant_post(b, build_on, 0, 4));
	goes_on(_metadata, t, tn_worker_done);
	goes_on(_metadata, t, count_writes);
}

/* All that was started goes on and ends well. */
static void end_waiters(struct __test_metadata *_metadata, struct tenant *t,
			struct tenant *b)
{
	goes_on(_metadata, t, tn_worker_done);
	goes_on(_metadata, t, count_writes);
	DO(tenant_answer(b, SOON_MS));
	DO(tenant_do(t, tn_worker_stop, 0, 1));
	DO(tenant_do(t, stop_writer, 0));
	HOLDS(tenant_do(t, tn_verify, 0, 1, 0, HEAP));
	DO(tenant_stop(t));
	DO(tenant_stop(b));
}

TEST_F_TIMEOUT(epc, SAFE_5_a_frozen_cgroup_stands_still_and_goes_on, 120)
{
	struct tenant t = TENANT_NONE, b = TENANT_NONE;
	uint64_t before, after;
	int i;

	start_waiters(_metadata, &t, &b);
	for (i = 0; i < 5; i++) {
		DO(cg_write(A, "cgroup.freeze", "1"));
		HOLDS(cg_wait_key(A, "cgroup.events", "frozen", 1, FREEZE_MS));
		DO(swsgx_stat("encls_eldu", &before));
		epc_sleep_ms(STILL_MS);
		DO(swsgx_stat("encls_eldu", &after));
		EXPECT_EQ(before, after);
		DO(cg_write(A, "cgroup.freeze", "0"));
		HOLDS(cg_wait_key(A, "cgroup.events", "frozen", 0, FREEZE_MS));
		goes_on(_metadata, &t, tn_worker_done);
	}
	end_waiters(_metadata, &t, &b);
}

TEST_F_TIMEOUT(epc, SAFE_5_suspend_freezes_whoever_waits, 120)
{
	struct tenant t = TENANT_NONE, b = TENANT_NONE;
	long start;
	int i;

	DO(put("/sys/power/pm_test", "freezer"));
	DO(put("/sys/module/suspend/parameters/pm_test_delay", "0"));
	start_waiters(_metadata, &t, &b);
	for (i = 0; i < 5; i++) {
		start = epc_now_ms();
		HOLDS(put("/sys/power/state", "freeze"));
		EXPECT_GT(epc_patience(2 * FREEZE_MS), epc_now_ms() - start);
		goes_on(_metadata, &t, tn_worker_done);
	}
	end_waiters(_metadata, &t, &b);
	DO(put("/sys/power/pm_test", "none"));
}

static int lose_epc(void)
{
	return put("/sys/kernel/debug/swsgx/lose_epc", "1");
}

/* number: the error code of the fault on entry, 0 if there was none */
static long enter_fault(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];

	if (!encl_nop(e))
		return 0;
	return e->run[0].exception_vector == 14 ? e->run[0].exception_error_code
						: -EINVAL;
}

/* number, page of the heap: the signal that a touch from outside ends in */
static long touch_outside(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];
	int sig;

	mem_touch((char *)e->base + e->heap_off + arg[1] * PAGE, false, &sig);
	return sig;
}

static long add_after_loss(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_add_heap(&self->encl[arg[0]], 10, 10);
}

static long add_some(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_add_code(&self->encl[arg[0]]) ?:
	       encl_add_heap(&self->encl[arg[0]], 0, 10);
}

static long make_secs(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return vepc_ecreate(&self->vepc, 0) ?: vepc_eadd(&self->vepc, 1, &self->vepc, 0);
}

/*
 *   TOP
 *    `-- a   one enclave that pages, one in the EPC, one half built, and a guest
 */
TEST_F_TIMEOUT(epc, SAFE_5_after_the_loss_of_the_epc_charges_fall_with_the_pages, 60)
{
	struct tenant t = TENANT_NONE;
	uint64_t before;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(cg_set_max(A, LIMIT * PAGE));
	DO(tenant_do(&t, tn_build, 0, HEAP, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, HEAP));
	DO(cg_set_max(A, CG_MAX));
	DO(tenant_do(&t, tn_build, 1, 100, 50, 1));
	DO(tenant_do(&t, tn_open, 2, 50, 0, 1));
	DO(tenant_do(&t, tn_create, 2));
	DO(tenant_do(&t, add_some, 2));
	DO(tenant_do(&t, tn_vepc_open, 40));
	ASSERT_EQ(40, tenant_do(&t, tn_vepc_touch, 0, 40));
	DO(tenant_do(&t, make_secs, 0));
	before = cg_pages(A);

	DO(lose_epc());
	HOLDS(swsgx_wait("valid", 0, 0));
	EXPECT_EQ(before, cg_pages(A));
	EXPECT_EQ(PF_SGX, tenant_do(&t, enter_fault, 0) & PF_SGX);
	EXPECT_EQ(PF_SGX, tenant_do(&t, enter_fault, 1) & PF_SGX);
	EXPECT_NE(0, tenant_do(&t, add_after_loss, 2));
	EXPECT_NE(0, tenant_do(&t, tn_grow, 1, 100, 1));

	/* Reclaim lets go of what is lost, and nobody loads it. */
	HOLDS(cg_write(A, "misc.reclaim", "sgx_epc max"));
	EXPECT_GT(before - 100, cg_pages(A));
	EXPECT_NE(0, tenant_do(&t, enter_fault, 0));
	EXPECT_NE(0, tenant_do(&t, touch_outside, 0, 0));
	EXPECT_NE(0, tenant_do(&t, touch_outside, 0, HEAP - 1));
	EXPECT_NE(0, tenant_do(&t, touch_outside, 1, 50));

	DO(tenant_do(&t, tn_destroy, 0));
	DO(tenant_do(&t, tn_destroy, 1));
	DO(tenant_do(&t, tn_destroy, 2));
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_remove_all, 0));
	EXPECT_EQ(40, cg_pages(A));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(0, cg_pages(A));

	/* What is new works. */
	HOLDS(tenant_do(&t, tn_build, 0, HEAP, 0, 1));
	HOLDS(tenant_do(&t, tn_fill, 0, 1, 0, HEAP));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, HEAP));
	HOLDS(books_match(0));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
