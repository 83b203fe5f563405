/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of libepc share; not exported. */
#ifndef LIBEPC_INTERNAL_H
#define LIBEPC_INTERNAL_H

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "libepc.h"

#define EPC_RESOURCE	"sgx_epc"
#define CGROUP_MOUNT	"sys/fs/cgroup"
#define NODES		"sys/devices/system/node"

struct epc {
	int root;			/* what --root names */
	int cgroup;			/* where cgroup2 is mounted, or -ENODEV */
	const char *mount;		/* the same as a path below root */
	char *error;			/* for epc_error() */
	char *text;			/* what was read last, with a 0 behind it */
	size_t size;			/* room in text */
};

/* ---- cleanup.c: what goes when a variable goes ---- */

void epc_close_fd(int *fd);
void epc_free_string(char **text);

#define auto_fd		__attribute__((cleanup(epc_close_fd)))
#define auto_string	__attribute__((cleanup(epc_free_string)))

/* ---- handle.c ---- */

/* Remembers the sentence; returns @err. */
int epc_fail(struct epc *epc, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Reads @name below @dir into epc->text; its length or -errno, without a sentence. A file
 * that the kernel makes in one go, as those of a cgroup but for misc.enclaves, takes one read.
 */
enum epc_file_kind { EPC_SHORT_FILE, EPC_LONG_FILE };
ssize_t epc_slurp(struct epc *epc, int dir, const char *name, enum epc_file_kind kind);

/* The rest of an open file, in the same way. */
ssize_t epc_slurp_fd(struct epc *epc, int fd, enum epc_file_kind kind);

/* Writes @text in one go; 0 or -errno, without a sentence. */
int epc_spill(int dir, const char *name, const char *text);

/* ---- path.c ---- */

/* What openat(epc->cgroup, ...) takes for a clean path. */
const char *epc_below(const char *clean);

/* Opens the directory of a cgroup (O_DIRECTORY | flags), with a sentence if it fails. */
int epc_open_group(struct epc *epc, const char *clean, int flags);

/* Names of the directories in @dir, sorted; the caller frees with epc_free_names(). */
struct epc_names {
	char **names;
	size_t count;
};

/* @want: which directory entries; NULL for all directories. */
int epc_read_names(int dir, bool (*want)(const char *name), struct epc_names *names);
void epc_free_names(struct epc_names *names);

/* Only digits, as processes and file descriptors are called. */
bool epc_is_number(const char *name);

/* ---- group.c ---- */

/* All values are unknown; the path stays. */
void epc_forget(struct epc_group *group);

/* misc.current or misc.peak, called @name below @dir; -errno without a sentence. */
int epc_read_current(struct epc *epc, int dir, const char *name, struct epc_group *group);
int epc_read_peak(struct epc *epc, int dir, const char *name, struct epc_group *group);

/* The other files of the group whose directory this is, in the same way. */
int epc_read_rest(struct epc *epc, int dir, unsigned int what, struct epc_group *group);

/* ---- parse.c: pure functions, all input is bytes that may be anything ---- */

/* Where the value of a key goes, as an offset into a struct. */
struct epc_field {
	const char *key;
	size_t offset;
};

/* A decimal number or "max", all of @len bytes; false if it is something else. */
bool epc_parse_value(const char *text, size_t len, uint64_t *value);

/* The value of @key in flat-keyed @text, or NULL. */
const char *epc_find_key(const char *text, const char *key, size_t *len);

/* Sets the fields of @base that flat-keyed @text has as good numbers; others stay. */
void epc_parse_flat(const char *text, const struct epc_field *fields, size_t nr_fields,
		    void *base);

/* What misc.exhausted says. */
enum epc_exhausted epc_parse_exhausted(const char *text);

/* A line of misc.enclaves; false if it has no number in front. Moves @text behind it. */
bool epc_parse_enclave(const char **text, struct epc_enclave *enclave);

/* fdinfo of an SGX file; false if it is of another. @cgroup points into @text, which changes. */
bool epc_parse_fdinfo(char *text, struct epc_file *file);

/* The state letter and the flags of /proc/PID/stat, whatever the name in it. */
bool epc_parse_stat(const char *text, char *state, unsigned long *flags);

/* The cgroup2 line of /proc/PID/cgroup; points into @text, which changes. NULL: none. */
char *epc_parse_own_cgroup(char *text);

/* Whether a list of words, as cgroup.controllers is, has @word. */
bool epc_has_word(const char *text, const char *word);

#endif
