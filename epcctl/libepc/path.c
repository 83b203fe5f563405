// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of cgroups, and what directories have in them. */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

/* Behind the mount point, if @path is as the shell completes it. */
static const char *skip_mount(const struct epc *epc, const char *path)
{
	size_t len = strlen(epc->mount);

	if (path[0] == '/' && !strncmp(path + 1, epc->mount, len) &&
	    (path[1 + len] == '/' || !path[1 + len]))
		return path + 1 + len;
	return path;
}

int epc_clean_path(struct epc *epc, const char *path, char **clean)
{
	const char *from = skip_mount(epc, path);
	char *to = malloc(strlen(from) + 2);
	size_t len;

	*clean = to;
	if (!to)
		return epc_fail(epc, -ENOMEM, "out of memory");
	while (*(from += strspn(from, "/"))) {
		len = strcspn(from, "/");
		if (len == 2 && !strncmp(from, "..", 2)) {
			free(*clean);
			*clean = NULL;
			return epc_fail(epc, -EINVAL,
					"%s: a cgroup is named from the top, without '..'", path);
		}
		if (len != 1 || *from != '.') {
			*to++ = '/';
			to = mempcpy(to, from, len);
		}
		from += len;
	}
	if (to == *clean)
		*to++ = '/';
	*to = 0;
	return 0;
}

const char *epc_below(const char *clean)
{
	return clean[1] ? clean + 1 : ".";
}

int epc_open_group(struct epc *epc, const char *clean, int flags)
{
	int dir, err;

	if (epc->cgroup < 0)
		return epc_fail(epc, -ENODEV, "no cgroup2 file system is mounted at /%s",
				CGROUP_MOUNT);
	dir = openat(epc->cgroup, epc_below(clean), O_DIRECTORY | O_CLOEXEC | flags);
	if (dir >= 0)
		return dir;
	err = -errno;
	if (err == -ENOENT || err == -ENOTDIR)
		return epc_fail(epc, err, "no cgroup %s in /%s", clean, epc->mount);
	return epc_fail(epc, err, "cgroup %s: %s", clean, strerror(-err));
}

bool epc_is_number(const char *name)
{
	return *name && strspn(name, "0123456789") == strlen(name);
}

/* Numbers by value, or else bytes: 9 comes before 10. */
static int compare(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;

	if (epc_is_number(x) && epc_is_number(y) && strlen(x) != strlen(y))
		return strlen(x) < strlen(y) ? -1 : 1;
	return strcmp(x, y);
}

/* File systems that do not tell the type are asked for it. */
static bool is_directory(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return !fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode);
}

static int add_name(struct epc_names *names, size_t *room, const char *name)
{
	char **bigger;

	if (names->count == *room) {
		*room = *room ? *room * 2 : 16;
		bigger = realloc(names->names, *room * sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		names->names = bigger;
	}
	names->names[names->count] = strdup(name);
	return names->names[names->count] ? (names->count++, 0) : -ENOMEM;
}

static int collect(DIR *dir, bool (*want)(const char *name), struct epc_names *names)
{
	struct dirent *entry;
	size_t room = 0;
	int err;

	while ((errno = 0, entry = readdir(dir))) {
		const char *name = entry->d_name;

		if (!strcmp(name, ".") || !strcmp(name, ".."))
			continue;
		if (want ? !want(name) : !is_directory(dir, entry))
			continue;
		err = add_name(names, &room, name);
		if (err)
			return err;
	}
	return -errno;
}

int epc_read_names(int dir, bool (*want)(const char *name), struct epc_names *names)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	*names = (struct epc_names){ 0 };
	if (!stream) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	err = collect(stream, want, names);
	closedir(stream);
	if (err)
		epc_free_names(names);
	else if (names->count)
		qsort(names->names, names->count, sizeof(*names->names), compare);
	return err;
}

void epc_free_names(struct epc_names *names)
{
	while (names->count)
		free(names->names[--names->count]);
	free(names->names);
	names->names = NULL;
}
