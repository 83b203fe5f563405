// SPDX-License-Identifier: GPL-2.0
/*
 * The demo inside the machine: a quiet tenant, first alone, then beside a
 * greedy one, on a kernel with or without limits for EPC.
 *
 *	EPC 64 MiB
 *	 |-- quiet    16 MiB enclave, no limit
 *	 `-- greedy   96 MiB enclave, misc.max 32 MiB where the kernel has it
 *
 * The quiet tenant is a service with little to do: it goes into its enclave,
 * touches 32 pages somewhere in it, comes out and rests for a moment.  The greedy
 * one touches its pages in turn as fast as it can.  Each has a CPU, so that EPC
 * is all that one can take from the other.  To touch a page is to compare all of
 * it with what was written there: no page may come back changed.
 *
 * Stdout gets a line of CSV for each sample, closed by "# end" when all went
 * well; stderr gets a table for people.  Every number is read, none derived
 * from what should be: EPC and limits are misc.current and misc.max of the
 * tenants' groups, or on a kernel without them the resident pages that software
 * SGX counts; pages written out are its count, and touches the tenants' own.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "cgroup.h"
#include "encl.h"
#include "swsgx.h"
#include "tenant.h"

#define MIB		(1024ul * 1024)
#define SAMPLE_MS	500
#define ALONE_MS	5000
#define TOGETHER_MS	15000
/* Far more than a greedy enclave takes to build, emulated on a busy host. */
#define BUILD_MS	120000

#define QUIET_BYTES	(16 * MIB)
#define REST_US		100000
#define VISIT_PAGES	32
#define SEED		1
#define GREEDY_LIMIT	(32 * MIB)

enum { QUIET, GREEDY, NR_TENANTS };

/**
 * struct reading - what is known of one tenant at one time
 * @epc:	EPC it has, in bytes
 * @limit:	its limit in bytes, CG_MAX for none
 * @written:	pages written out so far
 * @loaded:	pages loaded back so far
 * @touches:	pages touched so far
 */
struct reading {
	uint64_t epc;
	uint64_t limit;
	uint64_t written;
	uint64_t loaded;
	uint64_t touches;
};

struct sample {
	long		ms;
	struct reading	of[NR_TENANTS];
};

/**
 * struct work - what a tenant does all the time, seen by both sides
 * @encl:	its enclave; means nothing outside of the tenant
 * @rest_us:	visit places at random and rest this long after each; 0: visit
 *		them in turn, without rest
 * @touches:	pages touched so far
 * @stop:	it shall end
 * @ret:	0, or the error that ended it
 * @why:	the words for @ret
 */
struct work {
	struct encl	*encl;
	unsigned int	rest_us;
	atomic_ulong	touches;
	atomic_bool	stop;
	int		ret;
	char		why[EPC_MSG_MAX];
};

static const char * const group[NR_TENANTS] = { "quiet", "greedy" };
static struct tenant tenant[NR_TENANTS] = { TENANT_NONE, TENANT_NONE };
static uint64_t heap_pages[NR_TENANTS];

/* Shared with the tenants: counting their touches must not disturb them. */
static struct work *work;

/* Whether this kernel has limits for EPC. */
static bool limits;
static long start_ms;

/* Xorshift: the same pages in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * One visit, with as few ways in and out as can be: what they cost is up to
 * software SGX, and hides what paging costs.  The greedy tenant writes its pages
 * in the first round, the quiet one has done so before.
 */
static int visit(struct work *w, uint64_t *random)
{
	uint64_t heap = w->encl->geo.heap, first = w->touches % heap, nr;
	int ret;

	if (w->rest_us)
		first = next_random(random) % heap / VISIT_PAGES * VISIT_PAGES;
	nr = heap - first < VISIT_PAGES ? heap - first : VISIT_PAGES;
	if (w->rest_us || w->touches >= heap)
		ret = encl_verify(w->encl, SEED, first, nr);
	else
		ret = encl_fill(w->encl, SEED, first, nr);
	if (!ret)
		w->touches += nr;
	return ret;
}

