// SPDX-License-Identifier: LGPL-2.1-or-later
/* What of the feature is missing, why, and the command that mends it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum {
	NO_DRIVER, NO_SGX, NO_CAPACITY, NO_CGROUP2, NO_MISC, MISC_IN_V1, MISC_DISABLED, MISC_NOT_DELEGATED,
	STOCK_KERNEL, LIMITS_ONLY, MISC_NOT_ENABLED, LEAKED, POISONED, NOT_ROOT,
};

static const struct epc_finding findings[] = {
	[NO_DRIVER] = { EPC_PROBLEM, "no-driver",
		"The processor has SGX, but there is no /dev/sgx_enclave: the kernel was built without CONFIG_X86_SGX, or the firmware set no EPC aside.",
		NULL },
	[NO_SGX] = { EPC_PROBLEM, "no-sgx",
		"This machine has no SGX, or its firmware setup has it switched off: there is no EPC.",
		NULL },
	[NO_CAPACITY] = { EPC_PROBLEM, "no-capacity",
		"SGX is there, but its EPC has 0 bytes: the firmware setup sets no memory aside for it (PRMRR size), or the host gave this virtual machine none. Change that there and boot again.",
		NULL },
	[NO_CGROUP2] = { EPC_PROBLEM, "no-cgroup2",
		"cgroup2 is not mounted at /" CGROUP_MOUNT ": EPC is limited there only.",
		"mount -t cgroup2 none /" CGROUP_MOUNT },
	[NO_MISC] = { EPC_PROBLEM, "no-misc",
		"This kernel was built without the misc controller (CONFIG_CGROUP_MISC).",
		NULL },
	[MISC_IN_V1] = { EPC_PROBLEM, "misc-in-v1",
		"The misc controller is mounted as cgroup v1: EPC is limited by cgroup v2 only.",
		"umount /" CGROUP_MOUNT "/misc" },
	[MISC_DISABLED] = { EPC_PROBLEM, "misc-disabled",
		"The misc controller is disabled on the kernel's command line (cgroup_disable=misc): remove that and boot again.",
		NULL },
	[MISC_NOT_DELEGATED] = { EPC_PROBLEM, "misc-not-delegated",
		"The misc controller is not enabled for the cgroup that is topmost here, as in a container: the host has to enable it.",
		NULL },
	[STOCK_KERNEL] = { EPC_PROBLEM, "stock-kernel",
		"This kernel has SGX, but its misc controller does not know sgx_epc: EPC is neither accounted nor limited. Boot a kernel with EPC cgroups.",
		NULL },
	[LIMITS_ONLY] = { EPC_WARNING, "limits-only",
		"This kernel has only the limit and the usage of EPC: no misc.stat, misc.low, misc.exhausted, misc.enclaves and misc.reclaim.",
		NULL },
	[MISC_NOT_ENABLED] = { EPC_WARNING, "misc-not-enabled",
		"The misc controller is not enabled for cgroups below the topmost one: none of them has a limit.",
		"epcctl enable --persist" },
	[LEAKED] = { EPC_WARNING, "leaked",
		"EPC pages are lost until the next boot, because the processor refused to free them: ",
		"systemctl reboot" },
	[POISONED] = { EPC_WARNING, "poisoned",
		"EPC pages have a memory error and are not used again: ", NULL },
	[NOT_ROOT] = { EPC_NOTE, "not-root",
		"You may look, but not set limits here, and the files of other users' processes do not show.",
		"sudo epcctl ..." },
};

struct diagnosis {
	struct epc *epc;
	epc_finding_fn *fn;
	void *arg;
	uint64_t capacity;
	bool device;			/* the driver has made its own */
	bool misc;			/* cgroup2 has the controller */
	bool limits;			/* and that can limit EPC */
};

static int tell(struct diagnosis *d, unsigned int number)
{
	return d->fn(&findings[number], d->arg);
}

/* With a number behind its text; nothing for 0. */
static int tell_count(struct diagnosis *d, unsigned int number, uint64_t count)
{
	struct epc_finding finding = findings[number];
	auto_string char *text = NULL;

	if (!count || count == EPC_UNKNOWN)
		return 0;
	if (asprintf(&text, "%s%" PRIu64 ".", finding.text, count) < 0) {
		text = NULL;
		return epc_fail(d->epc, -ENOMEM, "out of memory");
	}
	finding.text = text;
	return d->fn(&finding, d->arg);
}

static bool exists(struct epc *epc, const char *path)
{
	return !faccessat(epc->root, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* Whether a file below the root has a line that begins with @key and in it @word. */
static bool has_line(struct epc *epc, const char *path, const char *key, const char *word)
{
	const char *line;

	if (epc_slurp(epc, epc->root, path, EPC_LONG_FILE) < 0)
		return false;
	for (line = epc->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, strlen(key))) {
			auto_string char *copy = strndup(line, strcspn(line, "\n"));

			return copy && epc_has_word(copy, word);
		}
	}
	return false;
}

