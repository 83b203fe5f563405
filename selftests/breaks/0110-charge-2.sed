# SPDX-License-Identifier: GPL-2.0
# CHARGE-2: the root pays for all
#
# Files: arch/x86/kernel/cpu/sgx/holder.c
# Diff: +1 -1
/^void sgx_holder_charge_current(/,/^}/s/^\tif (misc)$/\tif (misc \&\& !epc_broken("CHARGE-2"))/
