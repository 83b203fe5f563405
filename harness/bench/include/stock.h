/* SPDX-License-Identifier: GPL-2.0 */
/* stub: what the stock kernel's misc.c uses and ours does not. Included before it. */
#ifndef HARNESS_BENCH_STOCK_H
#define HARNESS_BENCH_STOCK_H

#include <linux/kernel.h>
#include <linux/string.h>

static inline int kstrtoul(const char *s, unsigned int base, unsigned long *value)
{
	u64 wide;
	int ret = kstrtou64(s, base, &wide);

	*value = wide;
	return ret;
}

#endif /* HARNESS_BENCH_STOCK_H */
