# SPDX-License-Identifier: GPL-2.0
# CHARGE-4: no limit outlives its cgroup
#
# Files: kernel/cgroup/misc.c
# Diff: +2 -0
/^static void misc_cg_css_offline(/,/^}/{
/^\t\tWRITE_ONCE(cg->res\[type\].low.value, 0);/i\
		if (epc_broken("CHARGE-4"))\
			WRITE_ONCE(cg->res[type].max.value, U64_MAX);
}
