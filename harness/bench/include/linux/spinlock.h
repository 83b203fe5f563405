/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: the kernel's queued spinlock on x86, as far as two CPUs can tell. Taking a free
 * one is one locked instruction, giving it back a store; who finds it taken says so in
 * the word of the lock and spins on it. No owner, no order: for measuring only.
 */
#ifndef HARNESS_BENCH_SPINLOCK_H
#define HARNESS_BENCH_SPINLOCK_H

#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/types.h>

#define BENCH_LOCKED	1
#define BENCH_PENDING	256

typedef struct spinlock {
	union {
		u32 word;
		u8 locked;
		u16 locked_pending;
	};
	struct harness_lock dep;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	(spinlock_t){ .word = 0 }
#define DEFINE_SPINLOCK(lock)		spinlock_t lock = { .word = 0 }
#define spin_lock_init(lock)		((void)((lock)->word = 0))

void bench_spin_lock_slow(spinlock_t *lock);

static inline bool spin_trylock(spinlock_t *lock)
{
	u32 free = 0;

	return __atomic_compare_exchange_n(&lock->word, &free, BENCH_LOCKED, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void spin_lock(spinlock_t *lock)
{
	if (unlikely(!spin_trylock(lock)))
		bench_spin_lock_slow(lock);
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

#endif /* HARNESS_BENCH_SPINLOCK_H */
