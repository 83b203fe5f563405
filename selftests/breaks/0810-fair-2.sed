# SPDX-License-Identifier: GPL-2.0
# FAIR-2: misc.low protects more than that of the parent
#
# Files: arch/x86/kernel/cpu/sgx/lru.c
# Diff: +2 -0
/^static u64 sgx_cgroup_effective_low(/,/^}/{
/^\tfor (; cg->parent;/i\
	if (epc_broken("FAIR-2"))\
		return misc_cg_low(MISC_CG_RES_SGX_EPC, cg->misc);
}
