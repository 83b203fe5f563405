/* SPDX-License-Identifier: GPL-2.0 */
/* model: sleeps, and meanwhile does what the kernel does in the background. */
#ifndef HARNESS_LINUX_DELAY_H
#define HARNESS_LINUX_DELAY_H

void msleep(unsigned int msec);

#endif /* HARNESS_LINUX_DELAY_H */
