// SPDX-License-Identifier: GPL-2.0
/*
 * SAFE-4: a thousand cgroups that come, have EPC and go, while others are short of it,
 * leave nothing behind. On a kernel with kmemleak, that is looked at as well.
 */
#include <unistd.h>
#include <sys/stat.h>

#include "epc.h"

#define MAKERS		4
#define GROUPS		1000
/* Enclaves of each maker that outlive their groups at any time. */
#define ALIVE		10
/* One in so many runs; to sign all of them would take too long. */
#define RUNS		20
/* Groups are removed in the background, one grace period after the other. */
#define GONE_MS		30000

static struct encl alive[ALIVE];

/* An enclave for the group that the caller is in. */
static int have_enclave(struct encl *e, bool runs)
{
	static const struct encl_geometry geo = { .heap = 8, .threads = 1 };

	if (runs)
		return encl_build(e, &geo) ?: encl_fill(e, 1, 0, 8);
	return encl_open(e, &geo) ?: encl_create(e) ?: encl_add_heap(e, 0, 8);
}

/* A group that the caller goes to, and leaves with an enclave that is charged there. */
static int come_and_go(const char *home, const char *group, struct encl *e, bool runs)
{
	char path[CG_PATH_MAX];
	int ret;

	cg_path(path, sizeof(path), group, "");
	if (mkdir(path, 0755))
		return epc_fail(errno, "create %s", path);
	ret = cg_enter(group, 0) ?: have_enclave(e, runs);
	return ret ?: cg_enter(home, 0) ?: cg_remove(group);
}

/* Which maker, groups: every other enclave still has pages when the next group comes. */
static long make_groups(struct tenant_self *self, const uint64_t arg[4])
{
	char home[64], group[64];
	struct encl *e;
	uint64_t i;
	int ret = 0;

	(void)self;
	snprintf(home, sizeof(home), TOP "/home%lu", arg[0]);
	for (i = 0; i < ALIVE; i++)
		alive[i].fd = -1;
	for (i = 0; !ret && i < arg[1]; i++) {
		e = &alive[i % ALIVE];
		/* This one ran last in a group that is gone. */
		if (e->fd >= 0 && (i - ALIVE) % RUNS == 0)
			ret = encl_verify(e, 1, 0, 8);
		encl_destroy(e);
		snprintf(group, sizeof(group), TOP "/group%lu-%lu", arg[0], i);
		ret = ret ?: come_and_go(home, group, e, i % RUNS == 0);
		if (i % 2)
			encl_destroy(e);
	}
	for (i = 0; i < ALIVE; i++)
		encl_destroy(&alive[i]);
	return ret;
}

/* The makers work until all have answered; returns how many dying groups there were. */
static uint64_t watch(struct __test_metadata *_metadata, struct tenant *t)
{
	uint64_t nr, most = 0;
	long ret;
	int i;

	for (i = 0; i < MAKERS; i++) {
		while ((ret = tenant_answer(&t[i], 50)) == -ETIMEDOUT) {
			DO(cg_key(TOP, "cgroup.stat", "nr_dying_descendants", &nr));
			most = nr > most ? nr : most;
		}
		EXPECT_EQ(0, ret) TH_LOG("%s", epc_why());
	}
	return most;
}

/*
 *   TOP              max 250 pages
 *    |-- a           pages against that without end
 *    |-- home0..3    where those who make groups are in between
 *    `-- (group..)   1000 of them, removed while most of their enclaves live on
 */
TEST_F_TIMEOUT(epc, SAFE_4_a_thousand_groups_that_come_and_go_leave_nothing, 240)
{
	struct tenant load = TENANT_NONE, t[MAKERS] = {};
	uint64_t refused, most, dying;
	long begin = epc_now_ms();
	char home[64];
	int i;

	DO(cg_key("", "cgroup.stat", "nr_dying_descendants", &dying));
	DO(cg_create(A));
	DO(cg_set_max(TOP, 250 * PAGE));
	DO(tenant_start(&load, A));
	DO(tenant_do(&load, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&load, tn_worker_touch, 0, 0, 0, 300));
	for (i = 0; i < MAKERS; i++) {
		snprintf(home, sizeof(home), TOP "/home%d", i);
		DO(cg_create(home));
		DO(tenant_start(&t[i], home));
		DO(tenant_post(&t[i], make_groups, i, GROUPS / MAKERS));
	}
	most = watch(_metadata, t);
	DO(cg_events_max(TOP, &refused));
	TH_LOG("%d groups in %ld ms, up to %lu of them dying; %lu requests refused, %lu pages of a written out",
	       GROUPS, epc_now_ms() - begin, most, refused, swsgx_evicted(load.pid));
	EXPECT_LT(MAKERS, most);
	EXPECT_LT(1000, refused);
	HOLDS(tenant_do(&load, tn_worker_stop, 0, 0));
	DO(tenant_stop(&load));

	HOLDS(cg_wait_key(TOP, "misc.current", "sgx_epc", 0, GONE_MS));
	HOLDS(cg_wait_key(TOP, "cgroup.stat", "nr_dying_descendants", 0, GONE_MS));
	HOLDS(cg_wait_key(TOP, "cgroup.stat", "nr_descendants", 1 + MAKERS, 0));
	DO(cg_key("", "cgroup.stat", "nr_dying_descendants", &most));
	EXPECT_GE(dying, most);
	for (i = 0; i < MAKERS; i++)
		DO(tenant_stop(&t[i]));
}

TEST_HARNESS_MAIN
