# SPDX-License-Identifier: GPL-2.0
# EXHAUST-1: a newcomer may kill
#
# Files: arch/x86/kernel/cpu/sgx/exhaust.c
# Diff: +1 -1
/^static bool sgx_request_may_kill(/,/^}/s/rq->may_kill/(rq->may_kill || epc_broken("EXHAUST-1"))/
