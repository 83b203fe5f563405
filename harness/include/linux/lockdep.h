/* SPDX-License-Identifier: GPL-2.0 */
/* model: assertions about locks are tests of their owner. */
#ifndef HARNESS_LINUX_LOCKDEP_H
#define HARNESS_LINUX_LOCKDEP_H

#include <harness/lock.h>

#define lockdep_assert_held(lock) harness_lock_assert(&(lock)->dep, __FILE__, __LINE__)

#endif /* HARNESS_LINUX_LOCKDEP_H */
