/* SPDX-License-Identifier: GPL-2.0 */
/* What most tests begin and end with: a machine with so much EPC, and a process in it. */
#ifndef HARNESS_WORLD_H
#define HARNESS_WORLD_H

#include <harness/harness.h>
#include <kunit/test.h>
#include "epc_cgroup.h"
#include "harness_sgx.h"

#define PAGE_BYTES(n)	((u64)(n) * PAGE_SIZE)

/* A test's machine, with a memory cgroup that has room. Undone by world_exit(). */
void world_init(unsigned long nr_pages);
/* SAFE-4: fails unless every gauge is 0, every page free and every css gone. */
void world_exit(struct kunit *test);

/* Make cgroups by path; be in one of them from now on. */
struct cgroup *world_group(const char *path);
void world_enter(struct cgroup *cgrp);
int world_set(struct cgroup *cgrp, const char *file, u64 pages);
u64 world_usage(struct cgroup *cgrp);
u64 world_stat(struct cgroup *cgrp, const char *key);
u64 world_event(struct cgroup *cgrp, const char *key);
struct sgx_cgroup *world_sgx(struct cgroup *cgrp);
struct misc_cg *world_misc(struct cgroup *cgrp);

/* The memory cgroup of the test's process. */
extern struct mem_cgroup *world_memcg;

#endif /* HARNESS_WORLD_H */
