/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lock below all lock models: knows its owner and its class, and reports taking
 * it twice, giving back what is not held, sleeping for it where that is forbidden,
 * and taking two classes in both orders (lib/lock.c, lib/order.c).
 */
#ifndef HARNESS_LOCK_H
#define HARNESS_LOCK_H

#include <harness/point.h>

#define HARNESS_SHARED		1
#define HARNESS_MAY_SLEEP	2
#define HARNESS_TRY		4

/**
 * struct harness_lock - what all locks consist of
 * @word:	0 if free, -1 if taken, or the number of readers
 * @waiters:	threads parked at @word
 * @owner:	who has it, if not shared
 * @key:	identifies the class: where it was initialized, or the lock itself
 * @name:	of the class; %NULL if it was never initialized
 * @class:	number of the class, 0 before it is first taken
 */
struct harness_lock {
	int			word;
#ifndef HARNESS_NO_CHECKS
	int			waiters;
	struct task_struct	*owner;
	const void		*key;
	const char		*name;
	int			class;
#endif
};

#ifndef HARNESS_NO_CHECKS

#define HARNESS_LOCK_UNLOCKED(_name)	{ .name = _name }

#define harness_lock_init(_lock, _name)						\
	do {									\
		static char key_;						\
										\
		*(_lock) = (struct harness_lock){ .key = &key_, .name = _name };	\
	} while (0)

bool harness_lock_take(struct harness_lock *lock, unsigned int how, const char *file, int line);
void harness_lock_give(struct harness_lock *lock, unsigned int how, const char *file, int line);
void harness_lock_assert(struct harness_lock *lock, const char *file, int line);

/* What a thread may not do now. */
void harness_may_sleep(const char *file, int line);

/* lib/order.c */
int harness_lock_class(struct harness_lock *lock);
void harness_order_check(struct harness_lock *lock, const char *file, int line);
void harness_print_held(void);

#else

#include <sched.h>

#define HARNESS_LOCK_UNLOCKED(_name)	{ .word = 0 }
#define harness_lock_init(_lock, _name)	(*(_lock) = (struct harness_lock){ .word = 0 })
#define harness_lock_assert(_lock, _file, _line)	((void)(_lock))
#define harness_may_sleep(_file, _line)	((void)0)

/* As cheap as a lock of the kernel that nobody else has; readers exclude each other. */
static inline bool harness_lock_take(struct harness_lock *lock, unsigned int how,
				     const char *file, int line)
{
	unsigned int spins = 0;
	int word = 0;

	while (!__atomic_compare_exchange_n(&lock->word, &word, -1, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
		if (how & HARNESS_TRY)
			return false;
		while (__atomic_load_n(&lock->word, __ATOMIC_RELAXED)) {
			__builtin_ia32_pause();
			if (!(++spins % 1024))
				sched_yield();
		}
		word = 0;
	}
	return true;
}

static inline void harness_lock_give(struct harness_lock *lock, unsigned int how,
				     const char *file, int line)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

#endif /* HARNESS_NO_CHECKS */
#endif /* HARNESS_LOCK_H */
