// SPDX-License-Identifier: GPL-2.0
/*
 * A scheduler that decides everything.
 *
 * Threads are real, but one runs at a time: it has the baton until it comes to a point
 * (a lock, an atomic operation, a marked access) at which another could go on, or until
 * it must wait. Each run makes the first choice that was not made before, depth first,
 * so that in the end every schedule was run that takes the baton away, from a thread
 * which could go on, at most so many times. Races that need more preemptions than two
 * or three are rare; those that need fewer are all found.
 *
 * A schedule is written as the places where it differs from the one without
 * preemptions: "17>2" means that from the 17th point on thread 2 runs.
 *
 * Limits: memory is sequentially consistent. Time passes only when nobody can go on.
 */

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <harness/harness.h>
#include "sched.h"

#define SCHED_MAX_CHOICES	100000
#define SCHED_MAX_POINTS	1000000

enum sched_state { SCHED_ENDED, SCHED_READY, SCHED_PARKED };

/* One of the threads: what it does in this run, and what it waits for. */
struct sched_thread {
	pthread_t		id;
	sem_t			baton;
	void			(*fn)(void *unused);
	struct task_struct	*task;
	enum sched_state	state;
	const void		*object;
	unsigned long		deadline;
	bool			timed_out;
};

/* A moment at which several threads could have gone on: the first one is the usual. */
struct sched_choice {
	unsigned int		point;
	unsigned char		taken;
	unsigned char		nr_options;
	unsigned char		thread;
};

static struct sched_thread threads[SCHED_MAX_THREADS];
static unsigned int nr_threads;
static sem_t all_ended;
static __thread int me = -1;

/* The run that is going on: its choices, of which the first nr_known are given. */
static struct sched_choice choices[SCHED_MAX_CHOICES];
static unsigned int nr_choices, nr_known, nr_preemptions, nr_points;
static unsigned int max_preemptions;
/* A schedule to repeat, or %NULL. */
static const char *given;

static const char *const point_name[] = {
	[HARNESS_LOCK]		= "lock",
	[HARNESS_UNLOCK]	= "unlock",
	[HARNESS_ATOMIC]	= "atomic",
	[HARNESS_READ]		= "read",
	[HARNESS_WRITE]		= "write",
	[HARNESS_SLEEP]		= "sleep",
	[HARNESS_WAKE]		= "wake",
	[HARNESS_RCU]		= "rcu",
	[HARNESS_RESCHED]	= "resched",
};

/* What differs from the usual; used by a handler of signals, when all is lost anyway. */
static void sched_print_schedule(void)
{
	const char *comma = "";
	unsigned int i;

	printf("# schedule: ");
	for (i = 0; i < nr_choices; i++) {
		if (choices[i].taken) {
			printf("%s%u>%u", comma, choices[i].point, choices[i].thread);
			comma = ",";
		}
	}
	printf("%s\n", *comma ? "" : "-");
	fflush(stdout);
}

static void sched_aborted(int signal)
{
	sched_print_schedule();
	_exit(1);
}

/* Which option the given schedule has at this point. */
static unsigned int sched_given(const unsigned char *options, unsigned int nr)
{
	unsigned int point, thread, i;
	const char *s;
	int len;

	for (s = given; sscanf(s, "%u>%u%n", &point, &thread, &len) == 2; s += len + (s[len] == ',')) {
		if (point != nr_points)
			continue;
		for (i = 0; i < nr; i++) {
			if (options[i] == thread)
				return i;
		}
		harness_fail("sched: at point %u thread %u cannot run", point, thread);
	}
	return 0;
}

/* Choose who goes on: as last time, or for a new choice the first option. */
static unsigned int sched_choose(const unsigned char *options, unsigned int nr)
{
	struct sched_choice *choice = &choices[nr_choices];

	if (nr == 1)
		return options[0];
	if (nr_choices == SCHED_MAX_CHOICES)
		harness_fail("sched: more than %d choices in one run", SCHED_MAX_CHOICES);
	if (nr_choices >= nr_known) {
		choice->point = nr_points;
		choice->taken = given ? sched_given(options, nr) : 0;
		choice->nr_options = nr;
	} else if (choice->nr_options != nr || choice->point != nr_points) {
		harness_fail("sched: a run does not depend on its schedule alone");
	}
	choice->thread = options[choice->taken];
	nr_choices++;
	return choice->thread;
}

static unsigned int sched_options(unsigned char *options, int but)
{
	unsigned int nr = 0, i;

	for (i = 0; i < nr_threads; i++) {
		/* After the one that has the baton, so that all get their turn. */
		unsigned int next = (but + 1 + i) % nr_threads;

		if ((int)next != but && threads[next].state == SCHED_READY)
			options[nr++] = next;
	}
	return nr;
}

/* Nobody can go on: the time at which the first one does has come. */
static bool sched_time_passes(void)
{
	struct sched_thread *first = NULL;
	unsigned int i;

	for (i = 0; i < nr_threads; i++) {
		struct sched_thread *thread = &threads[i];

		if (thread->state == SCHED_PARKED && thread->deadline &&
		    (!first || thread->deadline < first->deadline))
			first = thread;
	}
	if (!first)
		return false;
	first->state = SCHED_READY;
	first->timed_out = true;
	return true;
}

static void sched_wait(sem_t *sem)
{
	while (sem_wait(sem))
		;
}

static void sched_give(unsigned int to)
{
	/* Once the baton is given away a new run may begin. */
	bool comes_back = me >= 0 && threads[me].state != SCHED_ENDED;

	if ((int)to == me)
		return;
	sem_post(&threads[to].baton);
	if (comes_back)
		sched_wait(&threads[me].baton);
}

