# SPDX-License-Identifier: GPL-2.0
# SAFE-4: a cgroup that has paid for pages stays for ever
#
# Files: arch/x86/kernel/cpu/sgx/epc_cgroup.c
# Diff: +2 -1
/^void sgx_cgroup_uncharge(/,/^}/s/^\tput_misc_cg(/\tif (!epc_broken("SAFE-4"))\n\t&/
