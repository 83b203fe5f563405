// SPDX-License-Identifier: GPL-2.0
/* The clock, threads, and how one waits for another. */
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <harness/harness.h>
#include <harness/lock.h>
#include <linux/timekeeping.h>

#ifndef HARNESS_NO_SCHEDULE
const struct harness_scheduler *harness_scheduler;
#endif

void (*harness_on_sleep)(void);
u64 harness_clock_tick = 1000;

static int nr_threads = 1;
static bool clock_is_real;
static u64 clock_moved = NSEC_PER_SEC;

static u64 machine_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

static u64 now_ns(void)
{
	return clock_is_real ? machine_ns() : __atomic_load_n(&clock_moved, __ATOMIC_RELAXED);
}

u64 ktime_get_ns(void)
{
	if (!clock_is_real)
		harness_clock_advance(harness_clock_tick);
	return now_ns();
}

unsigned long harness_jiffies(void)
{
	return now_ns() / HARNESS_NSEC_PER_JIFFY;
}

void harness_clock_advance(u64 nsec)
{
	__atomic_fetch_add(&clock_moved, nsec, __ATOMIC_RELAXED);
}

void harness_clock_real(void)
{
	clock_is_real = true;
}

/* There is only one thread: what is to happen meanwhile is done here, then time passes. */
static bool park_alone(const int *word, int seen, long timeout)
{
	bool signal = current->signal, fatal = current->fatal_signal;
	static bool busy;

	if (harness_on_sleep && !busy) {
		busy = true;
		harness_on_sleep();
		busy = false;
		if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != seen ||
		    signal != current->signal || fatal != current->fatal_signal)
			return true;
	}
	if (timeout == MAX_SCHEDULE_TIMEOUT)
		harness_fail("the only thread waits for another");
	harness_clock_advance((u64)timeout * HARNESS_NSEC_PER_JIFFY);
	return false;
}

/* Threads of the machine. Where the clock is moved, a timeout passes quickly. */
static bool park_on_futex(const int *word, int seen, long timeout)
{
	u64 ns = clock_is_real ? (u64)timeout * HARNESS_NSEC_PER_JIFFY : NSEC_PER_MSEC;
	struct timespec t = { ns / NSEC_PER_SEC, ns % NSEC_PER_SEC };
	bool forever = timeout == MAX_SCHEDULE_TIMEOUT;

	/* A signal may come between the look at it and this: look again now and then. */
	if (forever)
		t = (struct timespec){ 0, 10 * NSEC_PER_MSEC };
	if (!syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, &t, NULL, 0) || errno != ETIMEDOUT)
		return true;
	if (!forever && !clock_is_real)
		harness_clock_advance((u64)timeout * HARNESS_NSEC_PER_JIFFY);
	return forever;
}

bool harness_park(const int *word, int seen, long timeout)
{
	bool woken;

	__atomic_store_n(&current->parked, word, __ATOMIC_SEQ_CST);
	if (harness_scheduler) {
		woken = harness_scheduler->park(word, timeout);
		if (!woken && !clock_is_real)
			harness_clock_advance((u64)timeout * HARNESS_NSEC_PER_JIFFY);
	} else if (__atomic_load_n(&nr_threads, __ATOMIC_RELAXED) == 1 && !clock_is_real) {
		woken = park_alone(word, seen, timeout);
	} else {
		woken = park_on_futex(word, seen, timeout);
	}
	__atomic_store_n(&current->parked, NULL, __ATOMIC_SEQ_CST);
	return woken;
}

void harness_unpark(const int *word)
{
	if (harness_scheduler)
		harness_scheduler->unpark(word);
	else
		syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

struct harness_thread {
	pthread_t		id;
	void			(*fn)(void *arg);
	void			*arg;
	struct task_struct	*task;
	bool			own_task;
	int			done;
};

static void *thread_main(void *arg)
{
	struct harness_thread *thread = arg;

	harness_current = thread->task;
	if (harness_scheduler)
		harness_scheduler->begin(thread->task);
	thread->fn(thread->arg);
	__atomic_store_n(&thread->done, 1, __ATOMIC_SEQ_CST);
	harness_unpark(&thread->done);
	if (harness_scheduler)
		harness_scheduler->end(thread->task);
	return NULL;
}

struct harness_thread *harness_thread_start(void (*fn)(void *arg), void *arg,
					    struct task_struct *task)
{
	struct harness_thread *thread = calloc(1, sizeof(*thread));

	thread->fn = fn;
	thread->arg = arg;
	thread->own_task = !task;
	thread->task = task ?: harness_task_new("thread", current->cgroup);
	if (!task)
		thread->task->mm = current->mm;
	__atomic_fetch_add(&nr_threads, 1, __ATOMIC_RELAXED);
	if (pthread_create(&thread->id, NULL, thread_main, thread))
		harness_fail("cannot create a thread");
	return thread;
}

void harness_thread_join(struct harness_thread *thread)
{
	while (!__atomic_load_n(&thread->done, __ATOMIC_SEQ_CST))
		harness_park(&thread->done, 0, MAX_SCHEDULE_TIMEOUT);
	pthread_join(thread->id, NULL);
	__atomic_fetch_sub(&nr_threads, 1, __ATOMIC_RELAXED);
	if (thread->own_task)
		harness_task_free(thread->task);
	free(thread);
}
