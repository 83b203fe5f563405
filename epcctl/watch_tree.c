// SPDX-License-Identifier: GPL-2.0
/* Which cgroups "epcctl watch" watches, and what is new of them. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/resource.h>

#include "epcctl.h"
#include "watch_tree.h"

/* How often to try for a moment in which nothing happens, before watching begins. */
#define START_TRIES	100

/* ---- counts ---- */

/* EPC_UNKNOWN, of an older kernel, counts as never. */
static int read_counts(struct watch_tree *tree, int fd, uint64_t counts[EPC_NR_EVENTS])
{
	uint64_t all[EPC_EVENTS_ROOM];
	int err = epc_events_read(tree->epc, fd, all);
	int i;

	for (i = 0; i < EPC_NR_EVENTS; i++)
		counts[i] = err || all[i] == EPC_UNKNOWN ? 0 : all[i];
	return err;
}

bool watch_tree_read(struct watch_tree *tree, struct watched *group)
{
	uint64_t now[EPC_NR_EVENTS], more;
	int i;

	if (group->events < 0)
		return true;
	if (read_counts(tree, group->events, now)) {
		close(group->events);
		group->events = -1;
		return false;
	}
	for (i = 0; i < EPC_NR_EVENTS; i++) {
		more = now[i] - group->counts[i];
		group->counts[i] = now[i];
		if (more)
			tree->fn(tree->arg, group->path, i, more, now[i], false);
	}
	return true;
}

/* What the cgroups of an account have, those that are gone included. */
static void sum_up(const struct watch_tree *tree, const struct account *account,
		   uint64_t sum[EPC_NR_EVENTS])
{
	const struct watched *g;
	int i;

	for (i = 0; i < EPC_NR_EVENTS; i++)
		sum[i] = account->old[i] + account->gone[i];
	for (g = tree->groups; g; g = g->next)
		for (i = 0; g->account == account && i < EPC_NR_EVENTS; i++)
			sum[i] += g->counts[i];
}

/*
 * The kernel counts an event in the cgroup first and then in those above it.  So whatever
 * @total had before the cgroups were read, and they have not, was of one that is gone.
 */
static void tell_removed(struct watch_tree *tree, struct account *account,
			 const uint64_t total[EPC_NR_EVENTS])
{
	uint64_t sum[EPC_NR_EVENTS], more;
	int i;

	sum_up(tree, account, sum);
	for (i = 0; i < EPC_NR_EVENTS; i++) {
		if (total[i] <= sum[i])
			continue;
		more = total[i] - sum[i];
		account->gone[i] += more;
		tree->fn(tree->arg, account->path, i, more, total[i], true);
	}
}

/* Mostly the total is still that of the last time, and there is nothing to do. */
static bool read_account(struct watch_tree *tree, struct account *account)
{
	uint64_t total[EPC_NR_EVENTS];
	struct watched *g;

	if (read_counts(tree, account->events, total))
		return false;
	if (!memcmp(total, account->total, sizeof(total)))
		return true;
	memcpy(account->total, total, sizeof(total));
	for (g = tree->groups; g; g = g->next)
		if (g->account == account)
			watch_tree_read(tree, g);
	tell_removed(tree, account, total);
	return true;
}

bool watch_tree_read_all(struct watch_tree *tree)
{
	struct account *account;
	bool all = true;

	for (account = tree->accounts; account; account = account->next)
		all &= read_account(tree, account);
	return all;
}

/* ---- accounts ---- */

static bool is_account(const struct watch_tree *tree, const char *path)
{
	const char *top = tree->groups->path;

	return top[1] ? !strcmp(path, top) : path[1] && !strchr(path + 1, '/');
}

static bool is_at_or_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

static struct account *new_account(struct watch_tree *tree, const char *path)
{
	struct account *account = calloc(1, sizeof(*account));

	if (!account)
		return NULL;
	account->path = strdup(path);
	account->events = account->path ? epc_events_open(tree->epc, path, false) : -1;
	if (account->events < 0) {
		free(account->path);
		free(account);
		return NULL;
	}
	account->next = tree->accounts;
	tree->accounts = account;
	return account;
}

/* Of a cgroup whose misc.events.local is open; NULL if none can be had. */
static struct account *account_of(struct watch_tree *tree, const char *path)
{
	struct account *account;

	if (is_account(tree, path))
		return new_account(tree, path);
	/* The newest first: an older one of the same name is of removed cgroups. */
	for (account = tree->accounts; account; account = account->next)
		if (is_at_or_below(path, account->path))
			return account;
	return NULL;
}

static void leave_account(struct watch_tree *tree, struct account *account)
{
	struct account **at;

	if (!account || --account->users)
		return;
	for (at = &tree->accounts; *at != account; at = &(*at)->next)
		;
	*at = account->next;
	close(account->events);
	free(account->path);
	free(account);
}

/* ---- cgroups that come and go ---- */

int watch_tree_order(const char *a, const char *b)
{
	unsigned char x, y;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	x = *a;
	y = *b;
	if (x == '/' || y == '/')
		return x == y ? 0 : x == '/' ? (y ? -1 : 1) : (x ? 1 : -1);
	return x - y;
}

/* A file that was not there may come when misc is enabled: it is tried at each sync. */
static int open_events(struct watch_tree *tree, struct watched *g)
{
	struct epoll_event event = { .events = EPOLLPRI, .data.ptr = g };

	g->events = epc_events_open(tree->epc, g->path, true);
	if (g->events == -EMFILE || g->events == -ENFILE)
		return complain("%s (ulimit -n, or watch a smaller part)", epc_error(tree->epc));
	if (g->events < 0) {
		g->events = -1;
		tree->incomplete |= g->path[1];
		return 0;
	}
	g->account = account_of(tree, g->path);
	if (g->account)
		g->account->users++;
	memset(g->counts, 0, sizeof(g->counts));
	if (!epoll_ctl(tree->poll, EPOLL_CTL_ADD, g->events, &event))
		return 0;
	return complain("cgroup %s: misc.events.local cannot be polled: %s", g->path,
			strerror(errno));
}

