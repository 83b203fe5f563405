// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/debug/swsgx: what the processor's side knows, for tests.
 *
 * stats	"key value" lines: valid EPCM entries now (valid*), the size of
 *		the EPC in pages, and events since boot
 * enclaves	one line per live enclave, "eid= pid= comm= resident= evicted=
 *		loaded=", pages; resident counts the SECS but no VA page, which
 *		the processor cannot assign to an enclave
 */
#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <linux/string_helpers.h>
#include "swsgx.h"

static const char * const type_names[SGX_NR_PAGE_TYPES] = {
	[SGX_PAGE_TYPE_SECS]	= "secs",
	[SGX_PAGE_TYPE_TCS]	= "tcs",
	[SGX_PAGE_TYPE_REG]	= "reg",
	[SGX_PAGE_TYPE_VA]	= "va",
	[SGX_PAGE_TYPE_TRIM]	= "trim",
};

static const char * const counter_names[SWSGX_NR_COUNTERS] = {
	[ECREATE]		= "encls_ecreate",
	[EADD]			= "encls_eadd",
	[EINIT]			= "encls_einit",
	[EREMOVE]		= "encls_eremove",
	[EDGBRD]		= "encls_edbgrd",
	[EDGBWR]		= "encls_edbgwr",
	[EEXTEND]		= "encls_eextend",
	[ELDU]			= "encls_eldu",
	[EBLOCK]		= "encls_eblock",
	[EPA]			= "encls_epa",
	[EWB]			= "encls_ewb",
	[ETRACK]		= "encls_etrack",
	[EAUG]			= "encls_eaug",
	[EMODPR]		= "encls_emodpr",
	[EMODT]			= "encls_emodt",
	[SWSGX_EENTER]		= "enclu_eenter",
	[SWSGX_ERESUME]		= "enclu_eresume",
	[SWSGX_EEXIT]		= "enclu_eexit",
	[SWSGX_EACCEPT]		= "enclu_eaccept",
	[SWSGX_EMODPE]		= "enclu_emodpe",
	[SWSGX_EACCEPTCOPY]	= "enclu_eacceptcopy",
	[SWSGX_AEX]		= "aex",
	[SWSGX_DROPPED]		= "enclu_dropped",
	[SWSGX_ENCLS_FAILED]	= "encls_failed",
	[SWSGX_ENCLS_FAULTED]	= "encls_faulted",
	[SWSGX_ENCLU_FAILED]	= "enclu_failed",
	[SWSGX_ENCLU_FAULTED]	= "enclu_faulted",
	[SWSGX_UNLISTED]	= "enclaves_unlisted",
};

static int stats_show(struct seq_file *m, void *unused)
{
	u64 counters[SWSGX_NR_COUNTERS];
	u32 valid[SGX_NR_PAGE_TYPES];
	unsigned long flags;
	u32 sum = 0;
	int i;

	/* All of one moment. */
	raw_spin_lock_irqsave(&swsgx.lock, flags);
	memcpy(counters, swsgx.counters, sizeof(counters));
	memcpy(valid, swsgx.nr_valid, sizeof(valid));
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);

	for (i = 0; i < SGX_NR_PAGE_TYPES; i++)
		sum += valid[i];
	seq_printf(m, "pages %u\nvalid %u\n", swsgx.nr_pages, sum);
	for (i = 0; i < SGX_NR_PAGE_TYPES; i++)
		seq_printf(m, "valid_%s %u\n", type_names[i], valid[i]);
	for (i = 0; i < SWSGX_NR_COUNTERS; i++) {
		if (counter_names[i])
			seq_printf(m, "%s %llu\n", counter_names[i],
				   counters[i]);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(stats);

/* Record 0 is nobody's: position and record number are the same. */
static void *enclaves_start(struct seq_file *m, loff_t *pos)
{
	if (!*pos)
		*pos = 1;
	return *pos < swsgx.nr_records ? pos : NULL;
}

static void *enclaves_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return *pos < swsgx.nr_records ? pos : NULL;
}

static void enclaves_stop(struct seq_file *m, void *v)
{
}

static int enclaves_show(struct seq_file *m, void *v)
{
	struct swsgx_record r;
	unsigned long flags;

	raw_spin_lock_irqsave(&swsgx.lock, flags);
	r = swsgx.records[*(loff_t *)v];
	raw_spin_unlock_irqrestore(&swsgx.lock, flags);
	if (!r.eid)
		return 0;

	seq_printf(m, "eid=%llu pid=%d comm=", r.eid, r.pid);
	seq_escape_str(m, r.comm, ESCAPE_SPACE | ESCAPE_SPECIAL, "= ");
	seq_printf(m, " resident=%u evicted=%llu loaded=%llu\n", r.resident,
		   r.evicted, r.loaded);
	return 0;
}

static const struct seq_operations enclaves_sops = {
	.start	= enclaves_start,
	.next	= enclaves_next,
	.stop	= enclaves_stop,
	.show	= enclaves_show,
};
DEFINE_SEQ_ATTRIBUTE(enclaves);

/**
 * swsgx_debugfs_init() - Make the files
 */
void __init swsgx_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("swsgx", NULL);

	debugfs_create_file("stats", 0444, dir, NULL, &stats_fops);
	debugfs_create_file("enclaves", 0444, dir, NULL, &enclaves_fops);
}