static void *touch_for_ever(void *arg)
{
	uint64_t random = 88172645463325252;
	struct work *w = arg;

	while (!w->stop && !w->ret) {
		w->ret = visit(w, &random);
		if (w->ret)
			memcpy(w->why, epc_why(), sizeof(w->why));
		if (w->rest_us)
			usleep(w->rest_us);
	}
	return NULL;
}

/* The tenant's own: it has one enclave and one thread inside. */
static pthread_t toucher;

static int move_to_cpu(unsigned int nr)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(nr, &cpu);
	if (sched_setaffinity(0, sizeof(cpu), &cpu))
		return epc_fail(errno, "move to CPU %u", nr);
	return 0;
}

/* In the tenant: number, pages of heap, rest after each visit. */
static long start_touching(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[1] };
	struct encl *e = &self->encl[0];
	struct work *w = &work[arg[0]];
	int ret;

	w->encl = e;
	w->rest_us = arg[2];
	ret = move_to_cpu(arg[0]) ?: encl_build(e, &geo);
	if (!ret && w->rest_us)
		ret = encl_fill(e, SEED, 0, geo.heap);
	if (ret)
		return ret;
	ret = pthread_create(&toucher, NULL, touch_for_ever, w);
	return ret ? epc_fail(ret, "start a thread") : 0;
}

/* In the tenant: number. */
static long stop_touching(struct tenant_self *self, const uint64_t arg[4])
{
	struct work *w = &work[arg[0]];

	w->stop = true;
	pthread_join(toucher, NULL);
	if (w->ret)
		epc_set_why(w->why);
	encl_destroy(&self->encl[0]);
	return w->ret;
}

static int read_one(int who, struct reading *r)
{
	struct swsgx_encl seen = {};
	int ret = 0;

	if (tenant[who].pid)
		ret = swsgx_enclaves_of(tenant[who].pid, &seen);
	r->epc = seen.resident * SGX_PAGE_SIZE;
	r->limit = CG_MAX;
	r->written = seen.evicted;
	r->loaded = seen.loaded;
	if (!ret && limits)
		ret = cg_current(group[who], &r->epc) ?:
		      cg_max(group[who], &r->limit);
	return ret;
}

static const char *limit_text(uint64_t limit, uint64_t unit, char buf[32])
{
	if (!limits)
		return "none";
	if (limit == CG_MAX)
		return "max";
	snprintf(buf, 32, "%" PRIu64, limit / unit);
	return buf;
}

static void print_csv(const struct sample *s, const char *phase)
{
	const struct reading *r;
	char buf[32];

	printf("%ld,%s", s->ms, phase);
	for (r = s->of; r < s->of + NR_TENANTS; r++)
		printf(",%lu,%s,%lu,%lu,%lu", r->epc,
		       limit_text(r->limit, 1, buf), r->written, r->loaded,
		       r->touches);
	printf("\n");
	fflush(stdout);
}

static void print_line(const struct sample *s, const struct sample *last,
		       const char *phase)
{
	long ms = s->ms - last->ms;
	char buf[32];
	int i;

	fprintf(stderr, "%6.1f s  %-7s", s->ms / 1000.0, phase);
	for (i = 0; i < NR_TENANTS; i++)
		fprintf(stderr, " |%6.1f %5s %8lu %10lu",
			(double)s->of[i].epc / MIB,
			limit_text(s->of[i].limit, MIB, buf), s->of[i].written,
			(s->of[i].touches - last->of[i].touches) * 1000 /
			(ms ? ms : 1));
	fprintf(stderr, "\n");
}

/* The touches and their time first: the other files take a while to read. */
static int sample(const char *phase)
{
	static struct sample last, shown;
	struct sample s;
	int i, ret = 0;

	for (i = 0; i < NR_TENANTS; i++)
		s.of[i].touches = work[i].touches;
	s.ms = epc_now_ms() - start_ms;
	for (i = 0; !ret && i < NR_TENANTS; i++)
		ret = read_one(i, &s.of[i]);
	if (ret)
		return ret;
	print_csv(&s, phase);
	if (s.ms - shown.ms >= 2 * SAMPLE_MS - SAMPLE_MS / 2) {
		print_line(&s, &last, phase);
		shown = s;
	}
	last = s;
	return 0;
}

