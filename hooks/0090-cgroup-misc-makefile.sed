# SPDX-License-Identifier: GPL-2.0
# cgroup/misc: build the parts of the misc controller
#
# Files: kernel/cgroup/Makefile
# Diff: +1 -1
s/+= misc\.o$/+= misc.o misc_files.o misc_parse.o/
