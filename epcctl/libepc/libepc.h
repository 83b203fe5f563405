/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libepc: who uses the SGX enclave memory (EPC) of a Linux machine, and how much
 * they may, by control group. It reads and writes the files that the kernel
 * documents for the resource sgx_epc of the misc controller of cgroup v2, and
 * /proc/PID/fdinfo and sysfs. It prints nothing and keeps nothing between calls.
 *
 *   Results	0, or a negative errno. epc_error() then says in a sentence which file
 *		it was and what the likely cause is.
 *   Units	Bytes, unless the name says pages (nr_) or microseconds (_usec). EPC comes
 *		in pages of 4096 bytes. EPC_MAX is the kernel's word "max": no limit.
 *		EPC_UNKNOWN is what this kernel, or this cgroup, does not tell: Linux
 *		without an EPC cgroup has none of these values, other kernels may have
 *		only max, current, peak and the event max. It is not 0.
 *   Ownership	A string or struct that a callback gets is the library's, and gone when
 *		the callback returns. What epc_read_group() and epc_group_of() return is
 *		the caller's.
 *   Layout	Structs are allocated by the library only. Later versions append members, and
 *		events in the room that there is for them.
 *   Paths	A cgroup is named by its path below the mount point of cgroup2, "/" is the
 *		topmost that is visible there: "/tenants/a". A path that begins with the
 *		mount point, as the shell completes it, means the same. ".." is refused.
 *		Names are whatever bytes their owners chose: to show them safely is the
 *		caller's part.
 *   Threads	A handle is for one thread at a time. A walk over many cgroups has helpers of its
 *		own to read files, which are gone when it returns and take no signals; callbacks
 *		come in the caller's thread.
 *   Vanishing	Cgroups and processes that go away while they are read are left out of
 *		walks without a word; a cgroup that was named is -ENOENT or -ENODEV.
 */
#ifndef LIBEPC_H
#define LIBEPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EPC_MAX		UINT64_MAX
#define EPC_UNKNOWN	(UINT64_MAX - 1)
#define EPC_PAGE_SIZE	4096

/* A machine, or a stored tree of one. */
struct epc;

/*
 * @root is the directory that holds sys/ and proc/: "/" (or NULL) for this machine.
 * Succeeds also where nothing of EPC is to be seen: epc_diagnose() tells what.
 */
int epc_open(struct epc **epc, const char *root);
void epc_close(struct epc *epc);

/* One sentence, without newline, about the last call that failed; never NULL. */
const char *epc_error(const struct epc *epc);

/* ---- Sizes as people write them ---- */

/* "4096", "64M", "64MiB" (K, M, G, T of 1024), "max"; -EINVAL, -ERANGE. No handle needed. */
int epc_parse_size(const char *text, uint64_t *bytes);

/* Room for epc_format_size(). */
#define EPC_SIZE_LEN	24

/* "64.0M", "512" (bytes), "max", "-" for EPC_UNKNOWN; rounded to a tenth. Returns @text. */
char *epc_format_size(uint64_t bytes, char text[EPC_SIZE_LEN]);

/* ---- Cgroups ---- */

/* What to read of a cgroup, each bit costs a file; misc.current is always read. */
enum epc_read {
	EPC_READ_MAX		= 1 << 0,	/* misc.max */
	EPC_READ_LOW		= 1 << 1,	/* misc.low */
	EPC_READ_EXHAUSTED	= 1 << 2,	/* misc.exhausted */
	EPC_READ_PEAK		= 1 << 3,	/* misc.peak */
	EPC_READ_STAT		= 1 << 4,	/* misc.stat */
	EPC_READ_EVENTS		= 1 << 5,	/* misc.events */
	EPC_READ_LOCAL_EVENTS	= 1 << 6,	/* misc.events.local */
	EPC_READ_LIMITS		= EPC_READ_MAX | EPC_READ_LOW | EPC_READ_EXHAUSTED,
	EPC_READ_ALL		= (1 << 7) - 1,
};

/* What happens when the limit refuses the load of a page and nothing is left to reclaim. */
enum epc_exhausted {
	EPC_EXHAUSTED_UNKNOWN,
	EPC_EXHAUSTED_KILL,			/* an enclave is killed */
	EPC_EXHAUSTED_FAIL,			/* the load fails */
};

/* "kill", "fail"; "-" for unknown. */
const char *epc_exhausted_name(enum epc_exhausted exhausted);

/* misc.events: how often, because of a limit in the subtree; .local: because of its own. */
enum epc_event {
	EPC_EVENT_MAX,				/* a request was refused by the limit */
	EPC_EVENT_EXHAUSTED,			/* ... and nothing was left to reclaim */
	EPC_EVENT_KILL,				/* an enclave was killed */
	EPC_EVENT_REVOKE,			/* a vEPC instance was revoked */
	EPC_NR_EVENTS,				/* known to this header */
};

