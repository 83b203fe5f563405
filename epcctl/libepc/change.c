// SPDX-License-Identifier: LGPL-2.1-or-later
/* Writing limits, reclaim, and who has the misc files. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char *why_refused(int err, const char *path)
{
	switch (err) {
	case -ENOENT:
		return path[1] ? "no such file: this kernel has none, or misc is not enabled for "
				 "this cgroup (epcctl status tells)" :
				 "the topmost cgroup has none, those below it have";
	case -EACCES:
	case -EPERM:
		return "not permitted: it belongs to root, or to whom the cgroup was delegated";
	case -EINVAL:
		return "invalid: this kernel does not limit EPC, or does not know the value";
	case -EROFS:
		return "the cgroup file system is mounted read-only here, as in a container";
	case -ENODEV:
		return "the cgroup was removed";
	default:
		return strerror(-err);
	}
}

/* Writes one file of a cgroup. */
static int write_group(struct epc *epc, const char *path, const char *name, const char *text)
{
	auto_string char *clean = NULL;
	auto_fd int dir = -1;
	int err = epc_clean_path(epc, path, &clean);

	if (err)
		return err;
	dir = epc_open_group(epc, clean, O_PATH);
	if (dir < 0)
		return dir;
	err = epc_spill(dir, name, text);
	return err ? epc_fail(epc, err, "cgroup %s: %s: %s", clean, name, why_refused(err, clean)) :
		     0;
}

/* "sgx_epc 4096 words", or "sgx_epc max". */
static int write_amount(struct epc *epc, const char *path, const char *name, uint64_t bytes,
			const char *words)
{
	char text[128];

	if (bytes == EPC_UNKNOWN)
		return epc_fail(epc, -EINVAL, "%s: no amount was given", name);
	if (bytes == EPC_MAX)
		snprintf(text, sizeof(text), EPC_RESOURCE " max%s", words);
	else
		snprintf(text, sizeof(text), EPC_RESOURCE " %" PRIu64 "%s", bytes, words);
	return write_group(epc, path, name, text);
}

int epc_set_max(struct epc *epc, const char *path, uint64_t bytes)
{
	return write_amount(epc, path, "misc.max", bytes, "");
}

int epc_set_low(struct epc *epc, const char *path, uint64_t bytes)
{
	return write_amount(epc, path, "misc.low", bytes, "");
}

int epc_set_exhausted(struct epc *epc, const char *path, enum epc_exhausted exhausted)
{
	if (exhausted == EPC_EXHAUSTED_UNKNOWN)
		return epc_fail(epc, -EINVAL, "misc.exhausted: neither kill nor fail");
	return write_group(epc, path, "misc.exhausted", exhausted == EPC_EXHAUSTED_KILL ?
			   EPC_RESOURCE " kill" : EPC_RESOURCE " fail");
}

int epc_reclaim(struct epc *epc, const char *path, uint64_t bytes, unsigned int may)
{
	char words[64];
	int err;

	snprintf(words, sizeof(words), "%s%s", may & EPC_KILL_ENCLAVES ? " kill=enclaves" : "",
		 may & EPC_REVOKE_VEPC ? " revoke=vepc" : "");
	err = write_amount(epc, path, "misc.reclaim", bytes, words);
	if (err == -EAGAIN)
		return epc_fail(epc, err, "cgroup %s: less than that could be taken out of the EPC",
				path);
	if (err == -EINTR)
		return epc_fail(epc, err, "cgroup %s: a signal ended the reclaim", path);
	return err;
}

static int enable_one(struct epc *epc, const char *clean)
{
	auto_fd int dir = epc_open_group(epc, clean, O_PATH);
	int err;

	if (dir < 0)
		return dir;
	if (epc_slurp(epc, dir, "cgroup.subtree_control", EPC_SHORT_FILE) >= 0 &&
	    epc_has_word(epc->text, "misc"))
		return 0;
	err = epc_spill(dir, "cgroup.subtree_control", "+misc");
	switch (err) {
	case 0:
		return 0;
	case -EBUSY:
		return epc_fail(epc, err, "cgroup %s has processes of its own: as long as it has, "
				"no controller can be enabled for cgroups below it", clean);
	case -EINVAL:
	case -ENOENT:
		return epc_fail(epc, err, "cgroup %s: there is no misc controller to enable "
				"(epcctl status tells why)", clean);
	default:
		return epc_fail(epc, err, "cgroup %s: cgroup.subtree_control: %s", clean,
				why_refused(err, clean));
	}
}

int epc_enable(struct epc *epc, const char *path)
{
	auto_string char *clean = NULL;
	int err = epc_clean_path(epc, path, &clean);
	char *slash;

	/* Each prefix of the path that ends before a slash; the first is the root. */
	for (slash = clean; !err && slash && clean[1]; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		err = enable_one(epc, slash == clean ? "/" : clean);
		*slash = '/';
	}
	return err;
}

int epc_enable_children(struct epc *epc, const char *path)
{
	auto_string char *clean = NULL;
	int err = epc_enable(epc, path);

	if (!err)
		err = epc_clean_path(epc, path, &clean);
	return err ? err : enable_one(epc, clean);
}
