// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Trees of cgroups. There may be ten thousand of them, most without EPC, and each file is three
 * system calls. So misc.current is read first, and a group with 0 is left out with all below it;
 * one without children is not opened to see that: a directory of cgroup2 has 2 links and one for
 * each child. The children of a group are read by several threads, a batch at a time, and then
 * told in order.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "internal.h"

#define BATCH		256
#define MAX_THREADS	8
/* Children that are worth a thread: it takes as long to start as some of them to read. */
#define PER_THREAD	32

/* What a walk carries down. */
struct walk {
	struct epc *epc;
	unsigned int what;
	unsigned int flags;
	epc_group_fn *fn;
	void *arg;
	char *path;			/* of the group that is told */
	size_t room;
	unsigned int nr_threads;
};

/* A child of the group that is walked. */
struct child {
	const char *name;
	struct epc_group group;		/* without its path */
	int err;
	bool wanted;
	bool leaf;			/* has no children */
};

struct batch {
	const struct walk *walk;
	int parent;
	struct child *children;
	size_t count;
	atomic_size_t next;		/* to be read */
};

static bool is_gone(int err)
{
	return err == -ENOENT || err == -ENODEV;
}

static int fail(struct walk *walk, int err)
{
	return epc_fail(walk->epc, err, "cgroup %s: %s", walk->path, strerror(-err));
}

/* Whether the flags leave the child out; its misc.current is read in any case. */
static int look_at(struct epc *epc, const struct batch *batch, struct child *child)
{
	char file[NAME_MAX + sizeof("/misc.current")];
	struct epc_group *group = &child->group;
	unsigned int flags = batch->walk->flags;
	int err;

	snprintf(file, sizeof(file), "%s/misc.current", child->name);
	err = epc_read_current(epc, batch->parent, file, group);
	child->wanted = flags & EPC_WALK_ALL || (group->current && group->current != EPC_UNKNOWN);
	if (err || child->wanted || group->current || !(flags & EPC_WALK_USED))
		return err;
	snprintf(file, sizeof(file), "%s/misc.peak", child->name);
	err = epc_read_peak(epc, batch->parent, file, group);
	child->wanted = group->peak;
	return err;
}

static int read_child(struct epc *epc, const struct batch *batch, struct child *child)
{
	auto_fd int dir = -1;
	struct stat st;
	int err;

	epc_forget(&child->group);
	err = look_at(epc, batch, child);
	if (err || !child->wanted)
		return err;
	dir = openat(batch->parent, child->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || fstat(dir, &st))
		return -errno;
	child->group.id = st.st_ino;
	child->leaf = st.st_nlink == 2;
	return epc_read_rest(epc, dir, batch->walk->what, &child->group);
}

/* Each thread takes the next child until there is none. */
static void *read_children(void *arg)
{
	struct batch *batch = arg;
	/* The handle's directories, and no text of its own yet. */
	struct epc epc = { .root = batch->walk->epc->root, .cgroup = batch->walk->epc->cgroup };
	size_t i;

	while ((i = atomic_fetch_add(&batch->next, 1)) < batch->count)
		batch->children[i].err = read_child(&epc, batch, &batch->children[i]);
	free(epc.text);
	return NULL;
}

/* Where no thread can be started this one does all. Signals are the caller's business. */
static void read_batch(struct batch *batch)
{
	pthread_t threads[MAX_THREADS];
	unsigned int nr = 0, wanted = batch->count / PER_THREAD;
	sigset_t all, before;

	if (wanted > batch->walk->nr_threads)
		wanted = batch->walk->nr_threads;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (nr + 1 < wanted && !pthread_create(&threads[nr], NULL, read_children, batch))
		nr++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	read_children(batch);
	while (nr)
		pthread_join(threads[--nr], NULL);
}

