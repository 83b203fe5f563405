/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: suites and cases as KUnit has them. Each case runs in a process of its own, so
 * that it finds everything as it is after boot, and fails if it leaves memory behind.
 * The program prints KTAP; with names on its command line it runs those cases only.
 */
#ifndef HARNESS_KUNIT_TEST_H
#define HARNESS_KUNIT_TEST_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

struct kunit {
	bool	failed;
	void	*priv;
	void	*resources;
	void	*abort;
};

struct kunit_case {
	void		(*run_case)(struct kunit *test);
	const char	*name;
};

struct kunit_suite {
	const char		name[64];
	int			(*suite_init)(struct kunit_suite *suite);
	int			(*init)(struct kunit *test);
	void			(*exit)(struct kunit *test);
	struct kunit_case	*test_cases;
};

#define KUNIT_CASE(fn)	{ .run_case = fn, .name = #fn }

void harness_add_suite(struct kunit_suite *suite);
#define kunit_test_suite(suite)							\
	__attribute__((constructor)) static void add_##suite(void)		\
	{									\
		harness_add_suite(&suite);					\
	}
#define kunit_test_suites(suite)	kunit_test_suite(suite)

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp);
void kunit_skip_case(struct kunit *test, const char *reason) __attribute__((noreturn));
#define kunit_skip(test, ...)	kunit_skip_case(test, __VA_ARGS__)

/* One check that failed: where, what, and what it saw. */
void harness_check_failed(struct kunit *test, const char *file, int line, bool fatal,
			  const char *fmt, ...) __printf(5, 6);

#define HARNESS_CHECK(test, good, fatal, what, ...)				\
	do {									\
		if (!(good))							\
			harness_check_failed(test, __FILE__, __LINE__, fatal, what, __VA_ARGS__); \
	} while (0)

#define HARNESS_COMPARE(test, a, op, b, fatal, fmt, ...)			\
	do {									\
		__typeof__(a) a_ = (a);						\
		__typeof__(b) b_ = (b);						\
										\
		if (!(a_ op b_))						\
			harness_check_failed(test, __FILE__, __LINE__, fatal,	\
					     "%s " #op " %s, but they are %lld (0x%llx) and %lld (0x%llx) " \
					     fmt, #a, #b, (long long)(intptr_t)a_,	\
					     (long long)(intptr_t)a_, (long long)(intptr_t)b_, \
					     (long long)(intptr_t)b_, ##__VA_ARGS__);	\
	} while (0)

#define KUNIT_EXPECT_EQ_MSG(test, a, b, fmt, ...)	\
	HARNESS_COMPARE(test, a, ==, b, false, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_EQ(test, a, b)	HARNESS_COMPARE(test, a, ==, b, false, "")
#define KUNIT_EXPECT_NE(test, a, b)	HARNESS_COMPARE(test, a, !=, b, false, "")
#define KUNIT_EXPECT_LT(test, a, b)	HARNESS_COMPARE(test, a, <, b, false, "")
#define KUNIT_EXPECT_LE(test, a, b)	HARNESS_COMPARE(test, a, <=, b, false, "")
#define KUNIT_EXPECT_GT(test, a, b)	HARNESS_COMPARE(test, a, >, b, false, "")
#define KUNIT_EXPECT_GE(test, a, b)	HARNESS_COMPARE(test, a, >=, b, false, "")
#define KUNIT_EXPECT_PTR_EQ(test, a, b)	KUNIT_EXPECT_EQ(test, a, b)
#define KUNIT_EXPECT_PTR_NE(test, a, b)	KUNIT_EXPECT_NE(test, a, b)
#define KUNIT_ASSERT_EQ(test, a, b)	HARNESS_COMPARE(test, a, ==, b, true, "")
#define KUNIT_ASSERT_NE(test, a, b)	HARNESS_COMPARE(test, a, !=, b, true, "")
#define KUNIT_ASSERT_PTR_NE(test, a, b)	KUNIT_ASSERT_NE(test, a, b)

#define KUNIT_EXPECT_TRUE(test, a)	HARNESS_CHECK(test, a, false, "%s is false", #a)
#define KUNIT_EXPECT_FALSE(test, a)	HARNESS_CHECK(test, !(a), false, "%s is true", #a)
#define KUNIT_ASSERT_TRUE(test, a)	HARNESS_CHECK(test, a, true, "%s is false", #a)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p)					\
	HARNESS_CHECK(test, !IS_ERR_OR_NULL(p), true, "%s is %ld", #p, PTR_ERR(p))

#define HARNESS_STRINGS(test, a, b, same, fmt, ...)				\
	do {									\
		const char *a_ = (a), *b_ = (b);				\
										\
		if ((strcmp(a_, b_) == 0) != (same))					\
			harness_check_failed(test, __FILE__, __LINE__, false,	\
					     "%s and %s are \"%s\" and \"%s\" " fmt, #a, #b,	\
					     a_, b_, ##__VA_ARGS__);		\
	} while (0)

#define KUNIT_EXPECT_STREQ(test, a, b)	HARNESS_STRINGS(test, a, b, true, "")
#define KUNIT_EXPECT_STREQ_MSG(test, a, b, fmt, ...)	\
	HARNESS_STRINGS(test, a, b, true, fmt, ##__VA_ARGS__)
#define KUNIT_EXPECT_STRNEQ_MSG(test, a, b, fmt, ...)	\
	HARNESS_STRINGS(test, a, b, false, fmt, ##__VA_ARGS__)

#endif /* HARNESS_KUNIT_TEST_H */
