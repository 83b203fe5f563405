// SPDX-License-Identifier: GPL-2.0
/*
 * What it means to wait at a limit. REACH-3: asleep, not at work. REACH-9: in such a way
 * that all who wait get on.
 *
 * Under emulation all clocks of the kernel go by ticks of 4 ms. That is good enough for
 * waits which take many; shorter ones are measured in cycles of the TSC, and compared.
 */
#include <stdlib.h>
#include <time.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "epc.h"

#define MSEC		1000000ul
#define SEC		1000000000ul

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * SEC + ts.tv_nsec;
}

#define WAITERS		8
#define MAX_WAITS	100000
#define RUN_MS		10000
/* Of a guest; of the limit of 4000 the rest is enough to go on with. */
#define GUEST_PAGES	3400

/* What the waiters tell, in memory that all of them share with the test. */
struct shared {
	/* Waits that have ended, of all of them. */
	uint64_t served;
	volatile bool stop;
	struct waits {
		uint64_t nr, wall, cpu;
		struct wait {
			uint64_t cycles, overtaken;
		} each[MAX_WAITS];
	} of[WAITERS];
};
static struct shared *shared;

static struct shared *share(void)
{
	void *mem = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return mem == MAP_FAILED ? NULL : mem;
}

/*
 * First page, pages: touch pages of a guest. Those touches that took long have waited.
 * Returns how many touches failed.
 */
static long guest_waits(struct tenant_self *self, const uint64_t arg[4])
{
	struct waits *w = &shared->of[0];
	uint64_t i, wall, cpu, touched;
	long failed = 0;

	for (i = arg[0]; i < arg[0] + arg[1]; i++) {
		wall = clock_ns(CLOCK_MONOTONIC);
		cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
		failed += !!vepc_touch(&self->vepc, i, 1, &touched);
		cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
		wall = clock_ns(CLOCK_MONOTONIC) - wall;
		/* Give whoever has the lock the time to be stopped with it. */
		epc_sleep_ms(2);
		if (wall < 10 * MSEC)
			continue;
		w->nr++;
		w->wall += wall;
		w->cpu += cpu;
	}
	return failed;
}

/*
 *   TOP   max 4000 pages
 *    |-- a   all of them; gets a hundredth of a CPU, so whatever lock it holds when its
 *    |       time is up it holds for long
 *    `-- b   a guest, for which only a's pages can make room
 */
TEST_F_TIMEOUT(epc, REACH_3_whoever_waits_is_asleep, 120)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	long end = epc_now_ms() + epc_patience(60000), failed = 0;
	struct waits *w;
	uint64_t first;
	int i;

	shared = share();
	ASSERT_NE(NULL, shared);
	w = &shared->of[0];
	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_write(TOP, "cgroup.subtree_control", "+cpu"));
	DO(cg_never_kill(TOP));
	DO(cg_set_max(TOP, 4000 * PAGE));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 4400, 0, 4));
	DO(tenant_do(&b, tn_vepc_open, GUEST_PAGES));
	for (i = 0; i < 4; i++)
		DO(tenant_do(&a, tn_worker_touch, 0, i, 1100 * i, 1100));
	DO(cg_write(A, "cpu.max", "1000 100000"));
	for (first = 0; w->wall < 3 * SEC && first < GUEST_PAGES && epc_now_ms() < end;
	     first += 20)
		failed += tenant_do(&b, guest_waits, first, 20);
	TH_LOG("%lu of %lu touches waited for %lu ms with %lu ms of CPU time, %ld failed",
	       w->nr, first, w->wall / MSEC, w->cpu / MSEC, failed);
	EXPECT_LT(SEC, w->wall);
	/*
	 * After each look it sleeps twelve times as long as that took. CPU time goes by ticks:
	 * up to a quarter was seen on a busy host. Who does not sleep uses all the time.
	 */
	EXPECT_GT(w->wall / 2, w->cpu);
	DO(cg_write(A, "cpu.max", "max"));
	for (i = 0; i < 4; i++)
		DO(tenant_do(&a, tn_worker_stop, 0, i));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

