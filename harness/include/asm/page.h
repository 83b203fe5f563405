/* SPDX-License-Identifier: GPL-2.0 */
/* model: pages of 4 KiB. */
#ifndef HARNESS_ASM_PAGE_H
#define HARNESS_ASM_PAGE_H

#include <linux/types.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PFN_DOWN(x)		((x) >> PAGE_SHIFT)
#define PFN_PHYS(x)		((u64)(x) << PAGE_SHIFT)
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)

#endif /* HARNESS_ASM_PAGE_H */
