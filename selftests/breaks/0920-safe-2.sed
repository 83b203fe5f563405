# SPDX-License-Identifier: GPL-2.0
# SAFE-2: without the controller nothing makes room
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -0
/^static int sgx_request_step(/,/^}/{
/^\tif (READ_ONCE(rq->holder->dead))/i\
	if (epc_broken("SAFE-2") && !cgroup_subsys_enabled(misc_cgrp_subsys))\
		return -ENOMEM;
}
