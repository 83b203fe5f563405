# SPDX-License-Identifier: GPL-2.0
# CHARGE-1: pages stay charged when they are free
#
# Files: arch/x86/kernel/cpu/sgx/epc_cgroup.c
# Diff: +2 -1
/^void sgx_cgroup_uncharge(/,/^}/s/^\tmisc_cg_uncharge/\tif (!epc_broken("CHARGE-1"))\n\t&/
