// SPDX-License-Identifier: LGPL-2.1-or-later
/* Enclaves and vEPC instances: misc.enclaves of cgroups, fdinfo of processes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define ENCLAVES	"misc.enclaves"

struct enclave_walk {
	struct epc *epc;
	epc_enclave_fn *fn;
	void *arg;
	char *text;		/* a copy: the callback may use the handle */
	size_t nr_files;	/* groups that have the file */
};

static int tell_enclaves(struct enclave_walk *walk, const char *text, const char *path)
{
	struct epc_enclave enclave;
	int err = 0;

	while (*text && !err) {
		if (!epc_parse_enclave(&text, &enclave))
			continue;
		enclave.cgroup = path;
		err = walk->fn(&enclave, walk->arg);
	}
	return err;
}

static int enclaves_of(const struct epc_group *group, void *arg)
{
	struct enclave_walk *walk = arg;
	struct epc *epc = walk->epc;
	auto_string char *name = NULL, *text = NULL;
	ssize_t len;

	if (asprintf(&name, "%s/" ENCLAVES, epc_below(group->path)) < 0) {
		name = NULL;
		return epc_fail(epc, -ENOMEM, "out of memory");
	}
	len = epc_slurp(epc, epc->cgroup, name, EPC_LONG_FILE);
	if (len == -ENOENT || len == -ENODEV)
		return 0;
	if (len < 0)
		return epc_fail(epc, len, "cgroup %s: " ENCLAVES ": %s", group->path,
				strerror(-len));
	walk->nr_files++;
	text = strdup(epc->text);
	return text ? tell_enclaves(walk, text, group->path) :
		      epc_fail(epc, -ENOMEM, "out of memory");
}

/* Enclaves that were killed, or are not built yet, hold no EPC: all groups are asked. */
int epc_walk_enclaves(struct epc *epc, const char *path, epc_enclave_fn *fn, void *arg)
{
	struct enclave_walk walk = { .epc = epc, .fn = fn, .arg = arg };
	int err = epc_walk_groups(epc, path, 0, EPC_WALK_ALL, enclaves_of, &walk);

	if (!err && !walk.nr_files)
		return epc_fail(epc, -EOPNOTSUPP, "no cgroup there has " ENCLAVES
				": the kernel has none, or misc is not enabled for them");
	return err;
}

struct file_walk {
	struct epc *epc;
	epc_file_fn *fn;
	void *arg;
	unsigned int nr_hidden;
	bool refused;		/* a file of this process, and so all */
	int proc;
};

/* Reads proc/PID/FILE without the newline at its end. */
static ssize_t read_proc(struct epc *epc, int proc, const char *pid, const char *file)
{
	char name[2 * NAME_MAX + 2];

	snprintf(name, sizeof(name), "%s/%s", pid, file);
	return epc_slurp(epc, proc, name, EPC_LONG_FILE);
}

