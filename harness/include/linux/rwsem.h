/* SPDX-License-Identifier: GPL-2.0 */
/* model: a mutex that many may have to read; readers overtake writers. */
#ifndef HARNESS_LINUX_RWSEM_H
#define HARNESS_LINUX_RWSEM_H

#include <linux/lockdep.h>

struct rw_semaphore {
	struct harness_lock dep;
};

#define HARNESS_READ_SLEEP	(HARNESS_MAY_SLEEP | HARNESS_SHARED)

#define DECLARE_RWSEM(sem)	struct rw_semaphore sem = { .dep = HARNESS_LOCK_UNLOCKED(#sem) }
#define init_rwsem(sem)		harness_lock_init(&(sem)->dep, #sem)
#define down_read(sem)		\
	((void)harness_lock_take(&(sem)->dep, HARNESS_READ_SLEEP, __FILE__, __LINE__))
#define down_read_trylock(sem)	\
	harness_lock_take(&(sem)->dep, HARNESS_READ_SLEEP | HARNESS_TRY, __FILE__, __LINE__)
#define up_read(sem)		harness_lock_give(&(sem)->dep, HARNESS_READ_SLEEP, __FILE__, __LINE__)
#define down_write(sem)		\
	((void)harness_lock_take(&(sem)->dep, HARNESS_MAY_SLEEP, __FILE__, __LINE__))
#define up_write(sem)		harness_lock_give(&(sem)->dep, HARNESS_MAY_SLEEP, __FILE__, __LINE__)

#endif /* HARNESS_LINUX_RWSEM_H */
