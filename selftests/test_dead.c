// SPDX-License-Identifier: GPL-2.0
/*
 * EXHAUST-4: what a kill has freed when it returns. EXHAUST-5: what a killed enclave
 * is to its processes. Kills are asked for with misc.reclaim (RECLAIM-2).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "epc.h"

#define SOON_MS		10000
#define X	A "/x"
#define Z	A "/z"

/* #PF with the SGX bit, whatever the access was. */
#define PF_SGX		0x8000
#define DEAD(exc)	(((exc) >> 16) == 14 && ((exc) & PF_SGX))

static int kill_below(const char *group)
{
	return cg_write(group, "misc.reclaim", "sgx_epc max kill=enclaves");
}

/* An enclave of that many pages of heap and 20 of hole, filled. */
static void start(struct __test_metadata *_metadata, struct tenant *t, const char *group,
		  uint64_t heap, unsigned int threads)
{
	DO(tenant_start(t, group));
	DO(tenant_do(t, tn_build, 0, heap, 20, threads));
	DO(tenant_do(t, tn_fill, 0, 1, 0, heap));
}

/*
 * No more ordinary memory than it has, so that a kill finds pages in the EPC, and not
 * only what ordinary reclaim has left.
 */
static void fill_memory(struct __test_metadata *_metadata, const char *group)
{
	char text[64];

	DO(cg_read(group, "memory.current", text, sizeof(text)));
	text[strcspn(text, "\n")] = 0;
	DO(cg_write(group, "memory.max", text));
}

static void start_and_kill(struct __test_metadata *_metadata, struct tenant *t)
{
	DO(cg_create(A));
	start(_metadata, t, A, 100, 1);
	DO(kill_below(A));
}

/* Poll memory.stat, which the kernel adds up now and then. */
static uint64_t written_pages(struct __test_metadata *_metadata, bool some)
{
	long end = epc_now_ms() + epc_patience(SOON_MS);
	uint64_t shmem;

	do {
		DO(cg_key(A, "memory.stat", "shmem", &shmem));
		shmem /= PAGE;
		if (some ? shmem >= 500 : shmem <= 130)
			break;
		epc_sleep_ms(50);
	} while (epc_now_ms() < end);
	return shmem;
}

/*   TOP - a  an enclave of 1500 pages, half of it written out, and a small one   */
TEST_F(epc, EXHAUST_4_all_is_free_when_the_kill_returns)
{
	struct tenant t = TENANT_NONE;
	uint64_t value;
	char text[512];
	long end;

	DO(cg_create(A));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
	start(_metadata, &t, A, 1500, 1);
	DO(tenant_do(&t, tn_build, 1, 10, 0, 1));
	DO(cg_write(A, "misc.reclaim", "sgx_epc 3M"));
	EXPECT_LE(500, written_pages(_metadata, true));

	DO(kill_below(A));
	EXPECT_EQ(0, cg_pages(A));
	DO(swsgx_stat("valid", &value));
	EXPECT_EQ(0, value);
	EXPECT_GE(130, written_pages(_metadata, false));
	DO(cg_read(A, "misc.enclaves", text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "state=killed")) TH_LOG("%s", text);
	EXPECT_EQ(NULL, strstr(text, "state=running")) TH_LOG("%s", text);
	DO(cg_key(A, "misc.events", "sgx_epc.kill", &value));
	EXPECT_EQ(2, value);
	/* The process lives. */
	DO(tenant_do(&t, tn_destroy, 0));
	DO(tenant_do(&t, tn_destroy, 1));
	/* Who has freed the last page may still have it in his hands. */
	end = epc_now_ms() + epc_patience(1000);
	do {
		DO(cg_read(A, "misc.enclaves", text, sizeof(text)));
	} while (*text && epc_now_ms() < end);
	EXPECT_STREQ("", text);
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    `-- a       max 6000 pages
 *        |-- x   20 MiB, for which there is no memory: killed
 *        `-- z   goes round its 2000 pages, which do not fit
 */
TEST_F_TIMEOUT(epc, EXHAUST_4_others_go_on_while_a_large_one_is_killed, 180)
{
	struct tenant x = TENANT_NONE, z = TENANT_NONE;
	long from, end, begin;
	uint64_t evicted;

	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(Z));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
	DO(cg_write(A, "cgroup.subtree_control", "+memory"));
	DO(cg_set_max(A, 6000 * PAGE));
	start(_metadata, &x, X, PAGES(20 * MIB), 1);
	start(_metadata, &z, Z, 2000, 1);
	DO(tenant_do(&z, tn_worker_touch, 0, 0, 0, 2000));
	fill_memory(_metadata, X);
	begin = epc_now_ms();
	DO(kill_below(X));
	begin = epc_now_ms() - begin;
	DO(cg_key(X, "misc.stat", "sgx_epc.evicted", &evicted));
	TH_LOG("%lu pages written out, all gone in %ld ms", evicted, begin);
	EXPECT_GT(3000, evicted);
	EXPECT_EQ(0, cg_pages(X));
	from = tenant_do(&z, tn_worker_done, 0);
	end = epc_now_ms() + epc_patience(SOON_MS);
	while (tenant_do(&z, tn_worker_done, 0) < from + 5000)
		ASSERT_GT(end, epc_now_ms());
	DO(tenant_do(&z, tn_worker_stop, 0, 0));
	HOLDS(tenant_do(&z, tn_verify, 0, 1, 0, 2000));
	DO(tenant_stop(&x));
	DO(tenant_stop(&z));
}

