// SPDX-License-Identifier: GPL-2.0
/*
 * The loss of the EPC in suspend, for tests.
 *
 * A write to /sys/kernel/debug/swsgx/lose_epc makes all EPCM entries invalid, as a
 * sleep does in which the EPC has no power. Enclaves and their written-out pages,
 * whose versions were in the EPC, are gone for good; the driver is not told.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include "swsgx.h"

/* All CPUs are in the kernel, so no thread is in an enclave. */
static int lose_epc(void *unused)
{
	unsigned long flags;
	u32 i;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	memset(swsgx.epcm, 0, array_size(swsgx.nr_pages, sizeof(*swsgx.epcm)));
	memset(swsgx.nr_valid, 0, sizeof(swsgx.nr_valid));
	for (i = 1; i < swsgx.nr_records; i++) {
		if (swsgx.records[i].eid)
			swsgx_record_free(i);
	}
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	return 0;
}

static ssize_t lose_epc_write(struct file *file, const char __user *ubuf, size_t len,
			      loff_t *ppos)
{
	stop_machine(lose_epc, NULL, NULL);
	return len;
}

static const struct file_operations lose_epc_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= lose_epc_write,
};

static int __init power_loss_init(void)
{
	struct dentry *dir;

	if (!swsgx_active())
		return 0;
	dir = debugfs_lookup("swsgx", NULL);
	debugfs_create_file("lose_epc", 0200, dir, NULL, &lose_epc_fops);
	dput(dir);
	return 0;
}
late_initcall(power_loss_init);
