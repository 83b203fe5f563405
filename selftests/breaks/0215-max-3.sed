# SPDX-License-Identifier: GPL-2.0
# MAX-3: a lower limit ends the guests that no longer fit
#
# Files: kernel/cgroup/misc_files.c
# Diff: +3 -0
/^static ssize_t misc_cg_max_write(/,/^}/{
/^\tops = misc_res_info/i\
	if (epc_broken("MAX-3") && misc_res_info[type].unit == MISC_UNIT_COUNT &&\
	    misc_cg_usage(type, cg) > max.value)\
		WRITE_ONCE(cg->res[type].usage, max.value);
}
