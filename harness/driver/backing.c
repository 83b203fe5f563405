// SPDX-License-Identifier: GPL-2.0
/* Files, and the ordinary memory to which pages of an enclave are written. */
#include <harness/harness.h>
#include <linux/memcontrol.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include "encl_internal.h"

struct file *harness_file_new(void *private, int (*mmap)(struct file *file,
							  struct vm_area_struct *vma),
			      void (*release)(struct file *file))
{
	struct file *file = kzalloc(sizeof(*file), GFP_KERNEL);
	struct address_space *mapping = kzalloc(sizeof(*mapping), GFP_KERNEL);
	struct inode *inode = kzalloc(sizeof(*inode), GFP_KERNEL);

	if (!file || !mapping || !inode) {
		kfree(file);
		kfree(mapping);
		kfree(inode);
		return ERR_PTR(-ENOMEM);
	}
	kref_init(&file->count);
	address_space_init_once(mapping);
	inode->private = mapping;
	file->f_inode = inode;
	file->f_mapping = mapping;
	file->private_data = private;
	file->mmap = mmap;
	file->release = release;
	return file;
}

static void file_release(struct kref *ref)
{
	struct file *file = container_of(ref, struct file, count);

	if (file->release)
		file->release(file);
	if (file->f_inode) {
		kfree(file->f_inode->private);
		kfree(file->f_inode);
	}
	kfree(file);
}

void fput(struct file *file)
{
	kref_put(&file->count, file_release);
}

/* The pages of a backing file are in its inode. */
struct backing_inode {
	struct inode	inode;
	struct xarray	pages;
};

static struct backing_inode *backing_of(struct inode *inode)
{
	return container_of(inode, struct backing_inode, inode);
}

static void free_page(struct page *page)
{
	if (!page)
		return;
	if (atomic_read(&page->refs))
		harness_fail("a page of memory is freed that somebody uses");
	if (page->memcg) {
		atomic_long_dec(&page->memcg->usage);
		mem_cgroup_put(page->memcg);
	}
	kfree(page);
}

static void backing_release(struct file *file)
{
	shmem_truncate_range(file->f_inode, 0, (loff_t)-1);
}

struct file *harness_backing_new(void)
{
	struct backing_inode *backing = kzalloc(sizeof(*backing), GFP_KERNEL);
	struct file *file;

	if (!backing)
		return ERR_PTR(-ENOMEM);
	file = harness_file_new(NULL, NULL, backing_release);
	if (IS_ERR(file)) {
		kfree(backing);
		return file;
	}
	xa_init(&backing->pages);
	backing->inode.private = file->f_inode->private;
	kfree(file->f_inode);
	file->f_inode = &backing->inode;
	return file;
}

void shmem_truncate_range(struct inode *inode, loff_t first, loff_t last)
{
	struct backing_inode *backing = backing_of(inode);
	struct page *page;
	unsigned long i;

	might_sleep();
	xa_for_each_start(&backing->pages, i, page, PFN_DOWN((unsigned long)first)) {
		if (i > PFN_DOWN((unsigned long)last))
			break;
		xa_erase(&backing->pages, i);
		free_page(page);
	}
}

void (*harness_on_memory_refused)(void);

/* As try_charge_memcg(): after a batch of pages over memory.high the next charge sleeps. */
#define MEMCG_CHARGE_BATCH	64

static void charge_high(struct mem_cgroup *memcg)
{
	if (current->memcg_nr_pages_over_high > MEMCG_CHARGE_BATCH)
		harness_fail("a thread sleeps for another one's memory.high");
	if (memcg->high && atomic_long_read(&memcg->usage) > memcg->high)
		current->memcg_nr_pages_over_high++;
}

/* A page of memory, for which the active memory cgroup pays if it can. */
static struct page *new_page(gfp_t gfp)
{
	struct mem_cgroup *memcg = current->active_memcg;
	struct page *page = kzalloc(sizeof(*page), GFP_KERNEL | gfp);

	if (!page || !memcg)
		return page;
	if (atomic_long_inc_return(&memcg->usage) > READ_ONCE(memcg->limit)) {
		atomic_long_dec(&memcg->usage);
		if (!(gfp & __GFP_NORETRY))
			harness_fail("the OOM killer is invoked for a full memory cgroup");
		kfree(page);
		if (harness_on_memory_refused)
			harness_on_memory_refused();
		return NULL;
	}
	charge_high(memcg);
	atomic_inc(&memcg->refs);
	page->memcg = memcg;
	return page;
}

int __sgx_encl_get_backing(struct sgx_encl *encl, unsigned long page_index,
			   struct sgx_backing *backing, gfp_t gfp)
{
	struct xarray *pages = &backing_of(file_inode(encl->backing))->pages;
	struct page *page = xa_load(pages, page_index);
	int ret;

	if (!page) {
		page = new_page(gfp);
		if (!page)
			return -ENOMEM;
		ret = xa_insert(pages, page_index, page, GFP_KERNEL);
		if (ret) {
			free_page(page);
			return ret;
		}
	}
	atomic_inc(&page->refs);
	backing->contents = page;
	return 0;
}

void sgx_encl_put_backing(struct sgx_backing *backing)
{
	atomic_dec(&backing->contents->refs);
}

int harness_backing_read(struct file *file, unsigned long index, u64 *contents)
{
	struct page *page = xa_load(&backing_of(file_inode(file))->pages, index);

	if (!page)
		return -ENOENT;
	*contents = page->contents;
	return 0;
}

void harness_backing_drop(struct file *file, unsigned long index)
{
	shmem_truncate_range(file_inode(file), index * PAGE_SIZE, (index + 1) * PAGE_SIZE - 1);
}