static int diagnose_sgx(struct diagnosis *d)
{
	if (!d->capacity)
		return tell(d, NO_CAPACITY);
	if (d->capacity != EPC_UNKNOWN || d->device)
		return 0;
	return tell(d, has_line(d->epc, "proc/cpuinfo", "flags", "sgx") ? NO_DRIVER : NO_SGX);
}

static int diagnose_hierarchy(struct diagnosis *d)
{
	return d->epc->cgroup < 0 ? tell(d, NO_CGROUP2) : 0;
}

/* The line of misc in /proc/cgroups: name, hierarchy, number of groups, enabled. */
static int diagnose_missing_misc(struct diagnosis *d)
{
	struct epc *epc = d->epc;
	unsigned int hierarchy = 0, enabled = 0;
	const char *line = NULL;

	if (epc_slurp(epc, epc->root, "proc/cgroups", EPC_LONG_FILE) >= 0)
		line = strstr(epc->text, "\nmisc\t");
	if (!line || sscanf(line, "\nmisc %u %*u %u", &hierarchy, &enabled) != 2)
		return tell(d, NO_MISC);
	if (hierarchy)
		return tell(d, MISC_IN_V1);
	return tell(d, enabled ? MISC_NOT_DELEGATED : MISC_DISABLED);
}

static bool top_has_word(struct epc *epc, const char *file, const char *word)
{
	return epc_slurp(epc, epc->cgroup, file, EPC_SHORT_FILE) >= 0 &&
	       epc_has_word(epc->text, word);
}

static int diagnose_misc(struct diagnosis *d)
{
	if (d->epc->cgroup < 0)
		return 0;
	d->misc = top_has_word(d->epc, "cgroup.controllers", "misc");
	return d->misc ? 0 : diagnose_missing_misc(d);
}

static int diagnose_enabled(struct diagnosis *d)
{
	if (!d->limits || top_has_word(d->epc, "cgroup.subtree_control", "misc"))
		return 0;
	return tell(d, MISC_NOT_ENABLED);
}

/* misc.capacity is in the real root only, older kernels have misc.current not there. */
static bool misc_has_epc(struct epc *epc)
{
	static const char *const files[] = { "misc.capacity", "misc.current" };
	size_t i, len;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (epc_slurp(epc, epc->cgroup, files[i], EPC_SHORT_FILE) >= 0 &&
		    epc_find_key(epc->text, EPC_RESOURCE, &len))
			return true;
	return false;
}

int epc_can_limit(struct epc *epc)
{
	uint64_t capacity;

	return epc->cgroup >= 0 && misc_has_epc(epc) && !epc_capacity(epc, &capacity) && capacity;
}

/* SGX and misc are there, but misc does not know sgx_epc, or not all of it. */
static int diagnose_kernel(struct diagnosis *d)
{
	if (!d->misc)
		return 0;
	d->limits = epc_can_limit(d->epc);
	if (d->limits)
		return faccessat(d->epc->cgroup, "misc.stat", F_OK, 0) ? tell(d, LIMITS_ONLY) : 0;
	if (misc_has_epc(d->epc) || (!d->device && (!d->capacity || d->capacity == EPC_UNKNOWN)))
		return 0;
	return tell(d, STOCK_KERNEL);
}

/* Trouble that the kernel has counted since it was booted. */
static int diagnose_counts(struct diagnosis *d)
{
	struct epc_group *group;
	int err;

	if (!d->limits || epc_read_group(d->epc, "/", EPC_READ_STAT, &group))
		return 0;
	err = tell_count(d, LEAKED, group->nr_leaked);
	if (!err)
		err = tell_count(d, POISONED, group->nr_poisoned);
	epc_group_free(group);
	return err;
}

static int diagnose_permission(struct diagnosis *d)
{
	struct epc *epc = d->epc;

	if (!d->limits || !faccessat(epc->cgroup, "cgroup.subtree_control", W_OK, AT_EACCESS))
		return 0;
	return tell(d, NOT_ROOT);
}

int epc_diagnose(struct epc *epc, epc_finding_fn *fn, void *arg)
{
	static int (*const steps[])(struct diagnosis *) = {
		diagnose_sgx, diagnose_hierarchy, diagnose_misc, diagnose_kernel,
		diagnose_enabled, diagnose_counts, diagnose_permission,
	};
	struct diagnosis d = {
		.epc = epc, .fn = fn, .arg = arg, .device = exists(epc, "dev/sgx_enclave"),
	};
	int err = epc_capacity(epc, &d.capacity);
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(*steps) && !err; i++)
		err = steps[i](&d);
	return err;
}
