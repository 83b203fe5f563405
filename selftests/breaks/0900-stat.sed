# SPDX-License-Identifier: GPL-2.0
# STAT: what was counted in a removed cgroup is lost
#
# Files: arch/x86/kernel/cpu/sgx/stat.c
# Diff: +1 -1
/^void sgx_cgroup_count(/,/^}/s/cg = cg->parent)/cg = epc_broken("STAT") ? NULL : cg->parent)/
