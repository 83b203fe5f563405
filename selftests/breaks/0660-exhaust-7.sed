# SPDX-License-Identifier: GPL-2.0
# EXHAUST-7: where kills are forbidden, loads that help nobody go on for ever
# Slow: its tests let slow things happen
#
# Files: arch/x86/kernel/cpu/sgx/exhaust.c
# Diff: +2 -1
/^bool sgx_request_thrashes(/,/^}/s/^\treturn few;/\treturn few \&\& !(epc_broken("EXHAUST-7") \&\&\n\t\tmisc_cg_exhausted_fails(MISC_CG_RES_SGX_EPC, target->misc));/
