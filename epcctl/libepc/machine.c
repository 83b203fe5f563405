// SPDX-License-Identifier: LGPL-2.1-or-later
/* How much EPC there is, and on which NUMA node. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static bool is_node(const char *name)
{
	return !strncmp(name, "node", 4) && epc_is_number(name + 4);
}

static uint64_t read_amount(struct epc *epc, int dir, const char *node, const char *file)
{
	char name[2 * NAME_MAX];
	uint64_t bytes;
	ssize_t len;

	snprintf(name, sizeof(name), "%s/x86/%s", node, file);
	len = epc_slurp(epc, dir, name, EPC_SHORT_FILE);
	if (len > 0 && epc->text[len - 1] == '\n')
		len--;
	return len > 0 && epc_parse_value(epc->text, len, &bytes) ? bytes : EPC_UNKNOWN;
}

/* A machine without NUMA has no such directory, a node without EPC no such file. */
int epc_walk_nodes(struct epc *epc, epc_node_fn *fn, void *arg)
{
	auto_fd int dir = openat(epc->root, NODES, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct epc_names names;
	int err;
	size_t i;

	if (dir < 0)
		return 0;
	err = epc_read_names(dir, is_node, &names);
	if (err)
		return epc_fail(epc, err, "/" NODES ": %s", strerror(-err));
	for (i = 0; i < names.count && !err; i++) {
		struct epc_node node = {
			.id = atoi(names.names[i] + 4),
			.total = read_amount(epc, dir, names.names[i], "sgx_total_bytes"),
			.free = read_amount(epc, dir, names.names[i], "sgx_free_bytes"),
		};

		if (node.total != EPC_UNKNOWN)
			err = fn(&node, arg);
	}
	epc_free_names(&names);
	return err;
}

/* Unknown until a node tells, and again if one does not. */
static void add(uint64_t *sum, uint64_t bytes, bool first)
{
	if (first || (*sum != EPC_UNKNOWN && bytes == EPC_UNKNOWN))
		*sum = bytes;
	else if (*sum != EPC_UNKNOWN)
		*sum += bytes;
}

struct sums {
	uint64_t total, free;
	unsigned int nr_nodes;
};

static int add_node(const struct epc_node *node, void *arg)
{
	struct sums *sums = arg;

	add(&sums->total, node->total, !sums->nr_nodes);
	add(&sums->free, node->free, !sums->nr_nodes);
	sums->nr_nodes++;
	return 0;
}

static int sum_nodes(struct epc *epc, struct sums *sums)
{
	*sums = (struct sums){ EPC_UNKNOWN, EPC_UNKNOWN, 0 };
	return epc_walk_nodes(epc, add_node, sums);
}

int epc_capacity(struct epc *epc, uint64_t *bytes)
{
	static const struct epc_field field = { EPC_RESOURCE, 0 };
	struct sums sums;
	int err;

	*bytes = EPC_UNKNOWN;
	if (epc->cgroup >= 0 && epc_slurp(epc, epc->cgroup, "misc.capacity", EPC_SHORT_FILE) > 0)
		epc_parse_flat(epc->text, &field, 1, bytes);
	if (*bytes != EPC_UNKNOWN)
		return 0;
	err = sum_nodes(epc, &sums);
	*bytes = sums.total;
	return err;
}

int epc_unused(struct epc *epc, uint64_t *bytes)
{
	struct sums sums;
	int err = sum_nodes(epc, &sums);

	*bytes = sums.free;
	return err;
}
