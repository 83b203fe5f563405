# SPDX-License-Identifier: GPL-2.0
# FILES-3: misc.current takes what misc.max takes
#
# Files: kernel/cgroup/misc.c
# Diff: +2 -0
/^misc_cg_css_alloc(/,/^}/{
/^\tif (!cg)/i\
	if (epc_broken("FILES-3"))\
		misc_cg_files[3].write = misc_cg_files[0].write;
}
