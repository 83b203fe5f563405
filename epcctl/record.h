/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings of "epcctl record": samples in a text file, one JSON object a line.
 *
 * A header line begins each session, so a file may be added to, also after a reboot:
 *
 *   {"epcctl_record":1,"host":"h","kernel":"6.1.0","path":"/","interval_usec":1000000}
 *
 * 1 is the version of the format. epcctl refuses others; within a version, keys may be added
 * and readers pass over those that they do not know. A line for each sample follows:
 *
 *   {"usec":5000000,"time_usec":1700000000000000,"capacity":67108864,"groups":[
 *    {"cgroup":"/a","current":4096,"max":"max","evicted":3,...},...]}	(in one line)
 *
 * usec is CLOCK_MONOTONIC, time_usec CLOCK_REALTIME. Numbers are those of struct epc_group,
 * amounts in bytes; what the kernel did not tell is left out. In names the backslash, control
 * characters and bytes that are not UTF-8 are \xNN (after JSON's own escapes).
 *
 * The file is ASCII. Each line is written at once. A line that was cut off, at the end or where
 * somebody added a session later, is passed over.
 */
#ifndef EPCCTL_RECORD_H
#define EPCCTL_RECORD_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "sample.h"

#define RECORD_VERSION	1

/* What a session says of itself. */
struct record_header {
	const char	*path;
	uint64_t	interval_usec;
	/* Not a stored tree of another one. */
	bool		is_this_machine;
};

/* Appends to a file. */
struct recorder {
	int	fd;
	/* One sentence for the last failure; owned by the recorder. */
	char	*error;
};

/*
 * Open or create @file ("-" is stdout) and write a header. -EBUSY if another one records into
 * it; -EINVAL if it is something else than a recording of this version.
 */
int recorder_open(struct recorder *r, const char *file, const struct record_header *header);
int recorder_write(struct recorder *r, const struct sample *s);
void recorder_close(struct recorder *r);

/* A file that is read. The samples stay in it, only where they begin is kept. */
struct recording {
	FILE		*file;
	char		*name;
	/* Of the last session; NULL if it does not say. */
	char		*host;
	char		*kernel;
	char		*path;
	struct recording_entry {
		off_t		offset;
		unsigned int	line;
		unsigned int	session;
	}		*entries;
	size_t		nr_samples;
	unsigned int	nr_sessions;
	/* Lines that were passed over, and the number of the first. */
	unsigned int	nr_damaged;
	unsigned int	damaged_line;
	char		*error;
};

int recording_open(struct recording *r, const char *file);
void recording_close(struct recording *r);

/* Sample @i, from 0; replaces what was in @s. -EINVAL: that line is damaged. */
int recording_read(struct recording *r, size_t i, struct sample *s);

#endif
