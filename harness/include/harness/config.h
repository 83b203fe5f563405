/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's configuration: all resources that the controller can have here. */
#ifndef HARNESS_CONFIG_H
#define HARNESS_CONFIG_H

#define CONFIG_CGROUP_MISC	1
#define CONFIG_KVM_AMD_SEV	1
#define CONFIG_MEMCG		1
#define CONFIG_X86_SGX		1

#endif /* HARNESS_CONFIG_H */
