/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An enclave of few pages in a cgroup, and what several threads do to it at once. Each
 * thread is one function; what they may find, and what must be left, is checked here.
 */
#ifndef HARNESS_SCHED_ENCL_H
#define HARNESS_SCHED_ENCL_H

#include "../tests/world.h"

extern struct cgroup *encl_group;

/* Two pages, mapped; or three of which the last is not there yet. */
void encl_setup(void);
void encl_setup_building(void);
/* Time flies: whoever tries to get a lock for some time tries once. */
void encl_setup_impatient(void);
/* One thread has to be encl_work(). */
void encl_setup_worker(void);
/* All but one page is written out. */
void encl_setup_written(void);

/* Threads. */
void encl_reclaim(void *unused);
void encl_touch_first(void *unused);
void encl_touch_last(void *unused);
void encl_remove_first(void *unused);
void encl_unload(void *unused);
void encl_kill(void *unused);
void encl_work(void *unused);
void encl_add_last(void *unused);

/* What became of it: all that is charged is there, and in the end nothing is. */
void encl_check(void);
void encl_check_killed(void);

#endif /* HARNESS_SCHED_ENCL_H */
