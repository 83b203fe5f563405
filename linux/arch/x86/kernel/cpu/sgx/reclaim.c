// SPDX-License-Identifier: GPL-2.0
/*
 * Writing pages of an enclave out of the EPC, encrypted, to ordinary memory.
 *
 * This is the mechanism below batch.c, which chooses the pages. A batch of
 * one enclave is done under one hold of encl->lock, so that nobody ever sees a
 * page half-way: a fault finds it either in the EPC or written out. The VMAs that
 * map a page are found through the enclave's own address_space and not through
 * the processes, because a process can hold its mmap_lock for as long as it likes.
 */

#include <linux/mm.h>
#include <linux/sched/clock.h>
#include <linux/sched/mm.h>
#include "encl.h"
#include "encls.h"
#include "epc_cgroup.h"

/* What EBLOCK says of a page that lost its contents with the power of the EPC. */
#define SGX_PG_INVLD	6

/* For how long to try to get a lock of an enclave. */
#define SGX_TRYLOCK_NSEC	(100 * NSEC_PER_USEC)

/* VMAs that map an address of an enclave. Their offsets are addresses, see sgx_mmap(). */
#define sgx_for_each_vma(vma, encl, addr)					\
	vma_interval_tree_foreach(vma, &(encl)->holder.mapping.i_mmap,		\
				  PFN_DOWN(addr), PFN_DOWN(addr))

/* Where such a VMA has it: at that address, but in the copy that mremap() makes. */
static unsigned long sgx_addr_in_vma(struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_start + ((PFN_DOWN(addr) - vma->vm_pgoff) << PAGE_SHIFT);
}

/**
 * sgx_vma_mremap() - refuse to move a part of an enclave
 * @vma: the new place, to which the page tables were moved
 *
 * Code and data of an enclave work at one address only, and by its address is found
 * who maps a page.
 *
 * Context: mmap_lock held for writing.
 * Return: -EINVAL
 */
