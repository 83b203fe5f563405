/* SPDX-License-Identifier: GPL-2.0 */
/* model: the error numbers of user space, and those that it never sees. */
#ifndef HARNESS_LINUX_ERRNO_H
#define HARNESS_LINUX_ERRNO_H

#include_next <linux/errno.h>

#define ERESTARTSYS	512

#endif /* HARNESS_LINUX_ERRNO_H */
