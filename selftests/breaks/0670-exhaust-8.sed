# SPDX-License-Identifier: GPL-2.0
# EXHAUST-8: nobody looks whether the last kill has made room for him too
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -1
/^static int sgx_request_look_alone(/,/^}/s/^\tif (rq->holder && sgx_request_fill/\tif (rq->holder \&\& !epc_broken("EXHAUST-8") \&\&\n\t    sgx_request_fill/
