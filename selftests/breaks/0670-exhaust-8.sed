# SPDX-License-Identifier: GPL-2.0
# EXHAUST-8: everybody is judged at once, whatever the last verdict is about to free
#
# Files: arch/x86/kernel/cpu/sgx/exhaust.c arch/x86/kernel/cpu/sgx/kill.c arch/x86/kernel/cpu/sgx/request.c
# Diff: +5 -3
/^static int sgx_request_look_alone(/,/^}/{
/^\tif (rq->holder && sgx_request_fill/i\
	if (epc_broken("EXHAUST-8") \&\& rq->holder)\
		return sgx_request_exhausted(rq, target);
}
/^static int sgx_request_give_up(/,/^}/s/^\tif (target->refused_id &&$/\tif (!epc_broken("EXHAUST-8") \&\& target->refused_id \&\&/
/^int sgx_request_exhausted(/,/^}/s/^\tif (sgx_request_fill(/\tif (!epc_broken("EXHAUST-8") \&\& sgx_request_fill(/
/^bool sgx_cgroup_awaits_end(/,/^}/s/^\tif (!atomic_read(/\tif (epc_broken("EXHAUST-8") || !atomic_read(/
