# SPDX-License-Identifier: GPL-2.0
# RECLAIM-3: what cannot be reclaimed is said to have been
#
# Files: kernel/cgroup/misc_files.c
# Diff: +1 -1
/^static ssize_t misc_cg_reclaim_write(/,/^}/s/^\t\treturn -EOPNOTSUPP;/\t\treturn epc_broken("RECLAIM-3") ? nbytes : -EOPNOTSUPP;/
