# SPDX-License-Identifier: GPL-2.0
# REACH-5: pages in use and in flight are called nothing left
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -0
/^int sgx_request_reclaim(/,/^}/{
/^\trq->looked += result.looked;/i\
	if (epc_broken("REACH-5"))\
		return -ENOMEM;
}
