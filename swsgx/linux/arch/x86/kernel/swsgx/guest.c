// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest would do in its EPC, for tests without one.
 *
 * A write to /sys/kernel/debug/swsgx/guest names the leaf, the page by the address at
 * which the writer has it mapped, and for EADD the SECS in the same way:
 *
 *	ecreate ADDR
 *	eadd ADDR SECS
 *
 * The leaf is run on that page of EPC, past the driver, as a guest does it. EFAULT
 * is an exception of the leaf, or an address where no EPC is mapped.
 */
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "swsgx.h"

/* The range of every such enclave; nobody ever enters it. */
#define GUEST_BASE	0x10000000ul
#define GUEST_SIZE	0x1000000ul

/* Operands of both leaves, where copy_from_kernel_nofault() can read them. */
struct guest_operands {
	struct sgx_secs		contents;
	struct sgx_secinfo	secinfo __aligned(64);
	struct sgx_pageinfo	pageinfo __aligned(32);
};

/* Number of the EPC page that current has mapped at an address. */
static u32 mapped_page(unsigned long addr)
{
	struct mm_struct *mm = current->mm;
	u32 nr = SWSGX_NO_PAGE;
	spinlock_t *ptl;
	pte_t *ptep;

	mmap_read_lock(mm);
	if (vma_lookup(mm, addr) && !follow_pte(mm, addr, &ptep, &ptl)) {
		__acquire(ptl);
		nr = swsgx_pfn_to_page(pte_pfn(*ptep));
		pte_unmap_unlock(ptep, ptl);
	}
	mmap_read_unlock(mm);
	return nr;
}

static int run(struct guest_operands *op, u32 nr, u32 secs)
{
	struct swsgx_ops ops = {
		.rbx = (u64)&op->pageinfo,
		.rcx = (u64)swsgx_page(nr),
	};
	unsigned long flags;
	int ret;

	op->pageinfo.contents = (u64)&op->contents;
	op->pageinfo.metadata = (u64)&op->secinfo;
	if (secs == SWSGX_NO_PAGE) {
		op->secinfo.flags = SGX_SECINFO_SECS;
		op->contents.size = GUEST_SIZE;
		op->contents.base = GUEST_BASE;
		op->contents.ssa_frame_size = 1;
		op->contents.attributes = SGX_ATTR_MODE64BIT;
		op->contents.xfrm = XFEATURE_MASK_FPSSE;
	} else {
		op->secinfo.flags = SGX_SECINFO_REG | SWSGX_RW;
		op->pageinfo.addr = GUEST_BASE;
		op->pageinfo.secs = (u64)swsgx_page(secs);
	}

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	ret = secs == SWSGX_NO_PAGE ? swsgx_ecreate(&ops) : swsgx_eadd(&ops);
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	return ret ? -EFAULT : 0;
}

static ssize_t guest_write(struct file *file, const char __user *ubuf, size_t len,
			   loff_t *ppos)
{
	unsigned long addr, secs_addr;
	struct guest_operands *op;
	u32 nr, secs = SWSGX_NO_PAGE;
	char line[64] = "";
	int ret;

	if (len >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, ubuf, len))
		return -EFAULT;
	if (sscanf(line, "eadd %lx %lx", &addr, &secs_addr) == 2)
		secs = mapped_page(secs_addr);
	else if (sscanf(line, "ecreate %lx", &addr) != 1)
		return -EINVAL;
	nr = mapped_page(addr);
	if (nr == SWSGX_NO_PAGE || (secs == SWSGX_NO_PAGE && line[1] == 'a'))
		return -EFAULT;

	/* A whole page, and aligned like one. */
	BUILD_BUG_ON(sizeof(op->contents) != PAGE_SIZE);
	op = kzalloc(2 * PAGE_SIZE, GFP_KERNEL);
	if (!op)
		return -ENOMEM;
	ret = run(op, nr, secs);
	kfree(op);
	return ret ? ret : len;
}

static const struct file_operations guest_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= guest_write,
};

static int __init guest_init(void)
{
	struct dentry *dir;

	if (!swsgx_active())
		return 0;
	dir = debugfs_lookup("swsgx", NULL);
	debugfs_create_file("guest", 0200, dir, NULL, &guest_fops);
	dput(dir);
	return 0;
}
late_initcall(guest_init);
