# SPDX-License-Identifier: GPL-2.0
# EXHAUST-4: a kill frees pages that a reclaimer has in its hands
#
# File: arch/x86/kernel/cpu/sgx/lru.c
# Found: sched_kill EXHAUST-4.kill_beside_reclaim
/^int sgx_unmark_page_reclaimable/,/^}/s/sgx_page_isolated_locked(page)/!page/
