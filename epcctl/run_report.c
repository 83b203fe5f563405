// SPDX-License-Identifier: GPL-2.0
/* The report of "epcctl run", for people and as one line of JSON. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "epcctl.h"
#include "jsonline.h"
#include "run_report.h"

static void report_end(const struct run_result *r, FILE *out)
{
	auto_string char *path = safe_name(r->group->path);
	const char *how = WIFSIGNALED(r->status) ? "killed by signal" : "exit status";
	int number = WIFSIGNALED(r->status) ? WTERMSIG(r->status) : WEXITSTATUS(r->status);

	fprintf(out, "cgroup       %s\n", path ?: "");
	fprintf(out, "ended        %s %d after %" PRIu64 ".%03" PRIu64 " s\n", how, number,
		r->usec / 1000000, r->usec / 1000 % 1000);
}

static void report_pages(FILE *out, const char *what, uint64_t pages)
{
	char size[EPC_SIZE_LEN];

	if (pages == EPC_UNKNOWN)
		fprintf(out, "%-12s -\n", what);
	else
		fprintf(out, "%-12s %" PRIu64 " pages (%s)\n", what, pages,
			epc_format_size(pages * EPC_PAGE_SIZE, size));
}

static void report_count(FILE *out, const char *what, uint64_t count)
{
	if (count == EPC_UNKNOWN)
		fprintf(out, "%-12s -\n", what);
	else
		fprintf(out, "%-12s %" PRIu64 "\n", what, count);
}

static void report_text(const struct run_result *r, FILE *out)
{
	char peak[EPC_SIZE_LEN], max[EPC_SIZE_LEN];
	const struct epc_group *g = r->group;

	report_end(r, out);
	fprintf(out, "peak         %s of %s\n", epc_format_size(g->peak, peak),
		epc_format_size(g->max, max));
	report_pages(out, "written out", g->nr_evicted);
	report_pages(out, "loaded back", g->nr_loaded);
	if (g->wait_usec == EPC_UNKNOWN)
		fprintf(out, "waited       -\n");
	else
		fprintf(out, "waited       %" PRIu64 ".%06" PRIu64 " s\n", g->wait_usec / 1000000,
			g->wait_usec % 1000000);
	report_count(out, "at the limit", g->events[EPC_EVENT_MAX]);
	report_count(out, "exhausted", g->events[EPC_EVENT_EXHAUSTED]);
	report_count(out, "killed", g->events[EPC_EVENT_KILL]);
	report_count(out, "revoked", g->events[EPC_EVENT_REVOKE]);
	if (g->current && g->current != EPC_UNKNOWN)
		fprintf(out, "still in use %s, by enclaves that processes elsewhere have open\n",
			epc_format_size(g->current, peak));
}

static struct json_object *command_line(char *const *argv)
{
	struct json_object *words = json_object_new_array();

	for (; *argv; argv++)
		json_object_array_add(words, jsonline_name(*argv));
	return words;
}

/* The numbers have the keys of "epcctl ls --json". */
static void report_json(const struct run_result *r, FILE *out)
{
	const struct epc_group *g = r->group;
	struct json_object *line = json_object_new_object();
	bool killed = WIFSIGNALED(r->status);
	char key[32];
	int i;

	json_object_object_add(line, "cgroup", jsonline_name(g->path));
	json_object_object_add(line, "command", command_line(r->argv));
	json_object_object_add(line, "exit_status", killed ? NULL :
			       json_object_new_int(WEXITSTATUS(r->status)));
	json_object_object_add(line, "signal", killed ?
			       json_object_new_int(WTERMSIG(r->status)) : NULL);
	json_object_object_add(line, "elapsed_usec", jsonline_number(r->usec));
	json_object_object_add(line, "current", jsonline_number(g->current));
	json_object_object_add(line, "max", jsonline_number(g->max));
	json_object_object_add(line, "peak", jsonline_number(g->peak));
	json_object_object_add(line, "low", jsonline_number(g->low));
	json_object_object_add(line, "evicted", jsonline_number(g->nr_evicted));
	json_object_object_add(line, "loaded", jsonline_number(g->nr_loaded));
	json_object_object_add(line, "scanned", jsonline_number(g->nr_scanned));
	json_object_object_add(line, "skipped", jsonline_number(g->nr_skipped));
	json_object_object_add(line, "wait_usec", jsonline_number(g->wait_usec));
	for (i = 0; i < EPC_NR_EVENTS; i++) {
		snprintf(key, sizeof(key), "events_%s", epc_event_name(i));
		json_object_object_add(line, key, jsonline_number(g->events[i]));
	}
	jsonline_print(line, out);
}

void run_report(const struct run_result *result, FILE *out, bool json)
{
	if (json)
		report_json(result, out);
	else
		report_text(result, out);
}