/* Room for the counts of events, also those of later versions. */
#define EPC_EVENTS_ROOM	8

/* The key in misc.events without "sgx_epc.": "max", "exhausted" and so on; "-" for others. */
const char *epc_event_name(enum epc_event event);

/* A cgroup. All amounts are of its subtree; what was not asked for is EPC_UNKNOWN. */
struct epc_group {
	char *path;
	uint64_t current;			/* misc.current */
	uint64_t peak;				/* misc.peak */
	uint64_t max;				/* misc.max; EPC_UNKNOWN in the root */
	uint64_t low;				/* misc.low; as max */
	enum epc_exhausted exhausted;		/* misc.exhausted */

	/* misc.stat: gauges in bytes that add up to current */
	uint64_t reclaimable;
	uint64_t vepc;
	uint64_t unreclaimable;

	/* misc.stat: counts since the cgroup was made, in pages */
	uint64_t nr_evicted;			/* written out of the EPC */
	uint64_t nr_loaded;			/* loaded back */
	uint64_t nr_scanned;			/* looked at by reclaim */
	uint64_t nr_skipped;			/* of these, could not be taken */
	uint64_t wait_usec;			/* threads waited because of a limit */

	/* misc.stat of the root only */
	uint64_t nr_unserved;			/* sgx_epc.exhausted: requests, machine full */
	uint64_t nr_leaked;			/* pages that EREMOVE refused to free */
	uint64_t nr_poisoned;			/* pages with a memory error */

	uint64_t events[EPC_EVENTS_ROOM];	/* misc.events, by enum epc_event */
	uint64_t events_local[EPC_EVENTS_ROOM];	/* misc.events.local */

	uint64_t id;				/* inode of the directory: another one has
						   another, also of the same name */
};

/*
 * @what: bits of enum epc_read. A cgroup without misc files is no error, all its values are
 * EPC_UNKNOWN. -ENOENT: no such cgroup; -ENODEV: it is being removed, or no cgroup2 is mounted.
 * Free it with epc_group_free().
 */
int epc_read_group(struct epc *epc, const char *path, unsigned int what,
		   struct epc_group **group);
void epc_group_free(struct epc_group *group);

/*
 * By default a cgroup is left out, with all below it, when nothing is charged to it: that
 * makes a walk cheap where few of many cgroups have EPC. The one at @path is always there.
 */
#define EPC_WALK_ALL	(1 << 0)		/* do not leave any out */
#define EPC_WALK_USED	(1 << 1)		/* leave out those with a misc.peak of 0 */

/* Something else than 0 ends the walk, which returns it. */
typedef int epc_group_fn(const struct epc_group *group, void *arg);

/*
 * The one at @path and those below it: parents before children, siblings by name, 9 before 10. All
 * are read before the first comes.
 */
int epc_walk_groups(struct epc *epc, const char *path, unsigned int what, unsigned int flags,
		    epc_group_fn *fn, void *arg);

/*
 * The directory of a cgroup as a file descriptor (O_PATH), to create, remove or poll in it;
 * the caller closes it.
 */
int epc_group_dir(struct epc *epc, const char *path);

/*
 * "tenants//a/" -> "/tenants/a", as paths are in structs; there need not be such a cgroup. -EINVAL
 * for "..". The caller frees @clean.
 */
int epc_clean_path(struct epc *epc, const char *path, char **clean);

/* The cgroup of a process (0: the caller), from /proc/PID/cgroup. The caller frees @path. */
int epc_group_of(struct epc *epc, pid_t pid, char **path);

/*
 * Opens misc.events, or misc.events.local, for poll(): POLLPRI after each change since it was
 * last read through this descriptor (read it from offset 0). The caller closes it.
 */
int epc_events_open(struct epc *epc, const char *path, int local);

/* Reads such a descriptor: all counts, EPC_UNKNOWN for what is not there. */
int epc_events_read(struct epc *epc, int fd, uint64_t counts[EPC_EVENTS_ROOM]);

/* ---- Enclaves and vEPC instances ---- */

enum epc_type {
	EPC_TYPE_UNKNOWN,
	EPC_TYPE_ENCLAVE,
	EPC_TYPE_VEPC,
};

enum epc_state {
	EPC_STATE_UNKNOWN,
	EPC_STATE_BUILDING,			/* not initialized yet */
	EPC_STATE_RUNNING,
	EPC_STATE_KILLED,			/* an enclave that lost its EPC */
	EPC_STATE_REVOKED,			/* a vEPC instance that lost its EPC */
};

/* "enclave", "vepc"; "building" ... "revoked"; "-" for unknown. */
const char *epc_type_name(enum epc_type type);
const char *epc_state_name(enum epc_state state);

