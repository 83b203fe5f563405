// SPDX-License-Identifier: GPL-2.0
/*
 * The EPC and the EPCM: which page is what, and the operands that name them.
 */
#include <linux/mm.h>
#include <linux/uaccess.h>
#include <asm/pgtable.h>
#include "swsgx.h"

struct swsgx swsgx = {
	.lock		= __RAW_SPIN_LOCK_UNLOCKED(swsgx.lock),
	.einit_lock	= __RAW_SPIN_LOCK_UNLOCKED(swsgx.einit_lock),
};

/**
 * swsgx_pfn_to_page() - Number of the EPC page with this page frame number
 * @pfn: page frame number
 *
 * Return: the number, %SWSGX_NO_PAGE if that is not EPC
 */
u32 swsgx_pfn_to_page(unsigned long pfn)
{
	u64 pa = PFN_PHYS(pfn);
	int i;

	for (i = 0; i < swsgx.nr_sections; i++) {
		struct swsgx_section *s = &swsgx.sections[i];

		if (pa >= s->pa && pa < s->pa + s->size)
			return s->first + PFN_DOWN(pa - s->pa);
	}
	return SWSGX_NO_PAGE;
}

/**
 * swsgx_kva_to_page() - Number of the EPC page at a kernel linear address
 * @kva: kernel linear address
 *
 * Walks the kernel's page tables, as the processor would: nothing has to be
 * known of where the driver maps the EPC.
 *
 * Return: the number, %SWSGX_NO_PAGE if that is not EPC
 */
u32 swsgx_kva_to_page(u64 kva)
{
	unsigned int level;
	unsigned long pfn;
	pte_t *pte;

	if (kva < TASK_SIZE_MAX)
		return SWSGX_NO_PAGE;
	pte = lookup_address(kva, &level);
	if (!pte || !pte_present(*pte))
		return SWSGX_NO_PAGE;

	switch (level) {
	case PG_LEVEL_4K:
		pfn = pte_pfn(*pte);
		break;
	case PG_LEVEL_2M:
		pfn = pmd_pfn(*(pmd_t *)pte) + PFN_DOWN(kva & ~PMD_MASK);
		break;
	case PG_LEVEL_1G:
		pfn = pud_pfn(*(pud_t *)pte) + PFN_DOWN(kva & ~PUD_MASK);
		break;
	default:
		return SWSGX_NO_PAGE;
	}
	return swsgx_pfn_to_page(pfn);
}

/**
 * swsgx_page() - Contents of an EPC page
 * @nr: page number
 *
 * Return: where swsgx reaches the page, by its own mapping
 */
void *swsgx_page(u32 nr)
{
	int i = swsgx.nr_sections - 1;

	while (i > 0 && nr < swsgx.sections[i].first)
		i--;
	return swsgx.sections[i].va +
	       ((u64)(nr - swsgx.sections[i].first) << PAGE_SHIFT);
}

/**
 * swsgx_arch_secs() - A SECS page as the architecture defines it
 * @secs: page number
 *
 * Return: its contents
 */
struct sgx_secs *swsgx_arch_secs(u32 secs)
{
	return swsgx_page(secs);
}

/**
 * swsgx_secs() - The processor's own part of a SECS page
 * @secs: page number
 *
 * Return: the part in the reserved tail
 */
struct swsgx_secs *swsgx_secs(u32 secs)
{
	BUILD_BUG_ON(offsetof(struct sgx_secs, reserved4) > SWSGX_SECS_OFFSET);
	BUILD_BUG_ON(SWSGX_SECS_OFFSET + sizeof(struct swsgx_secs) > PAGE_SIZE);

	return swsgx_page(secs) + SWSGX_SECS_OFFSET;
}

/**
 * swsgx_is_secs() - Is this page a SECS?
 * @nr: page number
 */
bool swsgx_is_secs(u32 nr)
{
	lockdep_assert_held(&swsgx.lock);

	return swsgx.epcm[nr].valid &&
	       swsgx.epcm[nr].type == SGX_PAGE_TYPE_SECS;
}

/**
 * swsgx_is_child_type() - Does a page of this type belong to an enclave?
 * @type: enum sgx_page_type
 *
 * A SECS is its enclave, and a VA page belongs to nobody.
 */
bool swsgx_is_child_type(u8 type)
{
	return type == SGX_PAGE_TYPE_REG || type == SGX_PAGE_TYPE_TCS ||
	       type == SGX_PAGE_TYPE_TRIM;
}

