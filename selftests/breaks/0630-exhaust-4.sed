# SPDX-License-Identifier: GPL-2.0
# EXHAUST-4: the pages of a killed enclave stay until somebody wants them
#
# Files: arch/x86/kernel/cpu/sgx/kill.c
# Diff: +1 -1
/^static long sgx_encl_kill(/,/^}/s/^\tnr_freed = sgx_encl_sweep(encl);/\tnr_freed = epc_broken("EXHAUST-4") ? 0 : sgx_encl_sweep(encl);/
