# SPDX-License-Identifier: GPL-2.0
# EXHAUST-8, the other half: nobody waits for what a builder frees that was refused
#
# Files: arch/x86/kernel/cpu/sgx/exhaust.c
# Diff: +1 -1
/^static int sgx_request_give_up(/,/^}/s/^\tif (target->refused_id &&$/\tif (!epc_broken("EXHAUST-8b") \&\& target->refused_id \&\&/
