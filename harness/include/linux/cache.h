/* SPDX-License-Identifier: GPL-2.0 */
/* model: cache lines of 64 bytes. */
#ifndef HARNESS_LINUX_CACHE_H
#define HARNESS_LINUX_CACHE_H

#define ____cacheline_aligned_in_smp	__attribute__((aligned(64)))

#endif /* HARNESS_LINUX_CACHE_H */
