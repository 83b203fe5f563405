// SPDX-License-Identifier: GPL-2.0
/*
 * SAFE-3: each allocation of memory that a step makes fails once, the first, the
 * second and so on.  The step may succeed or say ENOMEM; then the same step has
 * to work, and at the end nothing may be left.
 *
 * Needs a kernel with fault injection: selftests/run -k debug.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/rseq.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "epc.h"

#define FAULTS		"/sys/kernel/debug/"
#define FAIL_NTH	"/proc/thread-self/fail-nth"
/* More allocations than any step makes. */
#define MANY		20000
#define HEAP		200
#define LIMIT		100
/* Enough for a batch of reclaim, and more. */
#define LOADS		40

/**
 * struct scenario - a step whose allocations fail
 * @prepare:	make it possible
 * @step:	the step, repeatable after a failure
 * @check:	after it has worked: what it made is good
 * @cleanup:	undo it all
 */
struct scenario {
	int (*prepare)(struct tenant_self *self);
	int (*step)(struct tenant_self *self);
	int (*check)(struct tenant_self *self);
	int (*cleanup)(struct tenant_self *self);
};

static uint64_t next_page;

/* The file is opened before: that allocates, too. */
static int arm(int fd, unsigned int nth)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", nth);

	return pwrite(fd, text, len, 0) == len ? 0 :
	       epc_fail(errno, "write %u to " FAIL_NTH, nth);
}

/* Whether the failure that arm() ordered has happened. */
static bool disarm(int fd)
{
	char text[16] = "";
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	bool happened = got > 0 && atoi(text) == 0;

	arm(fd, 0);
	return happened;
}

/* 1 when the step makes fewer than @nth allocations. */
static int fail_nth(struct tenant_self *self, const struct scenario *s, int fd,
		    unsigned int nth)
{
	int ret, again;
	bool failed;

	ret = s->prepare(self);
	if (!ret)
		ret = arm(fd, nth);
	if (ret)
		return ret;
	ret = s->step(self);
	failed = disarm(fd);
	if (ret && (!failed || ret != -ENOMEM))
		return ret;
	again = ret ? s->step(self) : 0;
	if (!again && s->check)
		again = s->check(self);
	if (!again)
		again = s->cleanup(self);
	return again ? again : !failed;
}

/*
 * Where a thread has told so, the kernel writes to its memory on the way back from
 * preemption, and ends it if that fails.  After a fork this needs a page of its own,
 * whose allocation may be the one that fails.  It is none of the step's.
 */
static int leave_rseq(void)
{
	char *area = (char *)__builtin_thread_pointer() + __rseq_offset;

	if (__rseq_size && syscall(SYS_rseq, area, sizeof(struct rseq),
				   RSEQ_FLAG_UNREGISTER, RSEQ_SIG))
		return epc_fail(errno, "unregister rseq");
	return 0;
}

/* Returns how many allocations have failed. */
static long fail_each(struct tenant_self *self, const uint64_t arg[4])
{
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	char why[EPC_MSG_MAX];
	unsigned int nth;
	int ret = leave_rseq();

	if (fd < 0)
		return epc_fail(errno, "open " FAIL_NTH);
	for (nth = 1; !ret && nth < MANY; nth++)
		ret = fail_nth(self, (const struct scenario *)arg[0], fd, nth);
	close(fd);
	if (ret == 1)
		return nth - 2;
	snprintf(why, sizeof(why), "allocation %u: %.400s", nth - 1, epc_why());
	epc_set_why(why);
	return ret ? ret : epc_fail(ELOOP, "no end after %u allocations", nth);
}

static int contents_are_right(struct tenant_self *self)
{
	return encl_verify(&self->encl[0], 1, 0, HEAP);
}

static int destroy(struct tenant_self *self)
{
	encl_destroy(&self->encl[0]);
	return 0;
}

static const struct encl_geometry small = { .heap = 4, .hole = 4, .threads = 1 };

static int open_enclave(struct tenant_self *self)
{
	return encl_open(&self->encl[0], &small);
}

