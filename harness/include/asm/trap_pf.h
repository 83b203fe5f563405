/* SPDX-License-Identifier: GPL-2.0 */
/* model: the bit of a page fault's error code that SGX sets. SDM Vol. 3A, 4.7. */
#ifndef HARNESS_ASM_TRAP_PF_H
#define HARNESS_ASM_TRAP_PF_H

#define X86_PF_SGX	0x8000UL

#endif /* HARNESS_ASM_TRAP_PF_H */
