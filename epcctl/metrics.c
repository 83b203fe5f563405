// SPDX-License-Identifier: GPL-2.0
/*
 * The metrics that "epcctl export" has, as tables: a line for each, with the words that
 * describe it to Prometheus.  epcctl-export(1) lists the same ones for people.
 *
 * Units are Prometheus' base units, so pages become bytes and microseconds seconds.  What
 * this kernel does not tell has no sample, and a metric without samples is left out.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "epcctl.h"
#include "metrics.h"

enum unit { BYTES, PAGES, MICROSECONDS, PLAIN };
enum type { GAUGE, COUNTER };

/**
 * struct metric - one family of the exposition
 * @name:	with the suffix that unit and type ask for
 * @help:	what it is
 * @type:	gauge, or a counter that begins at 0 when its cgroup is made
 * @unit:	of the number that libepc has
 * @offset:	where that is in struct epc_group
 */
struct metric {
	const char	*name;
	const char	*help;
	enum type	type;
	enum unit	unit;
	size_t		offset;
};

#define GROUP(member)	offsetof(struct epc_group, member)

/* Of every cgroup; the label is its path. */
static const struct metric group_metrics[] = {
	{ "sgx_epc_cgroup_current_bytes", "EPC charged to the cgroup and all below it.",
	  GAUGE, BYTES, GROUP(current) },
	{ "sgx_epc_cgroup_peak_bytes", "The most that was ever charged to it.",
	  GAUGE, BYTES, GROUP(peak) },
	{ "sgx_epc_cgroup_max_bytes", "Its limit, +Inf for none.",
	  GAUGE, BYTES, GROUP(max) },
	{ "sgx_epc_cgroup_low_bytes", "What is protected from reclaim for others.",
	  GAUGE, BYTES, GROUP(low) },
	{ "sgx_epc_cgroup_reclaimable_bytes", "Of current: what reclaim may write out.",
	  GAUGE, BYTES, GROUP(reclaimable) },
	{ "sgx_epc_cgroup_vepc_bytes", "Of current: what virtual machines have.",
	  GAUGE, BYTES, GROUP(vepc) },
	{ "sgx_epc_cgroup_unreclaimable_bytes", "Of current: all else.",
	  GAUGE, BYTES, GROUP(unreclaimable) },
	{ "sgx_epc_cgroup_written_out_bytes_total", "Enclave pages written out of the EPC.",
	  COUNTER, PAGES, GROUP(nr_evicted) },
	{ "sgx_epc_cgroup_loaded_bytes_total", "Enclave pages loaded back into the EPC.",
	  COUNTER, PAGES, GROUP(nr_loaded) },
	{ "sgx_epc_cgroup_scanned_bytes_total", "Enclave pages that reclaim looked at.",
	  COUNTER, PAGES, GROUP(nr_scanned) },
	{ "sgx_epc_cgroup_skipped_bytes_total", "Of these, what it could not take.",
	  COUNTER, PAGES, GROUP(nr_skipped) },
	{ "sgx_epc_cgroup_wait_seconds_total", "Time that threads waited because of a limit.",
	  COUNTER, MICROSECONDS, GROUP(wait_usec) },
};

/* Of the root cgroup, which stands for the machine: no label. */
static const struct metric machine_metrics[] = {
	{ "sgx_epc_unserved_requests_total", "Requests that found the machine's EPC exhausted.",
	  COUNTER, PLAIN, GROUP(nr_unserved) },
	{ "sgx_epc_leaked_bytes_total", "EPC lost because the CPU refused to free it.",
	  COUNTER, PAGES, GROUP(nr_leaked) },
	{ "sgx_epc_poisoned_bytes_total", "EPC not used any more because of a memory error.",
	  COUNTER, PAGES, GROUP(nr_poisoned) },
};

/* A label for each kind of event; offset is that of the first. */
static const struct metric event_metrics[] = {
	{ "sgx_epc_cgroup_events_total", "Events because of a limit in the cgroup or below it.",
	  COUNTER, PLAIN, GROUP(events) },
	{ "sgx_epc_cgroup_local_events_total", "Events because of the cgroup's own limit.",
	  COUNTER, PLAIN, GROUP(events_local) },
};

static const struct metric capacity_metric = {
	"sgx_epc_capacity_bytes", "All EPC of the machine.", GAUGE, BYTES, 0
};

static const struct metric node_metrics[] = {
	{ "sgx_epc_node_size_bytes", "EPC of the NUMA node.",
	  GAUGE, BYTES, offsetof(struct epc_node, total) },
	{ "sgx_epc_node_free_bytes", "EPC of the NUMA node that nobody uses.",
	  GAUGE, BYTES, offsetof(struct epc_node, free) },
};

/* Everything is read before anything is written: the format wants metric by metric. */
struct snapshot {
	struct epc		*epc;
	struct epc_group	*groups;
	size_t			nr_groups;
	struct epc_node		*nodes;
	size_t			nr_nodes;
	uint64_t		capacity;
};

static uint64_t value_at(const void *base, size_t offset)
{
	return *(const uint64_t *)((const char *)base + offset);
}

static void write_header(FILE *out, const struct metric *m)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
		m->type == COUNTER ? "counter" : "gauge");
}

static void write_value(FILE *out, enum unit unit, uint64_t value)
{
	if (value == EPC_MAX)
		fputs(" +Inf\n", out);
	else if (unit == MICROSECONDS)
		fprintf(out, " %" PRIu64 ".%06" PRIu64 "\n", value / 1000000, value % 1000000);
	else
		fprintf(out, " %" PRIu64 "\n", unit == PAGES ? value * EPC_PAGE_SIZE : value);
}

