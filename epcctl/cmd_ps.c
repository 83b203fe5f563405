// SPDX-License-Identifier: GPL-2.0
/*
 * epcctl ps: enclaves and vEPC instances, and the processes that have them.
 *
 * misc.enclaves of the cgroups has each of them once, with the process that created it.
 * fdinfo of the processes has the open files, of several processes for one enclave, also of
 * cgroups that were removed, also on a kernel without the misc controller; but no number. So a
 * file is taken for the enclave of its own process that looks the same, then for one whose
 * creator is gone, and else is a row of its own.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

enum {
	COL_ID, COL_PID, COL_COMMAND, COL_TYPE, COL_STATE, COL_SIZE, COL_RESIDENT,
	COL_WRITTEN_OUT, COL_VIA, COL_CGROUP, COL_FD, NR_COLUMNS,
};

static const struct out_column columns[NR_COLUMNS] = {
	[COL_ID] = { "ID", "id", OUT_COUNT, "number of the enclave, where known" },
	[COL_PID] = { "PID", "pid", OUT_COUNT, "the process" },
	[COL_COMMAND] = { "COMMAND", "command", OUT_NAME, "its name" },
	[COL_TYPE] = { "TYPE", "type", OUT_WORD, "enclave or vepc" },
	[COL_STATE] = { "STATE", "state", OUT_WORD, "building, running, killed or revoked" },
	[COL_SIZE] = { "SIZE", "size", OUT_SIZE, "the address range" },
	[COL_RESIDENT] = { "RESIDENT", "resident", OUT_SIZE, "in the EPC" },
	[COL_WRITTEN_OUT] = { "WRITTEN", "written_out", OUT_SIZE, "in ordinary memory" },
	[COL_VIA] = { "VIA", "via", OUT_WORD,
		      "created: who created it; open: who has it open (again, if ID is -)", true },
	[COL_CGROUP] = { "CGROUP", "cgroup", OUT_NAME, "who pays" },
	[COL_FD] = { "FD", "fd", OUT_COUNT, "the open file, where known", true },
};

struct row {
	uint64_t id, size, resident, written_out, fd;
	enum epc_type type;
	enum epc_state state;
	pid_t pid;
	bool created;			/* pid created it */
	bool open;			/* a file was seen for it */
	char *cgroup, *command;
};

struct rows {
	struct epc *epc;
	struct row *rows;
	size_t count, room;
	char *path;			/* only this cgroup and below */
};

static struct row *add_row(struct rows *rows)
{
	struct row *bigger;

	if (rows->count == rows->room) {
		rows->room = rows->room ? 2 * rows->room : 64;
		bigger = reallocarray(rows->rows, rows->room, sizeof(*bigger));
		if (!bigger)
			return NULL;
		rows->rows = bigger;
	}
	rows->rows[rows->count] = (struct row){ .id = EPC_UNKNOWN, .fd = EPC_UNKNOWN };
	return &rows->rows[rows->count++];
}

static int add_enclave(const struct epc_enclave *enclave, void *arg)
{
	struct row *row = add_row(arg);

	if (!row)
		return -ENOMEM;
	row->id = enclave->id;
	row->type = enclave->type;
	row->state = enclave->state;
	row->size = enclave->size;
	row->resident = enclave->resident;
	row->written_out = enclave->written_out;
	row->pid = enclave->pid;
	row->created = enclave->pid;
	row->cgroup = strdup(enclave->cgroup);
	return row->cgroup ? 0 : -ENOMEM;
}

/*
 * The enclave that a file may be of; @open: of which a file was seen before. What it holds
 * changes between the two looks.
 */
static struct row *find_row(struct rows *rows, const struct epc_file *file, pid_t pid, bool open)
{
	struct row *row;

	for (row = rows->rows; row < rows->rows + rows->count; row++)
		if (row->id != EPC_UNKNOWN && row->open == open && row->pid == pid &&
		    row->type == file->type && row->size == file->size && file->cgroup &&
		    !strcmp(row->cgroup, file->cgroup))
			return row;
	return NULL;
}

/* Whether the file's cgroup is at the path or below it. What has none yet is shown at the top. */
static bool is_below(const char *cgroup, const char *path)
{
	size_t len = strlen(path);

	if (!path[1])
		return true;
	return cgroup && !strncmp(cgroup, path, len) &&
	       (!cgroup[len] || cgroup[len] == '/' || !strcmp(cgroup + len, " (deleted)"));
}

