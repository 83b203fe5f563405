/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tests do with the models: tasks, threads, cgroups and their files, the clock,
 * failing allocations, and the end of a test.
 */
#ifndef HARNESS_HARNESS_H
#define HARNESS_HARNESS_H

#include <linux/cgroup.h>
#include <linux/sched.h>
#include <harness/point.h>

/* Set up the root cgroup of cgroup v2, or v1; once. lib/cgroup.c */
void harness_init(void);
/* The root as it is after boot; no other cgroup may be left. @size is of its state. */
void harness_reinit(size_t size);
extern bool harness_cgroup_v1;

/* Cgroups. Names are paths below the root, "" is the root. */
struct cgroup *harness_cgroup_root(void);
struct cgroup *harness_cgroup_find(const char *path);
struct cgroup *harness_cgroup_make(struct cgroup *parent, const char *name);
int harness_cgroup_remove(struct cgroup *cgrp);
int harness_cgroup_enable(struct cgroup *cgrp, bool enable);
struct cgroup *harness_mkdir(const char *path);
int harness_rmdir(const char *path);
/* States that exist, the root's among them. */
unsigned int harness_nr_css(void);

/* Files. Writing returns 0 or -errno; reading fills @buf and returns 0 or -errno. */
int harness_write(struct cgroup *cgrp, const char *file, const char *text);
int harness_write_bytes(struct cgroup *cgrp, const char *file, const void *bytes, size_t size);
int harness_read(struct cgroup *cgrp, const char *file, char *buf, size_t size);
/* The number after a key, U64_MAX for "max", ~1 if there is none. */
u64 harness_value(struct cgroup *cgrp, const char *file, const char *key);

/* Tasks. One that runs in no thread may be what the thread is for a while. lib/task.c */
struct task_struct *harness_task_new(const char *comm, struct cgroup *cgrp);
void harness_task_free(struct task_struct *task);
struct task_struct *harness_become(struct task_struct *task);
int harness_task_move(struct task_struct *task, struct cgroup *cgrp);
void harness_signal(struct task_struct *task, bool fatal);
void harness_signal_clear(struct task_struct *task);

/* Threads. @task is theirs, or a new one like the current if %NULL. */
struct harness_thread;
struct harness_thread *harness_thread_start(void (*fn)(void *arg), void *arg,
					    struct task_struct *task);
void harness_thread_join(struct harness_thread *thread);

/* What happens while the only thread sleeps on the moved clock; %NULL for nothing. */
extern void (*harness_on_sleep)(void);

/* Do what is to be done in the background until nothing is left. lib/rcu.c */
void harness_run_work(void);

/*
 * Do the next work of a workqueue; false if there is none, or somebody is at it. Who sleeps
 * does, unless a thread of the test is there for it. lib/work.c
 */
bool harness_do_work(void);
extern bool harness_worker_is_a_thread;

/* Refuse the @nth allocation from now on, 0 for none. How many there were since. */
void harness_fail_nth_alloc(unsigned long nth);
unsigned long harness_nr_allocs(void);
bool harness_alloc_failed(void);

/* What is allocated now is not a leak; print and count what was since then. */
void harness_leak_mark(void);
unsigned int harness_leaks(void);

#endif /* HARNESS_HARNESS_H */