static bool sched_any_parked(void)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++) {
		if (threads[i].state == SCHED_PARKED)
			return true;
	}
	return false;
}

/* The running thread cannot go on; but its own time may be the next that has come. */
static void sched_leave(void)
{
	unsigned char options[SCHED_MAX_THREADS];
	unsigned int nr;

	nr_points++;
	nr = sched_options(options, me);
	if (!nr && sched_time_passes()) {
		if (threads[me].state == SCHED_READY)
			return;
		nr = sched_options(options, me);
	}
	if (nr)
		sched_give(sched_choose(options, nr));
	else if (sched_any_parked())
		harness_fail("sched: deadlock: whoever has not ended waits");
	else
		sem_post(&all_ended);
}

static void sched_point(enum harness_point kind, const void *object)
{
	unsigned char options[SCHED_MAX_THREADS];
	unsigned int nr, to;

	if (me < 0)
		return;
	if (++nr_points > SCHED_MAX_POINTS)
		harness_fail("sched: no end after %d points", SCHED_MAX_POINTS);
	if (given)
		printf("# point %u: thread %d: %s %p\n", nr_points, me, point_name[kind], object);

	/* Who spins lets others go on, or would spin for ever. */
	if (kind == HARNESS_RESCHED) {
		nr = sched_options(options, me);
		if (nr)
			sched_give(options[0]);
		return;
	}
	if (nr_preemptions >= max_preemptions)
		return;
	options[0] = me;
	nr = 1 + sched_options(options + 1, me);
	to = sched_choose(options, nr);
	if ((int)to != me)
		nr_preemptions++;
	sched_give(to);
}

static bool sched_park(const void *object, long timeout)
{
	struct sched_thread *thread = &threads[me];

	if (me < 0) {
		usleep(100);
		return true;
	}
	thread->state = SCHED_PARKED;
	thread->object = object;
	thread->timed_out = false;
	thread->deadline = timeout == MAX_SCHEDULE_TIMEOUT ? 0 : jiffies + timeout + 1;
	sched_leave();
	return !thread->timed_out;
}

static void sched_unpark(const void *object)
{
	unsigned int i;

	for (i = 0; i < nr_threads; i++) {
		if (threads[i].state == SCHED_PARKED && threads[i].object == object)
			threads[i].state = SCHED_READY;
	}
}

static void sched_no_thread(struct task_struct *task)
{
	harness_fail("sched: a test starts or ends a thread of its own");
}

static const struct harness_scheduler scheduler = {
	.point	= sched_point,
	.park	= sched_park,
	.unpark	= sched_unpark,
	.begin	= sched_no_thread,
	.end	= sched_no_thread,
};

/* Threads are kept from run to run, which is much quicker than new ones. */
static void *sched_thread(void *arg)
{
	struct sched_thread *thread = arg;

	me = thread - threads;
	for (;;) {
		sched_wait(&thread->baton);
		harness_current = thread->task;
		thread->fn(NULL);
		thread->state = SCHED_ENDED;
		sched_leave();
	}
	return NULL;
}

static void sched_ready(struct sched_thread *thread, void (*fn)(void *unused))
{
	if (!thread->id) {
		sem_init(&thread->baton, 0, 0);
		if (pthread_create(&thread->id, NULL, sched_thread, thread))
			harness_fail("sched: cannot create a thread");
	}
	thread->fn = fn;
	thread->task = harness_task_new("thread", current->cgroup);
	thread->task->mm = current->mm;
	thread->state = SCHED_READY;
}

/* Run the test once, with the first @nr_known choices as they are. */
static void sched_run(const struct sched_test *test)
{
	unsigned char options[SCHED_MAX_THREADS];
	unsigned int i;

	/* Each run begins at the same part of a jiffy. */
	harness_clock_advance(NSEC_PER_SEC - ktime_get_ns() % NSEC_PER_SEC);
	nr_threads = nr_choices = nr_preemptions = nr_points = 0;
	test->setup();

	harness_scheduler = &scheduler;
	for (; nr_threads < SCHED_MAX_THREADS && test->threads[nr_threads]; nr_threads++)
		sched_ready(&threads[nr_threads], test->threads[nr_threads]);
	sched_options(options, -1);
	sched_give(sched_choose(options, nr_threads));
	sched_wait(&all_ended);
	harness_scheduler = NULL;

	for (i = 0; i < nr_threads; i++)
		harness_task_free(threads[i].task);
	test->check();
}

/* The next schedule in order; false after the last. */
static bool sched_next(void)
{
	while (nr_choices) {
		struct sched_choice *last = &choices[nr_choices - 1];

		if (last->taken + 1 < last->nr_options) {
			last->taken++;
			nr_known = nr_choices;
			return true;
		}
		nr_choices--;
	}
	return false;
}

static void sched_prepare(unsigned int bound)
{
	sem_init(&all_ended, 0, 0);
	signal(SIGABRT, sched_aborted);
	max_preemptions = bound;
	nr_known = 0;
}

/**
 * sched_explore() - run a test under all schedules
 * @test: the test
 * @bound: how many preemptions a schedule may have
 * @limit: how many schedules to run at most
 *
 * Return: how many were run; fewer than @limit are all there are. Does not return if the
 * test fails.
 */
unsigned long sched_explore(const struct sched_test *test, unsigned int bound,
			    unsigned long limit)
{
	unsigned long runs = 0;

	sched_prepare(bound);
	do {
		sched_run(test);
		runs++;
	} while (runs < limit && sched_next());
	return runs;
}

/**
 * sched_replay() - run a test once, and print what its threads do
 * @test: the test
 * @schedule: as it was printed when the test failed
 */
void sched_replay(const struct sched_test *test, const char *schedule)
{
	sched_prepare(UINT_MAX);
	given = schedule;
	sched_run(test);
}
