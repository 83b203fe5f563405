# SPDX-License-Identifier: GPL-2.0
# FAIR-1: one child gives all it has before the next gives anything
#
# Files: arch/x86/kernel/cpu/sgx/lru.c
# Diff: +3 -2
/^static bool sgx_order_older(/,/^}/{
s/^\treturn \(.*\) </\treturn (\1 </
s/->oldest;$/->oldest) !=\n\t       epc_broken("FAIR-1");/
}
