# SPDX-License-Identifier: GPL-2.0
# EXHAUST-4: the pages of a killed enclave stay until somebody wants them
#
# Files: arch/x86/kernel/cpu/sgx/kill.c
# Diff: +1 -1
s/^\t\tmore = sgx_encl_sweep_batch(/\t\tmore = !epc_broken("EXHAUST-4") \&\& sgx_encl_sweep_batch(/
