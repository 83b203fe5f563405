/* SPDX-License-Identifier: GPL-2.0 */
/* model: messages go to a buffer of the last ones; knows %pE beside user space's formats. */
#ifndef HARNESS_LINUX_PRINTK_H
#define HARNESS_LINUX_PRINTK_H

#include <linux/compiler.h>

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif

void harness_printk(const char *fmt, ...) __printf(1, 2);

/* The last message, "" if there was none. */
const char *harness_last_message(void);

#define pr_info(fmt, ...)	harness_printk(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	harness_printk(pr_fmt(fmt), ##__VA_ARGS__)

#endif /* HARNESS_LINUX_PRINTK_H */
