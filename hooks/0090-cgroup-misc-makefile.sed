# SPDX-License-Identifier: GPL-2.0
# cgroup/misc: build the parts of the misc controller
#
# Files: kernel/cgroup/Makefile
# Diff: +2 -1
s/+= misc\.o$/+= misc.o misc_files.o misc_parse.o/
/+= misc.o misc_files.o/a\
obj-$(CONFIG_CGROUP_MISC_KUNIT_TEST) += misc_test.o misc_test_lib.o misc_provider_test.o
