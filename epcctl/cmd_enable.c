// SPDX-License-Identifier: GPL-2.0
/* epcctl enable: give cgroups the misc files, now and, with --persist, at each boot. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "epcctl.h"

#define UNITS	"etc/systemd/system"
#define WANTS	UNITS "/multi-user.target.wants"
#define PREFIX	"epcctl-enable"

/* "/a/b-c" -> "a-b\x2dc": what systemd makes of a path; "" for "/". */
static char *unit_escape(const char *path)
{
	char *all = malloc(4 * strlen(path) + 1), *to = all;

	if (!all)
		return NULL;
	for (path++; *path; path++) {
		unsigned char c = *path;

		if (c == '/')
			*to++ = '-';
		else if (isalnum(c) || strchr("_:", c) || (c == '.' && to != all))
			*to++ = c;
		else
			to += sprintf(to, "\\x%02x", c);
	}
	*to = 0;
	return all;
}

/* One word of ExecStart=: in quotes, "%" and "$" doubled, the rest of what is special as \xNN. */
static void put_word(FILE *unit, const char *word)
{
	putc('"', unit);
	for (; *word; word++) {
		unsigned char c = *word;

		if (c == '%' || c == '$')
			fprintf(unit, "%c%c", c, c);
		else if (c == '"' || c == '\\' || iscntrl(c))
			fprintf(unit, "\\x%02x", c);
		else
			putc(c, unit);
	}
	putc('"', unit);
}

static void put_unit(FILE *unit, const char *tool, const char *path)
{
	fputs("# Written by epcctl enable --persist.\n"
	      "[Unit]\n"
	      "Description=Control groups may limit SGX enclave memory\n"
	      "Documentation=man:epcctl-enable(1)\n"
	      "StartLimitIntervalSec=0\n\n"
	      "[Service]\n"
	      "Type=oneshot\n"
	      "RemainAfterExit=yes\n"
	      /* Until the cgroup is there, which may be made long after boot. */
	      "Restart=on-failure\n"
	      "RestartSec=30\n"
	      "ExecStart=", unit);
	put_word(unit, tool);
	fputs(" enable ", unit);
	put_word(unit, path);
	fputs("\n\n[Install]\n"
	      "WantedBy=multi-user.target\n", unit);
}

/* The path of this very program: what the unit starts. */
static char *own_path(void)
{
	return realpath("/proc/self/exe", NULL);
}

static int write_unit(int root, const char *name, const char *tool, const char *path)
{
	auto_string char *file = NULL;
	FILE *unit;
	int fd, bad;

	if (asprintf(&file, UNITS "/%s", name) < 0) {
		file = NULL;
		return complain("out of memory");
	}
	fd = openat(root, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	unit = fd < 0 ? NULL : fdopen(fd, "w");
	if (!unit)
		return complain("/%s: %s", file, strerror(errno));
	put_unit(unit, tool, path);
	bad = ferror(unit);
	if (fclose(unit) || bad)
		return complain("/%s: %s", file, strerror(errno));
	printf("/%s: at each boot\n", file);
	return EXIT_SUCCESS;
}

/* What "systemctl enable" does, which may not run here: in a chroot, or with --root. */
static int link_unit(int root, const char *name)
{
	auto_string char *file = NULL, *target = NULL;

	if (asprintf(&file, WANTS "/%s", name) < 0 || asprintf(&target, "../%s", name) < 0)
		return complain("out of memory");
	mkdirat(root, WANTS, 0755);
	if (symlinkat(target, root, file) && errno != EEXIST)
		return complain("/%s: %s", file, strerror(errno));
	return EXIT_SUCCESS;
}

/* @path is clean: each path has one unit. */
static int persist(const struct options *options, const char *path)
{
	auto_fd int root = open(options->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_string char *escaped = unit_escape(path), *name = NULL, *tool = own_path();

	if (root < 0)
		return complain("%s: %s", options->root, strerror(errno));
	if (!escaped || !tool || asprintf(&name, PREFIX "%s%s.service", *escaped ? "-" : "",
					  escaped) < 0)
		return complain("out of memory");
	if (faccessat(root, UNITS, F_OK, 0))
		return complain("--persist writes a unit of systemd, and there is no /" UNITS);
	return write_unit(root, name, tool, path) || link_unit(root, name);
}

/*
 * The children of the path get the files; where it has processes they cannot, and the path
 * itself having them is what was wanted.
 */
static int enable(struct epc *epc, const char *path)
{
	int err;

	if (epc_enable(epc, path))
		return complain_epc(epc);
	err = epc_enable_children(epc, path);
	if (err && (err != -EBUSY || !path[1]))
		return complain_epc(epc);
	if (err)
		complain("note: %s itself has the misc files, but %s", path, epc_error(epc));
	return EXIT_SUCCESS;
}

/* The nearest above @path that is there, or the path itself; the caller frees it. */
static char *find_existing(struct epc *epc, const char *path)
{
	char *above = strdup(path), *slash;
	int dir;

	while (above && above[1]) {
		dir = epc_group_dir(epc, above);
		if (dir >= 0)
			close(dir);
		if (dir != -ENOENT)
			break;
		slash = strrchr(above, '/');
		slash[slash == above] = 0;
	}
	return above;
}

/* What is there of it; the unit does the rest when that is there. */
static int enable_existing(struct epc *epc, const char *path)
{
	auto_string char *above = find_existing(epc, path);

	if (!above)
		return complain("out of memory");
	if (strcmp(above, path))
		complain("note: %s is not there yet: enabled down to %s now", path, above);
	return enable(epc, above);
}

static int cmd_enable(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS_NO_TABLE(command);
	auto_epc struct epc *epc = NULL;
	auto_string char *path = NULL;
	bool at_boot = false;
	int c;

	while ((c = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (c != 'p')
			return options.status;
		at_boot = true;
	}
	if (options_operands(&options, argc, argv, 0, 1))
		return EXIT_USAGE;
	epc = options_epc(&options);
	if (!epc)
		return EXIT_FAILURE;
	if (epc_clean_path(epc, argv[optind] ?: "/", &path))
		return complain_epc(epc);
	if (!at_boot)
		return enable(epc, path);
	return enable_existing(epc, path) || persist(&options, path);
}

const struct command command_enable = {
	.name = "enable",
	.run = cmd_enable,
	.operands = "[PATH]",
	.summary = "give the cgroups down to PATH, and its children, the misc files",
	.no_common = true,
	.long_options = (const struct option[]){ { "persist", no_argument, NULL, 'p' }, { 0 } },
	.help = "      --persist      at each boot too, by a unit of systemd\n",
};
