/* SPDX-License-Identifier: GPL-2.0 */
/* model: memory of a file, here only that to which pages of an enclave are written. */
#ifndef HARNESS_LINUX_SHMEM_FS_H
#define HARNESS_LINUX_SHMEM_FS_H

#include <linux/fs.h>

void shmem_truncate_range(struct inode *inode, loff_t first, loff_t last);

#endif /* HARNESS_LINUX_SHMEM_FS_H */
