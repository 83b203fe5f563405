/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test-only: a kernel that breaks one rule of the contract, chosen at boot with
 * sgx_epc.break=RULE. It is in the tree "breaks" and in no other.
 */
#ifndef _LINUX_EPC_BROKEN_H
#define _LINUX_EPC_BROKEN_H

#include <linux/delay.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

extern char *epc_broken_rule;

/* Is this the rule to break? */
static inline bool epc_broken(const char *rule)
{
	return epc_broken_rule && !strcmp(epc_broken_rule, rule);
}

#endif
