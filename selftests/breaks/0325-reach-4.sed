# SPDX-License-Identifier: GPL-2.0
# REACH-4: nothing makes room for a debugger
#
# Files: arch/x86/kernel/cpu/sgx/wait.c
# Diff: +2 -1
/^struct sgx_encl_page \*sgx_encl_reserve_page(/,/^}/s/^\t\tif (!sgx_request_reclaim_once(&rq) ||/\t\tif (epc_broken("REACH-4") ||\n\t\t    !sgx_request_reclaim_once(\&rq) ||/
