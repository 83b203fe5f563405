# SPDX-License-Identifier: GPL-2.0
# FILES-4: nobody is told of an event below
#
# Files: kernel/cgroup/misc.c
# Diff: +2 -1
/^void misc_cg_event(/,/^}/s/^\t\tcgroup_file_notify(/\t\tif (!epc_broken("FILES-4"))\n\t&/
