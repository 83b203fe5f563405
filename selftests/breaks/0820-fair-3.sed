# SPDX-License-Identifier: GPL-2.0
# FAIR-3: all pages of all cgroups are looked at for each batch
#
# Files: arch/x86/kernel/cpu/sgx/lru.c
# Diff: +13 -0
/^unsigned int sgx_cgroup_isolate(/,/^}/{
/^\t\*nr = 0;/i\
	if (epc_broken("FAIR-3")) {\
		struct misc_cg *misc = NULL;\
		struct sgx_cgroup *cg;\
		unsigned long i;\
\
		rcu_read_lock();\
		while ((misc = misc_cg_next_descendant(misc, sgx_cgroup_root.misc))) {\
			cg = misc_cg_priv(MISC_CG_RES_SGX_EPC, misc);\
			for (i = 0; i <= cg->nr_reclaimable; i++)\
				cpu_relax();\
		}\
		rcu_read_unlock();\
	}
}
