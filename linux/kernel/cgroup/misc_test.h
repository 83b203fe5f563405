/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests of the misc controller share: groups of the real hierarchy,
 * whose files are read and written as user space does it, and guests, which are
 * charged by the calls that KVM makes.
 */
#ifndef _MISC_TEST_H_
#define _MISC_TEST_H_

#include "misc_internal.h"

struct kunit;

#define SEV	MISC_CG_RES_SEV
#define SEV_ES	MISC_CG_RES_SEV_ES
#define EPC	MISC_CG_RES_SGX_EPC

/*
 * The groups of a test. Guests are in b, c and d: a group with children has no
 * members of its own.
 */
#define A	"test-a/"
#define B	"test-b/"
#define C	"test-a/test-c/"
#define D	"test-a/test-d/"

/* A guest of KVM, as far as it takes a resource. */
struct misc_guest {
	enum misc_res_type	type;
	struct misc_cg		*cg;
};

/* How often what happens in the background is looked at, every 20 ms: a minute. */
#define MISC_TRIES	3000

/* Write a file as user space would. Return 0 or -errno. */
int misc_put(const char *name, const char *what);

/* What a file says of one key, or "absent", until the next call. */
const char *misc_key(const char *name, const char *word);

/* Make or remove a group whose parent exists. */
int misc_group_change(const char *name, bool make);

/* In the group of the current task, or in one whose name ends with a slash. */
int misc_guest_start(struct misc_guest *guest, enum misc_res_type type);
int misc_guest_start_in(struct misc_guest *guest, const char *where,
			enum misc_res_type type);
void misc_guest_stop(struct misc_guest *guest);

/* Before and after each test. */
int misc_test_init(struct kunit *test);
void misc_test_exit(struct kunit *test);

#endif /* _MISC_TEST_H_ */
