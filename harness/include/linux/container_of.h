/* SPDX-License-Identifier: GPL-2.0 */
/* model: from a member to its structure. */
#ifndef HARNESS_LINUX_CONTAINER_OF_H
#define HARNESS_LINUX_CONTAINER_OF_H

#include <stddef.h>

#define container_of(p, type, member)						\
	((type *)((char *)(1 ? (p) : &((type *)0)->member) - offsetof(type, member)))

#endif /* HARNESS_LINUX_CONTAINER_OF_H */
