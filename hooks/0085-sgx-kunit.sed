# SPDX-License-Identifier: GPL-2.0
# x86/sgx: build the unit tests of the EPC cgroup with those of the controller
#
# Files: arch/x86/kernel/cpu/sgx/Makefile
# Diff: +1 -0
$a\
obj-$(CONFIG_CGROUP_MISC_KUNIT_TEST) += epc_cgroup_test.o
