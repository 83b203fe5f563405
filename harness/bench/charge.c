// SPDX-License-Identifier: GPL-2.0
/*
 * Charge and uncharge, again and again, so many levels below the root. Compiled twice,
 * with our misc controller and with the stock kernel's. harness/bench/run times it, or
 * counts its instructions.
 *
 *   bench_charge_* DEPTH TIMES THREADS [sev]
 *
 * Prints the nanoseconds of one charge and uncharge. Of ours the resource is the EPC,
 * charged as its provider does it, or sev, which is charged as the stock kernel's.
 *
 * As in the kernel, nobody is interrupted while holding a spinlock: each thread has a
 * CPU of its own and priority over all else, where that is allowed.
 */

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <harness/harness.h>
#include <linux/misc_cgroup.h>
#include <linux/spinlock.h>

#define MAX_THREADS	2

static struct misc_cg *leaf;
static unsigned long times;
static unsigned int nr_threads, nr_ready;
static double ns[MAX_THREADS];

void bench_spin_lock_slow(spinlock_t *lock)
{
	/* Who says first that he waits is next. */
	while (__atomic_fetch_or(&lock->word, BENCH_PENDING, __ATOMIC_ACQUIRE) & BENCH_PENDING) {
		while (READ_ONCE(lock->word) & BENCH_PENDING)
			__builtin_ia32_pause();
	}
	while (__atomic_load_n(&lock->locked, __ATOMIC_ACQUIRE))
		__builtin_ia32_pause();
	__atomic_store_n(&lock->locked_pending, BENCH_LOCKED, __ATOMIC_RELAXED);
}

static void refused(void)
{
	fprintf(stderr, "bench_charge: a charge that fits was refused\n");
	exit(1);
}

static void charge_res(enum misc_res_type type)
{
	unsigned long i;

	for (i = 0; i < times; i++) {
		if (misc_cg_try_charge(type, leaf, 1))
			refused();
		misc_cg_uncharge(type, leaf, 1);
	}
}

#ifndef BENCH_STOCK
static const char *name = "sgx_epc";

static void charge(void)
{
	unsigned long i;

	if (!strcmp(name, "sev")) {
		charge_res(MISC_CG_RES_SEV);
		return;
	}
	for (i = 0; i < times; i++) {
		if (misc_cg_charge_or_limit(MISC_CG_RES_SGX_EPC, leaf, 4096))
			refused();
		misc_cg_uncharge(MISC_CG_RES_SGX_EPC, leaf, 4096);
	}
}

static void set_capacity(void)
{
	misc_cg_set_capacity(MISC_CG_RES_SGX_EPC, 1UL << 40);
	misc_cg_set_capacity(MISC_CG_RES_SEV, 1 << 20);
}
#else
static const char *name = "sev";

static void charge(void)
{
	charge_res(MISC_CG_RES_SEV);
}

static void set_capacity(void)
{
	misc_cg_set_capacity(MISC_CG_RES_SEV, 1 << 20);
}
#endif

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void *run(void *arg)
{
	struct sched_param priority = { .sched_priority = 1 };
	unsigned long nr = (unsigned long)arg;
	cpu_set_t cpus;
	double begin;

	if (nr_threads > 1) {
		CPU_ZERO(&cpus);
		CPU_SET(nr, &cpus);
		sched_setaffinity(0, sizeof(cpus), &cpus);
	}
	sched_setscheduler(0, SCHED_FIFO, &priority);
	__atomic_fetch_add(&nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < nr_threads)
		;
	begin = now();
	charge();
	ns[nr] = (now() - begin) / times;
	return NULL;
}

/* Each level has a limit of its own, which is far away. */
static void make_tree(unsigned int depth)
{
	struct cgroup *cgrp = harness_cgroup_root();
	char line[32];

	while (depth--) {
		cgrp = harness_cgroup_make(cgrp, "a");
		snprintf(line, sizeof(line), "%s 1000000000", name);
		if (harness_write(cgrp, "misc.max", line)) {
			fprintf(stderr, "bench_charge: cannot write misc.max\n");
			exit(1);
		}
	}
	leaf = css_misc(cgrp->misc);
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	unsigned long i;

	if (argc > 4)
		name = argv[4];
	times = argc > 3 ? strtoul(argv[2], NULL, 10) : 0;
	nr_threads = argc > 3 ? atoi(argv[3]) : 0;
	if (!times || !nr_threads || nr_threads > MAX_THREADS) {
		fprintf(stderr, "usage: %s DEPTH TIMES THREADS [sev]\n", argv[0]);
		return 2;
	}
	harness_init();
	set_capacity();
	make_tree(atoi(argv[1]));

	for (i = 1; i < nr_threads; i++)
		pthread_create(&threads[i], NULL, run, (void *)i);
	run(NULL);
	for (i = 1; i < nr_threads; i++)
		pthread_join(threads[i], NULL);
	printf("%.2f\n", ns[0] > ns[nr_threads - 1] ? ns[0] : ns[nr_threads - 1]);
	return 0;
}
