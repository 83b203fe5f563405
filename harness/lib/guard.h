/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lock for the models' own data, which the code under test does not see: no schedule
 * point, no order. Nothing else is called while it is held.
 */
#ifndef HARNESS_GUARD_H
#define HARNESS_GUARD_H

#include <sched.h>
#include <stdbool.h>

static inline void harness_guard(int *guard)
{
	while (__atomic_exchange_n(guard, 1, __ATOMIC_ACQUIRE))
		sched_yield();
}

static inline void harness_unguard(int *guard)
{
	__atomic_store_n(guard, 0, __ATOMIC_RELEASE);
}

#endif /* HARNESS_GUARD_H */
