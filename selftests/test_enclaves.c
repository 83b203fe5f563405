// SPDX-License-Identifier: GPL-2.0
/*
 * STAT: who has EPC. misc.enclaves lists the enclaves and vEPC instances of a cgroup,
 * fdinfo describes one of them, sysfs says what each node has left.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/wait.h>

#include "epc.h"

#define X	B "/x"

/* One line of misc.enclaves. */
struct line {
	uint64_t	id;
	char		type[16];
	char		state[16];
	uint64_t	size;
	uint64_t	resident;
	uint64_t	written_out;
	int		pid;
};

/* All lines of a cgroup, at most @max; how many there are, or -errno. */
static int list(const char *group, struct line *line, int max)
{
	char text[4096], *at, *rest;
	int nr = 0;
	int ret;

	ret = cg_read(group, "misc.enclaves", text, sizeof(text));
	if (ret)
		return ret;
	for (at = strtok_r(text, "\n", &rest); at; at = strtok_r(NULL, "\n", &rest), nr++) {
		struct line l;
		int end = 0;

		if (sscanf(at, "%lu type=%15s state=%15s size=%lu resident=%lu written_out=%lu pid=%d%n",
			   &l.id, l.type, l.state, &l.size, &l.resident,
			   &l.written_out, &l.pid, &end) != 7 || at[end])
			return epc_fail(EINVAL, "bad line \"%s\"", at);
		if (nr < max)
			line[nr] = l;
	}
	return nr;
}

static void line_is(struct __test_metadata *_metadata, const struct line *l,
		    const char *type, const char *state, uint64_t resident,
		    uint64_t written_out, int pid)
{
	EXPECT_STREQ(type, l->type);
	EXPECT_STREQ(state, l->state);
	EXPECT_EQ(resident * PAGE, l->resident);
	EXPECT_EQ(written_out * PAGE, l->written_out);
	EXPECT_EQ(pid, l->pid);
}

/* Number of an enclave, TENANT_ENCLAVES for the vEPC instance. */
static long fd_of(struct tenant_self *self, const uint64_t arg[4])
{
	return arg[0] == TENANT_ENCLAVES ? self->vepc.fd : self->encl[arg[0]].fd;
}

static long size_of(struct tenant_self *self, const uint64_t arg[4])
{
	return self->encl[arg[0]].size;
}

/* Close the file alone: the enclave stays mapped. */
static long close_file(struct tenant_self *self, const uint64_t arg[4])
{
	close(self->encl[arg[0]].fd);
	self->encl[arg[0]].fd = -1;
	return 0;
}

static long init_and_map(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];

	return encl_add_all(e) ?: encl_init(e) ?: encl_map(e);
}

/* What stands behind a key of fdinfo, "" if it is not there. */
static const char *fdinfo(pid_t pid, long fd, const char *key)
{
	static char line[512];
	size_t len = strlen(key);
	char path[64], *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%ld", pid, fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, key, len) || strncmp(line + len, ":\t", 2))
			continue;
		end = strchr(line, '\n');
		if (end)
			*end = 0;
		fclose(file);
		return line + len + 2;
	}
	if (file)
		fclose(file);
	return "";
}

static void fdinfo_is(struct __test_metadata *_metadata, struct tenant *t, long which,
		      const char *type, const char *state, uint64_t resident,
		      uint64_t written_out, const char *group)
{
	long fd = tenant_do(t, fd_of, which);
	char kib[64];

	EXPECT_STREQ(type, fdinfo(t->pid, fd, "sgx-type"));
	EXPECT_STREQ(state, fdinfo(t->pid, fd, "sgx-state"));
	snprintf(kib, sizeof(kib), "%lu KiB", resident * 4);
	EXPECT_STREQ(kib, fdinfo(t->pid, fd, "sgx-resident"));
	snprintf(kib, sizeof(kib), "%lu KiB", written_out * 4);
	EXPECT_STREQ(kib, fdinfo(t->pid, fd, "sgx-written-out"));
	EXPECT_STREQ(group, fdinfo(t->pid, fd, "sgx-cgroup"));
}

/*
 *   TOP              nothing of its own
 *    |-- a           an enclave and a guest
 *    `-- b           nothing of its own
 *        `-- x       an enclave
 */
