// SPDX-License-Identifier: GPL-2.0
/*
 * STAT: what misc.stat counts is what software SGX did, in the cgroup where it
 * happened and its ancestors and nowhere else.
 */
#include <stdio.h>
#include <stdlib.h>

#include "epc.h"

#define X	A "/x"

static uint64_t stat_of(const char *group, const char *name)
{
	char key[64];
	uint64_t value;

	snprintf(key, sizeof(key), "sgx_epc.%s", name);
	return cg_key(group, "misc.stat", key, &value) ? UINT64_MAX : value;
}

/* The three gauges in pages, and that they add up to misc.current. */
static void pages_are(struct __test_metadata *_metadata, const char *group,
		      uint64_t reclaimable, uint64_t vepc, uint64_t rest)
{
	EXPECT_EQ(reclaimable * PAGE, stat_of(group, "reclaimable")) TH_LOG("%s", group);
	EXPECT_EQ(vepc * PAGE, stat_of(group, "vepc")) TH_LOG("%s", group);
	EXPECT_EQ(rest * PAGE, stat_of(group, "unreclaimable")) TH_LOG("%s", group);
	EXPECT_EQ(reclaimable + vepc + rest, cg_pages(group)) TH_LOG("%s", epc_why());
}

/*
 *   TOP
 *    |-- a
 *    |   `-- x   an enclave and a guest
 *    `-- b       an enclave
 */
TEST_F(epc, STAT_the_gauges_add_up_to_current)
{
	struct tenant x = TENANT_NONE, b = TENANT_NONE;
	uint64_t all, image;

	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(B));
	pages_are(_metadata, TOP, 0, 0, 0);
	DO(tenant_start(&x, X));
	DO(tenant_start(&b, B));
	DO(tenant_do(&x, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&x, tn_vepc_open, 50));
	EXPECT_EQ(40, tenant_do(&x, tn_vepc_touch, 0, 40));
	DO(tenant_do(&b, tn_build, 0, 100, 0, 1));

	all = encl_built_pages(300, 1);
	image = all - 2;	/* SECS and VA page are not reclaimed by themselves */
	pages_are(_metadata, X, image, 40, 2);
	pages_are(_metadata, A, image, 40, 2);
	pages_are(_metadata, B, encl_built_pages(100, 1) - 2, 0, 2);
	pages_are(_metadata, TOP, image + encl_built_pages(100, 1) - 2, 40, 4);
	DO(tenant_do(&x, tn_vepc_close, 0));
	pages_are(_metadata, A, image, 0, 2);
	DO(tenant_stop(&x));
	DO(tenant_stop(&b));
	/* The enclaves of a process that has ended go in the background. */
	HOLDS(cg_wait_key(TOP, "misc.current", "sgx_epc", 0, 3000));
	pages_are(_metadata, TOP, 0, 0, 0);
}

/* What the kernel counts of the enclaves of @t is what the processor did. */
static void counts_match(struct __test_metadata *_metadata, const char *group,
			 struct tenant *t)
{
	struct swsgx_encl sum;

	DO(swsgx_enclaves_of(t->pid, &sum));
	EXPECT_EQ(sum.evicted, stat_of(group, "evicted")) TH_LOG("%s", group);
	EXPECT_EQ(sum.loaded, stat_of(group, "loaded")) TH_LOG("%s", group);
	EXPECT_LE(sum.evicted, stat_of(group, "scanned") + 1) TH_LOG("%s", group);
}

/* Neither taken nor looked at. */
static void left_alone(struct __test_metadata *_metadata, const char *group)
{
	EXPECT_EQ(0, stat_of(group, "evicted"));
	EXPECT_EQ(0, stat_of(group, "loaded"));
	EXPECT_EQ(0, stat_of(group, "scanned"));
	EXPECT_EQ(0, stat_of(group, "skipped"));
	EXPECT_EQ(0, stat_of(group, "wait_usec"));
}

/*
 *   TOP
 *    |-- a       max 100 pages, later 0
 *    |   `-- x   an enclave of 300
 *    `-- b       an enclave: outside
 */
