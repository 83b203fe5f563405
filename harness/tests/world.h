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
/*
 * SAFE-4: fails unless every gauge is 0, every page free and every css gone. Before that
 * the hooks of the case are taken away, and signals that it has not got yet.
 */
void world_exit(struct kunit *test);

/*
 * The task that the case runs in, and another one of its process, which does something in
 * between: in a hook or in the case, with harness_become().
 */
extern struct task_struct *world_me, *world_other;
void world_lock_by_other(struct mutex *lock);
void world_unlock_by_other(struct mutex *lock);
/* For hooks: the case's task gets a signal, or a fatal one. */
void world_signal_me(void);
void world_kill_me(void);

/*
 * Take up to @nr pages off the lists, as a reclaimer does; fails if there is none. Put
 * back those that are still there: whoever frees or puts back one alone makes it %NULL.
 */
extern struct sgx_epc_page *world_isolated[64];
extern unsigned int world_nr_isolated;
void world_isolate(struct cgroup *cgrp, unsigned int nr);
void world_put_back(void);

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
/* The same; then one page of it is written out, and there is no memory for another. */
int tenant_build_stuck(struct tenant *tenant, struct cgroup *cgrp, unsigned long nr_pages);
/* Only create it, with room for so many pages, and add those. */
int tenant_create(struct tenant *tenant, struct cgroup *cgrp, unsigned long size);
/* Use all pages, one after the other, up to the first error. */
int tenant_touch(struct tenant *tenant);
void tenant_end(struct tenant *tenant);
/* world_exit() for a case whose tenant may still be there. */
void tenant_exit(struct tenant *tenant, struct kunit *test);
unsigned long tenant_resident(struct tenant *tenant);
/* A page of it that is not in the EPC. */
unsigned long tenant_missing(struct tenant *tenant);
/* Nobody has used its pages lately. */
void tenant_rest(struct tenant *tenant);
struct sgx_encl *tenant_encl(struct tenant *tenant);

/* The memory cgroup of the test's process. */
extern struct mem_cgroup *world_memcg;

#endif /* HARNESS_WORLD_H */
