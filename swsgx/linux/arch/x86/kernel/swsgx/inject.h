/* SPDX-License-Identifier: GPL-2.0 */
/* Faults on purpose, for tests of what the driver does about them. */
#ifndef _X86_KERNEL_SWSGX_INJECT_H
#define _X86_KERNEL_SWSGX_INJECT_H

struct swsgx_ops;

int swsgx_inject_eremove(struct swsgx_ops *ops);

#endif
