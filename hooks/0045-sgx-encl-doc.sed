# SPDX-License-Identifier: GPL-2.0
# x86/sgx: describe the parameters that 0040 adds
#
# Files: arch/x86/kernel/cpu/sgx/encl.c
# Diff: +2 -0
/^ \* __sgx_encl_get_backing() - /,/^ \*\/$/ {
	/^ \* @backing:/a\
 * @gfp:	flags to allocate it with, beside those of the mapping
}
/^ \* sgx_alloc_va_page() - /a\
 * @encl:	enclave that it is for
