# SPDX-License-Identifier: GPL-2.0
# REACH-1: a limit takes pages from the whole machine
#
# Files: arch/x86/kernel/cpu/sgx/request.c
# Diff: +2 -0
/^static int sgx_request_step(/,/^}/{
/^\treturn sgx_request_reclaim(rq, limiting);/i\
	if (epc_broken("REACH-1"))\
		return sgx_request_reclaim(rq, &sgx_cgroup_root);
}