/* Thread: what ended its request. */
static long worker_end(struct tenant_self *self, const uint64_t arg[4])
{
	struct sgx_enclave_run *run = &self->encl[0].run[arg[0]];
	int ret = encl_worker_stop(&self->worker[arg[0]]);

	if (ret != -EFAULT)
		return ret;
	return TN_EXCEPTION(run->exception_vector, run->exception_error_code);
}

/* Where memory is full the process itself would be killed for the next page that it needs. */
static long have_all_memory(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return mlockall(MCL_CURRENT) ? -errno : 0;
}

TEST_F(epc, EXHAUST_5_threads_inside_come_out_with_an_sgx_fault)
{
	struct tenant t = TENANT_NONE;
	long exc;
	int i;

	DO(cg_create(A));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
	start(_metadata, &t, A, 1000, 3);
	DO(tenant_do(&t, tn_worker_touch, 0, 1, 0, 1000));
	DO(tenant_do(&t, tn_worker_spin, 0, 2));
	while (!tenant_do(&t, tn_worker_done, 1) || !tenant_do(&t, tn_worker_done, 2))
		epc_sleep_ms(1);
	DO(tenant_do(&t, have_all_memory, 0));
	fill_memory(_metadata, A);
	DO(kill_below(A));
	EXPECT_EQ(0, cg_pages(A));
	for (i = 1; i < 3; i++) {
		exc = tenant_do(&t, worker_end, i);
		EXPECT_TRUE(DEAD(exc)) TH_LOG("thread %d: %#lx", i, exc);
	}
	DO(tenant_stop(&t));
}

TEST_F(epc, EXHAUST_5_entering_and_touching_is_a_fault)
{
	struct tenant t = TENANT_NONE;
	long exc, i;

	start_and_kill(_metadata, &t);
	for (i = 0; i < 3; i++) {
		exc = tenant_do(&t, tn_try, 0);
		EXPECT_TRUE(DEAD(exc)) TH_LOG("%#lx", exc);
		/* Pages that it had, and some of the hole. */
		EXPECT_EQ(SIGBUS, tenant_do(&t, tn_peek, 0, i * 50));
		EXPECT_EQ(SIGBUS, tenant_do(&t, tn_peek, 0, 105));
	}
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_stop(&t));
}

/* Each ioctl of an enclave and mmap: 0 if all fail with ENOMEM, or which does not. */
static long all_refused(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];
	struct sgx_enclave_provision provision = { .fd = 0 };
	struct sgx_enclave_init init = { .sigstruct = e->base };
	uint64_t count;

	if (encl_raw_add(e, e->hole_off, 1, &count) != -ENOMEM || count)
		return 1;
	if (!ioctl(e->fd, SGX_IOC_ENCLAVE_INIT, &init) || errno != ENOMEM)
		return 2;
	if (!ioctl(e->fd, SGX_IOC_ENCLAVE_PROVISION, &provision) || errno != ENOMEM)
		return 3;
	if (encl_raw_restrict(e, e->heap_off, 1, SGX_SI_R, &count) != -ENOMEM || count)
		return 4;
	if (encl_raw_modify_types(e, e->heap_off, 1, SGX_PT_TRIM, &count) != -ENOMEM)
		return 5;
	if (encl_raw_remove_pages(e, e->heap_off, 1, &count) != -ENOMEM)
		return 6;
	/* It is created already, and cannot be created anew. */
	if (encl_create(e) != -ENOMEM)
		return 7;
	if (mmap((void *)(e->base + e->heap_off), PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
		 e->fd, 0) != MAP_FAILED || errno != ENOMEM)
		return 8;
	return 0;
}

