/* SPDX-License-Identifier: GPL-2.0 */
/* Tests of what must be caught: a function that has to end its process with a message. */
#ifndef HARNESS_DEATH_H
#define HARNESS_DEATH_H

#include <kunit/test.h>

/* Does @fn end in a failure whose output has @message in it? Prints what it said if not. */
bool harness_dies(void (*fn)(void), const char *message);

#define KUNIT_EXPECT_DEATH(test, fn, message)	KUNIT_EXPECT_TRUE(test, harness_dies(fn, message))

#endif /* HARNESS_DEATH_H */
