// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of EPC in one or two sections, each on a node of its own, and those that are
 * free. As hooks/0030-sgx-alloc-free.cocci has it: first free, then uncharge.
 */
#include <stdlib.h>
#include <harness/harness.h>
#include <string.h>
#include <linux/atomic.h>
#include "harness_sgx.h"

#define MAX_SECTIONS	2
#define SECTION_PHYS	0x100000000UL

struct node {
	spinlock_t		lock;
	struct list_head	free_pages;
	struct list_head	poisoned_pages;
};

static struct section {
	struct sgx_epc_page	*pages;
	unsigned long		nr_pages;
	struct node		node;
} section[MAX_SECTIONS];

static unsigned int nr_sections;
static atomic_long_t nr_free;
static bool ksgxd_wanted;

static struct node *node_of(struct sgx_epc_page *page)
{
	return &section[page->section].node;
}

unsigned long sgx_get_epc_phys_addr(struct sgx_epc_page *page)
{
	return (page->section + 1) * SECTION_PHYS +
	       (page - section[page->section].pages) * PAGE_SIZE;
}

void *sgx_get_epc_virt_addr(struct sgx_epc_page *page)
{
	return (void *)sgx_get_epc_phys_addr(page);
}

/* Number of a page, or of the page at a physical or virtual address. */
static unsigned long page_number(unsigned int i, unsigned long offset)
{
	return offset / PAGE_SIZE + (i ? section[0].nr_pages : 0);
}

unsigned long harness_page_number(unsigned long addr)
{
	return page_number(addr / SECTION_PHYS - 1, addr % SECTION_PHYS);
}

unsigned long harness_nr_pages(void)
{
	return section[0].nr_pages + section[1].nr_pages;
}

struct sgx_epc_page *harness_page(unsigned long number)
{
	if (number < section[0].nr_pages)
		return &section[0].pages[number];
	return &section[1].pages[number - section[0].nr_pages];
}

unsigned long harness_nr_free(void)
{
	return atomic_long_read(&nr_free);
}

static struct sgx_epc_page *take_free_page(struct node *node)
{
	struct sgx_epc_page *page;

	spin_lock(&node->lock);
	page = list_first_entry_or_null(&node->free_pages, struct sgx_epc_page, list);
	if (page) {
		list_del_init(&page->list);
		page->flags = 0;
		atomic_long_dec(&nr_free);
	}
	spin_unlock(&node->lock);
	return page;
}

struct sgx_epc_page *__sgx_alloc_epc_page(void)
{
	struct sgx_epc_page *page = NULL;
	unsigned int i;

	for (i = 0; i < nr_sections && !page; i++)
		page = take_free_page(&section[i].node);
	return page ?: ERR_PTR(-ENOMEM);
}

void sgx_free_epc_page(struct sgx_epc_page *page)
{
	struct sgx_cgroup *cg = sgx_cgroup_detach_page(page);
	struct node *node = node_of(page);

	spin_lock(&node->lock);
	if (page->flags & SGX_EPC_PAGE_IS_FREE)
		harness_fail("page of EPC is freed twice");
	if (page->flags & SGX_EPC_PAGE_RECLAIMER_TRACKED)
		harness_fail("page of EPC is freed while it can be reclaimed");
	list_add_tail(&page->list, page->poison ? &node->poisoned_pages : &node->free_pages);
	if (!page->poison)
		atomic_long_inc(&nr_free);
	page->flags = SGX_EPC_PAGE_IS_FREE;
	spin_unlock(&node->lock);
	sgx_cgroup_uncharge(cg);
}

/* A memory error, as arch_memory_failure() is told of it. */
void harness_poison(struct sgx_epc_page *page)
{
	struct node *node = node_of(page);

	spin_lock(&node->lock);
	if (!page->poison) {
		WRITE_ONCE(page->poison, 1);
		sgx_cgroup_count(&sgx_cgroup_root, SGX_STAT_POISONED, 1);
		if (page->flags & SGX_EPC_PAGE_IS_FREE) {
			list_move(&page->list, &node->poisoned_pages);
			atomic_long_dec(&nr_free);
		} else {
			sgx_unmark_page_reclaimable(page);
		}
	}
	spin_unlock(&node->lock);
}

static void add_section(unsigned int index, unsigned long nr_pages)
{
	struct section *s = &section[index];
	unsigned long i;

	spin_lock_init(&s->node.lock);
	INIT_LIST_HEAD(&s->node.free_pages);
	INIT_LIST_HEAD(&s->node.poisoned_pages);
	s->pages = calloc(nr_pages, sizeof(*s->pages));
	s->nr_pages = nr_pages;
	for (i = 0; i < nr_pages; i++) {
		s->pages[i].section = index;
		s->pages[i].flags = SGX_EPC_PAGE_IS_FREE;
		list_add_tail(&s->pages[i].list, &s->node.free_pages);
	}
	atomic_long_add(nr_pages, &nr_free);
	sgx_cgroup_add_capacity(nr_pages * PAGE_SIZE);
}

int harness_sgx_init(unsigned long nr_pages, unsigned int nr)
{
	unsigned int i;
	int ret;

	nr_sections = nr;
	for (i = 0; i < nr; i++)
		add_section(i, nr_pages / nr);
	harness_encls_init(harness_nr_pages());
	ret = sgx_cgroup_init();
	if (ret)
		sgx_cgroup_exit();
	return ret;
}

/* Everything as after boot, where a process does many tests. Nothing may be in use. */
void harness_sgx_reset(void)
{
	harness_reinit(sizeof(struct misc_cg));
	if (harness_nr_free() != harness_nr_pages() || harness_nr_valid())
		harness_fail("EPC is in use where the harness should begin anew");
	sgx_cgroup_exit();
	memset(&sgx_cgroup_root, 0, sizeof(sgx_cgroup_root));
	ksgxd_wanted = false;
	if (sgx_cgroup_init())
		harness_fail("the EPC cgroup does not start");
}

/* Wake the thread that reclaims when few pages are free; it has no thread here. */
void sgx_wake_ksgxd(void)
{
	if (harness_nr_free() < SGX_NR_LOW_PAGES && sgx_cgroup_reclaimable())
		WRITE_ONCE(ksgxd_wanted, true);
}

bool harness_ksgxd_wanted(void)
{
	return ksgxd_wanted;
}

/* What it does when it is woken. Return how many batches that took. */
unsigned int harness_ksgxd_pass(void)
{
	unsigned int nr = 0;

	WRITE_ONCE(ksgxd_wanted, false);
	while (harness_nr_free() < SGX_NR_HIGH_PAGES && sgx_cgroup_reclaimable()) {
		sgx_cgroup_reclaim_background();
		nr++;
		cond_resched();
	}
	return nr;
}
