# SPDX-License-Identifier: GPL-2.0
# SAFE-5: who waits for EPC cannot be frozen for seconds
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -0
/^static int sgx_request_step(/,/^}/{
/^\tif (sgx_request_interrupted(rq, limiting))/i\
	if (epc_broken("SAFE-5") && signal_pending(current))\
		schedule_timeout_uninterruptible(5 * HZ);
}