static int watch(const char *phase, long ms)
{
	long end = epc_now_ms() + ms;
	int ret;

	do {
		epc_sleep_ms(SAMPLE_MS);
		ret = sample(phase);
	} while (!ret && epc_now_ms() < end);
	return ret;
}

/* Go on sampling while the greedy tenant builds: its greed begins there. */
static int watch_building(void)
{
	struct tenant *t = &tenant[GREEDY];
	long end = epc_now_ms() + BUILD_MS;
	long answer;
	int ret;

	do {
		answer = tenant_answer(t, SAMPLE_MS);
		ret = sample("build");
	} while (!ret && answer == -ETIMEDOUT && epc_now_ms() < end);
	return ret ?: answer;
}

/* The heap that makes an enclave as large as wanted, with all it needs. */
static uint64_t heap_for(uint64_t epc_pages)
{
	uint64_t heap = epc_pages;

	while (heap && encl_built_pages(heap, 1) > epc_pages)
		heap--;
	return heap;
}

static int prepare(void)
{
	const char *kernel = getenv("EPCVM");
	uint64_t epc_pages, unused;
	int ret, i;

	ret = swsgx_stat("pages", &epc_pages);
	if (ret)
		return ret;
	heap_pages[QUIET] = heap_for(QUIET_BYTES / SGX_PAGE_SIZE);
	heap_pages[GREEDY] = heap_for(epc_pages * 3 / 2);
	work = mmap(NULL, NR_TENANTS * sizeof(*work), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (work == MAP_FAILED)
		return epc_fail(errno, "mmap");
	for (i = 0; i < NR_TENANTS; i++) {
		ret = cg_create(group[i]);
		if (ret)
			return ret;
	}
	limits = !cg_key("", "misc.capacity", "sgx_epc", &unused);
	printf("# kernel=%s epc=%lu\n", kernel ? kernel : "unknown",
	       epc_pages * SGX_PAGE_SIZE);
	printf("ms,phase");
	for (i = 0; i < NR_TENANTS; i++)
		printf(",%1$s_epc,%1$s_limit,%1$s_written,%1$s_loaded,%1$s_touches",
		       group[i]);
	printf("\n");
	return limits ? cg_set_max(group[GREEDY], GREEDY_LIMIT) : 0;
}

static int run(void)
{
	int ret;

	ret = prepare() ?: tenant_start(&tenant[QUIET], group[QUIET]) ?:
	      tenant_do(&tenant[QUIET], start_touching, QUIET,
			heap_pages[QUIET], REST_US);
	if (ret)
		return ret;
	fprintf(stderr, "%-18s| quiet tenant: 16 MiB enclave      | greedy tenant: 1.5 x EPC\n", "");
	fprintf(stderr, "%-18s|   EPC limit  written  touches/s |   EPC limit  written  touches/s\n", "");
	start_ms = epc_now_ms();
	return sample("alone") ?: watch("alone", ALONE_MS) ?:
	       tenant_start(&tenant[GREEDY], group[GREEDY]) ?:
	       tenant_post(&tenant[GREEDY], start_touching, GREEDY,
			   heap_pages[GREEDY], 0) ?:
	       watch_building() ?: watch("both", TOGETHER_MS);
}

/* An error that a tenant met on the way comes to light here. */
static int finish(void)
{
	return tenant_do(&tenant[QUIET], stop_touching, QUIET) ?:
	       tenant_do(&tenant[GREEDY], stop_touching, GREEDY) ?:
	       tenant_stop(&tenant[QUIET]) ?: tenant_stop(&tenant[GREEDY]);
}

int main(void)
{
	int ret = run() ?: finish();

	if (ret) {
		fprintf(stderr, "tenants: %s\n", epc_why());
		return 1;
	}
	printf("# end\n");
	return 0;
}