TEST_F(epc, STAT_enclaves_lists_what_a_cgroup_has_itself)
{
	struct tenant a = TENANT_NONE, x = TENANT_NONE;
	struct line l[4];
	uint64_t size;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_create(X));
	DO(tenant_start(&a, A));
	DO(tenant_start(&x, X));
	EXPECT_EQ(0, list(A, l, 4));
	DO(tenant_do(&a, tn_open, 0, 100));
	EXPECT_EQ(0, list(A, l, 4));
	DO(tenant_do(&a, tn_create, 0));
	ASSERT_EQ(1, list(A, l, 4)) TH_LOG("%s", epc_why());
	line_is(_metadata, &l[0], "enclave", "building", 2, 0, a.pid);
	DO(tenant_do(&a, init_and_map, 0));
	DO(tenant_do(&x, tn_build, 0, 50, 0, 1));
	DO(tenant_do(&a, tn_vepc_open, 30));
	EXPECT_EQ(20, tenant_do(&a, tn_vepc_touch, 0, 20));
	size = tenant_do(&a, size_of, 0);

	ASSERT_EQ(2, list(A, l, 4)) TH_LOG("%s", epc_why());
	line_is(_metadata, &l[0], "enclave", "running", encl_built_pages(100, 1), 0, a.pid);
	EXPECT_EQ(size, l[0].size);
	line_is(_metadata, &l[1], "vepc", "running", 20, 0, a.pid);
	EXPECT_EQ(30 * PAGE, l[1].size);
	EXPECT_LT(l[0].id, l[1].id);
	ASSERT_EQ(1, list(X, l, 4)) TH_LOG("%s", epc_why());
	line_is(_metadata, &l[0], "enclave", "running", encl_built_pages(50, 1), 0, x.pid);
	EXPECT_EQ(0, list(TOP, l, 4));
	EXPECT_EQ(0, list(B, l, 4));

	DO(tenant_do(&a, tn_vepc_close, 0));
	DO(tenant_do(&a, tn_destroy, 0));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 5000));
	EXPECT_EQ(0, list(A, l, 4));
	EXPECT_EQ(1, list(X, l, 4));
	DO(tenant_stop(&a));
	DO(tenant_stop(&x));
}

TEST_F(epc, STAT_enclaves_shows_what_is_in_and_what_is_out)
{
	struct tenant t = TENANT_NONE;
	uint64_t all = encl_built_pages(300, 1);
	struct swsgx_encl sum;
	struct line l[2];

	DO(cg_create(A));
	DO(cg_set_max(A, 100 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 300, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, 300));
	DO(swsgx_enclaves_of(t.pid, &sum));
	ASSERT_EQ(1, list(A, l, 2)) TH_LOG("%s", epc_why());
	line_is(_metadata, &l[0], "enclave", "running", cg_pages(A),
		sum.evicted - sum.loaded, t.pid);
	EXPECT_EQ(all * PAGE, l[0].resident + l[0].written_out);
	fdinfo_is(_metadata, &t, 0, "enclave", "running", cg_pages(A),
		  sum.evicted - sum.loaded, "/" A);

	DO(cg_set_max(A, CG_MAX));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, 300));
	ASSERT_EQ(1, list(A, l, 2)) TH_LOG("%s", epc_why());
	DO(swsgx_enclaves_of(t.pid, &sum));
	line_is(_metadata, &l[0], "enclave", "running", cg_pages(A),
		sum.evicted - sum.loaded, t.pid);
	EXPECT_LE(300 * PAGE, l[0].resident);
	EXPECT_EQ(all * PAGE, l[0].resident + l[0].written_out);
	DO(tenant_stop(&t));
}

TEST_F(epc, STAT_enclaves_lists_those_whose_file_is_closed)
{
	struct tenant t = TENANT_NONE;
	struct line l[2];

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&t, close_file, 0));
	ASSERT_EQ(1, list(A, l, 2)) TH_LOG("%s", epc_why());
	line_is(_metadata, &l[0], "enclave", "running", encl_built_pages(100, 1), 0, t.pid);
	DO(tenant_do(&t, tn_destroy, 0));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 5000));
	EXPECT_EQ(0, list(A, l, 2));
	DO(tenant_stop(&t));
}

/* More lines than fit into a page of text. */
TEST_F_TIMEOUT(epc, STAT_enclaves_lists_many, 60)
{
	enum { MANY = 40 };
	struct tenant t[MANY / TENANT_ENCLAVES];
	struct line l[MANY];
	int i, k;

	DO(cg_create(A));
	for (i = 0; i < MANY / TENANT_ENCLAVES; i++) {
		t[i] = (struct tenant)TENANT_NONE;
		DO(tenant_start(&t[i], A));
		for (k = 0; k < TENANT_ENCLAVES; k++)
			DO(tenant_do(&t[i], tn_build, k, 1, 0, 1));
	}
	ASSERT_EQ(MANY, list(A, l, MANY)) TH_LOG("%s", epc_why());
	for (i = 0; i < MANY; i++) {
		line_is(_metadata, &l[i], "enclave", "running", encl_built_pages(1, 1), 0,
			t[i / TENANT_ENCLAVES].pid);
		EXPECT_TRUE(!i || l[i - 1].id < l[i].id);
	}
	for (i = 0; i < MANY / TENANT_ENCLAVES; i++)
		DO(tenant_stop(&t[i]));
}

/* Run @fn in a new process; its exit status. */
static int elsewhere(int unshared, int (*fn)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (unshare(unshared))
			_exit(99);
		/* A new PID namespace is for children only. */
		pid = fork();
		if (!pid)
			_exit(fn());
		if (waitpid(pid, &status, 0) != pid)
			_exit(98);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 97);
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ?
	       WEXITSTATUS(status) : -1;
}

