# SPDX-License-Identifier: GPL-2.0
# MAX-2: a limit that is exceeded already refuses nothing more
#
# Files: kernel/cgroup/misc.c
# Diff: +3 -0
/^static struct misc_cg \*misc_cg_refusing(/,/^}/{
/^\t\tif (check_add_overflow/i\
		if (epc_broken("MAX-2") && READ_ONCE(res->usage) > max)\
			continue;\

}
