/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: a lock that may not be taken where sleeping is forbidden. The killable and
 * interruptible forms give up when a signal is pending, while they wait too.
 */
#ifndef HARNESS_LINUX_MUTEX_H
#define HARNESS_LINUX_MUTEX_H

#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/types.h>

struct mutex {
	struct harness_lock dep;
};

#define DEFINE_MUTEX(lock)	struct mutex lock = { .dep = HARNESS_LOCK_UNLOCKED(#lock) }
#define mutex_init(lock)	harness_lock_init(&(lock)->dep, #lock)

#define mutex_lock(lock)							\
	((void)harness_lock_take(&(lock)->dep, HARNESS_MAY_SLEEP, __FILE__, __LINE__))
#define mutex_trylock(lock)							\
	harness_lock_take(&(lock)->dep, HARNESS_MAY_SLEEP | HARNESS_TRY, __FILE__, __LINE__)
#define mutex_unlock(lock)							\
	harness_lock_give(&(lock)->dep, HARNESS_MAY_SLEEP, __FILE__, __LINE__)

/* lib/task.c, which knows signals. */
int harness_mutex_lock_until(struct harness_lock *lock, bool fatal, const char *file, int line);

#define mutex_lock_interruptible(lock)						\
	harness_mutex_lock_until(&(lock)->dep, false, __FILE__, __LINE__)
#define mutex_lock_killable(lock)						\
	harness_mutex_lock_until(&(lock)->dep, true, __FILE__, __LINE__)

#endif /* HARNESS_LINUX_MUTEX_H */