TEST_F(epc, EXHAUST_5_ioctls_and_mappings_are_ENOMEM)
{
	struct tenant t = TENANT_NONE;

	start_and_kill(_metadata, &t);
	EXPECT_EQ(0, tenant_do(&t, all_refused, 0));
	EXPECT_EQ(0, cg_pages(A));
	/* After a mapping that failed in the place of an old one, too. */
	EXPECT_EQ(SIGBUS, tenant_do(&t, tn_peek, 0, 50));
	DO(tenant_stop(&t));
}

/* Number, heap: everything but INIT. */
static long build_halfway(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[1], .hole = 20 };
	struct encl *e = &self->encl[arg[0]];

	return encl_open(e, &geo) ?: encl_create(e) ?: encl_add_all(e) ?: encl_map(e);
}

TEST_F(epc, EXHAUST_5_so_is_one_that_was_killed_half_built)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, build_halfway, 0, 600));
	DO(kill_below(A));
	EXPECT_EQ(0, cg_pages(A));
	EXPECT_EQ(0, tenant_do(&t, all_refused, 0));
	EXPECT_EQ(SIGBUS, tenant_do(&t, tn_peek, 0, 50));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_stop(&t));
}

/* A child of the tenant that waits for a word and then looks at the enclave. */
static int word_to_child[2];

static int look(struct encl *e)
{
	long size = e->hole_off - e->heap_off;
	void *heap = (void *)(e->base + e->heap_off);
	int sig;

	mem_touch(heap, true, &sig);
	if (sig != SIGBUS)
		return 10;
	if (mprotect(heap, size, PROT_READ) || mprotect(heap, size, PROT_READ | PROT_WRITE))
		return 11;
	if (encl_nop(e) != -EFAULT)
		return 12;
	if (!(e->run[0].exception_error_code & PF_SGX))
		return 13;
	if (munmap(heap, PAGE))
		return 14;
	mem_touch((char *)heap + PAGE, false, &sig);
	return sig == SIGBUS ? 0 : 15;
}

/* The C library's fork() would block all signals meanwhile. */
static int in_child(int (*fn)(struct encl *e), struct encl *e)
{
	int status;
	pid_t pid = syscall(SYS_fork);

	if (!pid)
		_exit(fn(e));
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid < 0)
		return 20;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 21;
}

/* And its own child does the same. */
static int look_twice(struct encl *e)
{
	return in_child(look, e) ?: look(e);
}

static long fork_early(struct tenant_self *self, const uint64_t arg[4])
{
	pid_t pid;
	char word;

	(void)arg;
	if (pipe(word_to_child))
		return epc_fail(errno, "pipe");
	pid = fork();
	if (!pid) {
		encl_touch(&self->encl[0], 0, 10);
		if (read(word_to_child[0], &word, 1) != 1)
			_exit(22);
		_exit(look_twice(&self->encl[0]));
	}
	return pid;
}

