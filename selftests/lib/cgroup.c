// SPDX-License-Identifier: GPL-2.0
/* Control groups through the files of cgroup2. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "cgroup.h"

#define KEY		"sgx_epc"
#define PURGE_MS	5000

void cg_path(char *path, size_t len, const char *group, const char *file)
{
	snprintf(path, len, "%s%s%s%s%s", CG_ROOT, *group ? "/" : "", group,
		 *file ? "/" : "", file);
}

int cg_write(const char *group, const char *file, const char *text)
{
	char path[CG_PATH_MAX];
	ssize_t len;
	int fd, err;

	cg_path(path, sizeof(path), group, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return epc_fail(errno, "open %s for writing", path);
	len = write(fd, text, strlen(text));
	err = errno;
	close(fd);
	if (len < 0)
		return epc_fail(err, "write \"%s\" to %s", text, path);
	if ((size_t)len != strlen(text))
		return epc_fail(EIO, "write \"%s\" to %s took %zd bytes", text,
				path, len);
	return 0;
}

int cg_read(const char *group, const char *file, char *buf, size_t len)
{
	char path[CG_PATH_MAX];
	size_t have = 0;
	ssize_t got;
	int fd, err;

	cg_path(path, sizeof(path), group, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return epc_fail(errno, "open %s", path);
	do {
		got = read(fd, buf + have, len - 1 - have);
		if (got > 0)
			have += got;
	} while (got > 0);
	err = errno;
	close(fd);
	buf[have] = 0;
	return got < 0 ? epc_fail(err, "read %s", path) : 0;
}

/* The line of @buf whose first word is @key, behind that word. */
static char *find_line(char *buf, const char *key)
{
	size_t len = strlen(key);
	char *line = buf;

	while (line && *line) {
		if (!strncmp(line, key, len) && line[len] == ' ')
			return line + len + 1;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

/* A number or "max", and after it one of the characters in @ends. */
static int parse_value(const char *text, const char *ends, uint64_t *value)
{
	char *end;

	if (!strncmp(text, "max", 3)) {
		*value = CG_MAX;
		end = (char *)text + 3;
	} else {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		errno = 0;
		*value = strtoull(text, &end, 10);
		if (errno)
			return -errno;
	}
	return *end && strchr(ends, *end) ? 0 : -EINVAL;
}

int cg_key(const char *group, const char *file, const char *key, uint64_t *value)
{
	char buf[4096], *text;
	int ret;

	ret = cg_read(group, file, buf, sizeof(buf));
	if (ret)
		return ret;
	text = find_line(buf, key);
	if (!text)
		return epc_fail(ENODATA, "no \"%s\" in %s of \"%s\", which reads \"%s\"",
				key, file, group, buf);
	if (parse_value(text, "\n", value))
		return epc_fail(EINVAL, "\"%s\" in %s of \"%s\" is followed by \"%s\"",
				key, file, group, text);
	return 0;
}

int cg_nested_key(const char *group, const char *file, const char *line,
		  const char *key, uint64_t *value)
{
	char buf[16384], want[64], *text, *end, *found;
	int ret;

	ret = cg_read(group, file, buf, sizeof(buf));
	if (ret)
		return ret;
	text = find_line(buf, line);
	if (!text)
		return epc_fail(ENODATA, "no line \"%s\" in %s of \"%s\"", line,
				file, group);
	end = strchr(text, '\n');
	if (end)
		end[1] = 0;
	snprintf(want, sizeof(want), "%s=", key);
	for (found = text; (found = strstr(found, want)); found++)
		if (found == text || found[-1] == ' ')
			break;
	if (!found || parse_value(found + strlen(want), " \n", value))
		return epc_fail(ENODATA, "no number \"%s\" in \"%s\" of %s", want,
				text, file);
	return 0;
}

int cg_wait_key(const char *group, const char *file, const char *key,
		uint64_t value, long timeout_ms)
{
	long end = epc_now_ms() + epc_patience(timeout_ms);
	uint64_t seen;
	int ret;

	for (;;) {
		ret = cg_key(group, file, key, &seen);
		if (ret || seen == value)
			return ret;
		if (epc_now_ms() > end)
			break;
		epc_sleep_ms(5);
	}
	return epc_fail(ETIMEDOUT, "%s %s of \"%s\" is %lu, not %lu, for %ld ms",
			file, key, group, seen, value, epc_patience(timeout_ms));
}

/* misc for the children of @group's parent; the root has it from the start. */
static int offer_misc(const char *group)
{
	const char *slash = strrchr(group, '/');
	char parent[CG_PATH_MAX];

	if (!slash)
		return cg_write("", "cgroup.subtree_control", "+misc");
	snprintf(parent, sizeof(parent), "%.*s", (int)(slash - group), group);
	return cg_write(parent, "cgroup.subtree_control", "+misc");
}

int cg_create(const char *group)
{
	char path[CG_PATH_MAX];

	cg_path(path, sizeof(path), group, "");
	if (mkdir(path, 0755))
		return epc_fail(errno, "create %s", path);
	return offer_misc(group);
}

int cg_remove(const char *group)
{
	char path[CG_PATH_MAX];

	cg_path(path, sizeof(path), group, "");
	if (rmdir(path))
		return epc_fail(errno, "remove %s", path);
	return 0;
}

/* Children first; a group that has lost its last process may stay busy a while. */
static int remove_tree(const char *group, long end)
{
	char path[CG_PATH_MAX], child[CG_PATH_MAX];
	struct dirent *d;
	DIR *dir;
	int ret = 0;

	cg_path(path, sizeof(path), group, "");
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : epc_fail(errno, "open %s", path);
	while (!ret && (d = readdir(dir))) {
		if (d->d_type != DT_DIR || *d->d_name == '.')
			continue;
		snprintf(child, sizeof(child), "%s/%s", group, d->d_name);
		ret = remove_tree(child, end);
	}
	closedir(dir);
	while (!ret && (ret = cg_remove(group)) == -EBUSY && epc_now_ms() < end) {
		epc_sleep_ms(5);
		ret = 0;
	}
	return ret == -ENOENT ? 0 : ret;
}

int cg_purge(const char *group)
{
	char path[CG_PATH_MAX];
	int ret;

	cg_path(path, sizeof(path), group, "");
	if (access(path, F_OK))
		return 0;
	ret = cg_write(group, "cgroup.kill", "1");
	return ret ? ret : remove_tree(group, epc_now_ms() + epc_patience(PURGE_MS));
}

int cg_enter(const char *group, pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	return cg_write(group, "cgroup.procs", text);
}

int cg_enter_thread(const char *group, pid_t tid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", tid);
	return cg_write(group, "cgroup.threads", text);
}

int cg_dying(const char *group)
{
	uint64_t nr;
	int ret;

	ret = cg_key(group, "cgroup.stat", "nr_dying_descendants", &nr);
	return ret ? ret : (int)nr;
}

int cg_set_max(const char *group, uint64_t bytes)
{
	char text[64];

	if (bytes == CG_MAX)
		snprintf(text, sizeof(text), KEY " max");
	else
		snprintf(text, sizeof(text), KEY " %lu", bytes);
	return cg_write(group, "misc.max", text);
}

int cg_max(const char *group, uint64_t *bytes)
{
	return cg_key(group, "misc.max", KEY, bytes);
}

int cg_current(const char *group, uint64_t *bytes)
{
	return cg_key(group, "misc.current", KEY, bytes);
}

int cg_peak(const char *group, uint64_t *bytes)
{
	return cg_key(group, "misc.peak", KEY, bytes);
}

int cg_never_kill(const char *group)
{
	int ret = cg_write(group, "misc.exhausted", KEY " fail");

	return ret == -ENOENT ? 0 : ret;
}

int cg_events_max(const char *group, uint64_t *nr)
{
	return cg_key(group, "misc.events", KEY ".max", nr);
}

int cg_events_revoke(const char *group, uint64_t *nr)
{
	return cg_key(group, "misc.events", KEY ".revoke", nr);
}

int cg_events_local_max(const char *group, uint64_t *nr)
{
	return cg_key(group, "misc.events.local", KEY ".max", nr);
}
