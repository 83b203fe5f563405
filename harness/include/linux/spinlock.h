/* SPDX-License-Identifier: GPL-2.0 */
/* model: a lock that knows its owner and its order; who waits sleeps instead of spinning. */
#ifndef HARNESS_LINUX_SPINLOCK_H
#define HARNESS_LINUX_SPINLOCK_H

#include <linux/lockdep.h>
#include <linux/types.h>

typedef struct spinlock {
	struct harness_lock dep;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	(spinlock_t){ .dep = HARNESS_LOCK_UNLOCKED(#name) }
#define DEFINE_SPINLOCK(lock)		\
	spinlock_t lock = { .dep = HARNESS_LOCK_UNLOCKED(#lock) }
#define spin_lock_init(lock)		harness_lock_init(&(lock)->dep, #lock)

#define spin_lock(lock)		((void)harness_lock_take(&(lock)->dep, 0, __FILE__, __LINE__))
#define spin_trylock(lock)	harness_lock_take(&(lock)->dep, HARNESS_TRY, __FILE__, __LINE__)
#define spin_unlock(lock)	harness_lock_give(&(lock)->dep, 0, __FILE__, __LINE__)

#endif /* HARNESS_LINUX_SPINLOCK_H */
