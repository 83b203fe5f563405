# SPDX-License-Identifier: GPL-2.0
# EXHAUST-4: nobody frees the pages that a reclaimer puts back after the kill
#
# File: arch/x86/kernel/cpu/sgx/batch.c
# Found: sched_kill EXHAUST-4.kill_beside_reclaim_in_a_hurry
s/^\t\tsgx_encl_sweep(encl);/\t\tcond_resched();/
