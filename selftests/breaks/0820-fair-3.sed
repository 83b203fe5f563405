# SPDX-License-Identifier: GPL-2.0
# FAIR-3: all cgroups are looked at for each batch
#
# Files: arch/x86/kernel/cpu/sgx/lru.c
# Diff: +8 -0
/^unsigned int sgx_cgroup_isolate(/,/^}/{
/^\t\*nr = 0;/i\
	if (epc_broken("FAIR-3")) {\
		struct misc_cg *misc = NULL;\
\
		rcu_read_lock();\
		while ((misc = misc_cg_next_descendant(misc, target->misc)))\
			cpu_relax();\
		rcu_read_unlock();\
	}
}
