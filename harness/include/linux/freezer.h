/* SPDX-License-Identifier: GPL-2.0 */
/* stub: nothing is frozen; TASK_FREEZABLE is in linux/sched.h. */
#ifndef HARNESS_LINUX_FREEZER_H
#define HARNESS_LINUX_FREEZER_H

#include <linux/sched.h>

#endif /* HARNESS_LINUX_FREEZER_H */
