// SPDX-License-Identifier: LGPL-2.1-or-later
/* A cgroup: what its misc files say. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define FIELD(name, member)	{ EPC_RESOURCE name, offsetof(struct epc_group, member) }
#define NR(array)		(sizeof(array) / sizeof(*(array)))

static const struct epc_field current_field[] = { FIELD("", current) };
static const struct epc_field peak_field[] = { FIELD("", peak) };
static const struct epc_field max_field[] = { FIELD("", max) };
static const struct epc_field low_field[] = { FIELD("", low) };

static const struct epc_field stat_fields[] = {
	FIELD(".reclaimable", reclaimable),
	FIELD(".vepc", vepc),
	FIELD(".unreclaimable", unreclaimable),
	FIELD(".evicted", nr_evicted),
	FIELD(".loaded", nr_loaded),
	FIELD(".scanned", nr_scanned),
	FIELD(".skipped", nr_skipped),
	FIELD(".wait_usec", wait_usec),
	FIELD(".exhausted", nr_unserved),
	FIELD(".leaked", nr_leaked),
	FIELD(".poisoned", nr_poisoned),
};

/* Of an array of counts, wherever it is. */
static const struct epc_field event_fields[EPC_NR_EVENTS] = {
	{ EPC_RESOURCE ".max", EPC_EVENT_MAX * sizeof(uint64_t) },
	{ EPC_RESOURCE ".exhausted", EPC_EVENT_EXHAUSTED * sizeof(uint64_t) },
	{ EPC_RESOURCE ".kill", EPC_EVENT_KILL * sizeof(uint64_t) },
	{ EPC_RESOURCE ".revoke", EPC_EVENT_REVOKE * sizeof(uint64_t) },
};

/* The flat-keyed files of a group; what to read them for. */
static const struct group_file {
	const char *name;
	unsigned int what;
	const struct epc_field *fields;
	size_t nr_fields;
	size_t base;
} group_files[] = {
	{ "misc.max", EPC_READ_MAX, max_field, NR(max_field), 0 },
	{ "misc.low", EPC_READ_LOW, low_field, NR(low_field), 0 },
	{ "misc.peak", EPC_READ_PEAK, peak_field, NR(peak_field), 0 },
	{ "misc.stat", EPC_READ_STAT, stat_fields, NR(stat_fields), 0 },
	{ "misc.events", EPC_READ_EVENTS, event_fields, NR(event_fields),
	  offsetof(struct epc_group, events) },
	{ "misc.events.local", EPC_READ_LOCAL_EVENTS, event_fields, NR(event_fields),
	  offsetof(struct epc_group, events_local) },
};

static const struct epc_group nothing_known = {
	.current = EPC_UNKNOWN,
	.peak = EPC_UNKNOWN,
	.max = EPC_UNKNOWN,
	.low = EPC_UNKNOWN,
	.exhausted = EPC_EXHAUSTED_UNKNOWN,
	.reclaimable = EPC_UNKNOWN,
	.vepc = EPC_UNKNOWN,
	.unreclaimable = EPC_UNKNOWN,
	.nr_evicted = EPC_UNKNOWN,
	.nr_loaded = EPC_UNKNOWN,
	.nr_scanned = EPC_UNKNOWN,
	.nr_skipped = EPC_UNKNOWN,
	.wait_usec = EPC_UNKNOWN,
	.nr_unserved = EPC_UNKNOWN,
	.nr_leaked = EPC_UNKNOWN,
	.nr_poisoned = EPC_UNKNOWN,
	.events = { [0 ... EPC_EVENTS_ROOM - 1] = EPC_UNKNOWN },
	.events_local = { [0 ... EPC_EVENTS_ROOM - 1] = EPC_UNKNOWN },
};

void epc_forget(struct epc_group *group)
{
	char *path = group->path;

	*group = nothing_known;
	group->path = path;
}

/* Files that are not there, or not for the caller, leave their values unknown. */
static bool harmless(int err)
{
	return err == -ENOENT || err == -EACCES || err == -EPERM || err == -EOPNOTSUPP;
}