TEST_F(epc, STAT_evicted_and_loaded_are_what_the_processor_did)
{
	struct tenant x = TENANT_NONE, b = TENANT_NONE;
	uint64_t evicted, loaded;

	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(B));
	DO(cg_never_kill(A));
	evicted = stat_of("", "evicted");
	loaded = stat_of("", "loaded");
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_start(&x, X));
	DO(tenant_start(&b, B));
	DO(tenant_do(&b, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&x, tn_build, 0, 300, 0, 1));
	HOLDS(tenant_do(&x, tn_fill, 0, 1, 0, 300));
	EXPECT_LE(200, stat_of(X, "evicted"));
	EXPECT_LE(100, stat_of(X, "loaded"));
	counts_match(_metadata, X, &x);
	counts_match(_metadata, A, &x);
	counts_match(_metadata, TOP, &x);

	/* With the last page goes the SECS, and comes back with the first. */
	DO(cg_set_max(A, 0));
	EXPECT_NE(0, tenant_do(&x, tn_touch, 0, 0, 1));
	EXPECT_EQ(1, cg_pages(X));
	counts_match(_metadata, X, &x);
	DO(cg_set_max(A, 100 * PAGE));
	HOLDS(tenant_do(&x, tn_verify, 0, 1, 0, 300));
	counts_match(_metadata, X, &x);
	counts_match(_metadata, TOP, &x);
	EXPECT_EQ(stat_of(TOP, "evicted"), stat_of("", "evicted") - evicted);
	EXPECT_EQ(stat_of(TOP, "loaded"), stat_of("", "loaded") - loaded);
	left_alone(_metadata, B);
	DO(tenant_stop(&x));
	DO(tenant_stop(&b));
}

/*
 *   TOP          counts for ever
 *    `-- a
 *        `-- (x) limited, then removed
 */
TEST_F(epc, STAT_counts_outlive_a_removed_child)
{
	struct tenant x = TENANT_NONE;
	uint64_t evicted, loaded, scanned, wait;

	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_set_max(X, 100 * PAGE));
	DO(tenant_start(&x, X));
	DO(tenant_do(&x, tn_build, 0, 300, 0, 1));
	HOLDS(tenant_do(&x, tn_fill, 0, 1, 0, 300));
	DO(tenant_stop(&x));
	HOLDS(cg_wait_key(X, "misc.current", "sgx_epc", 0, 5000));
	evicted = stat_of(X, "evicted");
	loaded = stat_of(X, "loaded");
	scanned = stat_of(X, "scanned");
	wait = stat_of(X, "wait_usec");
	EXPECT_LE(200, evicted);
	EXPECT_LT(0, wait);
	DO(cg_remove(X));
	EXPECT_EQ(evicted, stat_of(A, "evicted"));
	EXPECT_EQ(loaded, stat_of(A, "loaded"));
	EXPECT_EQ(scanned, stat_of(A, "scanned"));
	EXPECT_EQ(wait, stat_of(A, "wait_usec"));
	DO(cg_create(X));
	left_alone(_metadata, X);
}

/*
 *   TOP  full with the pages of a
 *    |-- a   has little memory left to be written to
 *    `-- b   wants more, and looks at a in vain
 */
TEST_F_TIMEOUT(epc, STAT_pages_passed_over_are_counted_where_they_are, 60)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	char used[32];

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_write(TOP, "cgroup.subtree_control", "+memory"));
	DO(cg_never_kill(TOP));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 1000, 0, 1));
	DO(cg_read(A, "memory.current", used, sizeof(used)));
	DO(cg_write(A, "memory.max", used));
	DO(cg_set_max(TOP, 1100 * PAGE));
	EXPECT_EQ(0, stat_of(TOP, "skipped"));
	DO(tenant_do(&b, tn_build, 0, 900, 0, 1));
	EXPECT_LT(0, stat_of(A, "skipped"));
	EXPECT_LE(stat_of(A, "skipped"), stat_of(A, "scanned"));
	counts_match(_metadata, A, &a);
	EXPECT_EQ(0, stat_of(B, "skipped"));
	EXPECT_LT(0, stat_of(B, "evicted"));
	EXPECT_EQ(stat_of(A, "skipped"), stat_of(TOP, "skipped"));
	EXPECT_EQ(stat_of(A, "scanned") + stat_of(B, "scanned"), stat_of(TOP, "scanned"));
	/* It is b that waited. */
	EXPECT_EQ(0, stat_of(A, "wait_usec"));
	EXPECT_LT(0, stat_of(B, "wait_usec"));
	DO(cg_write(A, "memory.max", "max"));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a
 *    |   `-- x   pages against itself below a's limit
 *    `-- b
 */
