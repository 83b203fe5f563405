# SPDX-License-Identifier: GPL-2.0
# REACH-7: each refusal is an event, not each request
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +1 -1
/^static void sgx_request_count(/,/^}/s/^\tif (rq->counted)$/\tif (rq->counted \&\& !epc_broken("REACH-7"))/
