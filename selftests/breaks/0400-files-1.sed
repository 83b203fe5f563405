# SPDX-License-Identifier: GPL-2.0
# FILES-1: a resource that the machine lacks is shown
#
# Files: kernel/cgroup/misc_files.c
# Diff: +1 -1
/^static int misc_cg_show(/,/^}/s/if (misc_capacity(type))/if (misc_capacity(type) || epc_broken("FILES-1"))/
