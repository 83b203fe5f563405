# SPDX-License-Identifier: GPL-2.0
# REACH-5: a reclaimer takes pages of an enclave that is being released already
#
# File: arch/x86/kernel/cpu/sgx/lru.c
# Found: sched_free REACH-5.reclaim_beside_unload
s/!kref_get_unless_zero(&sgx_page_encl(page)->refcount)/(kref_get(\&sgx_page_encl(page)->refcount), false)/
