/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cgroups below one, each with its misc.events.local open for poll(): for "epcctl watch".
 *
 * What is counted
 *	An event is local to the cgroup whose limit it was.  So the local counts of all
 *	cgroups together have each event once, and a line is what one of them has grown
 *	by since it was last read: no event is told twice, and none is lost, however many of
 *	them the kernel joins into one notification.
 *
 *	But the counts of a cgroup that is removed go with it, perhaps before they could be
 *	read.  misc.events of a cgroup above it has them still.  What that has and the local
 *	counts, those of removed cgroups included, have not is told as events of removed cgroups
 *	below it: see struct account.
 */
#ifndef EPCCTL_WATCH_TREE_H
#define EPCCTL_WATCH_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "libepc/libepc.h"

/**
 * struct account - a cgroup whose misc.events has the events of all below it
 * @path:	the topmost that is watched, or a child of the root, which has no such file
 * @events:	its misc.events
 * @old:	of the cgroups that were removed before we came
 * @gone:	of those removed since, as far as they were told
 * @total:	what @events had when all was told
 * @users:	watched cgroups that are in it
 */
struct account {
	char		*path;
	int		events;
	uint64_t	old[EPC_NR_EVENTS];
	uint64_t	gone[EPC_NR_EVENTS];
	uint64_t	total[EPC_NR_EVENTS];
	unsigned int	users;
	struct account	*next;
};

/**
 * struct watched - a cgroup
 * @path:	its path
 * @id:		tells it from a later one of the same name
 * @directory:	inotify watch for children that come and go, or -1
 * @events:	its misc.events.local, -1 if it has none
 * @counts:	what was told so far, and what was there when we came
 * @above:	it was above the percentage when last looked at
 */
struct watched {
	char		*path;
	uint64_t	id;
	int		directory;
	int		events;
	uint64_t	counts[EPC_NR_EVENTS];
	bool		above;
	struct account	*account;
	struct watched	*next;
};

/* Who is told: @path had @count more, @total in all.  @removed: cgroups below it, gone now. */
typedef void watch_fn(void *arg, const char *path, enum epc_event event, uint64_t count,
		      uint64_t total, bool removed);

/**
 * struct watch_tree - what is watched
 * @epc:	the machine
 * @path:	the topmost cgroup
 * @poll:	epoll: data.ptr is a struct watched, or NULL for @inotify
 * @inotify:	cgroups come and go
 * @groups:	parents before children, siblings by name, as epc_walk_groups() has them
 * @fn:		who is told
 * @incomplete:	cgroups have no misc.events.local now, and may get it
 */
struct watch_tree {
	struct epc	*epc;
	const char	*path;
	int		poll;
	int		inotify;
	struct watched	*groups;
	struct account	*accounts;
	watch_fn	*fn;
	void		*arg;
	bool		incomplete;

	/* how far cgroups were compared with those that are there, and whether some were new */
	struct watched	**at;
	bool		grown;
};

/*
 * Begins: events from now on are told.  0, -errno with epc_error(), or more than 0: the user
 * was told what is wrong; also with watch_tree_sync().
 */
int watch_tree_start(struct watch_tree *tree);

/* Finds the cgroups that came and went.  -ENOENT, -ENODEV: the topmost went. */
int watch_tree_sync(struct watch_tree *tree);

/* Throws away what inotify says: any of it means watch_tree_sync(). */
void watch_tree_drain(struct watch_tree *tree);

/* Tells what is new of one; false if it was removed. */
bool watch_tree_read(struct watch_tree *tree, struct watched *group);

/*
 * Tells what is new of all, and of removed ones; false if there are such.  Nobody notifies
 * of the removal of the topmost.
 */
bool watch_tree_read_all(struct watch_tree *tree);

void watch_tree_free(struct watch_tree *tree);

/* The order of epc_walk_groups(): as strcmp(), with "/" before all other bytes. */
int watch_tree_order(const char *a, const char *b);

#endif