static int read_comm(struct epc *epc, int proc, const char *pid, char **comm)
{
	ssize_t len = read_proc(epc, proc, pid, "comm");

	if (len < 0)
		return len;
	if (len && epc->text[len - 1] == '\n')
		epc->text[len - 1] = 0;
	*comm = strdup(epc->text);
	return *comm ? 0 : -ENOMEM;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

/* The kernel's own name of the devices, and the one of old udev rules; also in a chroot. */
static enum epc_type type_of_device(const char *target)
{
	if (ends_with(target, "/sgx_enclave") || ends_with(target, "/sgx/enclave"))
		return EPC_TYPE_ENCLAVE;
	if (ends_with(target, "/sgx_vepc") || ends_with(target, "/sgx/vepc"))
		return EPC_TYPE_VEPC;
	return EPC_TYPE_UNKNOWN;
}

/*
 * By its kind, since a chroot or a container may have it under any name; the files of a stored
 * tree have only that. No file system is asked whether the kind has changed: one on the network
 * may take for ever to say.
 */
static bool may_be_device(int fds, const char *fd, const char *target)
{
	struct statx file;

	if (*target != '/')
		return false;
	if (statx(fds, fd, AT_STATX_DONT_SYNC, STATX_TYPE, &file))
		return strstr(target, "sgx");
	return S_ISCHR(file.stx_mode);
}

/* A file that is not told: it was closed meanwhile, or it may not be looked at. */
static int refuse(struct file_walk *walk, int err)
{
	walk->refused |= err == -EACCES || err == -EPERM;
	return 0;
}

/*
 * Only devices are asked for their fdinfo: most files are none. A kernel that tells nothing
 * there has at least the name.
 */
static int tell_file(struct file_walk *walk, int fds, const char *pid, const char *fd)
{
	auto_string char *text = NULL, *comm = NULL;
	char name[NAME_MAX + sizeof("fdinfo/")], target[PATH_MAX];
	struct epc_file file;
	ssize_t len = readlinkat(fds, fd, target, sizeof(target) - 1);

	if (len < 0)
		return refuse(walk, -errno);
	target[len] = 0;
	if (!may_be_device(fds, fd, target))
		return 0;
	snprintf(name, sizeof(name), "fdinfo/%s", fd);
	len = read_proc(walk->epc, walk->proc, pid, name);
	if (len < 0)
		return refuse(walk, len);
	text = strdup(walk->epc->text);
	if (!text)
		return epc_fail(walk->epc, -ENOMEM, "out of memory");
	if (!epc_parse_fdinfo(text, &file))
		file.type = type_of_device(target);
	if (file.type == EPC_TYPE_UNKNOWN || read_comm(walk->epc, walk->proc, pid, &comm))
		return 0;
	file.pid = atoi(pid);
	file.fd = atoi(fd);
	file.comm = comm;
	return walk->fn(&file, walk->arg);
}

/* Kernel threads and zombies have no files: they hide none. */
static bool hides_files(struct file_walk *walk, const char *pid)
{
	const unsigned long kernel_thread = 0x00200000;
	unsigned long flags;
	char state;

	if (read_proc(walk->epc, walk->proc, pid, "stat") < 0 ||
	    !epc_parse_stat(walk->epc->text, &state, &flags))
		return false;
	return !(flags & kernel_thread) && state != 'Z' && state != 'X';
}

static int tell_process(struct file_walk *walk, const char *pid)
{
	auto_fd int fds = -1;
	char name[NAME_MAX + sizeof("/fd")];
	struct epc_names names;
	int err = 0;
	size_t i;

	snprintf(name, sizeof(name), "%s/fd", pid);
	fds = openat(walk->proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fds < 0 || epc_read_names(fds, epc_is_number, &names)) {
		if (errno == EACCES || errno == EPERM)
			walk->nr_hidden += hides_files(walk, pid);
		return 0;
	}
	walk->refused = false;
	for (i = 0; i < names.count && !err && !walk->refused; i++)
		err = tell_file(walk, fds, pid, names.names[i]);
	/* Without CAP_SYS_PTRACE root may list what it may not look at. */
	walk->nr_hidden += walk->refused;
	epc_free_names(&names);
	return err;
}

int epc_walk_files(struct epc *epc, epc_file_fn *fn, void *arg, unsigned int *nr_hidden)
{
	struct file_walk walk = { .epc = epc, .fn = fn, .arg = arg };
	auto_fd int proc = openat(epc->root, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct epc_names names;
	int err;
	size_t i;

	walk.proc = proc;
	err = proc < 0 ? -errno : epc_read_names(proc, epc_is_number, &names);
	if (err)
		return epc_fail(epc, err, "/proc: %s", strerror(-err));
	for (i = 0; i < names.count && !err; i++)
		err = tell_process(&walk, names.names[i]);
	epc_free_names(&names);
	if (nr_hidden)
		*nr_hidden = walk.nr_hidden;
	return err;
}

int epc_comm_of(struct epc *epc, pid_t pid, char **comm)
{
	auto_fd int proc = openat(epc->root, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[16];
	int err;

	snprintf(name, sizeof(name), "%d", pid);
	err = proc < 0 ? -errno : read_comm(epc, proc, name, comm);
	return err ? epc_fail(epc, err, "process %d: %s", pid, strerror(-err)) : 0;
}

int epc_group_of(struct epc *epc, pid_t pid, char **path)
{
	auto_fd int proc = openat(epc->root, "proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[16] = "self", *own;
	ssize_t len;

	if (pid)
		snprintf(name, sizeof(name), "%d", pid);
	len = proc < 0 ? -errno : read_proc(epc, proc, name, "cgroup");
	if (len < 0)
		return epc_fail(epc, len, "process %s: %s", name, strerror(-len));
	own = epc_parse_own_cgroup(epc->text);
	if (!own)
		return epc_fail(epc, -ENODEV, "process %s is in no cgroup2", name);
	*path = strdup(own);
	return *path ? 0 : epc_fail(epc, -ENOMEM, "out of memory");
}