static void write_label(FILE *out, const char *name, const char *value)
{
	const char *c;

	fprintf(out, "%s=\"", name);
	for (c = value; *c; c++) {
		if (*c == '\\' || *c == '"')
			fputc('\\', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void write_group_metric(const struct snapshot *s, const struct metric *m, FILE *out)
{
	bool headed = false;
	uint64_t value;
	size_t i;

	for (i = 0; i < s->nr_groups; i++) {
		value = value_at(&s->groups[i], m->offset);
		if (value == EPC_UNKNOWN)
			continue;
		if (!headed)
			write_header(out, m);
		headed = true;
		fprintf(out, "%s{", m->name);
		write_label(out, "cgroup", s->groups[i].path);
		fputc('}', out);
		write_value(out, m->unit, value);
	}
}

static void write_event_metric(const struct snapshot *s, const struct metric *m, FILE *out)
{
	bool headed = false;
	uint64_t value;
	size_t i, ev;

	for (i = 0; i < s->nr_groups * EPC_NR_EVENTS; i++) {
		ev = i % EPC_NR_EVENTS;
		value = value_at(&s->groups[i / EPC_NR_EVENTS],
				 m->offset + ev * sizeof(uint64_t));
		if (value == EPC_UNKNOWN)
			continue;
		if (!headed)
			write_header(out, m);
		headed = true;
		fprintf(out, "%s{", m->name);
		write_label(out, "cgroup", s->groups[i / EPC_NR_EVENTS].path);
		fprintf(out, ",event=\"%s\"}", epc_event_name(ev));
		write_value(out, m->unit, value);
	}
}

static void write_machine_metric(const struct metric *m, uint64_t value, FILE *out)
{
	if (value == EPC_UNKNOWN)
		return;
	write_header(out, m);
	fputs(m->name, out);
	write_value(out, m->unit, value);
}

static void write_node_metric(const struct snapshot *s, const struct metric *m, FILE *out)
{
	bool headed = false;
	uint64_t value;
	size_t i;

	for (i = 0; i < s->nr_nodes; i++) {
		value = value_at(&s->nodes[i], m->offset);
		if (value == EPC_UNKNOWN)
			continue;
		if (!headed)
			write_header(out, m);
		headed = true;
		fprintf(out, "%s{node=\"%d\"}", m->name, s->nodes[i].id);
		write_value(out, m->unit, value);
	}
}

/* A growing array's room for one more, of @size bytes; NULL without memory. */
static void *one_more(void **array, size_t nr, size_t size)
{
	void *bigger = reallocarray(*array, nr + 1, size);

	if (!bigger)
		return NULL;
	*array = bigger;
	return (char *)bigger + nr * size;
}

/* A label has to be UTF-8, or Prometheus refuses everything; and it may be read on a terminal. */
static int take_group(const struct epc_group *group, void *arg)
{
	struct snapshot *s = arg;
	struct epc_group *copy;

	copy = one_more((void **)&s->groups, s->nr_groups, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	*copy = *group;
	copy->path = plain_name(group->path);
	if (!copy->path)
		return -ENOMEM;
	s->nr_groups++;
	return 0;
}

static int take_node(const struct epc_node *node, void *arg)
{
	struct snapshot *s = arg;
	struct epc_node *copy = one_more((void **)&s->nodes, s->nr_nodes, sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	*copy = *node;
	s->nr_nodes++;
	return 0;
}

static int take_snapshot(struct snapshot *s, const char *path)
{
	/* Cgroups that never had EPC are left out: there may be thousands. */
	int err = epc_walk_groups(s->epc, path, EPC_READ_ALL, EPC_WALK_USED, take_group, s);

	if (!err)
		err = epc_walk_nodes(s->epc, take_node, s);
	if (!err)
		err = epc_capacity(s->epc, &s->capacity);
	return err;
}

static void free_snapshot(struct snapshot *s)
{
	while (s->nr_groups)
		free(s->groups[--s->nr_groups].path);
	free(s->groups);
	free(s->nodes);
}

static void write_snapshot(const struct snapshot *s, const struct epc_group *machine, FILE *out)
{
	size_t i;

	write_machine_metric(&capacity_metric, s->capacity, out);
	for (i = 0; i < ARRAY_SIZE(node_metrics); i++)
		write_node_metric(s, &node_metrics[i], out);
	for (i = 0; i < ARRAY_SIZE(machine_metrics); i++)
		write_machine_metric(&machine_metrics[i],
				     value_at(machine, machine_metrics[i].offset), out);
	for (i = 0; i < ARRAY_SIZE(group_metrics); i++)
		write_group_metric(s, &group_metrics[i], out);
	for (i = 0; i < ARRAY_SIZE(event_metrics); i++)
		write_event_metric(s, &event_metrics[i], out);
}

int metrics_write(struct epc *epc, const char *path, FILE *out)
{
	struct snapshot s = { .epc = epc };
	struct epc_group *machine;
	int err;

	err = epc_read_group(epc, "/", EPC_READ_STAT, &machine);
	if (err)
		return err;
	err = take_snapshot(&s, path);
	if (!err)
		write_snapshot(&s, machine, out);
	free_snapshot(&s);
	epc_group_free(machine);
	return err;
}
