# SPDX-License-Identifier: GPL-2.0
# CHARGE-5: whoever reclaims pays for the memory
#
# Files: arch/x86/kernel/cpu/sgx/reclaim.c
# Diff: +1 -1
/^int sgx_encl_get_backing(/,/^}/s/set_active_memcg(encl->holder.memcg)/set_active_memcg(epc_broken("CHARGE-5") ? NULL : encl->holder.memcg)/
