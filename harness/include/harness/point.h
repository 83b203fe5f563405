/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where threads meet: every lock, atomic operation, marked access, sleep and wake of
 * the models goes through harness_schedule_point(), and whatever cannot go on at once
 * through harness_park(). A scheduler that is put in harness_scheduler decides there
 * which thread runs; without one they are ordinary threads.
 */
#ifndef HARNESS_POINT_H
#define HARNESS_POINT_H

#include <linux/types.h>

struct task_struct;

enum harness_point {
	HARNESS_LOCK,
	HARNESS_UNLOCK,
	HARNESS_ATOMIC,
	HARNESS_READ,
	HARNESS_WRITE,
	HARNESS_SLEEP,
	HARNESS_WAKE,
	HARNESS_RCU,
	HARNESS_RESCHED,
};

/**
 * struct harness_scheduler - lets one thread run at a time
 * @point:	the running thread is about to do something that others may see
 * @park:	the running thread cannot go on until @unpark of @object. Return false if it
 *		goes on because @timeout, in jiffies, is over; the clock is moved by the caller.
 *		It may return true for no reason: who parks looks again.
 * @unpark:	all that are parked at @object may go on. Does not switch by itself.
 * @begin:	first call of a new thread, which may run when this returns
 * @end:	last call of a thread
 */
struct harness_scheduler {
	void (*point)(enum harness_point kind, const void *object);
	bool (*park)(const void *object, long timeout);
	void (*unpark)(const void *object);
	void (*begin)(struct task_struct *task);
	void (*end)(struct task_struct *task);
};

#ifdef HARNESS_NO_SCHEDULE
#define harness_scheduler ((const struct harness_scheduler *)NULL)
#else
/* Set and cleared while there is one thread only. */
extern const struct harness_scheduler *harness_scheduler;
#endif

static inline void harness_schedule_point(enum harness_point kind, const void *object)
{
	if (__builtin_expect(!!harness_scheduler, 0))
		harness_scheduler->point(kind, object);
}

/* Sleep while *@word is @seen, or until harness_unpark(); false if @timeout is over. */
bool harness_park(const int *word, int seen, long timeout);
void harness_unpark(const int *word);

/* Something is wrong with the code under test: say what, print locks, and abort. */
void harness_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif /* HARNESS_POINT_H */
