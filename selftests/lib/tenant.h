/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tenant is a process in some control group that does what the test tells
 * it to, one order after the other.  Between two orders nothing happens in it,
 * so the test knows when everything is at rest.
 *
 * An order is a function of the test program: the tenant is a fork of it and
 * has the same code.  What it says with epc_fail() reaches the test's epc_why().
 */
#ifndef EPC_TENANT_H
#define EPC_TENANT_H

#include <stdint.h>
#include <sys/types.h>

#include "encl.h"
#include "vepc.h"

#define TENANT_ENCLAVES	4

/* The belongings of a tenant; orders get them. */
struct tenant_self {
	struct encl		encl[TENANT_ENCLAVES];
	struct encl_worker	worker[ENCL_MAX_THREADS];
	struct vepc		vepc;
};

typedef long (*tenant_fn)(struct tenant_self *self, const uint64_t arg[4]);

struct tenant {
	pid_t	pid;
	int	sock;
};

#define TENANT_NONE	{ .pid = 0, .sock = -1 }

/* Fork a tenant that lives in @group. */
int tenant_start(struct tenant *t, const char *group);

/* Give an order, at most four numbers with it, and wait for the answer. */
#define tenant_do(t, fn, ...)						\
	tenant_order(t, fn, (const uint64_t[4]){ __VA_ARGS__ })
long tenant_order(struct tenant *t, tenant_fn fn, const uint64_t arg[4]);

/* The two halves of tenant_do(), for tenants that work side by side. */
#define tenant_post(t, fn, ...)						\
	tenant_send(t, fn, (const uint64_t[4]){ __VA_ARGS__ })
int tenant_send(struct tenant *t, tenant_fn fn, const uint64_t arg[4]);

/* The answer; -ETIMEDOUT after epc_patience(@timeout_ms), -ECHILD if the tenant has died. */
long tenant_answer(struct tenant *t, long timeout_ms);

/* Let it finish; -ECHILD with the signal in epc_why() if it was killed. */
int tenant_stop(struct tenant *t);

/* SIGKILL and wait. */
void tenant_kill(struct tenant *t);

/* Orders that most tests need.  Enclaves are numbered, arguments in order. */

/* number, heap, hole, threads */
long tn_build(struct tenant_self *self, const uint64_t arg[4]);
/* the same, but only as far as the layout goes */
long tn_open(struct tenant_self *self, const uint64_t arg[4]);
/* number */
long tn_create(struct tenant_self *self, const uint64_t arg[4]);
/* number */
long tn_destroy(struct tenant_self *self, const uint64_t arg[4]);
/* number */
long tn_nop(struct tenant_self *self, const uint64_t arg[4]);
/* number, seed, first page, pages */
long tn_fill(struct tenant_self *self, const uint64_t arg[4]);
long tn_verify(struct tenant_self *self, const uint64_t arg[4]);
/* number, first page, pages */
long tn_touch(struct tenant_self *self, const uint64_t arg[4]);
/*
 * The same, but an exception that the vDSO reports is the result: 0 if there was none,
 * and with no page at all only the way in and out is tried.
 */
#define TN_EXCEPTION(vector, code)	((vector) << 16 | (code))
long tn_try(struct tenant_self *self, const uint64_t arg[4]);
/* number, page: the signal that a touch from outside ends in, or 0 */
long tn_peek(struct tenant_self *self, const uint64_t arg[4]);
/* number, first page, pages: in the hole */
long tn_grow(struct tenant_self *self, const uint64_t arg[4]);
long tn_trim(struct tenant_self *self, const uint64_t arg[4]);
/* number, thread, first page, pages: until tn_worker_stop of that thread */
long tn_worker_touch(struct tenant_self *self, const uint64_t arg[4]);
/* number, thread */
long tn_worker_spin(struct tenant_self *self, const uint64_t arg[4]);
long tn_worker_stop(struct tenant_self *self, const uint64_t arg[4]);
/* thread: how many pages its worker has touched */
long tn_worker_done(struct tenant_self *self, const uint64_t arg[4]);
/* pages */
long tn_vepc_open(struct tenant_self *self, const uint64_t arg[4]);
/* first page, pages: the number of pages touched until one failed */
long tn_vepc_touch(struct tenant_self *self, const uint64_t arg[4]);
long tn_vepc_remove_all(struct tenant_self *self, const uint64_t arg[4]);
long tn_vepc_close(struct tenant_self *self, const uint64_t arg[4]);

#endif
