# SPDX-License-Identifier: GPL-2.0
# VEPC-3: nobody pays for a SECS whose instance is gone
#
# Files: arch/x86/kernel/cpu/sgx/vepc.c
# Diff: +1 -1
/^static long sgx_vepc_bury_page(/,/^}/s/^\tif (ret == SGX_CHILD_PRESENT)$/\tif (ret == SGX_CHILD_PRESENT \&\& !epc_broken("VEPC-3"))/
