/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a line means that is written to a file of the misc controller, found out anew
 * from FILES-1 to FILES-3 and RECLAIM of the contract, by other means than misc_parse.c.
 */
#ifndef _FUZZ_LINES_H
#define _FUZZ_LINES_H

#include <stdbool.h>
#include <stdint.h>

typedef unsigned long long u64;
typedef unsigned int u32;

enum line_file {
	MISC_MAX,
	MISC_LOW,
	MISC_EXHAUSTED,
	MISC_RECLAIM,
	MISC_WRITABLE
};

/* In the order in which files show them. */
enum line_resource {
	RES_SEV,
	RES_SEV_ES,
	RES_EPC,
	NR_RESOURCES
};

/**
 * struct line - what a line means
 * @result:	0 or -errno; without 0 the rest means nothing
 * @resource:	what it is about
 * @amount:	of misc.max, misc.low and misc.reclaim
 * @is_max:	it is shown as the word max
 * @fails:	misc.exhausted: the word is fail
 * @kill:	misc.reclaim: kill=enclaves
 * @revoke:	misc.reclaim: revoke=vepc
 */
struct line {
	int			result;
	enum line_resource	resource;
	u64		amount;
	bool			is_max;
	bool			fails;
	bool			kill;
	bool			revoke;
};

/* @present has a bit for each resource that the machine has. */
struct line line_read(enum line_file file, const char *text, unsigned int present);

extern const char *const line_resource_name[NR_RESOURCES];
extern const char *const line_file_name[MISC_WRITABLE];

#endif /* _FUZZ_LINES_H */
