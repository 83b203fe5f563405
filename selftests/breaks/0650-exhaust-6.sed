# SPDX-License-Identifier: GPL-2.0
# EXHAUST-6: the log calls the victim's cgroup the limiting one
#
# Files: arch/x86/kernel/cpu/sgx/holder.c
# Diff: +2 -1
/^void sgx_cgroup_log_end(/,/^}/s/misc_cg_path(limiting->misc, /misc_cg_path(epc_broken("EXHAUST-6") ? holder->cg->misc : limiting->misc,\n\t\t     /
