# SPDX-License-Identifier: GPL-2.0
# x86/sgx: declare what arch/x86/mm/fault.c asks of the driver
#
# Files: arch/x86/include/asm/sgx.h
# Diff: +9 -0
/^#endif \/\* _ASM_X86_SGX_H \*\/$/i\
#ifdef CONFIG_X86_SGX\
unsigned long sgx_fault_error_code(unsigned long address);\
#else\
static inline unsigned long sgx_fault_error_code(unsigned long address)\
{\
	return 0;\
}\
#endif\

