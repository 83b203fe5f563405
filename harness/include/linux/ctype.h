/* SPDX-License-Identifier: GPL-2.0 */
/* model: ASCII, as user space has it in its C locale, and the other space of Latin-1. */
#ifndef HARNESS_LINUX_CTYPE_H
#define HARNESS_LINUX_CTYPE_H

#include <ctype.h>

static inline int harness_isspace(int c)
{
	return isspace(c) || c == 0xa0;
}

#undef isspace
#define isspace(c)	harness_isspace(c)

#endif /* HARNESS_LINUX_CTYPE_H */
