// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Trees of cgroups. There may be ten thousand of them, most without EPC, and each file is three
 * system calls. So misc.current is read first, and a group with 0 is left out with all below it;
 * one without children is not opened to see that: a directory of cgroup2 has 2 links and one for
 * each child. The tree is read level by level, each by several threads: groups with few children
 * keep them as busy as one with many. Then all is told in order.
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

#define MAX_THREADS	8
/* Groups that are worth a thread: it takes as long to start as some of them to read. */
#define PER_THREAD	32
/* Groups that a thread takes at once: siblings share the way to them. */
#define PER_TURN	16

struct walk {
	struct epc *epc;
	unsigned int what;
	unsigned int flags;
	epc_group_fn *fn;
	void *arg;
	unsigned int nr_threads;
};

struct node {
	struct epc_group group;
	int err;
	bool wanted;
	const struct node *parent;
	struct node *children;
	size_t nr_children;
};

/* The nodes that are as far from the top, in order. */
struct level {
	const struct walk *walk;
	struct node **nodes;
	size_t count;
	atomic_size_t next;		/* to be read */
};

static bool is_gone(int err)
{
	return err == -ENOENT || err == -ENODEV;
}

/* ---- Reading: in any thread ---- */

/* A directory; its path may be longer than the kernel takes at once. */
static int open_path(int above, const char *path)
{
	const char *end = strlen(path) < PATH_MAX ? NULL : memrchr(path, '/', PATH_MAX - 1);
	char part[PATH_MAX];
	int dir, below;

	if (end) {
		*(char *)mempcpy(part, path, end - path) = 0;
		path = part;
	}
	dir = openat(above, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (!end)
		return dir;
	below = open_path(dir, end + 1);
	close(dir);
	return below;
}

static int add_children(struct node *node, const struct epc_names *names)
{
	const char *path = node->group.path[1] ? node->group.path : "";
	size_t i;

	node->children = calloc(names->count, sizeof(*node->children));
	if (!node->children)
		return -ENOMEM;
	for (i = 0; i < names->count; i++) {
		node->children[i].parent = node;
		if (asprintf(&node->children[i].group.path, "%s/%s", path, names->names[i]) < 0)
			return -ENOMEM;
		node->nr_children++;
	}
	return 0;
}

/* All but misc.current, and who is below. */
static int read_node(struct epc *epc, const struct walk *walk, int dir, struct node *node)
{
	struct epc_names names;
	struct stat st;
	int err = fstat(dir, &st) ? -errno : epc_read_rest(epc, dir, walk->what, &node->group);

	if (err)
		return err;
	node->group.id = st.st_ino;
	if (st.st_nlink == 2)
		return 0;
	err = epc_read_names(dir, NULL, &names);
	if (!err && names.count)
		err = add_children(node, &names);
	epc_free_names(&names);
	return is_gone(err) ? 0 : err;
}

/* Whether the flags leave the group out; its misc.current is read in any case. */
static int look_at(struct epc *epc, const struct walk *walk, int parent, const char *name,
		   struct node *node)
{
	char file[NAME_MAX + sizeof("/misc.current")];
	struct epc_group *group = &node->group;
	int err;

	snprintf(file, sizeof(file), "%s/misc.current", name);
	err = epc_read_current(epc, parent, file, group);
	node->wanted = walk->flags & EPC_WALK_ALL ||
		       (group->current && group->current != EPC_UNKNOWN);
	if (err || node->wanted || group->current || !(walk->flags & EPC_WALK_USED))
		return err;
	snprintf(file, sizeof(file), "%s/misc.peak", name);
	err = epc_read_peak(epc, parent, file, group);
	node->wanted = group->peak;
	return err;
}

static int read_child(struct epc *epc, const struct walk *walk, int parent, struct node *node)
{
	const char *name = strrchr(node->group.path, '/') + 1;
	auto_fd int dir = -1;
	int err;

	epc_forget(&node->group);
	err = look_at(epc, walk, parent, name, node);
	if (err || !node->wanted)
		return err;
	dir = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -errno : read_node(epc, walk, dir, node);
}

static void read_turn(struct epc *epc, const struct level *level, size_t first)
{
	size_t end = first + PER_TURN < level->count ? first + PER_TURN : level->count, i;
	auto_fd int dir = -1;

	for (i = first; i < end; i++) {
		struct node *node = level->nodes[i];

		if (i == first || node->parent != level->nodes[i - 1]->parent) {
			epc_close_fd(&dir);
			dir = open_path(epc->cgroup, epc_below(node->parent->group.path));
		}
		node->err = dir < 0 ? dir : read_child(epc, level->walk, dir, node);
	}
}

/* Each thread takes the next ones until there are none. */
static void *read_turns(void *arg)
{
	struct level *level = arg;
	/* The handle's directories, and no text of its own yet. */
	struct epc epc = { .root = level->walk->epc->root, .cgroup = level->walk->epc->cgroup };
	size_t first;

	while ((first = atomic_fetch_add(&level->next, PER_TURN)) < level->count)
		read_turn(&epc, level, first);
	free(epc.text);
	return NULL;
}

/* Where no thread can be started this one does all. Signals are the caller's business. */
static void read_level(struct level *level)
{
	pthread_t threads[MAX_THREADS];
	unsigned int nr = 0, wanted = level->count / PER_THREAD;
	sigset_t all, before;

	if (wanted > level->walk->nr_threads)
		wanted = level->walk->nr_threads;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (nr + 1 < wanted && !pthread_create(&threads[nr], NULL, read_turns, level))
		nr++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	read_turns(level);
	while (nr)
		pthread_join(threads[--nr], NULL);
}

/* Makes @level the one below it. */
static int go_down(struct level *level)
{
	struct level below = { .walk = level->walk };
	size_t i, j;

	for (i = 0; i < level->count; i++)
		below.count += level->nodes[i]->nr_children;
	below.nodes = calloc(below.count + 1, sizeof(*below.nodes));
	if (!below.nodes)
		return -ENOMEM;
	below.count = 0;
	for (i = 0; i < level->count; i++)
		for (j = 0; j < level->nodes[i]->nr_children; j++)
			below.nodes[below.count++] = &level->nodes[i]->children[j];
	free(level->nodes);
	*level = below;
	return 0;
}

static int read_below(const struct walk *walk, struct node *top)
{
	struct level level = { .walk = walk, .nodes = malloc(sizeof(*level.nodes)), .count = 1 };
	int err = level.nodes ? 0 : -ENOMEM;

	if (!err)
		level.nodes[0] = top;
	while (!err && level.count) {
		err = go_down(&level);
		if (!err)
			read_level(&level);
	}
	free(level.nodes);
	return err ? epc_fail(walk->epc, err, "out of memory") : 0;
}

/* ---- Telling ---- */

static int tell(const struct walk *walk, const struct node *node)
{
	size_t i;
	int err = walk->fn(&node->group, walk->arg);

	for (i = 0; i < node->nr_children && !err; i++) {
		const struct node *child = &node->children[i];

		if (child->err && !is_gone(child->err))
			return epc_fail(walk->epc, child->err, "cgroup %s: %s", child->group.path,
					strerror(-child->err));
		if (!child->err && child->wanted)
			err = tell(walk, child);
	}
	return err;
}

static void free_below(struct node *node)
{
	while (node->nr_children) {
		struct node *child = &node->children[--node->nr_children];

		free_below(child);
		free(child->group.path);
	}
	free(node->children);
}

/* The group that was named is told whatever it has. */
static int walk_from(const struct walk *walk, int dir, struct node *top)
{
	int err;

	epc_forget(&top->group);
	err = epc_read_current(walk->epc, dir, "misc.current", &top->group);
	if (!err)
		err = read_node(walk->epc, walk, dir, top);
	if (err)
		return epc_fail(walk->epc, err, "cgroup %s: %s", top->group.path, strerror(-err));
	err = read_below(walk, top);
	return err ? err : tell(walk, top);
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
	const struct walk walk = {
		.epc = epc, .what = what, .flags = flags, .fn = fn, .arg = arg,
		.nr_threads = count_cpus(),
	};
	struct node top = { 0 };
	auto_fd int dir = -1;
	int err = epc_clean_path(epc, path, &top.group.path);

	if (!err)
		err = dir = epc_open_group(epc, top.group.path, O_PATH);
	if (dir >= 0)
		err = walk_from(&walk, dir, &top);
	free_below(&top);
	free(top.group.path);
	return err;
}