TEST_F(epc, STAT_the_wait_for_a_limit_is_that_of_the_enclave)
{
	struct tenant x = TENANT_NONE;
	long start, took;
	uint64_t wait;

	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(B));
	DO(tenant_start(&x, X));
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_do(&x, tn_build, 0, 80, 0, 1));
	EXPECT_EQ(0, stat_of(X, "wait_usec"));
	start = epc_now_ms();
	DO(tenant_do(&x, tn_build, 1, 300, 0, 1));
	took = epc_now_ms() - start + 1;
	wait = stat_of(X, "wait_usec");
	EXPECT_LT(0, wait);
	EXPECT_GE(took * 1000, wait);
	EXPECT_EQ(wait, stat_of(A, "wait_usec"));
	EXPECT_EQ(wait, stat_of(TOP, "wait_usec"));
	EXPECT_EQ(0, stat_of(B, "wait_usec"));
	DO(tenant_stop(&x));
}

/* Without a limit nobody waits for one, however short the EPC is. */
TEST_F_TIMEOUT(epc, STAT_the_wait_for_the_machine_is_not_counted, 90)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, self->capacity + 100, 0, 1));
	EXPECT_LE(100, stat_of(A, "evicted"));
	counts_match(_metadata, A, &t);
	EXPECT_EQ(0, stat_of(A, "wait_usec"));
	DO(tenant_stop(&t));
}

/* Keys in this order and no others; the last three in the root alone. */
TEST_F(epc, STAT_the_keys_are_these)
{
	static const char *const keys[] = {
		"reclaimable", "vepc", "unreclaimable", "evicted", "loaded",
		"scanned", "skipped", "wait_usec", "exhausted", "leaked", "poisoned",
	};
	const char *groups[] = { TOP, "" };
	char text[1024], name[64], *line, *rest;
	unsigned int i, g;

	for (g = 0; g < 2; g++) {
		unsigned int nr = g ? 11 : 8;

		DO(cg_read(groups[g], "misc.stat", text, sizeof(text)));
		line = strtok_r(text, "\n", &rest);
		for (i = 0; i < nr; i++) {
			ASSERT_NE(NULL, line);
			snprintf(name, sizeof(name), "sgx_epc.%s ", keys[i]);
			EXPECT_EQ(0, strncmp(line, name, strlen(name))) TH_LOG("%s", line);
			EXPECT_EQ(strlen(line), strspn(line + strlen(name), "0123456789") +
				  strlen(name)) TH_LOG("%s", line);
			line = strtok_r(NULL, "\n", &rest);
		}
		EXPECT_EQ(NULL, line);
	}
}

/* Nobody ever sees more, or less, of the three than of misc.current. */
TEST_F(epc, STAT_the_gauges_fit_while_pages_come_and_go)
{
	struct tenant t = TENANT_NONE;
	uint64_t max = 100 * PAGE, sum;
	int i;

	DO(cg_create(A));
	DO(cg_set_max(A, max));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&t, tn_worker_touch, 0, 0, 0, 300));
	for (i = 0; i < 300; i++) {
		char text[1024];
		uint64_t v[3];

		DO(cg_read(A, "misc.stat", text, sizeof(text)));
		ASSERT_EQ(3, sscanf(text, "sgx_epc.reclaimable %lu\nsgx_epc.vepc %lu\n"
				    "sgx_epc.unreclaimable %lu\n", &v[0], &v[1], &v[2]));
		sum = v[0] + v[1] + v[2];
		EXPECT_GE(max, sum);
		EXPECT_LE(max - 40 * PAGE, sum);
	}
	DO(tenant_do(&t, tn_worker_stop, 0));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
