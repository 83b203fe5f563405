# SPDX-License-Identifier: GPL-2.0
# MAX-4: a full machine counts as a limit of whoever wants a page
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -0
/^static int sgx_request_step(/,/^}/{
/^\tif (!limiting)$/i\
	if (!limiting && epc_broken("MAX-4"))\
		limiting = rq->holder->cg;
}