static long faults_so_far(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/* Waiter, pages: touch them in turn until told to stop, and note each that waited. */
static long wait_on(struct tenant_self *self, const uint64_t arg[4])
{
	struct waits *w = &shared->of[arg[0]];
	struct encl *e = &self->encl[0];
	uint64_t i, begin, before;
	long faults;
	int sig;

	for (i = 0; !shared->stop && w->nr < MAX_WAITS; i++) {
		faults = faults_so_far();
		before = __atomic_load_n(&shared->served, __ATOMIC_RELAXED);
		begin = __builtin_ia32_rdtsc();
		if (mem_touch((char *)e->base + e->heap_off + i % arg[1] * PAGE, false, &sig))
			return epc_fail(EFAULT, "signal %d at page %lu", sig, i % arg[1]);
		if (faults_so_far() == faults)
			continue;
		w->each[w->nr].cycles = __builtin_ia32_rdtsc() - begin;
		w->each[w->nr++].overtaken =
			__atomic_fetch_add(&shared->served, 1, __ATOMIC_RELAXED) - before;
	}
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	return (x->cycles > y->cycles) - (x->cycles < y->cycles);
}

static int by_overtakers(const void *a, const void *b)
{
	const struct wait *x = a, *y = b;

	return (x->overtaken > y->overtaken) - (x->overtaken < y->overtaken);
}

/*
 *   TOP
 *    `-- a   max 200 pages: eight processes go round 100 pages each
 */
TEST_F_TIMEOUT(epc, REACH_9_nobody_waits_while_others_are_served, 120)
{
	static struct wait all[WAITERS * MAX_WAITS];
	uint64_t nr = 0, least = UINT64_MAX, most = 0, run;
	struct tenant t[WAITERS] = {};
	int i;

	shared = share();
	ASSERT_NE(NULL, shared);
	DO(cg_create(A));
	DO(cg_set_max(A, 200 * PAGE));
	for (i = 0; i < WAITERS; i++) {
		DO(tenant_start(&t[i], A));
		DO(tenant_do(&t[i], tn_build, 0, 100, 0, 1));
	}
	for (i = 0; i < WAITERS; i++)
		DO(tenant_post(&t[i], wait_on, i, 100));
	run = __builtin_ia32_rdtsc();
	epc_sleep_ms(RUN_MS);
	run = __builtin_ia32_rdtsc() - run;
	shared->stop = true;
	for (i = 0; i < WAITERS; i++)
		DO(tenant_answer(&t[i], 20000));
	for (i = 0; i < WAITERS; i++) {
		struct waits *w = &shared->of[i];

		memcpy(all + nr, w->each, w->nr * sizeof(*all));
		nr += w->nr;
		least = w->nr < least ? w->nr : least;
		most = w->nr > most ? w->nr : most;
		DO(tenant_stop(&t[i]));
	}
	ASSERT_LT(100 * WAITERS, nr);
	qsort(all, nr, sizeof(*all), by_time);
	TH_LOG("%lu waits, %lu to %lu of each; median %lu kcycles, 99 %% %lu, worst %lu", nr,
	       least, most, all[nr / 2].cycles / 1000, all[nr * 99 / 100].cycles / 1000,
	       all[nr - 1].cycles / 1000);
	EXPECT_GT(epc_patience(run / 4), (long)all[nr - 1].cycles);
	qsort(all, nr, sizeof(*all), by_overtakers);
	TH_LOG("waits of others that ended meanwhile: median %lu, 99 %% %lu, worst %lu",
	       all[nr / 2].overtaken, all[nr * 99 / 100].overtaken, all[nr - 1].overtaken);
	/*
	 * Nobody waits once while others are served as often as is his share of the whole,
	 * and half as often again where the host gives its CPUs to somebody else.
	 */
	EXPECT_GT(nr * 3 / 2 / WAITERS, all[nr - 1].overtaken);
	EXPECT_GE(3 * least, most);
}

TEST_HARNESS_MAIN
