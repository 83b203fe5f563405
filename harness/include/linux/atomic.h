/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: atomics of the compiler with the kernel's ordering: what returns a value is
 * fully ordered, what does not is relaxed. Each is a schedule point.
 */
#ifndef HARNESS_LINUX_ATOMIC_H
#define HARNESS_LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

#define HARNESS_ATOMIC_OPS(name, atomic, value)						\
static inline value name##_read(const atomic *v)					\
{											\
	harness_schedule_point(HARNESS_READ, v);					\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);				\
}											\
static inline void name##_set(atomic *v, value i)					\
{											\
	harness_schedule_point(HARNESS_WRITE, v);					\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline void name##_add(value i, atomic *v)					\
{											\
	harness_schedule_point(HARNESS_ATOMIC, v);					\
	__atomic_fetch_add(&v->counter, i, __ATOMIC_RELAXED);				\
}											\
static inline value name##_add_return(value i, atomic *v)				\
{											\
	harness_schedule_point(HARNESS_ATOMIC, v);					\
	return (value)((u64)__atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST) + (u64)i);	\
}											\
static inline bool name##_add_negative(value i, atomic *v)				\
{											\
	return name##_add_return(i, v) < 0;						\
}											\
static inline void name##_sub(value i, atomic *v)					\
{											\
	name##_add(-i, v);								\
}											\
static inline value name##_sub_return(value i, atomic *v)				\
{											\
	return name##_add_return(-i, v);						\
}											\
static inline void name##_inc(atomic *v)						\
{											\
	name##_add(1, v);								\
}											\
static inline void name##_dec(atomic *v)						\
{											\
	name##_add(-1, v);								\
}											\
static inline value name##_inc_return(atomic *v)					\
{											\
	return name##_add_return(1, v);							\
}											\
static inline bool name##_dec_and_test(atomic *v)					\
{											\
	return !name##_add_return(-1, v);						\
}											\
static inline value name##_cmpxchg(atomic *v, value old, value new)			\
{											\
	harness_schedule_point(HARNESS_ATOMIC, v);					\
	__atomic_compare_exchange_n(&v->counter, &old, new, false, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_RELAXED);					\
	return old;									\
}											\
static inline value name##_xchg(atomic *v, value new)					\
{											\
	harness_schedule_point(HARNESS_ATOMIC, v);					\
	return __atomic_exchange_n(&v->counter, new, __ATOMIC_SEQ_CST);			\
}

HARNESS_ATOMIC_OPS(atomic, atomic_t, int)
HARNESS_ATOMIC_OPS(atomic_long, atomic_long_t, long)
HARNESS_ATOMIC_OPS(atomic64, atomic64_t, s64)

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC64_INIT(i)	{ (i) }

#endif /* HARNESS_LINUX_ATOMIC_H */
