/* SPDX-License-Identifier: GPL-2.0 */
/* stub: there are no CPUs to tell apart. */
#ifndef HARNESS_LINUX_CPUMASK_H
#define HARNESS_LINUX_CPUMASK_H

#include <linux/atomic.h>

typedef struct { unsigned long bits; } cpumask_t;

#endif /* HARNESS_LINUX_CPUMASK_H */