/* tmpfs, which has the written-out pages, calls it so when it has no inode. */
static int create(struct tenant_self *self)
{
	int ret = encl_create(&self->encl[0]);

	return ret == -ENOSPC ? -ENOMEM : ret;
}

static int finish_build(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];

	return encl_add_all(e) ?: encl_init(e) ?: encl_map(e) ?: encl_nop(e);
}

static const struct scenario creating = {
	open_enclave, create, finish_build, destroy,
};

static int created(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];

	return encl_open(e, &small) ?: encl_create(e) ?: encl_add_code(e) ?:
	       encl_add_threads(e);
}

/* A failure to find the source page is EFAULT, as it always was. */
static int add_heap(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];
	uint64_t left = ENCL_CODE_PAGES + ENCL_THREAD_PAGES + small.heap - e->nr_added;
	uint64_t count;
	int ret;

	ret = encl_raw_add(e, e->heap_off + (small.heap - left) * PAGE, left, &count);
	return ret == -EFAULT ? -ENOMEM : ret;
}

static int init_and_enter(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];

	return encl_init(e) ?: encl_map(e) ?: encl_fill(e, 1, 0, small.heap) ?:
	       encl_verify(e, 1, 0, small.heap);
}

static const struct scenario adding = { created, add_heap, init_and_enter, destroy };

static int built(struct tenant_self *self)
{
	return encl_build(&self->encl[0], &small);
}

/* An enclave has its exception in run[]; what it was doing goes on after it. */
static int grow_one(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];
	int ret = encl_accept_new(e, small.heap, 1);

	if (ret == -EFAULT && e->run[0].exception_vector == 14)
		return encl_discard(e, 0) ?: -ENOMEM;
	return ret;
}

static int fill_grown(struct tenant_self *self)
{
	return encl_fill(&self->encl[0], 1, small.heap, 1) ?:
	       encl_verify(&self->encl[0], 1, small.heap, 1);
}

static const struct scenario growing = { built, grow_one, fill_grown, destroy };

static int large(struct tenant_self *self)
{
	struct encl_geometry geo = { .heap = HEAP, .threads = 1 };

	next_page = 0;
	return encl_build(&self->encl[0], &geo) ?:
	       encl_fill(&self->encl[0], 1, 0, HEAP);
}

static int nothing(struct tenant_self *self)
{
	(void)self;
	return 0;
}

/* In turn, so that each page has been written out when it is touched again. */
static int load_some(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];
	int ret, sig, i;

	for (i = 0; i < LOADS; i++) {
		ret = mem_touch((void *)(e->base + e->heap_off + next_page * PAGE),
				false, &sig);
		if (ret == -EFAULT && sig == SIGBUS)
			return -ENOMEM;
		if (ret)
			return ret;
		next_page = (next_page + 1) % HEAP;
	}
	return 0;
}

static const struct scenario loading = { nothing, load_some, NULL, nothing };

static int reclaim_some(struct tenant_self *self)
{
	int ret = cg_write(A, "misc.reclaim", "sgx_epc 64K");

	(void)self;
	return ret == -EAGAIN ? -ENOMEM : ret;
}

static const struct scenario reclaiming = {
	nothing, reclaim_some, contents_are_right, nothing,
};

static int make_group(struct tenant_self *self)
{
	(void)self;
	return mkdir(CG_ROOT "/" B, 0755) ? epc_fail(errno, "mkdir") : 0;
}

static int remove_group(struct tenant_self *self)
{
	(void)self;
	return cg_remove(B);
}

static const struct scenario grouping = {
	nothing, make_group, NULL, remove_group,
};

static int guest_opens(struct tenant_self *self)
{
	return vepc_open(&self->vepc, 4);
}

static int guest_touches(struct tenant_self *self)
{
	int ret = vepc_touch(&self->vepc, 0, 4, NULL);

	return ret == -EFAULT ? -ENOMEM : ret;
}

static int guest_closes(struct tenant_self *self)
{
	vepc_close(&self->vepc);
	return 0;
}

