// SPDX-License-Identifier: GPL-2.0
/*
 * STAT: the tracepoints tell each refusal, each batch of reclaim and each end of an
 * enclave, with the cgroups by the inode numbers of their directories.
 *
 * All tests have these groups:
 *
 *   TOP
 *    |-- a       limited
 *    |   `-- x   an enclave
 *    `-- b       not limited
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/stat.h>

#include "epc.h"

#define X	A "/x"
#define TRACING	"/sys/kernel/debug/tracing/"

static int put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return epc_fail(errno, "open %s", file);
	if (write(fd, text, strlen(text)) < 0)
		ret = epc_fail(errno, "write %s to %s", text, file);
	close(fd);
	return ret;
}

static void trace(struct __test_metadata *_metadata, const char *event, bool on)
{
	char path[128];

	snprintf(path, sizeof(path), TRACING "events/sgx/%s/enable", event);
	if (on)
		DO(put(TRACING "trace", ""));
	DO(put(path, on ? "1" : "0"));
}

static uint64_t inode(const char *group)
{
	char path[CG_PATH_MAX];
	struct stat st;

	cg_path(path, sizeof(path), group, "");
	return stat(path, &st) ? 0 : st.st_ino;
}

/* The next line of @event, behind its name; NULL at the end. */
static const char *next_event(FILE *file, const char *event)
{
	static char line[512];
	char name[64], *at;

	snprintf(name, sizeof(name), " %s: ", event);
	while (file && fgets(line, sizeof(line), file)) {
		at = strstr(line, name);
		if (at && line[0] != '#')
			return at + strlen(name);
	}
	return NULL;
}

static uint64_t id_in(struct __test_metadata *_metadata, const char *group)
{
	char text[4096];

	DO(cg_read(group, "misc.enclaves", text, sizeof(text)));
	return strtoull(text, NULL, 10);
}

static void start_in_x(struct __test_metadata *_metadata, struct tenant *t)
{
	DO(cg_create(A));
	DO(cg_create(X));
	DO(cg_create(B));
	DO(tenant_start(t, X));
}

TEST_F(epc, STAT_each_refusal_is_traced_once)
{
	uint64_t limiting, cgroup, id, usage, limit, events, lines = 0;
	struct tenant t = TENANT_NONE;
	const char *line;
	FILE *file;

	start_in_x(_metadata, &t);
	DO(cg_set_max(A, 100 * PAGE));
	trace(_metadata, "sgx_epc_refused", true);
	DO(tenant_do(&t, tn_build, 0, 300, 0, 1));
	trace(_metadata, "sgx_epc_refused", false);
	DO(cg_events_local_max(A, &events));
	EXPECT_LE(200 / 16, events);

	file = fopen(TRACING "trace", "re");
	ASSERT_NE(NULL, file);
	while ((line = next_event(file, "sgx_epc_refused"))) {
		lines++;
		ASSERT_EQ(5, sscanf(line, "limiting=%lu cgroup=%lu id=%lu usage=%lu limit=%lu",
				    &limiting, &cgroup, &id, &usage, &limit));
		EXPECT_EQ(inode(A), limiting);
		EXPECT_EQ(inode(X), cgroup);
		EXPECT_EQ(id_in(_metadata, X), id);
		EXPECT_GE(100 * PAGE, usage);
		EXPECT_LT(60 * PAGE, usage);
		EXPECT_EQ(100 * PAGE, limit);
	}
	fclose(file);
	EXPECT_EQ(events, lines);

	/* Nobody listens any more. */
	DO(put(TRACING "trace", ""));
	DO(tenant_do(&t, tn_touch, 0, 0, 300));
	file = fopen(TRACING "trace", "re");
	EXPECT_EQ(NULL, next_event(file, "sgx_epc_refused"));
	fclose(file);
	DO(tenant_stop(&t));
}

