# SPDX-License-Identifier: GPL-2.0
# RECLAIM-1: less than asked for is success
#
# Files: arch/x86/kernel/cpu/sgx/explicit.c
# Diff: +1 -1
/^int sgx_cgroup_reclaim_amount(/,/^}/s/return all ? 0 : -EAGAIN;/return all || epc_broken("RECLAIM-1") ? 0 : -EAGAIN;/
