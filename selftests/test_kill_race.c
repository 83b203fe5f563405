// SPDX-License-Identifier: GPL-2.0
/*
 * EXHAUST-4: kills beside whatever an enclave and its processes may be about. What
 * fails must fail because the enclave is dead, and in the end nothing is in use.
 *
 * The seed is printed; EPC_SEED repeats what was chosen by it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "epc.h"

#define TENANTS		6
#define HEAP		150
#define HOLE		30
/* How long kills and all else go on. */
#define RACE_MS		20000
/* A kill and the answer of a tenant take no longer, whatever goes on. */
#define BOUND_MS	20000
#define PF_SGX		0x8000

static unsigned int seed;

static unsigned int choose(unsigned int below)
{
	return rand_r(&seed) % below;
}

static bool dead(struct encl *e)
{
	return encl_nop(e) == -EFAULT && (e->run[0].exception_error_code & PF_SGX);
}

static int touch_inside(struct encl *e)
{
	return encl_touch(e, choose(HEAP / 2), HEAP / 2);
}

static int touch_outside(struct encl *e)
{
	return mem_touch((void *)(e->base + e->heap_off + choose(HEAP) * PAGE), choose(2),
			 NULL);
}

static int fork_and_touch(struct encl *e)
{
	int status, i;
	pid_t pid = fork();

	if (!pid) {
		for (i = 0; i < 20; i++)
			touch_outside(e);
		encl_touch(e, 0, 20);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return epc_fail(errno, "child");
	return status ? epc_fail(EPROTO, "a child ended with %#x", status) : 0;
}

static int map_and_protect(struct encl *e)
{
	void *heap = (void *)(e->base + e->heap_off);
	size_t len = HEAP * PAGE;

	if (munmap(heap, len / 2) ||
	    mmap(heap, len / 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, e->fd,
		 0) == MAP_FAILED)
		return epc_fail(errno, "map the heap anew");
	if (mprotect(heap, len, PROT_READ) || mprotect(heap, len, PROT_READ | PROT_WRITE))
		return epc_fail(EPROTO, "mprotect: errno %d", errno);
	return touch_outside(e);
}

static int resize(struct encl *e)
{
	return encl_accept_new(e, HEAP, HOLE) ?: encl_trim(e, HEAP, HOLE);
}

/* A new enclave for each: it is killed while it is being built, too. */
static int build(struct encl *e)
{
	struct encl_geometry geo = { .heap = HEAP, .hole = HOLE };
	int ret;

	encl_destroy(e);
	do {
		ret = encl_build(e, &geo);
	} while (ret == -ENOMEM);
	return ret;
}

static int (* const doings[])(struct encl *e) = {
	touch_inside, touch_outside, fork_and_touch, map_and_protect, resize, build,
};

/* What, milliseconds, seed: how often its enclave was killed. */
static long work(struct tenant_self *self, const uint64_t arg[4])
{
	long end = epc_now_ms() + arg[1], deaths = 0;
	struct encl *e = &self->encl[0];
	char why[EPC_MSG_MAX];
	int ret;

	seed = arg[2];
	ret = build(e);
	while (!ret && epc_now_ms() < end) {
		ret = doings[arg[0]](e);
		if (!ret)
			continue;
		snprintf(why, sizeof(why), "%s", epc_why());
		if (ret == -EPROTO || !dead(e))
			return epc_fail(EPROTO, "doing %lu of a live enclave: %d, %.400s",
					arg[0], ret, why);
		deaths++;
		ret = build(e);
	}
	encl_destroy(e);
	return ret ?: deaths;
}

/* The first page of an enclave that a process has mapped just now; 0 if none. */
static unsigned long some_page(pid_t pid)
{
	unsigned long from = 0, found = 0;
	char path[64], line[512];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && fgets(line, sizeof(line), maps))
		if (strstr(line, "sgx_enclave") && sscanf(line, "%lx-", &from) == 1)
			found = from + choose(HEAP / 2) * PAGE;
	if (maps)
		fclose(maps);
	return found;
}