TEST_F(epc, STAT_reclaim_is_traced_with_its_cgroup_and_what_came_of_it)
{
	uint64_t target, looked = 0, freed = 0, scanned, evicted;
	unsigned int nr_looked, nr_freed, young;
	struct tenant t = TENANT_NONE;
	const char *line;
	FILE *file;

	start_in_x(_metadata, &t);
	DO(cg_set_max(A, 100 * PAGE));
	trace(_metadata, "sgx_epc_reclaim", true);
	DO(tenant_do(&t, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&t, tn_touch, 0, 0, 300));
	trace(_metadata, "sgx_epc_reclaim", false);

	file = fopen(TRACING "trace", "re");
	ASSERT_NE(NULL, file);
	while ((line = next_event(file, "sgx_epc_reclaim"))) {
		ASSERT_EQ(4, sscanf(line, "target=%lu looked=%u freed=%u young=%u", &target,
				    &nr_looked, &nr_freed, &young));
		EXPECT_EQ(inode(A), target);
		EXPECT_GE(16, nr_looked);
		EXPECT_GE(nr_looked, nr_freed);
		EXPECT_GE(1, young);
		looked += nr_looked;
		freed += nr_freed;
	}
	fclose(file);
	DO(cg_key(A, "misc.stat", "sgx_epc.scanned", &scanned));
	DO(cg_key(A, "misc.stat", "sgx_epc.evicted", &evicted));
	EXPECT_LE(200, freed);
	EXPECT_EQ(scanned, looked);
	EXPECT_EQ(evicted, freed);
	DO(tenant_stop(&t));
}

/*
 * The one line of @event tells of the enclave or guest in x, of which so many pages were
 * freed for a. It is still listed, without pages here or there.
 */
static void ended_once(struct __test_metadata *_metadata, const char *event,
		       uint64_t freed, const char *type, const char *state)
{
	uint64_t limiting, cgroup, id, pages;
	char text[256], want[64];
	const char *line;
	FILE *file;

	file = fopen(TRACING "trace", "re");
	ASSERT_NE(NULL, file);
	line = next_event(file, event);
	ASSERT_NE(NULL, line);
	ASSERT_EQ(4, sscanf(line, "limiting=%lu cgroup=%lu id=%lu pages=%lu", &limiting,
			    &cgroup, &id, &pages));
	EXPECT_EQ(inode(A), limiting);
	EXPECT_EQ(inode(X), cgroup);
	EXPECT_EQ(id_in(_metadata, X), id);
	EXPECT_EQ(freed, pages);
	EXPECT_EQ(NULL, next_event(file, event));
	fclose(file);

	DO(cg_read(X, "misc.enclaves", text, sizeof(text)));
	snprintf(want, sizeof(want), "%lu type=%s state=%s ", id, type, state);
	EXPECT_EQ(0, strncmp(text, want, strlen(want))) TH_LOG("%s", text);
	EXPECT_NE(NULL, strstr(text, " resident=0 written_out=0 "));
}

/* The VA page is all that is left of x when its SECS is to be loaded. */
TEST_F(epc, STAT_a_kill_is_traced_with_who_was_killed_for_whom)
{
	struct tenant t = TENANT_NONE;

	start_in_x(_metadata, &t);
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	trace(_metadata, "sgx_encl_kill", true);
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, PAGE));
	EXPECT_NE(0, tenant_do(&t, tn_touch, 0, 0, 1));
	/* There is nobody left to kill, but the end of the first one is waited for. */
	DO(cg_write(A, "misc.reclaim", "sgx_epc max kill=enclaves"));
	trace(_metadata, "sgx_encl_kill", false);
	ended_once(_metadata, "sgx_encl_kill", 1, "enclave", "killed");
	DO(tenant_stop(&t));
}

TEST_F(epc, STAT_a_revoke_is_traced_with_what_was_revoked_for_whom)
{
	struct tenant t = TENANT_NONE;

	start_in_x(_metadata, &t);
	DO(tenant_do(&t, tn_vepc_open, 30));
	EXPECT_EQ(30, tenant_do(&t, tn_vepc_touch, 0, 30));
	trace(_metadata, "sgx_vepc_revoke", true);
	DO(cg_write(A, "misc.reclaim", "sgx_epc 1 revoke=vepc"));
	trace(_metadata, "sgx_vepc_revoke", false);
	ended_once(_metadata, "sgx_vepc_revoke", 30, "vepc", "revoked");
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
