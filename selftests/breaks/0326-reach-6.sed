# SPDX-License-Identifier: GPL-2.0
# REACH-6: the last page below a limit does not fit, and a whole batch goes for it
# Slow: one of its tests takes a minute
#
# Files: kernel/cgroup/misc.c arch/x86/kernel/cpu/sgx/request.c
# Diff: +5 -3
/^static struct misc_cg \*misc_cg_refusing(/,/^}/s/ usage > max)$/\n\t\t    usage > max - (epc_broken("REACH-6") ? PAGE_SIZE : 0))/
/^static void sgx_request_set_batch(/,/^}/s/^\tif (max >= SGX_RESERVE_LIMIT)$/\tif (max >= SGX_RESERVE_LIMIT ||\n\t    epc_broken("REACH-6"))/
/^static void sgx_request_set_batch(/,/^}/s/^\t\twanted += max \/ SGX_RESERVE_SHARE;/\t\twanted += epc_broken("REACH-6") ? SGX_NR_TO_SCAN : max \/ SGX_RESERVE_SHARE;/
