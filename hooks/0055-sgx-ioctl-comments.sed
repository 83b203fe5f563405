# SPDX-License-Identifier: GPL-2.0
# x86/sgx: drop the reason for dropping encl->lock, which 0050 does not drop
#
# Files: arch/x86/kernel/cpu/sgx/ioctl.c
# Diff: +0 -8
/^\t*\/\*$/{
	N
	/Do not keep encl->lock because of dependency on$/{
		N
		N
		d
	}
}
