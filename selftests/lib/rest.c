// SPDX-License-Identifier: GPL-2.0
/* Checks that nothing is in use, by three independent witnesses. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "cgroup.h"
#include "rest.h"
#include "sgx_arch.h"
#include "swsgx.h"
#include "vepc.h"

#define REST_MS		3000
#define NODES		"/sys/devices/system/node"

uint64_t cg_pages(const char *group)
{
	uint64_t bytes;

	if (cg_current(group, &bytes))
		return UINT64_MAX;
	if (bytes % SGX_PAGE_SIZE) {
		epc_fail(EINVAL, "misc.current of \"%s\" is %lu, not whole pages",
			 group, bytes);
		return UINT64_MAX;
	}
	return bytes / SGX_PAGE_SIZE;
}

int epc_capacity(uint64_t *pages)
{
	uint64_t bytes;
	int ret;

	ret = cg_key("", "misc.capacity", "sgx_epc", &bytes);
	*pages = bytes / SGX_PAGE_SIZE;
	return ret;
}

uint64_t epc_nodes_have(const char *file)
{
	DIR *dir = opendir(NODES);
	uint64_t sum = 0, bytes;
	struct dirent *entry;
	char path[512];
	FILE *node;

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), NODES "/%s/x86/%s", entry->d_name, file);
		node = fopen(path, "re");
		if (!node)
			continue;
		if (fscanf(node, "%lu", &bytes) == 1)
			sum += bytes;
		fclose(node);
	}
	if (dir)
		closedir(dir);
	return sum / SGX_PAGE_SIZE;
}

int books_match(uint64_t vepc)
{
	long end = epc_now_ms() + epc_patience(REST_MS);
	uint64_t charged, valid;
	int ret;

	do {
		charged = cg_pages("");
		if (charged == UINT64_MAX)
			return -EINVAL;
		ret = swsgx_stat("valid", &valid);
		if (ret || charged == valid + vepc)
			return ret;
		epc_sleep_ms(5);
	} while (epc_now_ms() < end);
	return epc_fail(ETIMEDOUT, "root is charged %lu pages, but %lu are valid and %lu given to guests",
			charged, valid, vepc);
}

/* vEPC is never reclaimed: if all of it can be touched, all of it was free. */
static int everything_is_free(void)
{
	struct vepc probe = VEPC_NONE;
	uint64_t pages, touched;
	int ret;

	ret = epc_capacity(&pages);
	if (!ret)
		ret = vepc_open(&probe, pages);
	if (ret)
		return ret;
	ret = vepc_touch(&probe, 0, pages, &touched);
	vepc_close(&probe);
	if (ret)
		return epc_fail(EBUSY, "only %lu of %lu EPC pages are free", touched,
				pages);
	return cg_wait_key("", "misc.current", "sgx_epc", 0, REST_MS);
}

int epc_at_rest(void)
{
	int ret;

	ret = cg_wait_key("", "misc.current", "sgx_epc", 0, REST_MS);
	if (!ret)
		ret = swsgx_wait("valid", 0, REST_MS);
	if (!ret)
		ret = everything_is_free();
	return ret;
}
