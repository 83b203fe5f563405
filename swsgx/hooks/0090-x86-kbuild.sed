# SPDX-License-Identifier: GPL-2.0
# Build software SGX; vEPC without KVM.
# Files: arch/x86/kernel/Makefile arch/x86/Kconfig arch/x86/kvm/Kconfig
# Diff: +4 -1

# arch/x86/kernel/Makefile
/^obj-y[[:space:]]*+= cpu\/$/a\
obj-$(CONFIG_X86_SWSGX)		+= swsgx/

# arch/x86/Kconfig: before the next entry after X86_SGX
/^config X86_SGX$/,/^config EFI$/{
	/^config EFI$/i\
source "arch/x86/kernel/swsgx/Kconfig"\

}

# arch/x86/kvm/Kconfig
s/^\(\tdepends on X86_SGX && \)KVM_INTEL$/\1(KVM_INTEL || X86_SWSGX)/