static int read_fields(struct epc *epc, int dir, const char *name, const struct epc_field *fields,
		       size_t nr_fields, void *base)
{
	ssize_t len = epc_slurp(epc, dir, name, EPC_SHORT_FILE);

	if (len < 0)
		return harmless(len) ? 0 : len;
	epc_parse_flat(epc->text, fields, nr_fields, base);
	return 0;
}

static int read_exhausted(struct epc *epc, int dir, struct epc_group *group)
{
	ssize_t len = epc_slurp(epc, dir, "misc.exhausted", EPC_SHORT_FILE);

	if (len < 0)
		return harmless(len) ? 0 : len;
	group->exhausted = epc_parse_exhausted(epc->text);
	return 0;
}

int epc_read_rest(struct epc *epc, int dir, unsigned int what, struct epc_group *group)
{
	const struct group_file *file;
	int err;

	for (file = group_files; file < group_files + NR(group_files); file++) {
		if (!(what & file->what))
			continue;
		err = read_fields(epc, dir, file->name, file->fields, file->nr_fields,
				  (char *)group + file->base);
		if (err)
			return err;
	}
	return what & EPC_READ_EXHAUSTED ? read_exhausted(epc, dir, group) : 0;
}

int epc_read_current(struct epc *epc, int dir, const char *name, struct epc_group *group)
{
	return read_fields(epc, dir, name, current_field, NR(current_field), group);
}

int epc_read_peak(struct epc *epc, int dir, const char *name, struct epc_group *group)
{
	return read_fields(epc, dir, name, peak_field, NR(peak_field), group);
}

void epc_group_free(struct epc_group *group)
{
	if (group)
		free(group->path);
	free(group);
}

int epc_read_group(struct epc *epc, const char *path, unsigned int what,
		   struct epc_group **result)
{
	struct epc_group *group = calloc(1, sizeof(*group));
	auto_fd int dir = -1;
	struct stat st;
	int err;

	*result = NULL;
	if (!group)
		return epc_fail(epc, -ENOMEM, "out of memory");
	epc_forget(group);
	err = epc_clean_path(epc, path, &group->path);
	if (!err)
		err = dir = epc_open_group(epc, group->path, O_PATH);
	if (dir >= 0) {
		group->id = fstat(dir, &st) ? 0 : st.st_ino;
		err = epc_read_current(epc, dir, "misc.current", group);
		if (!err)
			err = epc_read_rest(epc, dir, what, group);
		if (err)
			epc_fail(epc, err, "cgroup %s: %s", group->path,
				 err == -ENODEV ? "it is being removed" : strerror(-err));
	}
	if (err)
		epc_group_free(group);
	else
		*result = group;
	return err;
}

int epc_group_dir(struct epc *epc, const char *path)
{
	auto_string char *clean = NULL;
	int err = epc_clean_path(epc, path, &clean);

	return err ? err : epc_open_group(epc, clean, O_PATH);
}

int epc_events_open(struct epc *epc, const char *path, int local)
{
	const char *name = local ? "misc.events.local" : "misc.events";
	auto_string char *clean = NULL;
	auto_fd int dir = -1;
	int fd, err;

	err = epc_clean_path(epc, path, &clean);
	if (!err)
		err = dir = epc_open_group(epc, clean, O_PATH);
	if (dir < 0)
		return err;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	err = -errno;
	if (err == -ENOENT)
		return epc_fail(epc, err, "cgroup %s has no %s: %s", clean, name, clean[1] ?
				"the misc controller is not enabled for it" :
				"the topmost cgroup has no events, those below it have");
	return epc_fail(epc, err, "cgroup %s: %s: %s", clean, name, strerror(-err));
}

int epc_events_read(struct epc *epc, int fd, uint64_t counts[EPC_EVENTS_ROOM])
{
	ssize_t len;
	int i;

	for (i = 0; i < EPC_EVENTS_ROOM; i++)
		counts[i] = EPC_UNKNOWN;
	len = lseek(fd, 0, SEEK_SET) < 0 ? -errno : epc_slurp_fd(epc, fd, EPC_SHORT_FILE);
	if (len == -ENODEV)
		return epc_fail(epc, len, "the cgroup was removed");
	if (len < 0)
		return epc_fail(epc, len, "events of a cgroup: %s", strerror(-len));
	epc_parse_flat(epc->text, event_fields, NR(event_fields), counts);
	return 0;
}
