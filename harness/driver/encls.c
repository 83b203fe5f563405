// SPDX-License-Identifier: GPL-2.0
/*
 * What a CPU knows of each page of EPC: valid or not, whose, blocked, how many
 * children; and one number for its contents, so that a page that comes back as another
 * is found. Checked is what the driver could do wrong; SDM Vol. 3D, chapter 40.
 */
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/slab.h>
#include "../lib/guard.h"
#include "harness_sgx.h"

#define SGX_PG_INVLD		6
#define SGX_BLKSTATE		3

struct epcm {
	bool		valid;
	bool		blocked;
	bool		is_secs;
	struct epcm	*secs;
	unsigned int	nr_children;
	u64		contents;
};

static int guard;
static struct epcm *epcm;
static unsigned long nr_valid;

/* What is to go wrong. */
static struct {
	int nr;
	int ret;
} failing[HARNESS_NR_LEAVES];

static struct epcm *epcm_of(struct sgx_epc_page *page)
{
	return &epcm[harness_page_number(sgx_get_epc_phys_addr(page))];
}

void harness_encls_init(unsigned long nr_pages)
{
	epcm = calloc(nr_pages, sizeof(*epcm));
}

void harness_encls_fail(enum harness_leaf leaf, int nr, int ret)
{
	failing[leaf].ret = ret;
	__atomic_store_n(&failing[leaf].nr, nr, __ATOMIC_RELEASE);
}

static int must_fail(enum harness_leaf leaf)
{
	if (!__atomic_load_n(&failing[leaf].nr, __ATOMIC_ACQUIRE))
		return 0;
	if (failing[leaf].nr > 0)
		failing[leaf].nr--;
	return failing[leaf].ret;
}

unsigned long harness_nr_valid(void)
{
	return __atomic_load_n(&nr_valid, __ATOMIC_RELAXED);
}

static void set_valid(struct epcm *e, bool valid)
{
	e->valid = valid;
	__atomic_fetch_add(&nr_valid, valid ? 1 : -1, __ATOMIC_RELAXED);
}

static void invalidate(struct epcm *e)
{
	set_valid(e, false);
	if (e->secs)
		e->secs->nr_children--;
	e->secs = NULL;
}

/* ECREATE, EADD, EAUG, EPA and ELDU: a page that is not valid becomes so. */
int harness_encls_add(enum harness_leaf leaf, struct sgx_epc_page *page,
		      struct sgx_epc_page *secs, u64 contents)
{
	struct epcm *e = epcm_of(page);
	int ret;

	harness_guard(&guard);
	ret = must_fail(leaf);
	if (!ret && (e->valid || (secs && !epcm_of(secs)->valid)))
		ret = ENCLS_FAULT_FLAG | X86_TRAP_PF;
	if (!ret) {
		*e = (struct epcm){
			.is_secs	= leaf == HARNESS_ECREATE || (leaf == HARNESS_ELDU && !secs),
			.secs		= secs ? epcm_of(secs) : NULL,
			.contents	= contents,
		};
		set_valid(e, true);
		if (e->secs)
			e->secs->nr_children++;
	}
	harness_unguard(&guard);
	return ret;
}

int __eremove(void *addr)
{
	struct epcm *e = &epcm[harness_page_number((unsigned long)addr)];
	int ret;

	harness_guard(&guard);
	ret = must_fail(HARNESS_EREMOVE);
	if (!ret && e->valid && e->nr_children)
		ret = SGX_CHILD_PRESENT;
	if (!ret && e->valid)
		invalidate(e);
	harness_unguard(&guard);
	return ret;
}

int __eblock(void *addr)
{
	struct epcm *e = &epcm[harness_page_number((unsigned long)addr)];
	int ret;

	harness_guard(&guard);
	ret = must_fail(HARNESS_EBLOCK);
	if (!ret && !e->valid)
		ret = SGX_PG_INVLD;
	if (!ret && e->blocked)
		ret = SGX_BLKSTATE;
	e->blocked = true;
	harness_unguard(&guard);
	return ret;
}

/* EWB: of a blocked page, or of a SECS without children. */
int harness_encls_write(struct sgx_epc_page *page, u64 *contents)
{
	struct epcm *e = epcm_of(page);
	int ret;

	harness_guard(&guard);
	ret = must_fail(HARNESS_EWB);
	if (!ret && !e->valid)
		ret = ENCLS_FAULT_FLAG | X86_TRAP_PF;
	if (!ret && e->nr_children)
		ret = SGX_CHILD_PRESENT;
	if (!ret && !e->is_secs && !e->blocked)
		ret = ENCLS_FAULT_FLAG | X86_TRAP_GP;
	if (!ret) {
		*contents = e->contents;
		invalidate(e);
	}
	harness_unguard(&guard);
	return ret;
}

/* All pages lose what they are, as in a suspend. */
void harness_lose_epc(void)
{
	unsigned long i;

	for (i = 0; i < harness_nr_pages(); i++) {
		if (epcm[i].valid)
			set_valid(&epcm[i], false);
		epcm[i] = (struct epcm){ };
	}
}

u64 harness_peek(struct sgx_epc_page *page)
{
	struct epcm *e = epcm_of(page);
	u64 contents;
	bool valid;

	harness_guard(&guard);
	valid = e->valid;
	contents = e->contents;
	harness_unguard(&guard);
	if (!valid)
		harness_fail("use of a page of EPC that is not valid");
	return contents;
}

void harness_poke(struct sgx_epc_page *page, u64 contents)
{
	harness_peek(page);
	harness_guard(&guard);
	epcm_of(page)->contents = contents;
	harness_unguard(&guard);
}
