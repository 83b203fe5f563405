# SPDX-License-Identifier: GPL-2.0
# CHARGE-6: a lost page is paid for as long as the cgroup lives
#
# Files: arch/x86/kernel/cpu/sgx/lost.c
# Diff: +2 -1
/^void sgx_page_leaked(/,/^}/s/^\tsgx_cgroup_uncharge(cg);/\tif (!epc_broken("CHARGE-6"))\n\t&/
