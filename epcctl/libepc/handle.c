// SPDX-License-Identifier: LGPL-2.1-or-later
/* A machine, or a stored tree of one: opening it, reading its files, saying what failed. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

#define FIRST_SIZE	4096

/* cgroup2 alone, or beside cgroup v1 as systemd's hybrid layout has it. */
static const char *const mounts[] = { CGROUP_MOUNT, CGROUP_MOUNT "/unified" };

static int open_cgroup2(struct epc *epc)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		auto_fd int dir = openat(epc->root, mounts[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (dir < 0 || faccessat(dir, "cgroup.controllers", F_OK, 0))
			continue;
		epc->mount = mounts[i];
		return fcntl(dir, F_DUPFD_CLOEXEC, 0);
	}
	epc->mount = CGROUP_MOUNT;
	return -ENODEV;
}

int epc_open(struct epc **handle, const char *root)
{
	struct epc *epc = calloc(1, sizeof(*epc));
	int err;

	*handle = NULL;
	if (!epc)
		return -ENOMEM;
	epc->root = open(root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (epc->root < 0) {
		err = -errno;
		free(epc);
		return err;
	}
	epc->cgroup = open_cgroup2(epc);
	*handle = epc;
	return 0;
}

void epc_close(struct epc *epc)
{
	if (!epc)
		return;
	if (epc->cgroup >= 0)
		close(epc->cgroup);
	close(epc->root);
	free(epc->error);
	free(epc->text);
	free(epc);
}

const char *epc_error(const struct epc *epc)
{
	return epc && epc->error ? epc->error : "out of memory";
}

int epc_fail(struct epc *epc, int err, const char *format, ...)
{
	va_list args;

	free(epc->error);
	va_start(args, format);
	if (vasprintf(&epc->error, format, args) < 0)
		epc->error = NULL;
	va_end(args);
	return err;
}

static int grow(struct epc *epc)
{
	size_t size = epc->size ? epc->size * 2 : FIRST_SIZE;
	char *text = realloc(epc->text, size);

	if (!text)
		return -ENOMEM;
	epc->text = text;
	epc->size = size;
	return 0;
}

ssize_t epc_slurp_fd(struct epc *epc, int fd, enum epc_file_kind kind)
{
	size_t have = 0;
	ssize_t got;

	do {
		if (have + 1 >= epc->size && grow(epc))
			return -ENOMEM;
		do
			got = read(fd, epc->text + have, epc->size - have - 1);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return -errno;
		have += got;
	} while (got && (kind == EPC_LONG_FILE || have + 1 == epc->size));
	epc->text[have] = 0;
	return have;
}

ssize_t epc_slurp(struct epc *epc, int dir, const char *name, enum epc_file_kind kind)
{
	auto_fd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : epc_slurp_fd(epc, fd, kind);
}

int epc_spill(int dir, const char *name, const char *text)
{
	auto_fd int fd = openat(dir, name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t len = strlen(text), put;

	if (fd < 0)
		return -errno;
	put = write(fd, text, len);
	if (put < 0)
		return -errno;
	return put == len ? 0 : -EIO;
}
