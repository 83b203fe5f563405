# SPDX-License-Identifier: GPL-2.0
# FILES-2: junk behind a number does not matter
#
# Files: kernel/cgroup/misc_parse.c
# Diff: +1 -1
/^static int misc_parse_bytes(/,/^}/s/^\tif (\*s)$/\tif (*s \&\& !epc_broken("FILES-2"))/
