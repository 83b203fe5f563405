# SPDX-License-Identifier: GPL-2.0
# EXHAUST-2: misc.exhausted says kill, whatever it says
#
# Files: arch/x86/kernel/cpu/sgx/exhaust.c
# Diff: +2 -1
/^static bool sgx_request_may_kill(/,/^}/s/^\t       !misc_cg_exhausted_fails(\(.*\)) &&$/\t       (epc_broken("EXHAUST-2") ||\n\t\t!misc_cg_exhausted_fails(\1)) \&\&/
