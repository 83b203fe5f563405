# SPDX-License-Identifier: GPL-2.0
# cgroup/misc: unit tests as a kernel option
#
# Files: init/Kconfig
# Diff: +9 -0
/^config CGROUP_DEBUG$/{
i\
config CGROUP_MISC_KUNIT_TEST\
	bool "KUnit tests of the misc controller" if !KUNIT_ALL_TESTS\
	depends on KUNIT=y && CGROUP_MISC && KVM_AMD_SEV && X86_SGX\
	default KUNIT_ALL_TESTS\
	help\
	  Charges sev and sev_es through the calls that KVM makes, and reads and\
	  writes the files of the controller. If the machine has those resources\
	  it must not have guests that use them while the tests run.
s/^/\n/
}
