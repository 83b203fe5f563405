# SPDX-License-Identifier: GPL-2.0
# SAFE-1: whoever was given a cgroup may write its misc.max, the first of the files
#
# Files: kernel/cgroup/misc.c
# Diff: +2 -0
/^misc_cg_css_alloc(/,/^}/{
/^\tif (!cg)/i\
	if (epc_broken("SAFE-1"))\
		misc_cg_files[0].flags |= CFTYPE_NS_DELEGATABLE;
}
