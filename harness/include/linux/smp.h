/* SPDX-License-Identifier: GPL-2.0 */
/* model: asking other CPUs to take an interrupt counts how often that was done. */
#ifndef HARNESS_LINUX_SMP_H
#define HARNESS_LINUX_SMP_H

#include <linux/cpumask.h>
#include <linux/types.h>

typedef void (*smp_call_func_t)(void *info);

extern atomic_t harness_nr_kicks;

static inline void on_each_cpu_mask(const cpumask_t *mask, smp_call_func_t fn, void *info,
				    bool wait)
{
	atomic_inc(&harness_nr_kicks);
	fn(info);
}

#endif /* HARNESS_LINUX_SMP_H */
