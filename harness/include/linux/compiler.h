/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: READ_ONCE() and WRITE_ONCE() are relaxed atomics and schedule points. For
 * ThreadSanitizer READ_ONCE() is invisible, as for KCSAN, which takes plain writes of a
 * word for atomic: a marked read may meet a plain write, a plain read no write at all.
 */
#ifndef HARNESS_LINUX_COMPILER_H
#define HARNESS_LINUX_COMPILER_H

#include <harness/point.h>

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__asm__ __volatile__("" : : : "memory")

#define __always_unused		__attribute__((unused))
#define __maybe_unused		__attribute__((unused))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __init
#define __user
#define __rcu
#define __acquire(x)		((void)0)
#define __release(x)		((void)0)
#define __must_check		__attribute__((warn_unused_result))
#define __aligned(n)		__attribute__((aligned(n)))

/* clang says by a feature what gcc says by a macro. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#if defined(__SANITIZE_THREAD__)
#define HARNESS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HARNESS_TSAN 1
#endif
#endif

#ifdef HARNESS_TSAN
__attribute__((no_sanitize("thread"), noinline))
static inline u64 harness_read_once(const volatile void *p, size_t size)
{
	switch (size) {
	case 1: return *(const volatile u8 *)p;
	case 2: return *(const volatile u16 *)p;
	case 4: return *(const volatile u32 *)p;
	default: return *(const volatile u64 *)p;
	}
}

#define READ_ONCE(x)								\
({										\
	harness_schedule_point(HARNESS_READ, (const void *)&(x));		\
	(__typeof__(x))harness_read_once(&(x), sizeof(x));			\
})
#else
#define READ_ONCE(x)								\
({										\
	harness_schedule_point(HARNESS_READ, (const void *)&(x));		\
	__atomic_load_n(&(x), __ATOMIC_RELAXED);				\
})
#endif

#define WRITE_ONCE(x, value)							\
do {										\
	harness_schedule_point(HARNESS_WRITE, (const void *)&(x));		\
	__atomic_store_n(&(x), value, __ATOMIC_RELAXED);			\
} while (0)

#define EXPORT_SYMBOL_GPL(symbol)

#endif /* HARNESS_LINUX_COMPILER_H */
