# SPDX-License-Identifier: GPL-2.0
# MAX-1: a limit below what is used cannot be written
#
# Files: kernel/cgroup/misc_files.c
# Diff: +2 -0
/^static ssize_t misc_cg_max_write(/,/^}/{
/^\tmisc_cg_set_max(/i\
	if (epc_broken("MAX-1") && max.value < misc_cg_usage(type, cg))\
		return -EBUSY;
}
