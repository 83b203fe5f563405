// SPDX-License-Identifier: GPL-2.0
/* Reads the counters of software SGX from debugfs. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "swsgx.h"

#define DIR	"/sys/kernel/debug/swsgx/"

int swsgx_stat(const char *key, uint64_t *value)
{
	FILE *file = fopen(DIR "stats", "re");
	char name[64];
	unsigned long n;
	int ret = -ENODATA;

	if (!file)
		return epc_fail(errno, "open " DIR "stats");
	while (ret && fscanf(file, "%63s %lu", name, &n) == 2) {
		if (strcmp(name, key))
			continue;
		*value = n;
		ret = 0;
	}
	fclose(file);
	return ret ? epc_fail(-ret, "no \"%s\" in " DIR "stats", key) : 0;
}

int swsgx_wait(const char *key, uint64_t value, long timeout_ms)
{
	long end = epc_now_ms() + epc_patience(timeout_ms);
	uint64_t seen;
	int ret;

	for (;;) {
		ret = swsgx_stat(key, &seen);
		if (ret || seen == value)
			return ret;
		if (epc_now_ms() > end)
			break;
		epc_sleep_ms(5);
	}
	return epc_fail(ETIMEDOUT, "software SGX counts %lu %s pages, not %lu, for %ld ms",
			seen, key, value, epc_patience(timeout_ms));
}

int swsgx_inject(const char *file, uint64_t value)
{
	char path[128], text[32];
	int fd, ret = 0;

	snprintf(path, sizeof(path), DIR "%s", file);
	snprintf(text, sizeof(text), "%lu", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return epc_fail(errno, "open %s", path);
	if (write(fd, text, strlen(text)) < 0)
		ret = epc_fail(errno, "write %s to %s", text, path);
	close(fd);
	return ret;
}

int swsgx_injected(const char *file, uint64_t *value)
{
	char path[128];
	FILE *f;
	int nr;

	snprintf(path, sizeof(path), DIR "%s", file);
	f = fopen(path, "re");
	if (!f)
		return epc_fail(errno, "open %s", path);
	nr = fscanf(f, "%lu", value);
	fclose(f);
	return nr == 1 ? 0 : epc_fail(ENODATA, "no number in %s", path);
}

/* comm may hold anything, so every field is looked for by its name. */
static int field(const char *line, const char *name, uint64_t *value)
{
	const char *at = strstr(line, name);

	if (!at)
		return epc_fail(EINVAL, "no \"%s\" in \"%s\"", name, line);
	*value = strtoull(at + strlen(name), NULL, 10);
	return 0;
}

int swsgx_enclaves_of(pid_t pid, struct swsgx_encl *sum)
{
	FILE *file = fopen(DIR "enclaves", "re");
	uint64_t owner, resident, evicted, loaded;
	char line[512];
	int ret = 0;

	memset(sum, 0, sizeof(*sum));
	if (!file)
		return epc_fail(errno, "open " DIR "enclaves");
	while (!ret && fgets(line, sizeof(line), file)) {
		ret = field(line, " pid=", &owner) ?:
		      field(line, " resident=", &resident) ?:
		      field(line, " evicted=", &evicted) ?:
		      field(line, " loaded=", &loaded);
		if (ret || owner != (uint64_t)pid)
			continue;
		sum->enclaves++;
		sum->resident += resident;
		sum->evicted += evicted;
		sum->loaded += loaded;
	}
	fclose(file);
	return ret;
}

uint64_t swsgx_evicted(pid_t pid)
{
	struct swsgx_encl sum;

	return swsgx_enclaves_of(pid, &sum) ? UINT64_MAX : sum.evicted;
}
