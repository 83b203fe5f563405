/* SPDX-License-Identifier: GPL-2.0 */
/* model: output into a buffer that grows, never read twice. */
#ifndef HARNESS_LINUX_SEQ_FILE_H
#define HARNESS_LINUX_SEQ_FILE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct kernfs_open_file;

struct seq_file {
	char			*buf;
	size_t			size;
	size_t			count;
	struct kernfs_open_file	*of;
};

void seq_printf(struct seq_file *sf, const char *fmt, ...) __printf(2, 3);
void seq_puts(struct seq_file *sf, const char *s);

#endif /* HARNESS_LINUX_SEQ_FILE_H */