static const struct scenario guest_opening = {
	nothing, guest_opens, guest_touches, guest_closes,
};

static const struct scenario guest_touching = {
	guest_opens, guest_touches, NULL, guest_closes,
};

/* A child for which there was no memory may have no enclave, but it lives. */
static int fork_child(struct tenant_self *self)
{
	struct encl *e = &self->encl[0];
	pid_t pid = fork();
	int status, sig;

	if (!pid) {
		mem_touch((void *)(e->base + e->heap_off), false, &sig);
		_exit(sig && sig != SIGBUS && sig != SIGSEGV);
	}
	if (pid < 0)
		return epc_fail(errno == EAGAIN ? ENOMEM : errno, "fork");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return epc_fail(errno, "wait for a child");
	return status ? epc_fail(ECHILD, "child ended with wait status %#x", status) : 0;
}

static const struct scenario forking = { built, fork_child, NULL, destroy };

/* Every allocation counts, also those that could wait for memory. */
static int prepare_faults(void)
{
	static const char * const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
	};
	char path[80];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		snprintf(path, sizeof(path), FAULTS "%s", settings[i][0]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, settings[i][1], 1) != 1)
			return epc_fail(errno, "write %s to %s", settings[i][1], path);
		close(fd);
	}
	return 0;
}

static long run_before(struct tenant_self *self, const uint64_t arg[4])
{
	return ((int (*)(struct tenant_self *))arg[0])(self);
}

/* A tenant in A, with an enclave or none, whose allocations then fail. */
static void fail_all(struct __test_metadata *_metadata, const struct scenario *s,
		     int (*before)(struct tenant_self *self), uint64_t limit)
{
	struct tenant t = TENANT_NONE;
	long failed;

	DO(prepare_faults());
	DO(cg_create(A));
	DO(cg_set_max(A, limit));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, run_before, (uint64_t)before));
	DO(tenant_post(&t, fail_each, (uint64_t)s));
	failed = tenant_answer(&t, 300000);
	EXPECT_LT(0, failed) TH_LOG("%s", epc_why());
	TH_LOG("%ld allocations failed", failed);
	DO(tenant_stop(&t));
}

#define ALLOCATIONS_FAIL(name, scenario, before, limit)			\
	TEST_F_TIMEOUT(epc, name, 300)					\
	{								\
		if (access(FAULTS "failslab", F_OK))			\
			SKIP(return, "no fault injection in this kernel"); \
		fail_all(_metadata, scenario, before, limit);		\
	}

ALLOCATIONS_FAIL(SAFE_3_while_an_enclave_is_created, &creating, nothing, CG_MAX)
ALLOCATIONS_FAIL(SAFE_3_while_pages_are_added, &adding, nothing, CG_MAX)
ALLOCATIONS_FAIL(SAFE_3_while_an_enclave_grows, &growing, nothing, CG_MAX)
ALLOCATIONS_FAIL(SAFE_3_while_pages_are_loaded, &loading, large, LIMIT * PAGE)
ALLOCATIONS_FAIL(SAFE_3_while_an_enclave_is_inherited, &forking, nothing, CG_MAX)
ALLOCATIONS_FAIL(SAFE_3_while_a_guest_opens_its_epc, &guest_opening, nothing, CG_MAX)
ALLOCATIONS_FAIL(SAFE_3_while_a_guest_gets_pages, &guest_touching, nothing, CG_MAX)
ALLOCATIONS_FAIL(SAFE_3_while_a_group_is_made, &grouping, nothing, CG_MAX)

TEST_F_TIMEOUT(epc, SAFE_3_while_a_group_is_reclaimed, 300)
{
	if (access(FAULTS "failslab", F_OK) || access(CG_ROOT "/" TOP "/misc.reclaim", F_OK))
		SKIP(return, "no fault injection or no misc.reclaim in this kernel");
	fail_all(_metadata, &reclaiming, large, CG_MAX);
}

TEST_HARNESS_MAIN
