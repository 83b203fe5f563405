# SPDX-License-Identifier: GPL-2.0
# REACH-9: every eighth enclave waits for long, and all below a cgroup is added up
#
# Files: arch/x86/kernel/cpu/sgx/request.c arch/x86/kernel/cpu/sgx/stat.c
# Diff: +10 -0
/^int sgx_request_make_room(/,/^}/{
/^\t\tret = sgx_request_step(/i\
		if (epc_broken("REACH-9") && !(rq->holder->id % 8))\
			schedule_timeout_killable(HZ / 2);
}
/^static void sgx_cgroup_show_pages(/,/^}/{
/^\tdo {$/i\
	if (epc_broken("REACH-9")) {\
		struct misc_cg *misc = NULL;\
\
		rcu_read_lock();\
		while ((misc = misc_cg_next_descendant(misc, cg->misc)))\
			cpu_relax();\
		rcu_read_unlock();\
	}
}