/* A debugger looks at the tenants until it is killed. */
static pid_t start_debugger(const struct tenant *t)
{
	pid_t pid = fork(), of;
	char path[64], word[8];
	unsigned long addr;
	int fd;

	if (pid)
		return pid;
	for (;;) {
		of = t[choose(TENANTS)].pid;
		addr = some_page(of);
		snprintf(path, sizeof(path), "/proc/%d/mem", of);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (pread(fd, word, sizeof(word), addr) == sizeof(word) && choose(2))
			(void)!pwrite(fd, word, sizeof(word), addr);
		close(fd);
	}
}

static void set_to_work(struct __test_metadata *_metadata, struct tenant *t, int i, long ms)
{
	DO(tenant_start(t, i % 2 ? A "/x" : A "/y"));
	DO(tenant_post(t, work, i, ms, choose(1u << 30)));
}

/*
 *   TOP
 *    `-- a       less than all of them want
 *        |-- x   three tenants, and kills
 *        `-- y   three tenants, and kills
 */
TEST_F_TIMEOUT(epc, EXHAUST_4_kills_beside_everything_else, 150)
{
	static const char * const groups[] = { A, A "/x", A "/y" };
	struct tenant t[TENANTS] = {};
	long end, begin, worst = 0, deaths = 0, ret;
	int i, exits = 0;
	pid_t debugger;
	uint64_t kills;

	seed = getenv("EPC_SEED") ? atol(getenv("EPC_SEED")) : epc_now_ms();
	TH_LOG("EPC_SEED=%u", seed);
	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(A "/y"));
	DO(cg_set_max(A, TENANTS * 110 * PAGE));
	end = epc_now_ms() + epc_patience(RACE_MS);
	for (i = 0; i < TENANTS; i++)
		set_to_work(_metadata, &t[i], i, epc_patience(RACE_MS));
	debugger = start_debugger(t);
	ASSERT_LT(0, debugger);

	while (epc_now_ms() < end) {
		/* Time to be built, mostly. */
		epc_sleep_ms(choose(5) ? choose(800) : choose(50));
		begin = epc_now_ms();
		ret = cg_write(groups[choose(3)], "misc.reclaim",
			       choose(2) ? "sgx_epc max kill=enclaves"
					 : "sgx_epc 2M kill=enclaves");
		EXPECT_TRUE(!ret || ret == -EAGAIN) TH_LOG("%s", epc_why());
		if (epc_now_ms() - begin > worst)
			worst = epc_now_ms() - begin;
		/* The last breath of an owner beside the death of his enclave. */
		i = choose(TENANTS * 8);
		if (i < TENANTS && end - epc_now_ms() > 1000) {
			kill(t[i].pid, SIGKILL);
			cg_write(groups[choose(3)], "misc.reclaim", "sgx_epc max kill=enclaves");
			tenant_kill(&t[i]);
			set_to_work(_metadata, &t[i], i, end - epc_now_ms());
			exits++;
		}
	}
	for (i = 0; i < TENANTS; i++) {
		ret = tenant_answer(&t[i], BOUND_MS);
		EXPECT_LE(0, ret) TH_LOG("%s", epc_why());
		deaths += ret;
	}
	kill(debugger, SIGKILL);
	waitpid(debugger, NULL, 0);
	DO(cg_key(A, "misc.events", "sgx_epc.kill", &kills));
	TH_LOG("%lu kills, %ld seen by their tenants, %d tenants killed, worst kill took %ld ms",
	       kills, deaths, exits, worst);
	EXPECT_LT(20, kills);
	EXPECT_LT(0, deaths);
	EXPECT_GT(epc_patience(BOUND_MS), worst);
	/* Children have just ended: what they had of an enclave goes in the background. */
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 3000));
	HOLDS(books_match(0));
	for (i = 0; i < TENANTS; i++)
		tenant_kill(&t[i]);
}

TEST_HARNESS_MAIN
