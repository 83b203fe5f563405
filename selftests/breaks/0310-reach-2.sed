# SPDX-License-Identifier: GPL-2.0
# REACH-2: what does not fit at once fails
# Slow: one of its tests runs eight copies of the kernel's tests
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -0
/^static int sgx_request_step(/,/^}/{
/^\tif (rq->may_kill/i\
	if (epc_broken("REACH-2"))\
		return -ENOMEM;
}
