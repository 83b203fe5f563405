// SPDX-License-Identifier: GPL-2.0
/* The lock below all locks: see harness/lock.h. */
#include <linux/sched.h>
#include <linux/spinlock.h>

#ifndef HARNESS_NO_CHECKS

/* Taken by one, and somebody waits for it. */
#define HARNESS_CONTENDED	(-2)

static bool harness_lock_grab(struct harness_lock *lock, unsigned int how)
{
	int word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	if (!(how & HARNESS_SHARED))
		return !word && __atomic_compare_exchange_n(&lock->word, &word, -1, false,
							    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	while (word >= 0) {
		if (__atomic_compare_exchange_n(&lock->word, &word, word + 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			return true;
	}
	return false;
}

/*
 * Once the lock is free its memory may be gone. So whoever gives it back learns from
 * the word itself that somebody waits, but for readers, who have it for longer.
 */
static void harness_lock_wait(struct harness_lock *lock, unsigned int how)
{
	int word = -1;

	__atomic_compare_exchange_n(&lock->word, &word, HARNESS_CONTENDED, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (word < 0) {
		harness_park(&lock->word, HARNESS_CONTENDED, MAX_SCHEDULE_TIMEOUT);
		return;
	}
	__atomic_fetch_add(&lock->waiters, 1, __ATOMIC_SEQ_CST);
	word = __atomic_load_n(&lock->word, __ATOMIC_SEQ_CST);
	if (word > 0 && !(how & HARNESS_SHARED))
		harness_park(&lock->word, word, MAX_SCHEDULE_TIMEOUT);
	__atomic_fetch_sub(&lock->waiters, 1, __ATOMIC_SEQ_CST);
}

static void harness_lock_note(struct harness_lock *lock, unsigned int how, const char *file,
			      int line)
{
	struct task_struct *task = current;

	if (task->nr_held == HARNESS_MAX_HELD)
		harness_fail("%s:%d: more than %d locks held", file, line, HARNESS_MAX_HELD);
	task->held[task->nr_held++] = (struct harness_held){ lock, how, file, line };
	if (!(how & HARNESS_MAY_SLEEP))
		task->nr_spinlocks++;
	if (!(how & HARNESS_SHARED))
		__atomic_store_n(&lock->owner, task, __ATOMIC_RELAXED);
}

static bool harness_lock_is_mine(struct harness_lock *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == current;
}

bool harness_lock_take(struct harness_lock *lock, unsigned int how, const char *file, int line)
{
	harness_schedule_point(HARNESS_LOCK, lock);
	if (!lock->name)
		harness_fail("%s:%d: lock was never initialized", file, line);
	if (!(how & HARNESS_TRY)) {
		if (how & HARNESS_MAY_SLEEP)
			harness_may_sleep(file, line);
		if (harness_lock_is_mine(lock))
			harness_fail("%s:%d: %s is held already", file, line, lock->name);
		harness_order_check(lock, file, line);
	}
	while (!harness_lock_grab(lock, how)) {
		if (how & HARNESS_TRY)
			return false;
		harness_lock_wait(lock, how);
	}
	harness_lock_note(lock, how, file, line);
	return true;
}

void harness_lock_give(struct harness_lock *lock, unsigned int how, const char *file, int line)
{
	struct task_struct *task = current;
	unsigned int i = task->nr_held;
	bool wake;

	while (i && task->held[i - 1].lock != lock)
		i--;
	if (!i)
		harness_fail("%s:%d: %s is given back but not held", file, line, lock->name);
	for (task->nr_held--; i <= task->nr_held; i++)
		task->held[i - 1] = task->held[i];
	if (!(how & HARNESS_MAY_SLEEP))
		task->nr_spinlocks--;

	if (how & HARNESS_SHARED) {
		__atomic_fetch_sub(&lock->word, 1, __ATOMIC_SEQ_CST);
		wake = __atomic_load_n(&lock->waiters, __ATOMIC_SEQ_CST);
	} else {
		__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
		wake = __atomic_exchange_n(&lock->word, 0, __ATOMIC_SEQ_CST) == HARNESS_CONTENDED;
	}
	if (wake)
		harness_unpark(&lock->word);
	harness_schedule_point(HARNESS_UNLOCK, lock);
}

void harness_lock_assert(struct harness_lock *lock, const char *file, int line)
{
	unsigned int i;

	for (i = 0; i < current->nr_held; i++) {
		if (current->held[i].lock == lock)
			return;
	}
	harness_fail("%s:%d: %s should be held here", file, line, lock->name);
}

void harness_may_sleep(const char *file, int line)
{
	if (current->nr_spinlocks)
		harness_fail("%s:%d: may sleep, with a spinlock held", file, line);
	if (current->rcu_depth)
		harness_fail("%s:%d: may sleep, in an RCU read section", file, line);
}

/* Give up on a signal, also on one that comes while waiting. */
int harness_mutex_lock_until(struct harness_lock *lock, bool fatal, const char *file, int line)
{
	harness_may_sleep(file, line);
	harness_order_check(lock, file, line);
	while (!harness_lock_take(lock, HARNESS_MAY_SLEEP | HARNESS_TRY, file, line)) {
		if (READ_ONCE(current->fatal_signal) || (!fatal && READ_ONCE(current->signal)))
			return -EINTR;
		harness_lock_wait(lock, 0);
	}
	return 0;
}

#else

int harness_mutex_lock_until(struct harness_lock *lock, bool fatal, const char *file, int line)
{
	harness_lock_take(lock, HARNESS_MAY_SLEEP, file, line);
	return 0;
}

#endif
