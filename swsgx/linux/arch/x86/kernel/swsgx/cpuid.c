// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID leaf 0x12 and the launch key MSRs, as the driver and programs ask.
 *
 * CPUID cannot be made to trap everywhere: the driver asks by a hook, programs
 * by an ENCLU leaf that no hardware has (swsgx/include/swsgx-cpuid.h).
 */
#include <asm/msr.h>
#include <asm/processor.h>
#include "swsgx.h"

/* Largest enclaves, log2 of bytes: 32-bit and 64-bit. */
#define MAX_SIZE_32	31
#define MAX_SIZE_64	36

/**
 * swsgx_cpuid_sgx() - CPUID leaf 0x12
 * @count: sub-leaf
 * @eax: result
 * @ebx: result
 * @ecx: result
 * @edx: result
 *
 * SDM Vol. 3D, "Intel SGX Resource Enumeration Leaves".
 */
void swsgx_cpuid_sgx(int count, unsigned int *eax, unsigned int *ebx,
		     unsigned int *ecx, unsigned int *edx)
{
	const struct swsgx_section *s;

	*eax = 0;
	*ebx = 0;
	*ecx = 0;
	*edx = 0;
	if (!swsgx_active())
		return;

	switch (count) {
	case 0:
		/* SGX1 and SGX2, no MISCSELECT */
		*eax = BIT(0) | BIT(1);
		*edx = MAX_SIZE_64 << 8 | MAX_SIZE_32;
		return;
	case 1:
		*eax = SGX_ATTR_DEBUG | SGX_ATTR_MODE64BIT |
		       SGX_ATTR_PROVISIONKEY | SGX_ATTR_EINITTOKENKEY |
		       SGX_ATTR_KSS;
		*ecx = lower_32_bits(swsgx.xfrm);
		*edx = upper_32_bits(swsgx.xfrm);
		return;
	}

	if (count < SGX_CPUID_EPC ||
	    count >= SGX_CPUID_EPC + swsgx.nr_sections)
		return;
	s = &swsgx.sections[count - SGX_CPUID_EPC];
	*eax = lower_32_bits(s->pa) | SGX_CPUID_EPC_SECTION;
	*ebx = upper_32_bits(s->pa);
	*ecx = lower_32_bits(s->size) | SGX_CPUID_EPC_SECTION;
	*edx = upper_32_bits(s->size);
}

/**
 * swsgx_cpuid_count() - CPUID for the driver
 * @op: leaf
 * @count: sub-leaf
 * @eax: result
 * @ebx: result
 * @ecx: result
 * @edx: result
 *
 * Where software SGX was asked for but could not start, leaf 0x12 is empty:
 * the processor's own answer to a leaf that it does not have is undefined.
 */
void swsgx_cpuid_count(unsigned int op, int count, unsigned int *eax,
		       unsigned int *ebx, unsigned int *ecx, unsigned int *edx)
{
	if (op == SGX_CPUID && swsgx.requested)
		swsgx_cpuid_sgx(count, eax, ebx, ecx, edx);
	else
		cpuid_count(op, count, eax, ebx, ecx, edx);
}

/**
 * swsgx_wrmsrl() - Write one of the launch key MSRs
 * @msr: IA32_SGXLEPUBKEYHASH0 to 3
 * @val: new value
 *
 * Context: preemption disabled, the MSR is this CPU's.
 */
void swsgx_wrmsrl(unsigned int msr, u64 val)
{
	unsigned int i = msr - MSR_IA32_SGXLEPUBKEYHASH0;

	if (!swsgx_active() || i >= ARRAY_SIZE(*swsgx.lepubkeyhash))
		wrmsrl(msr, val);
	else
		swsgx.lepubkeyhash[smp_processor_id()][i] = val;
}
