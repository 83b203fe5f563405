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

/* An enclave of a test, as large as it is built, and all of it mapped. */
struct tenant {
	struct file		*file;
	struct vm_area_struct	*vma;
	unsigned long		nr_pages;
};

/* Build one in a cgroup, in which the test stays; 0 or what a call for it returned. */
int tenant_build(struct tenant *tenant, struct cgroup *cgrp, unsigned long nr_pages);
/* Only create it, with room for so many pages, and add those. */
int tenant_create(struct tenant *tenant, struct cgroup *cgrp, unsigned long size);
/* Use all pages, one after the other, up to the first error. */
int tenant_touch(struct tenant *tenant);
void tenant_end(struct tenant *tenant);
unsigned long tenant_resident(struct tenant *tenant);
/* Nobody has used its pages lately. */
void tenant_rest(struct tenant *tenant);
struct sgx_encl *tenant_encl(struct tenant *tenant);

/* The memory cgroup of the test's process. */
extern struct mem_cgroup *world_memcg;

#endif /* HARNESS_WORLD_H */
