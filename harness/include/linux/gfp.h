/* SPDX-License-Identifier: GPL-2.0 */
/* model: flags of allocations, as far as somebody asks for them. */
#ifndef HARNESS_LINUX_GFP_H
#define HARNESS_LINUX_GFP_H

#include <linux/types.h>

#define __GFP_DIRECT_RECLAIM	1U
#define __GFP_ZERO		2U
#define __GFP_NORETRY		4U
#define __GFP_NOWARN		8U
#define GFP_KERNEL		__GFP_DIRECT_RECLAIM
#define GFP_ATOMIC		0U

#endif /* HARNESS_LINUX_GFP_H */
