// SPDX-License-Identifier: GPL-2.0
/*
 * The witness: what enclaves there are, told by the processor's side alone.
 *
 * A record lives from ECREATE until the enclave can never run again: EREMOVE
 * of its SECS or, since the driver just forgets a SECS that is written out,
 * the end of the VA page that holds the version of the written-out SECS.
 * All records are allocated at boot: a leaf may not sleep, nor fail for want
 * of memory. An enclave without a record works, and is counted as unlisted.
 */
#include <linux/string.h>
#include <linux/vmalloc.h>
#include "swsgx.h"

/**
 * swsgx_records_init() - Allocate the table
 * @nr: how many enclaves can be listed
 *
 * Return: 0 or -ENOMEM
 */
int swsgx_records_init(u32 nr)
{
	u32 i;

	/* One more, for %SWSGX_NO_RECORD. */
	swsgx.nr_records = nr + 1;
	swsgx.records = vcalloc(swsgx.nr_records, sizeof(*swsgx.records));
	if (!swsgx.records)
		return -ENOMEM;

	swsgx.free_record = 1;
	for (i = 1; i < nr; i++)
		swsgx.records[i].next = i + 1;
	return 0;
}

/**
 * swsgx_record_alloc() - Open the record of a new enclave
 * @eid: its identifier
 *
 * Return: number of the record, %SWSGX_NO_RECORD if all are taken
 */
u32 swsgx_record_alloc(u64 eid)
{
	u32 record = swsgx.free_record;
	struct swsgx_record *r;

	lockdep_assert_held(&swsgx.lock);

	if (record == SWSGX_NO_RECORD) {
		swsgx.counters[SWSGX_UNLISTED]++;
		return SWSGX_NO_RECORD;
	}

	r = &swsgx.records[record];
	swsgx.free_record = r->next;
	*r = (struct swsgx_record) {
		.eid		= eid,
		.pid		= task_tgid_nr(current),
		.secs_va	= SWSGX_NO_PAGE,
	};
	strscpy_pad(r->comm, current->comm, sizeof(r->comm));
	return record;
}

/**
 * swsgx_record_free() - Close the record of an enclave that is gone
 * @record: its number
 */
void swsgx_record_free(u32 record)
{
	lockdep_assert_held(&swsgx.lock);

	if (record == SWSGX_NO_RECORD)
		return;
	swsgx.records[record].eid = 0;
	swsgx.records[record].next = swsgx.free_record;
	swsgx.free_record = record;
}

/**
 * swsgx_records_va_gone() - A VA page with versions of SECS pages disappears
 * @va: its page number
 *
 * The enclaves of those SECS pages can never be loaded again.
 */
void swsgx_records_va_gone(u32 va)
{
	u32 i;

	lockdep_assert_held(&swsgx.lock);

	for (i = 1; i < swsgx.nr_records && swsgx.epcm[va].nr_secs; i++) {
		struct swsgx_record *r = &swsgx.records[i];

		if (!r->eid || r->secs_va != va)
			continue;
		swsgx_record_free(i);
		swsgx.epcm[va].nr_secs--;
	}
}
