/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control groups for tests, version 2, without any tool.
 *
 * A group is named by its path below the mount point: "" is the root, "a/b" a
 * grandchild.  Functions return 0 or a negative errno, and epc_why() tells the
 * file and what was read or written.
 */
#ifndef EPC_CGROUP_H
#define EPC_CGROUP_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "msg.h"

#define CG_ROOT		"/sys/fs/cgroup"
#define CG_PATH_MAX	512

/* A limit that is not there, as cg_key() reads "max". */
#define CG_MAX		UINT64_MAX

/* Create a group; misc becomes available in it. */
int cg_create(const char *group);

/* Remove a group that has neither children nor members. */
int cg_remove(const char *group);

/* Kill whoever is in this subtree and remove it; fine if it does not exist. */
int cg_purge(const char *group);

/* One write(2) of exactly this text, and its errno. */
int cg_write(const char *group, const char *file, const char *text);

/* All of a file, 0-terminated. */
int cg_read(const char *group, const char *file, char *buf, size_t len);

/* Path of a file, for open, stat and inotify. */
void cg_path(char *path, size_t len, const char *group, const char *file);

/* The number behind a key of a flat-keyed file. */
int cg_key(const char *group, const char *file, const char *key,
	   uint64_t *value);

/* The number behind KEY= in the line that starts with @line. */
int cg_nested_key(const char *group, const char *file, const char *line,
		  const char *key, uint64_t *value);

/* Poll a key until it has this value; -ETIMEDOUT names the last one seen. */
int cg_wait_key(const char *group, const char *file, const char *key,
		uint64_t value, long timeout_ms);

/* Put a task into a group; 0 is the caller. */
int cg_enter(const char *group, pid_t pid);

/* The same for one thread of a threaded group. */
int cg_enter_thread(const char *group, pid_t tid);

/* Removed groups below this one that are still kept by something, or -errno. */
int cg_dying(const char *group);

/* sgx_epc of misc.max, misc.current, ... in bytes. */
int cg_set_max(const char *group, uint64_t bytes);
int cg_max(const char *group, uint64_t *bytes);
int cg_current(const char *group, uint64_t *bytes);
int cg_peak(const char *group, uint64_t *bytes);

/* Loads shall fail and not kill, where the kernel has that choice. */
int cg_never_kill(const char *group);

/* Number of vEPC instances revoked because of this group, or of one below. */
int cg_events_revoke(const char *group, uint64_t *nr);

/* Counts of refusals: in the subtree, and by this group itself. */
int cg_events_max(const char *group, uint64_t *nr);
int cg_events_local_max(const char *group, uint64_t *nr);

#endif