/**
 * swsgx_in_elrange() - Is the address in the enclave's range?
 * @secs: page number of the SECS
 * @addr: linear address
 */
bool swsgx_in_elrange(u32 secs, u64 addr)
{
	struct sgx_secs *s = swsgx_arch_secs(secs);

	return addr >= s->base && addr - s->base < s->size;
}

/**
 * swsgx_tracked() - Have all threads left that may still use old translations?
 * @e: EPCM entry with the epoch of EBLOCK, EMODPR or EMODT
 *
 * True when ETRACK has come since, and the threads that were inside at that
 * ETRACK have left. SDM Vol. 3D, "Enclave Page Cache tracking".
 */
bool swsgx_tracked(const struct swsgx_epcm *e)
{
	struct swsgx_secs *p = swsgx_secs(e->secs);

	lockdep_assert_held(&swsgx.lock);

	return p->epoch > e->epoch + 1 ||
	       (p->epoch == e->epoch + 1 && !p->in_prev);
}

/**
 * swsgx_epcm_set() - Make an EPCM entry valid
 * @nr: page number, of an invalid entry
 * @type: enum sgx_page_type
 * @state: R, W, X, PENDING, MODIFIED, PR
 * @secs: page number of the SECS; 0 for a VA page
 * @linaddr: linear address, 0 for SECS and VA pages
 */
void swsgx_epcm_set(u32 nr, u8 type, u8 state, u32 secs, u64 linaddr)
{
	lockdep_assert_held(&swsgx.lock);

	swsgx.epcm[nr] = (struct swsgx_epcm) {
		.linaddr	= linaddr,
		.secs		= secs,
		.valid		= 1,
		.type		= type,
		.state		= state,
	};
	swsgx.nr_valid[type]++;
	if (swsgx_is_child_type(type))
		swsgx_secs(secs)->nr_children++;
	if (type != SGX_PAGE_TYPE_VA)
		swsgx.records[swsgx_secs(secs)->record].resident++;
}

/**
 * swsgx_epcm_clear() - Make an EPCM entry invalid
 * @nr: page number, of a valid entry
 */
void swsgx_epcm_clear(u32 nr)
{
	struct swsgx_epcm *e = &swsgx.epcm[nr];

	lockdep_assert_held(&swsgx.lock);

	if (swsgx_is_child_type(e->type))
		swsgx_secs(e->secs)->nr_children--;
	if (e->type != SGX_PAGE_TYPE_VA)
		swsgx.records[swsgx_secs(e->secs)->record].resident--;
	swsgx.nr_valid[e->type]--;
	e->valid = 0;
}

/**
 * swsgx_get_pageinfo() - Read a PAGEINFO operand
 * @addr: kernel linear address
 * @pi: where it goes
 *
 * Return: 0, or the exception that the access raises
 */
int swsgx_get_pageinfo(u64 addr, struct sgx_pageinfo *pi)
{
	if (!IS_ALIGNED(addr, 32))
		return SWSGX_GP;
	if (copy_from_kernel_nofault(pi, (void *)addr, sizeof(*pi)))
		return SWSGX_PF;
	return 0;
}

/**
 * swsgx_get_secinfo() - Read a SECINFO operand
 * @addr: kernel linear address
 * @si: where it goes
 *
 * Return: 0, or the exception that the access or a reserved bit raises
 */
int swsgx_get_secinfo(u64 addr, struct sgx_secinfo *si)
{
	const u64 known = SGX_SECINFO_PAGE_TYPE_MASK | SWSGX_STATE_MASK;

	if (!IS_ALIGNED(addr, 64))
		return SWSGX_GP;
	if (copy_from_kernel_nofault(si, (void *)addr, sizeof(*si)))
		return SWSGX_PF;
	if (si->flags & ~known ||
	    memchr_inv(si->reserved, 0, sizeof(si->reserved)))
		return SWSGX_GP;
	return 0;
}

/**
 * swsgx_check_target() - Find the EPC page that RCX names in nearly all leaves
 * @rcx: kernel linear address
 * @nr: the page number goes here
 *
 * Return: 0, or the exception: #GP if not aligned, #PF if not EPC
 */
int swsgx_check_target(u64 rcx, u32 *nr)
{
	if (!PAGE_ALIGNED(rcx))
		return SWSGX_GP;
	*nr = swsgx_kva_to_page(rcx);
	return *nr == SWSGX_NO_PAGE ? SWSGX_PF : 0;
}
