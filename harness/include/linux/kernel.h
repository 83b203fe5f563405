/* SPDX-License-Identifier: GPL-2.0 */
/* model: small helpers that everybody has. */
#ifndef HARNESS_LINUX_KERNEL_H
#define HARNESS_LINUX_KERNEL_H

#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

int kstrtou64(const char *s, unsigned int base, u64 *value);
int hex_to_bin(unsigned char c);

/* Places where the kernel lets others run: nothing may be held there. */
#define might_sleep()	harness_may_sleep(__FILE__, __LINE__)

#endif /* HARNESS_LINUX_KERNEL_H */
