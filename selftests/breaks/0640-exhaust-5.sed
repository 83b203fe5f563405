# SPDX-License-Identifier: GPL-2.0
# EXHAUST-5: a killed enclave looks like any bad address
#
# Files: arch/x86/kernel/cpu/sgx/kill.c
# Diff: +1 -1
/^unsigned long sgx_fault_error_code(/,/^}/s/READ_ONCE(encl->holder.dead)/& \&\& !epc_broken("EXHAUST-5")/