/* pid: what it found */
static long early_looks(struct tenant_self *self, const uint64_t arg[4])
{
	int status;

	(void)self;
	if (write(word_to_child[1], "", 1) != 1 || waitpid(arg[0], &status, 0) < 0)
		return epc_fail(errno, "child %lu", arg[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 21;
}

static long fork_late(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return in_child(look_twice, &self->encl[0]);
}

static long look_myself(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return look(&self->encl[0]);
}

TEST_F(epc, EXHAUST_5_it_is_as_dead_in_children_and_theirs)
{
	struct tenant t = TENANT_NONE;
	long pid;

	DO(cg_create(A));
	start(_metadata, &t, A, 100, 1);
	pid = tenant_do(&t, fork_early, 0);
	ASSERT_LT(0, pid) TH_LOG("%s", epc_why());
	DO(kill_below(A));
	EXPECT_EQ(0, tenant_do(&t, early_looks, pid));
	EXPECT_EQ(0, tenant_do(&t, fork_late, 0));
	EXPECT_EQ(0, tenant_do(&t, look_myself, 0));
	EXPECT_EQ(0, cg_pages(A));
	DO(tenant_stop(&t));
}

static long tell_heap(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return self->encl[0].base + self->encl[0].heap_off;
}

/* One read of another process, as a debugger does it: 0 or -errno. */
static int read_other(pid_t pid, long addr)
{
	char word[8];
	struct iovec mine = { word, sizeof(word) }, its = { (void *)addr, sizeof(word) };

	return process_vm_readv(pid, &mine, 1, &its, 1, 0) < 0 ? -errno : 0;
}

static int peek_other(pid_t pid, long addr)
{
	int status, ret;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) || waitpid(pid, &status, 0) < 0)
		return epc_fail(errno, "attach to %d", pid);
	errno = 0;
	ptrace(PTRACE_PEEKDATA, pid, addr, NULL);
	ret = -errno;
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL))
		return epc_fail(errno, "detach from %d", pid);
	return ret;
}

TEST_F(epc, EXHAUST_5_a_debugger_gets_errors)
{
	struct tenant t = TENANT_NONE;
	long heap;

	DO(cg_create(A));
	start(_metadata, &t, A, 100, 1);
	heap = tenant_do(&t, tell_heap, 0);
	EXPECT_EQ(0, peek_other(t.pid, heap));
	DO(kill_below(A));
	EXPECT_EQ(-EFAULT, read_other(t.pid, heap));
	EXPECT_EQ(-EIO, peek_other(t.pid, heap));
	EXPECT_EQ(SIGBUS, tenant_do(&t, tn_peek, 0, 0));
	DO(tenant_stop(&t));
}

TEST_F(epc, EXHAUST_5_the_same_process_can_have_a_new_one)
{
	struct tenant t = TENANT_NONE;
	long exc;

	start_and_kill(_metadata, &t);
	/* Beside the dead one, and in its place. */
	DO(tenant_do(&t, tn_build, 1, 100, 0, 1));
	HOLDS(tenant_do(&t, tn_fill, 1, 2, 0, 100));
	exc = tenant_do(&t, tn_try, 0);
	EXPECT_TRUE(DEAD(exc)) TH_LOG("%#lx", exc);
	DO(tenant_do(&t, tn_destroy, 0));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	HOLDS(tenant_do(&t, tn_fill, 0, 3, 0, 100));
	HOLDS(tenant_do(&t, tn_verify, 0, 3, 0, 100));
	HOLDS(tenant_do(&t, tn_verify, 1, 2, 0, 100));
	DO(tenant_stop(&t));
}

static void ignore(int sig)
{
	(void)sig;
}

/* 0: the mapping works, 1: it is dead and mprotect() says so, 2: it says something else. */
static int try_mapping(struct encl *e)
{
	void *heap = (void *)(e->base + e->heap_off);
	int sig;

	mem_touch(heap, false, &sig);
	if (sig != SIGBUS)
		return 0;
	return mprotect(heap, PAGE, PROT_READ) && errno == EACCES ? 1 : 2;
}

/* Fork while signals come: how many children have a dead mapping. */
static long fork_under_signals(struct tenant_self *self, const uint64_t arg[4])
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } };
	struct sigaction act = { .sa_handler = ignore };
	long dead = 0;
	uint64_t i;
	int found;

	/* To copy these takes longer than a tick of the clock. */
	if (mem_split(8000))
		return -ENOMEM;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < arg[0] && dead < 3; i++) {
		found = in_child(try_mapping, &self->encl[0]);
		if (found > 1)
			return epc_fail(EIO, "child %lu ended with %d", i, found);
		dead += found;
	}
	signal(SIGALRM, SIG_IGN);
	return dead;
}

/*
 * To register an MMU notifier for the child's address space can be interrupted. Its
 * mapping has no enclave then: all that it is good for is to be unmapped.
 */
TEST_F_TIMEOUT(epc, REACH_3_a_fork_cut_by_a_signal_leaves_a_dead_mapping, 60)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	start(_metadata, &t, A, 20, 1);
	EXPECT_LT(0, tenant_do(&t, fork_under_signals, 100))
		TH_LOG("no fork was cut: %s", epc_why());
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 20));
	DO(tenant_stop(&t));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 3000));
}

TEST_HARNESS_MAIN