static int add_file(const struct epc_file *file, void *arg)
{
	struct rows *rows = arg;
	struct row *row = find_row(rows, file, file->pid, false);

	if (!is_below(file->cgroup, rows->path))
		return 0;
	/* The same process has it open twice. */
	if (!row && find_row(rows, file, file->pid, true))
		return 0;
	row = row ?: find_row(rows, file, 0, false);
	if (!row) {
		row = add_row(rows);
		if (!row)
			return -ENOMEM;
		row->type = file->type;
		row->state = file->state;
		row->size = file->size;
		row->resident = file->resident;
		row->written_out = file->written_out;
		row->cgroup = strdup(file->cgroup ?: "-");
	}
	row->open = true;
	row->pid = file->pid;
	row->fd = file->fd;
	free(row->command);
	row->command = strdup(file->comm);
	return row->cgroup && row->command ? 0 : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int order = strcmp(x->cgroup, y->cgroup);

	if (!order && x->id != y->id)
		order = x->id < y->id ? -1 : 1;
	return order ?: (x->pid > y->pid) - (x->pid < y->pid);
}

static void print_row(struct rows *rows, struct out *out, struct row *row)
{
	struct out_line *line = out_line(out, NULL);

	if (!row->command && row->pid)
		epc_comm_of(rows->epc, row->pid, &row->command);
	out_number(out, line, COL_ID, row->id);
	out_number(out, line, COL_PID, row->pid ? (uint64_t)row->pid : EPC_UNKNOWN);
	out_text(out, line, COL_COMMAND, row->command);
	out_text(out, line, COL_TYPE, epc_type_name(row->type));
	out_text(out, line, COL_STATE, epc_state_name(row->state));
	out_number(out, line, COL_SIZE, row->size);
	out_number(out, line, COL_RESIDENT, row->resident);
	out_number(out, line, COL_WRITTEN_OUT, row->written_out);
	out_text(out, line, COL_VIA, row->created ? "created" : row->pid ? "open" : NULL);
	out_text(out, line, COL_CGROUP, row->cgroup);
	out_number(out, line, COL_FD, row->fd);
}

static int print(struct rows *rows, struct out *out, unsigned int nr_hidden)
{
	size_t i;

	if (rows->count)
		qsort(rows->rows, rows->count, sizeof(*rows->rows), compare);
	for (i = 0; i < rows->count; i++)
		print_row(rows, out, &rows->rows[i]);
	out_json_number(out, "hidden_processes", nr_hidden);
	if (out_print(out))
		return EXIT_FAILURE;
	fflush(stdout);
	if (nr_hidden)
		complain("note: you may not see the files of %u processes; root may", nr_hidden);
	return EXIT_SUCCESS;
}

/* The path as files have it; without any cgroup2 there is only the topmost one. */
static int set_path(struct rows *rows, const char *path)
{
	struct epc_group *group;
	int err = epc_read_group(rows->epc, path, 0, &group);

	if (err && (err != -ENODEV || strcmp(path, "/")))
		return err;
	rows->path = strdup(err ? "/" : group->path);
	epc_group_free(group);
	return rows->path ? 0 : -ENOMEM;
}

/* A kernel without misc.enclaves may still tell by fdinfo; nothing at all is a failure. */
static int list(struct rows *rows, struct out *out, const char *path)
{
	int err = set_path(rows, path), status = EXIT_FAILURE;
	unsigned int nr_hidden;

	if (err)
		return complain_epc(rows->epc);
	err = epc_walk_enclaves(rows->epc, rows->path, add_enclave, rows);
	if (err && err != -EOPNOTSUPP && err != -ENODEV)
		return complain_epc(rows->epc);
	if (epc_walk_files(rows->epc, add_file, rows, &nr_hidden))
		return complain_epc(rows->epc);
	if (rows->count || !err)
		status = print(rows, out, nr_hidden);
	if (err)
		complain_no_epc(rows->epc, "misc is not enabled for any cgroup there (epcctl "
				"enable), or this kernel has no misc.enclaves");
	return status;
}

static void free_rows(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->count; i++) {
		free(rows->rows[i].cgroup);
		free(rows->rows[i].command);
	}
	free(rows->rows);
	free(rows->path);
}

static int cmd_ps(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS(command, columns);
	auto_epc struct epc *epc = NULL;
	auto_out struct out *out = NULL;
	struct rows rows = { 0 };
	int status;

	if (options_next(&options, argc, argv) != OPTIONS_END)
		return options.status;
	if (options_operands(&options, argc, argv, 0, 1))
		return EXIT_USAGE;
	out = out_new(&options, "enclaves");
	if (!out)
		return EXIT_USAGE;
	rows.epc = epc = options_epc(&options);
	if (!epc)
		return EXIT_FAILURE;
	status = list(&rows, out, argv[optind] ?: "/");
	free_rows(&rows);
	return status;
}

const struct command command_ps = {
	.name = "ps",
	.run = cmd_ps,
	.operands = "[PATH]",
	.summary = "enclaves and vEPCs, and the processes that have them",
};
