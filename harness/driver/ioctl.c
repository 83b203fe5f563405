// SPDX-License-Identifier: GPL-2.0
/* What user space does with /dev/sgx_enclave. */
#include <harness/harness.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "encl_internal.h"
#include "harness_sgx.h"

/* Enclaves lie one behind the other, wherever their VMAs are. */
#define ENCL_ALIGN	0x1000000000UL

static void encl_vma_close(struct vm_area_struct *vma)
{
}

const struct vm_operations_struct sgx_vm_ops = {
	.fault = sgx_encl_fault,
	.close = encl_vma_close,
};

struct sgx_encl *harness_encl(struct file *file)
{
	return file->private_data;
}

static void encl_file_release(struct file *file)
{
	kref_put(&harness_encl(file)->refcount, sgx_encl_release);
}

/* An enclave is mapped as a whole, where it is. */
static int encl_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct sgx_encl *encl = harness_encl(file);

	if (READ_ONCE(encl->holder.dead))
		return -ENOMEM;
	vma->vm_start = encl->base;
	vma->vm_end = encl->base + encl->size;
	vma->vm_ops = &sgx_vm_ops;
	vma->vm_private_data = encl;
	vma->vm_pgoff = PFN_DOWN(vma->vm_start);
	return 0;
}

struct file *harness_encl_open(void)
{
	struct sgx_encl *encl = kzalloc(sizeof(*encl), GFP_KERNEL);
	struct file *file;

	if (!encl)
		return ERR_PTR(-ENOMEM);
	file = harness_file_new(encl, encl_mmap, encl_file_release);
	if (IS_ERR(file)) {
		kfree(encl);
		return file;
	}
	kref_init(&encl->refcount);
	xa_init(&encl->page_array);
	mutex_init(&encl->lock);
	INIT_LIST_HEAD(&encl->va_pages);
	encl->secs.encl = encl;
	sgx_holder_init(&encl->holder, SGX_HOLDER_ENCLAVE, file);
	return file;
}

static int create(struct sgx_encl *encl, unsigned long nr_pages)
{
	struct sgx_va_page *va_page = harness_encl_grow(encl, true);
	struct sgx_epc_page *page;
	int ret;

	if (IS_ERR(va_page))
		return PTR_ERR(va_page);
	if (va_page)
		list_add(&va_page->list, &encl->va_pages);
	encl->backing = harness_backing_new();
	if (IS_ERR(encl->backing)) {
		ret = PTR_ERR(encl->backing);
		goto err_shrink;
	}
	page = sgx_holder_alloc_page(&encl->holder, &encl->secs, true);
	if (IS_ERR(page)) {
		ret = PTR_ERR(page);
		goto err_backing;
	}
	encl->secs.epc_page = page;
	if (harness_encls_add(HARNESS_ECREATE, page, NULL, 0)) {
		ret = -EIO;
		goto err_page;
	}
	encl->base = ENCL_ALIGN * encl->holder.id;
	encl->size = nr_pages * PAGE_SIZE;
	set_bit(SGX_ENCL_CREATED, &encl->flags);
	return 0;

err_page:
	sgx_encl_free_epc_page(page);
	encl->secs.epc_page = NULL;
err_backing:
	fput(encl->backing);
err_shrink:
	encl->backing = NULL;
	harness_encl_shrink(encl, va_page);
	return ret;
}

int harness_encl_create(struct file *file, unsigned long nr_pages)
{
	struct sgx_encl *encl = harness_encl(file);
	int ret;

	if (test_bit(SGX_ENCL_CREATED, &encl->flags))
		return -EINVAL;
	sgx_holder_charge_current(&encl->holder);
	ret = create(encl, nr_pages);
	if (ret)
		sgx_holder_exit(&encl->holder);
	return ret;
}

int sgx_encl_add_page(struct sgx_encl *encl, struct page *src_page, unsigned long offset,
		      struct sgx_secinfo *secinfo, unsigned long flags)
{
	struct sgx_encl_page *entry = harness_encl_page_new(encl, PFN_DOWN(offset));
	struct sgx_va_page *va_page;
	struct sgx_epc_page *page;
	int ret;

	if (IS_ERR(entry))
		return PTR_ERR(entry);
	page = sgx_holder_alloc_page(&encl->holder, entry, true);
	if (IS_ERR(page)) {
		kfree(entry);
		return PTR_ERR(page);
	}
	va_page = harness_encl_grow(encl, true);
	ret = PTR_ERR_OR_ZERO(va_page);
	if (!ret) {
		mutex_lock(&encl->lock);
		ret = harness_encl_insert(encl, entry, page, va_page, HARNESS_EADD);
		mutex_unlock(&encl->lock);
	}
	if (ret) {
		sgx_encl_free_epc_page(page);
		kfree(entry);
	}
	return ret;
}

int harness_encl_add(struct file *file, unsigned long index)
{
	return harness_encl_add_from(file, index, HARNESS_SOURCE);
}

int harness_encl_add_from(struct file *file, unsigned long index, unsigned long src)
{
	struct sgx_encl *encl = harness_encl(file);
	struct sgx_secinfo secinfo = { 0 };

	if (!test_bit(SGX_ENCL_CREATED, &encl->flags) ||
	    test_bit(SGX_ENCL_INITIALIZED, &encl->flags) || index >= PFN_DOWN(encl->size))
		return -EINVAL;
	if (signal_pending(current))
		return -ERESTARTSYS;
	return sgx_encl_add_user_page(encl, src, index * PAGE_SIZE, &secinfo, 0);
}

int harness_encl_init(struct file *file)
{
	struct sgx_encl *encl = harness_encl(file);
	int ret = 0;

	if (!test_bit(SGX_ENCL_CREATED, &encl->flags))
		return -EINVAL;
	mutex_lock(&encl->lock);
	if (encl->holder.dead)
		ret = -ENOMEM;
	else
		set_bit(SGX_ENCL_INITIALIZED, &encl->flags);
	mutex_unlock(&encl->lock);
	return ret;
}

/* As the SGX2 ioctls that change pages, of which each drops encl->lock in between. */
int harness_encl_modify(struct file *file, unsigned long index, unsigned long nr,
			unsigned long *nr_done)
{
	struct sgx_encl *encl = harness_encl(file);
	struct sgx_encl_page *entry;
	long ret = 0;

	for (*nr_done = 0; *nr_done < nr; (*nr_done)++) {
		entry = sgx_encl_lock_page(encl, encl->base + (index + *nr_done) * PAGE_SIZE);
		if (IS_ERR(entry)) {
			ret = PTR_ERR(entry);
			mutex_unlock(&encl->lock);
			break;
		}
		mutex_unlock(&encl->lock);
		sgx_zap_enclave_ptes(encl, entry->desc);
		mutex_lock(&encl->lock);
		mutex_unlock(&encl->lock);
	}
	return sgx_encl_unlock_pages(encl, ret, *nr_done * PAGE_SIZE);
}

int harness_encl_remove(struct file *file, unsigned long index)
{
	struct sgx_encl *encl = harness_encl(file);
	struct sgx_encl_page *entry;
	int ret = 0;

	entry = sgx_encl_lock_page(encl, encl->base + index * PAGE_SIZE);
	if (IS_ERR(entry)) {
		ret = PTR_ERR(entry);
	} else if (sgx_unmark_page_reclaimable(entry->epc_page)) {
		ret = -EBUSY;
	} else {
		sgx_zap_enclave_ptes(encl, entry->desc);
		sgx_encl_free_epc_page(entry->epc_page);
		encl->secs_child_cnt--;
		xa_erase(&encl->page_array, PFN_DOWN(entry->desc));
		kfree(entry);
		encl->page_cnt--;
	}
	mutex_unlock(&encl->lock);
	return sgx_encl_unlock_pages(encl, ret, 0);
}

/* All at once: an initialized enclave of @size pages, of which the first @nr_pages exist. */
struct file *harness_encl_build(unsigned long size, unsigned long nr_pages, int *ret)
{
	struct file *file = harness_encl_open();
	unsigned long i;

	if (IS_ERR(file)) {
		*ret = PTR_ERR(file);
		return NULL;
	}
	*ret = harness_encl_create(file, size);
	for (i = 0; i < nr_pages && !*ret; i++)
		*ret = harness_encl_add(file, i);
	if (!*ret)
		*ret = harness_encl_init(file);
	if (!*ret)
		return file;
	fput(file);
	return NULL;
}