int sgx_vma_mremap(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static void sgx_zap_page(struct sgx_encl *encl, unsigned long addr)
{
	struct vm_area_struct *vma;

	i_mmap_assert_locked(&encl->holder.mapping);

	sgx_for_each_vma(vma, encl, addr)
		zap_vma_ptes(vma, sgx_addr_in_vma(vma, addr), PAGE_SIZE);
}

/**
 * sgx_zap_enclave_ptes() - unmap a page from all processes
 * @encl: enclave
 * @addr: address of the page
 *
 * A fork that copies page tables meanwhile is no way out: the child's VMA is in
 * the tree before its PTEs are copied, and behind the parent's.
 *
 * Context: Process context, may hold encl->lock. Hold it to keep the page from
 * being mapped again.
 */
void sgx_zap_enclave_ptes(struct sgx_encl *encl, unsigned long addr)
{
	i_mmap_lock_read(&encl->holder.mapping);
	sgx_zap_page(encl, addr);
	i_mmap_unlock_read(&encl->holder.mapping);
}

/* Has anybody used the page since it was last asked? */
static bool sgx_test_and_clear_young(struct sgx_encl *encl, unsigned long addr)
{
	struct vm_area_struct *vma;
	bool young = false;
	unsigned long at;
	spinlock_t *ptl;
	pte_t *pte;

	i_mmap_assert_locked(&encl->holder.mapping);

	sgx_for_each_vma(vma, encl, addr) {
		at = sgx_addr_in_vma(vma, addr);
		if (follow_pte(vma->vm_mm, at, &pte, &ptl))
			continue;
		/* sparse does not see that follow_pte() has locked. */
		__acquire(ptl);
		young |= ptep_test_and_clear_young(vma, at, pte);
		pte_unmap_unlock(pte, ptl);
	}
	return young;
}

static bool sgx_trylock_pages(struct sgx_encl *encl)
{
	return mutex_trylock(&encl->lock);
}

static bool sgx_trylock_mappings(struct sgx_encl *encl)
{
	return i_mmap_trylock_read(&encl->holder.mapping);
}

/*
 * Whoever has the lock has it for some microseconds as a rule. Each time that it is
 * not got the enclave keeps pages that are older than those of others. But where it
 * was taken for long, to try anew for every batch would be all that a waiter does.
 */
static bool sgx_encl_spin(struct sgx_encl *encl, bool (*trylock)(struct sgx_encl *encl))
{
	u64 end = local_clock() + SGX_TRYLOCK_NSEC;

	while (!trylock(encl)) {
		if (local_clock() > end || sgx_holder_busy_for_long(&encl->holder))
			return false;
		cond_resched();
		cpu_relax();
	}
	return true;
}

/*
 * A task that is over memory.high sleeps when it allocates more, here with encl->lock
 * held. What is allocated here is another one's, who is not made to wait for it: ksgxd,
 * which never returns to user space, would add it up.
 */
#ifdef CONFIG_MEMCG
static unsigned int sgx_set_over_high(unsigned int nr_pages)
{
	unsigned int old = current->memcg_nr_pages_over_high;

	current->memcg_nr_pages_over_high = nr_pages;
	return old;
}
#else
static unsigned int sgx_set_over_high(unsigned int nr_pages)
{
	return 0;
}
#endif

/**
 * sgx_encl_get_backing() - get the memory that holds a page which is written out
 * @encl: enclave
 * @page_index: index of the page in the enclave, one past the last for the SECS
 * @backing: filled in; sgx_encl_put_backing() gives it back
 * @gfp: flags to allocate it with, beside those of the mapping
 *
 * The memory cgroup of the enclave's creator pays, in whatever context this runs, and
 * pays again when what was swapped out comes back.
 *
 * Context: Process context, encl->lock held.
 * Return: 0 or -errno.
 */
int sgx_encl_get_backing(struct sgx_encl *encl, unsigned long page_index,
			 struct sgx_backing *backing, gfp_t gfp)
{
	unsigned int over_high = sgx_set_over_high(0);
	struct mem_cgroup *memcg;
	int ret;

	lockdep_assert_held(&encl->lock);

	memcg = set_active_memcg(encl->holder.memcg);
	ret = __sgx_encl_get_backing(encl, page_index, backing, gfp);
	set_active_memcg(memcg);
	sgx_set_over_high(over_high);

	return ret;
}

/**
 * sgx_encl_alloc_backing() - get the memory to which a page is written
 * @encl: enclave
 * @page_index: index of the page in the enclave, one past the last for the SECS
 * @backing: filled in; sgx_encl_put_backing() gives it back
 *
 * When the memory cgroup that pays is full this fails and the page stays where it is:
 * nobody is killed for memory on behalf of a tenant who only asked for EPC.
 *
 * Context: Process context, encl->lock held.
 * Return: 0 or -errno.
 */
int sgx_encl_alloc_backing(struct sgx_encl *encl, unsigned long page_index,
			   struct sgx_backing *backing)
{
	return sgx_encl_get_backing(encl, page_index, backing, __GFP_NORETRY | __GFP_NOWARN);
}

static unsigned long sgx_page_addr(struct sgx_epc_page *page)
{
	return page->owner->desc & PAGE_MASK;
}

/* A dead enclave needs none of its pages. */
static bool sgx_encl_needs(struct sgx_encl *encl, struct sgx_epc_page *page, bool young,
			   enum sgx_age age)
{
	return !encl->holder.dead &&
	       (READ_ONCE(page->poison) || (young && age == SGX_SPARE_YOUNG));
}

/*
 * Choose those of the isolated pages that are to go, and unmap them from all processes.
 * False if that would have to wait.
 */
static bool sgx_encl_unmap(struct sgx_encl *encl, struct sgx_epc_page **pages,
			   unsigned int nr, enum sgx_age age, unsigned long *chosen)
{
	unsigned long addr;
	unsigned int i;
	bool young;

	if (!sgx_encl_spin(encl, sgx_trylock_mappings))
		return false;
	for (i = 0; i < nr; i++) {
		addr = sgx_page_addr(pages[i]);
		young = sgx_test_and_clear_young(encl, addr);
		if (sgx_encl_needs(encl, pages[i], young, age))
			continue;
		sgx_zap_page(encl, addr);
		__set_bit(i, chosen);
	}
	i_mmap_unlock_read(&encl->holder.mapping);

	return true;
}

/* Those for which there is no memory stay. */
static void sgx_encl_alloc_backings(struct sgx_encl *encl, struct sgx_epc_page **pages,
				    unsigned long *chosen, struct sgx_backing *backing)
{
	unsigned long index;
	unsigned int i;
	int ret;

	for_each_set_bit(i, chosen, SGX_NR_TO_SCAN) {
		index = PFN_DOWN(sgx_page_addr(pages[i]) - encl->base);
		ret = sgx_encl_alloc_backing(encl, index, &backing[i]);
		WRITE_ONCE(encl->holder.cannot_spill, ret);
		if (ret) {
			sgx_cgroup_count(encl->holder.cg, SGX_STAT_SKIPPED, 1);
			__clear_bit(i, chosen);
		}
	}
}

static void sgx_encl_block(struct sgx_epc_page *page)
{
	int ret = __eblock(sgx_get_epc_virt_addr(page));

	/* What a suspend has lost is freed like the rest; EWB then writes nothing. */
	if (ret != SGX_PG_INVLD && encls_failed(ret))
		ENCLS_WARN(ret, "EBLOCK");
}

static void sgx_encl_write_page(struct sgx_encl *encl, struct sgx_epc_page *page,
				struct sgx_backing *backing)
{
	struct sgx_encl_page *entry = page->owner;

	sgx_encl_ewb(page, backing);
	sgx_encl_put_backing(backing);
	entry->epc_page = NULL;
	encl->secs_child_cnt--;
	sgx_free_epc_page(page);
}

/* Once its last child is written out, so can the SECS be. */
static struct sgx_epc_page *sgx_encl_write_secs(struct sgx_encl *encl)
{
	struct sgx_epc_page *secs = encl->secs.epc_page;
	struct sgx_backing backing;

	if (encl->secs_child_cnt || !test_bit(SGX_ENCL_INITIALIZED, &encl->flags))
		return NULL;
	if (sgx_encl_alloc_backing(encl, PFN_DOWN(encl->size), &backing))
		return NULL;

	sgx_encl_ewb(secs, &backing);
	sgx_encl_put_backing(&backing);
	encl->secs.epc_page = NULL;
	return secs;
}

/*
 * Write the chosen pages out, which are not mapped. EBLOCK all before the first EWB: they
 * then share one ETRACK.
 */
static unsigned int sgx_encl_write_pages(struct sgx_encl *encl, struct sgx_epc_page **pages,
					 unsigned long *chosen)
{
	struct sgx_backing backing[SGX_NR_TO_SCAN];
	struct sgx_epc_page *secs = NULL;
	unsigned int nr_written;
	unsigned int i;

	sgx_encl_alloc_backings(encl, pages, chosen, backing);
	for_each_set_bit(i, chosen, SGX_NR_TO_SCAN) {
		sgx_cgroup_start_write(pages[i]);
		sgx_encl_block(pages[i]);
	}
	for_each_set_bit(i, chosen, SGX_NR_TO_SCAN) {
		sgx_encl_write_page(encl, pages[i], &backing[i]);
		pages[i] = NULL;
	}
	nr_written = bitmap_weight(chosen, SGX_NR_TO_SCAN);
	if (nr_written)
		secs = sgx_encl_write_secs(encl);
	if (secs)
		sgx_encl_free_epc_page(secs);
	sgx_holder_count_written(&encl->holder, nr_written + !!secs);
	sgx_cgroup_end_write(encl->holder.cg, nr_written);

	return nr_written + !!secs;
}

/**
 * sgx_encl_write_back() - write pages of an enclave out and free them
 * @encl: enclave, to which the caller has a reference
 * @pages: isolated pages of it; those that are freed become %NULL
 * @nr: number of pages, at most SGX_NR_TO_SCAN
 * @age: whether to leave pages that were used recently
 *
 * An enclave whose locks are taken is not waited for, since a tenant has a hand in
 * how long that lasts. Pages of a dead one are freed unwritten.
 *
 * Context: Process context, no lock of an enclave held; mmap_lock may be held.
 * Return: number of pages that were freed, with the SECS if it went too, or -EBUSY
 * if a lock of the enclave is taken.
 */
int sgx_encl_write_back(struct sgx_encl *encl, struct sgx_epc_page **pages,
			unsigned int nr, enum sgx_age age)
{
	DECLARE_BITMAP(chosen, SGX_NR_TO_SCAN) = { };
	int ret;

	if (!sgx_encl_spin(encl, sgx_trylock_pages))
		return -EBUSY;
	if (!sgx_encl_unmap(encl, pages, nr, age, chosen))
		ret = -EBUSY;
	else if (encl->holder.dead)
		ret = sgx_encl_drop_isolated(encl, pages, nr);
	else
		ret = sgx_encl_write_pages(encl, pages, chosen);
	mutex_unlock(&encl->lock);

	return ret;
}