static int watch_directory(struct watch_tree *tree, struct watched *g)
{
	auto_fd int dir = epc_group_dir(tree->epc, g->path);
	char path[64];

	if (dir < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	g->directory = inotify_add_watch(tree->inotify, path, IN_CREATE | IN_DELETE | IN_ONLYDIR);
	if (g->directory >= 0)
		return 0;
	return complain("cgroup %s: inotify: %s%s", g->path, strerror(errno), errno == ENOSPC ?
			" (fs.inotify.max_user_watches)" : "");
}

/* What it had and was told is kept in the account. */
static void close_events(struct watch_tree *tree, struct watched *g)
{
	int i;

	if (g->events >= 0)
		close(g->events);
	g->events = -1;
	for (i = 0; g->account && i < EPC_NR_EVENTS; i++)
		g->account->gone[i] += g->counts[i];
	leave_account(tree, g->account);
	g->account = NULL;
}

/* Forgets the cgroup at *@at. */
static void drop(struct watch_tree *tree, struct watched **at)
{
	struct watched *g = *at;

	watch_tree_read(tree, g);
	close_events(tree, g);
	if (g->directory >= 0)
		inotify_rm_watch(tree->inotify, g->directory);
	*at = g->next;
	free(g->path);
	free(g);
}

static int add(struct watch_tree *tree, const struct epc_group *group)
{
	struct watched *g = calloc(1, sizeof(*g));
	int err;

	if (!g)
		return complain("out of memory");
	g->path = strdup(group->path);
	if (!g->path) {
		free(g);
		return complain("out of memory");
	}
	g->id = group->id;
	g->events = g->directory = -1;
	g->next = *tree->at;
	*tree->at = g;
	tree->at = &g->next;
	tree->grown = true;
	err = watch_directory(tree, g);
	return err ? err : open_events(tree, g);
}

/* misc may have been disabled and enabled again: that is a new, empty set of counts. */
static int reopen_events(struct watch_tree *tree, struct watched *g)
{
	if (g->events >= 0)
		return 0;
	close_events(tree, g);
	return open_events(tree, g);
}

/* Both lists are in the same order: side by side, what is missing in one shows. */
static int compare(const struct epc_group *group, void *arg)
{
	struct watch_tree *tree = arg;
	struct watched *g;

	while (*tree->at && watch_tree_order((*tree->at)->path, group->path) < 0)
		drop(tree, tree->at);
	g = *tree->at;
	if (!g || strcmp(g->path, group->path))
		return add(tree, group);
	if (g->id != group->id) {
		drop(tree, tree->at);
		return add(tree, group);
	}
	tree->at = &g->next;
	return reopen_events(tree, g);
}

int watch_tree_sync(struct watch_tree *tree)
{
	int err;

	/* A child made before its parent was watched, and after it was listed, is found next. */
	do {
		tree->grown = tree->incomplete = false;
		tree->at = &tree->groups;
		err = epc_walk_groups(tree->epc, tree->path, 0, EPC_WALK_ALL, compare, tree);
	} while (!err && tree->grown);
	while (!err && *tree->at)
		drop(tree, tree->at);
	return err;
}

void watch_tree_drain(struct watch_tree *tree)
{
	char text[4096];

	while (read(tree->inotify, text, sizeof(text)) > 0)
		;
}

/* ---- the beginning and the end ---- */

/* What is there already is not told; nothing shall happen while it is read. */
static void start_account(struct watch_tree *tree, struct account *account)
{
	uint64_t before[EPC_NR_EVENTS], after[EPC_NR_EVENTS], sum[EPC_NR_EVENTS];
	struct watched *g;
	int i, tries = START_TRIES;

	do {
		read_counts(tree, account->events, before);
		for (g = tree->groups; g; g = g->next)
			if (g->account == account)
				read_counts(tree, g->events, g->counts);
		read_counts(tree, account->events, after);
	} while (memcmp(before, after, sizeof(before)) && --tries);
	sum_up(tree, account, sum);
	for (i = 0; i < EPC_NR_EVENTS; i++)
		account->old[i] = after[i] > sum[i] ? after[i] - sum[i] : 0;
}

int watch_tree_start(struct watch_tree *tree)
{
	struct epoll_event inotify = { .events = EPOLLIN };
	struct account *account;
	struct rlimit files;
	int err;

	tree->poll = epoll_create1(EPOLL_CLOEXEC);
	tree->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (tree->poll < 0 || tree->inotify < 0 ||
	    epoll_ctl(tree->poll, EPOLL_CTL_ADD, tree->inotify, &inotify))
		return complain("poll and inotify: %s", strerror(errno));
	/* A file for each cgroup is more than the 1024 that programs usually get. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	err = watch_tree_sync(tree);
	for (account = tree->accounts; account && !err; account = account->next)
		start_account(tree, account);
	return err;
}

void watch_tree_free(struct watch_tree *tree)
{
	struct watched *g;

	while ((g = tree->groups)) {
		tree->groups = g->next;
		close_events(tree, g);
		free(g->path);
		free(g);
	}
	if (tree->poll >= 0)
		close(tree->poll);
	if (tree->inotify >= 0)
		close(tree->inotify);
}
