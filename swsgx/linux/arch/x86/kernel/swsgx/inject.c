// SPDX-License-Identifier: GPL-2.0
/*
 * Faults on purpose, for tests of what the driver does about them.
 *
 *   swsgx_dirty=N	at boot, makes N pages of the EPC valid before the driver
 *			starts, as another kernel leaves them behind at a kexec
 *
 * and in /sys/kernel/debug/swsgx:
 *
 * dirty		how many pages that were (read-only)
 * fail_eremove		so many times EREMOVE of a valid page will fail
 * poison_address	write-only: the page that the writer has mapped at that address
 *			has a memory error
 * poison_pfn		the same by physical page number; reads the last one
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include "inject.h"
#include "swsgx.h"

static u32 dirty_wanted;
static u32 nr_dirty;
static u32 fail_eremove;
static u64 poisoned;

/**
 * swsgx_inject_eremove() - EREMOVE, or what was asked for instead
 * @ops: as swsgx_eremove()
 *
 * Return: as swsgx_eremove(); a failure is that of a page which is in use
 */
int swsgx_inject_eremove(struct swsgx_ops *ops)
{
	u32 nr = swsgx_kva_to_page(ops->rcx);

	lockdep_assert_held(&swsgx.lock);

	if (fail_eremove && nr != SWSGX_NO_PAGE && swsgx.epcm[nr].valid) {
		fail_eremove--;
		return SGX_ENCLAVE_ACT;
	}
	return swsgx_eremove(ops);
}

static int poison_pfn_set(void *unused, u64 pfn)
{
	if (swsgx_pfn_to_page(pfn) == SWSGX_NO_PAGE)
		return -EINVAL;
	poisoned = pfn;
	return arch_memory_failure(pfn, 0);
}

static int poison_pfn_get(void *unused, u64 *pfn)
{
	*pfn = poisoned;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(poison_pfn_fops, poison_pfn_get, poison_pfn_set, "%llu\n");

static int poison_address_set(void *unused, u64 addr)
{
	struct vm_area_struct *vma;
	unsigned long pfn;
	int ret = -EFAULT;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, addr);
	if (vma)
		ret = follow_pfn(vma, addr, &pfn);
	mmap_read_unlock(current->mm);

	return ret ?: poison_pfn_set(unused, pfn);
}
DEFINE_DEBUGFS_ATTRIBUTE(poison_address_fops, NULL, poison_address_set, "%llu\n");

static int __init dirty_setup(char *str)
{
	return kstrtou32(str, 0, &dirty_wanted);
}
early_param("swsgx_dirty", dirty_setup);

/* After swsgx_init(), before the driver. Version arrays need no enclave. */
static int __init swsgx_inject_init(void)
{
	struct dentry *dir = debugfs_lookup("swsgx", NULL);
	unsigned long flags;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	while (nr_dirty < min(dirty_wanted, swsgx.nr_pages)) {
		struct swsgx_ops ops = {
			.rbx = SGX_PAGE_TYPE_VA,
			.rcx = (u64)swsgx_page(nr_dirty),
		};

		if (swsgx_epa(&ops))
			break;
		nr_dirty++;
	}
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);

	if (!dir)
		return 0;
	debugfs_create_u32("dirty", 0444, dir, &nr_dirty);
	debugfs_create_u32("fail_eremove", 0600, dir, &fail_eremove);
	debugfs_create_file_unsafe("poison_address", 0200, dir, NULL,
				   &poison_address_fops);
	debugfs_create_file_unsafe("poison_pfn", 0600, dir, NULL, &poison_pfn_fops);
	dput(dir);
	return 0;
}
fs_initcall(swsgx_inject_init);