/* Appends "/name" to the path; its length before, or -ENOMEM. */
static ssize_t push_name(struct walk *walk, const char *name)
{
	size_t len = walk->path[1] ? strlen(walk->path) : 0;
	size_t need = len + strlen(name) + 2;
	char *bigger;

	if (need > walk->room) {
		bigger = realloc(walk->path, need * 2);
		if (!bigger)
			return epc_fail(walk->epc, -ENOMEM, "out of memory");
		walk->path = bigger;
		walk->room = need * 2;
	}
	walk->path[len] = '/';
	strcpy(walk->path + len + 1, name);
	return len;
}

static void pop_name(struct walk *walk, size_t len)
{
	walk->path[len ? len : 1] = 0;
}

static int walk_below(struct walk *walk, int dir);

/* A child that was read, and those below it. */
static int tell_child(struct walk *walk, int parent, struct child *child)
{
	auto_fd int dir = -1;
	int err = child->err;

	if (is_gone(err) || (!err && !child->wanted))
		return 0;
	if (err)
		return fail(walk, err);
	child->group.path = walk->path;
	err = walk->fn(&child->group, walk->arg);
	if (err || child->leaf)
		return err;
	dir = openat(parent, child->name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return is_gone(-errno) ? 0 : fail(walk, -errno);
	return walk_below(walk, dir);
}

static int tell_batch(struct walk *walk, struct batch *batch)
{
	ssize_t len;
	size_t i;
	int err = 0;

	for (i = 0; i < batch->count && !err; i++) {
		len = push_name(walk, batch->children[i].name);
		if (len < 0)
			return len;
		err = tell_child(walk, batch->parent, &batch->children[i]);
		pop_name(walk, len);
	}
	return err;
}

static int walk_children(struct walk *walk, int dir, const struct epc_names *names)
{
	size_t most = names->count < BATCH ? names->count : BATCH, first, i;
	struct child *children = calloc(most ? most : 1, sizeof(*children));
	struct batch batch = { .walk = walk, .parent = dir, .children = children };
	int err = children ? 0 : epc_fail(walk->epc, -ENOMEM, "out of memory");

	for (first = 0; first < names->count && !err; first += batch.count) {
		batch.count = names->count - first < BATCH ? names->count - first : BATCH;
		batch.next = 0;
		for (i = 0; i < batch.count; i++)
			children[i] = (struct child){ .name = names->names[first + i] };
		read_batch(&batch);
		err = tell_batch(walk, &batch);
	}
	free(children);
	return err;
}

static int walk_below(struct walk *walk, int dir)
{
	struct epc_names names;
	int err = epc_read_names(dir, NULL, &names);

	if (is_gone(err))
		return 0;
	if (err)
		return fail(walk, err);
	err = walk_children(walk, dir, &names);
	epc_free_names(&names);
	return err;
}

/* The group that was named is told whatever it has. */
static int walk_from(struct walk *walk, int dir)
{
	struct epc_group group;
	struct stat st;
	int err;

	epc_forget(&group);
	err = fstat(dir, &st) ? -errno : epc_read_current(walk->epc, dir, "misc.current", &group);
	if (!err)
		err = epc_read_rest(walk->epc, dir, walk->what, &group);
	if (err)
		return fail(walk, err);
	group.path = walk->path;
	group.id = st.st_ino;
	err = walk->fn(&group, walk->arg);
	return err ? err : walk_below(walk, dir);
}

static unsigned int count_cpus(void)
{
	cpu_set_t cpus;
	unsigned int count;

	if (sched_getaffinity(0, sizeof(cpus), &cpus))
		return 1;
	count = CPU_COUNT(&cpus);
	return count < MAX_THREADS ? count : MAX_THREADS;
}

int epc_walk_groups(struct epc *epc, const char *path, unsigned int what, unsigned int flags,
		    epc_group_fn *fn, void *arg)
{
	struct walk walk = { .epc = epc, .what = what, .flags = flags, .fn = fn, .arg = arg };
	auto_fd int dir = -1;
	int err = epc_clean_path(epc, path, &walk.path);

	if (!err) {
		walk.room = strlen(walk.path) + 1;
		walk.nr_threads = count_cpus();
		err = dir = epc_open_group(epc, walk.path, O_PATH);
	}
	if (dir >= 0)
		err = walk_from(&walk, dir);
	free(walk.path);
	return err;
}
