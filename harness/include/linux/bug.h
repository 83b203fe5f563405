/* SPDX-License-Identifier: GPL-2.0 */
/* model: a warning fails the test, unless harness_warnings_allowed counts it. */
#ifndef HARNESS_LINUX_BUG_H
#define HARNESS_LINUX_BUG_H

#include <linux/compiler.h>

/* How many warnings may still come, and how many came. */
extern int harness_warnings_allowed, harness_nr_warnings;

void harness_warn(const char *file, int line, const char *fmt, ...) __printf(3, 4);

#define WARN(condition, ...)							\
({										\
	bool warn_ = !!(condition);						\
										\
	if (unlikely(warn_))							\
		harness_warn(__FILE__, __LINE__, __VA_ARGS__);			\
	unlikely(warn_);							\
})
/* Each time, not once: no test may hide behind an earlier one. */
#define WARN_ONCE(condition, ...)	WARN(condition, __VA_ARGS__)
#define WARN_ON(condition)		WARN(condition, "%s", #condition)
#define WARN_ON_ONCE(condition)		WARN_ON(condition)
#define BUILD_BUG_ON(condition)		_Static_assert(!(condition), #condition)

#endif /* HARNESS_LINUX_BUG_H */