/* An enclave or vEPC instance, open or not, as a line of misc.enclaves tells it. */
struct epc_enclave {
	uint64_t id;				/* never used again on this machine */
	enum epc_type type;
	enum epc_state state;
	uint64_t size;				/* the address range */
	uint64_t resident;			/* in the EPC */
	uint64_t written_out;			/* in ordinary memory */
	pid_t pid;				/* who created it; 0: gone, or not visible here */
	const char *cgroup;			/* who pays */
};

typedef int epc_enclave_fn(const struct epc_enclave *enclave, void *arg);

/*
 * Those of the cgroup at @path and all below it, cgroups as in epc_walk_groups(), oldest
 * first. -EOPNOTSUPP: this kernel has no misc.enclaves.
 */
int epc_walk_enclaves(struct epc *epc, const char *path, epc_enclave_fn *fn, void *arg);

/*
 * An open file of /dev/sgx_enclave or /dev/sgx_vepc, as /proc/PID/fdinfo/FD tells it. Where the
 * kernel tells nothing there, only pid, fd, type and comm are known.
 */
struct epc_file {
	pid_t pid;				/* whose file */
	int fd;
	enum epc_type type;
	enum epc_state state;
	uint64_t size;				/* these three in whole KiB */
	uint64_t resident;
	uint64_t written_out;
	const char *cgroup;			/* who pays, " (deleted)" behind a removed one;
						   NULL before ECREATE */
	const char *comm;			/* the process's name */
};

typedef int epc_file_fn(const struct epc_file *file, void *arg);

/*
 * All files of all processes, by pid and fd. A file that several processes have comes once
 * for each. @nr_hidden (may be NULL): processes whose files the caller may not see.
 */
int epc_walk_files(struct epc *epc, epc_file_fn *fn, void *arg, unsigned int *nr_hidden);

/* The name of a process, from /proc/PID/comm. The caller frees @comm. */
int epc_comm_of(struct epc *epc, pid_t pid, char **comm);

/* ---- The machine ---- */

/* A NUMA node with EPC, from /sys/devices/system/node/nodeN/x86. */
struct epc_node {
	int id;
	uint64_t total;				/* sgx_total_bytes */
	uint64_t free;				/* sgx_free_bytes: that anybody may get */
};

typedef int epc_node_fn(const struct epc_node *node, void *arg);

int epc_walk_nodes(struct epc *epc, epc_node_fn *fn, void *arg);

/* All EPC: misc.capacity, or the sum of the nodes; EPC_UNKNOWN where neither tells. */
int epc_capacity(struct epc *epc, uint64_t *bytes);

/* EPC that nobody uses: the sum of the nodes; EPC_UNKNOWN where they do not tell. */
int epc_unused(struct epc *epc, uint64_t *bytes);

/* ---- Changing things: the kernel decides who may ---- */

/*
 * misc.max and misc.low; EPC_MAX is "max". Takes nothing away, also if more is used: the next
 * allocation or load of a page in the subtree then writes the whole excess out, and may end
 * in exhaustion. The gentle way to shrink is epc_reclaim() first.
 */
int epc_set_max(struct epc *epc, const char *path, uint64_t bytes);
int epc_set_low(struct epc *epc, const char *path, uint64_t bytes);
int epc_set_exhausted(struct epc *epc, const char *path, enum epc_exhausted exhausted);

/* What epc_reclaim() may do when writing pages out does not suffice. Both destroy. */
#define EPC_KILL_ENCLAVES	(1 << 0)
#define EPC_REVOKE_VEPC		(1 << 1)

/*
 * misc.reclaim: that much leaves the EPC from this cgroup and all below it; EPC_MAX: all that
 * can. May take long. -EAGAIN: no more could be freed, -EINTR: a signal came; what was freed
 * until then is.
 */
int epc_reclaim(struct epc *epc, const char *path, uint64_t bytes, unsigned int may);

/*
 * Gives the cgroup at @path, and so all above it, the misc files: writes "+misc" to
 * cgroup.subtree_control of the root and all others above @path. -EBUSY: one of these has
 * processes of its own; epc_error() names it. Nothing to do for "/".
 */
int epc_enable(struct epc *epc, const char *path);

/* The same and one step more: the children of @path get the files. */
int epc_enable_children(struct epc *epc, const char *path);

/* ---- What is missing, and how to mend it ---- */

/* 1 if the misc controller knows EPC and there is some, else 0: then epc_diagnose() tells why. */
int epc_can_limit(struct epc *epc);

enum epc_severity {
	EPC_NOTE,				/* good to know */
	EPC_WARNING,				/* a part does not work, or something went wrong */
	EPC_PROBLEM,				/* EPC cannot be limited */
};

struct epc_finding {
	enum epc_severity severity;
	const char *name;			/* stable, for programs: "no-sgx" */
	const char *text;			/* what was found and why: one sentence */
	const char *command;			/* for a root shell, mends it; NULL: none does */
};

typedef int epc_finding_fn(const struct epc_finding *finding, void *arg);

/* The worst first. Nothing found: all works. */
int epc_diagnose(struct epc *epc, epc_finding_fn *fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif
