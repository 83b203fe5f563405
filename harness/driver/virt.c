// SPDX-License-Identifier: GPL-2.0
/* What a virtual machine monitor does with /dev/sgx_vepc. */
#include <harness/harness.h>
#include <linux/slab.h>
#include "encl_internal.h"
#include "harness_sgx.h"

static const struct vm_operations_struct vepc_vm_ops = {
	.fault = sgx_vepc_fault,
};

struct sgx_vepc *harness_vepc(struct file *file)
{
	return file->private_data;
}

static int vepc_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct sgx_vepc *vepc = harness_vepc(file);

	if (READ_ONCE(vepc->holder.dead))
		return -ENOMEM;
	vma->vm_ops = &vepc_vm_ops;
	vma->vm_private_data = vepc;
	sgx_holder_mapped(&vepc->holder, vma);
	return 0;
}

static void vepc_file_release(struct file *file)
{
	sgx_vepc_release(file_inode(file), file);
}

struct file *harness_vepc_open(void)
{
	struct sgx_vepc *vepc = kzalloc(sizeof(*vepc), GFP_KERNEL);
	struct file *file;

	if (!vepc)
		return ERR_PTR(-ENOMEM);
	file = harness_file_new(vepc, vepc_mmap, vepc_file_release);
	if (IS_ERR(file)) {
		kfree(vepc);
		return file;
	}
	mutex_init(&vepc->lock);
	xa_init(&vepc->page_array);
	kref_init(&vepc->refcount);
	sgx_holder_init(&vepc->holder, SGX_HOLDER_VEPC, file);
	sgx_holder_charge_current(&vepc->holder);
	return file;
}
