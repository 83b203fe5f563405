/* SPDX-License-Identifier: GPL-2.0 */
/* model: references to files are in linux/fs.h. */
#ifndef HARNESS_LINUX_FILE_H
#define HARNESS_LINUX_FILE_H

#include <linux/fs.h>

#endif /* HARNESS_LINUX_FILE_H */