static int pid_is_hidden(void)
{
	struct line l;

	return list(A, &l, 1) == 1 && l.pid == 0 ? 0 : 1;
}

static int pid_is_seen(void)
{
	struct line l;

	return list(A, &l, 1) == 1 && l.pid > 1 ? 0 : 1;
}

TEST_F(epc, STAT_enclaves_hides_processes_of_other_namespaces)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 10, 0, 1));
	EXPECT_EQ(0, elsewhere(CLONE_NEWPID, pid_is_hidden));
	EXPECT_EQ(0, elsewhere(CLONE_NEWUTS, pid_is_seen));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- a   an enclave in all its states, and a guest
 *    `-- b   the tenant moves there
 */
TEST_F(epc, STAT_fdinfo_describes_an_enclave_and_a_guest)
{
	struct tenant t = TENANT_NONE;
	char kib[64];
	long fd;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, 100));
	fdinfo_is(_metadata, &t, 0, "enclave", "building", 0, 0, "");
	DO(tenant_do(&t, tn_create, 0));
	fdinfo_is(_metadata, &t, 0, "enclave", "building", 2, 0, "/" A);
	DO(tenant_do(&t, init_and_map, 0));
	fdinfo_is(_metadata, &t, 0, "enclave", "running", encl_built_pages(100, 1), 0,
		  "/" A);
	fd = tenant_do(&t, fd_of, 0);
	snprintf(kib, sizeof(kib), "%ld KiB", tenant_do(&t, size_of, 0) / 1024);
	EXPECT_STREQ(kib, fdinfo(t.pid, fd, "sgx-size"));

	DO(tenant_do(&t, tn_vepc_open, 60));
	EXPECT_EQ(20, tenant_do(&t, tn_vepc_touch, 10, 20));
	fdinfo_is(_metadata, &t, TENANT_ENCLAVES, "vepc", "running", 20, 0, "/" A);
	fd = tenant_do(&t, fd_of, TENANT_ENCLAVES);
	EXPECT_STREQ("240 KiB", fdinfo(t.pid, fd, "sgx-size"));

	/* It stays where it was created, also when that is gone. */
	DO(cg_enter(B, t.pid));
	fdinfo_is(_metadata, &t, 0, "enclave", "running", encl_built_pages(100, 1), 0,
		  "/" A);
	DO(cg_remove(A));
	fdinfo_is(_metadata, &t, 0, "enclave", "running", encl_built_pages(100, 1), 0,
		  "/" A " (deleted)");
	DO(tenant_stop(&t));
}

static struct tenant *looked_at;
static long its_fd;

/* As seen by somebody whose root is A, or B. */
static int path_in_a(void)
{
	return strcmp(fdinfo(looked_at->pid, its_fd, "sgx-cgroup"), "/") ? 1 : 0;
}

static int path_in_b(void)
{
	return strcmp(fdinfo(looked_at->pid, its_fd, "sgx-cgroup"), "/../a") ? 1 : 0;
}

static int path_from(const char *group, int (*fn)(void))
{
	int ret = cg_enter(group, 0);

	if (!ret)
		ret = elsewhere(CLONE_NEWCGROUP, fn);
	return cg_enter("", 0) ?: ret;
}

/*
 *   TOP
 *    |-- a   an enclave; its root in the eyes of the first reader
 *    `-- b   the root of the second reader
 */
TEST_F(epc, STAT_fdinfo_shows_the_cgroup_as_the_reader_sees_it)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 10, 0, 1));
	looked_at = &t;
	its_fd = tenant_do(&t, fd_of, 0);
	EXPECT_STREQ("/" A, fdinfo(t.pid, its_fd, "sgx-cgroup"));
	EXPECT_EQ(0, path_from(A, path_in_a));
	EXPECT_EQ(0, path_from(B, path_in_b));
	DO(tenant_stop(&t));
}

TEST_F(epc, STAT_free_bytes_of_the_nodes_are_what_is_not_in_use)
{
	struct tenant t = TENANT_NONE;

	EXPECT_EQ(self->capacity, epc_nodes_have("sgx_total_bytes"));
	EXPECT_EQ(self->capacity, epc_nodes_have("sgx_free_bytes"));
	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	EXPECT_EQ(self->capacity - encl_built_pages(100, 1),
		  epc_nodes_have("sgx_free_bytes"));
	DO(tenant_do(&t, tn_vepc_open, self->capacity / 2));
	EXPECT_EQ(self->capacity / 2, tenant_do(&t, tn_vepc_touch, 0, self->capacity / 2));
	EXPECT_EQ(self->capacity - self->capacity / 2 - encl_built_pages(100, 1),
		  epc_nodes_have("sgx_free_bytes"));
	DO(tenant_stop(&t));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 5000));
	EXPECT_EQ(self->capacity, epc_nodes_have("sgx_free_bytes"));
}

TEST_HARNESS_MAIN
