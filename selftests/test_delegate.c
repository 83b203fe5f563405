// SPDX-License-Identifier: GPL-2.0
/*
 * SAFE-1: whoever was given a cgroup limits, reclaims, kills and revokes inside it and
 * nowhere else; what it may use itself is not his to say.
 */
#include <grp.h>
#include <sched.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "epc.h"

#define X	A "/x"

/* Somebody without any privilege. */
#define NOBODY	65534

/* Is it a whole line of the file? */
static int has_line(const char *path, const char *line)
{
	char buf[256];
	int found = 0;
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return epc_fail(errno, "open %s", path);
	while (!found && fgets(buf, sizeof(buf), f)) {
		buf[strcspn(buf, "\n")] = 0;
		found = !strcmp(buf, line);
	}
	fclose(f);
	return found;
}

TEST_F(epc, SAFE_1_the_kernel_says_which_files_to_delegate)
{
	static const char path[] = "/sys/kernel/cgroup/delegate";

	EXPECT_EQ(1, has_line(path, "misc.reclaim")) TH_LOG("%s", epc_why());
	EXPECT_EQ(1, has_line(path, "misc.exhausted")) TH_LOG("%s", epc_why());
	EXPECT_EQ(0, has_line(path, "misc.max"));
	EXPECT_EQ(0, has_line(path, "misc.low"));
}

/* In a namespace whose root is the tenant's group. */
static long enter_namespace(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return unshare(CLONE_NEWCGROUP) ? epc_fail(errno, "unshare") : 0;
}

static const struct {
	const char *group, *file, *text;
} writes[] = {
	{ A, "misc.max", "sgx_epc 1M" },
	{ A, "misc.low", "sgx_epc 1M" },
	{ A, "misc.exhausted", "sgx_epc fail" },
	{ A, "misc.reclaim", "sgx_epc 0" },
	{ A "/x", "misc.max", "sgx_epc 1M" },
	{ A "/x", "misc.exhausted", "sgx_epc fail" },
	{ A "/x", "misc.reclaim", "sgx_epc max" },
};

/* Number of the write. */
static long step_write(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	return cg_write(writes[arg[0]].group, writes[arg[0]].file, writes[arg[0]].text);
}

/*
 *   TOP
 *    `-- a        delegated: root of the tenant's namespace
 *        `-- x    the tenant's own
 */
TEST_F(epc, SAFE_1_a_delegatee_has_his_files_and_not_his_parents)
{
	static const int err[ARRAY_SIZE(writes)] = { EPERM, EPERM };
	struct tenant t = TENANT_NONE;
	size_t i;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, enter_namespace, 0));
	DO(cg_enter(B, t.pid));
	DO(cg_create(A "/x"));
	ASSERT_EQ(0, mount(NULL, CG_ROOT, NULL, MS_REMOUNT, "nsdelegate"));
	for (i = 0; i < ARRAY_SIZE(writes); i++) {
		EXPECT_EQ(-err[i], tenant_do(&t, step_write, i))
			TH_LOG("%s %s: %s", writes[i].group, writes[i].file, epc_why());
	}
	EXPECT_EQ(0, mount(NULL, CG_ROOT, NULL, MS_REMOUNT, ""));
	DO(tenant_stop(&t));
}

/* Who may open the devices of enclaves and of EPC for guests. */
static int set_mode(mode_t mode)
{
	return chmod("/dev/sgx_enclave", mode) || chmod("/dev/sgx_vepc", mode) ?
	       epc_fail(errno, "chmod of the SGX devices") : 0;
}

/* Give a group away, and those of its files that the kernel says are to be given. */
static int delegate(const char *group)
{
	char file[128], path[CG_PATH_MAX];
	int ret = 0;
	FILE *f;

	cg_path(path, sizeof(path), group, "");
	f = fopen("/sys/kernel/cgroup/delegate", "r");
	if (!f || chown(path, NOBODY, NOBODY))
		return epc_fail(errno, "chown %s", path);
	while (!ret && fgets(file, sizeof(file), f)) {
		file[strcspn(file, "\n")] = 0;
		cg_path(path, sizeof(path), group, file);
		if (chown(path, NOBODY, NOBODY) && errno != ENOENT)
			ret = epc_fail(errno, "chown %s", path);
	}
	fclose(f);
	return ret;
}

static long become_nobody(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	       setresuid(NOBODY, NOBODY, NOBODY) ? epc_fail(errno, "become nobody") : 0;
}

/* As in a container: the root of what he sees is the group that he is in. */
static long enter_container(struct tenant_self *self, const uint64_t arg[4])
{
	if (unshare(CLONE_NEWCGROUP | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    umount2(CG_ROOT, MNT_DETACH) ||
	    mount("cgroup2", CG_ROOT, "cgroup2", 0, NULL))
		return epc_fail(errno, "enter a container");
	return become_nobody(self, arg);
}

/* Make x and y, and go to y, for a group with children has no members. */
static long settle(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	if (mkdir(CG_ROOT "/x", 0755) || mkdir(CG_ROOT "/y", 0755))
		return epc_fail(errno, "mkdir in the container");
	return cg_enter("y", 0) ?: cg_write("", "cgroup.subtree_control", "+misc");
}

static const struct {
	const char *group, *file, *text;
	int err;
} inside[] = {
	/* His own use is limited and protected by others. */
	{ "", "misc.max", "sgx_epc max", EACCES },
	{ "", "misc.low", "sgx_epc max", EACCES },
	/* All else is his. */
	{ "", "misc.exhausted", "sgx_epc fail", 0 },
	{ "", "misc.reclaim", "sgx_epc 40K", 0 },
	{ "x", "misc.max", "sgx_epc 3M", 0 },
	{ "x", "misc.low", "sgx_epc 1M", 0 },
	{ "x", "misc.exhausted", "sgx_epc fail", 0 },
	{ "x", "misc.reclaim", "sgx_epc 4K", 0 },
};

/* Number of the write. */
static long write_inside(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	return cg_write(inside[arg[0]].group, inside[arg[0]].file, inside[arg[0]].text);
}

/* Which of the words of misc.reclaim, all that it can take. */
static long reclaim_inside(struct tenant_self *self, const uint64_t arg[4])
{
	static const char *const text[] = {
		"sgx_epc max kill=enclaves", "sgx_epc max revoke=vepc",
	};

	(void)self;
	return cg_write("", "misc.reclaim", text[arg[0]]);
}

static const struct {
	const char *group, *file, *text;
} outside[] = {
	{ "", "misc.reclaim", "sgx_epc max kill=enclaves revoke=vepc" },
	{ TOP, "misc.reclaim", "sgx_epc max kill=enclaves revoke=vepc" },
	{ TOP, "misc.exhausted", "sgx_epc fail" },
	{ TOP, "misc.max", "sgx_epc 1" },
	{ B, "misc.reclaim", "sgx_epc max kill=enclaves revoke=vepc" },
	{ B, "misc.exhausted", "sgx_epc fail" },
	{ B, "misc.max", "sgx_epc 1" },
	{ B, "cgroup.procs", "0" },
	{ A, "misc.max", "sgx_epc max" },
	{ A, "misc.low", "sgx_epc max" },
};

/* Number of the write: for those who see the whole tree. */
static long write_outside(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	return cg_write(outside[arg[0]].group, outside[arg[0]].file, outside[arg[0]].text);
}

/* An enclave of 100 pages and 50 pages for a guest. */
static void use_epc(struct __test_metadata *_metadata, struct tenant *t)
{
	DO(tenant_do(t, tn_build, 0, 100, 0, 1));
	DO(tenant_do(t, tn_fill, 0, 1, 0, 100));
	DO(tenant_do(t, tn_vepc_open, 50));
	ASSERT_EQ(50, tenant_do(t, tn_vepc_touch, 0, 50));
}

/* A process in a namespace of its own that has a subtree, and one who works in it. */
static void start_delegatee(struct __test_metadata *_metadata, struct tenant *he,
			    struct tenant *worker)
{
	DO(cg_create(A));
	DO(set_mode(0666));
	DO(delegate(A));
	ASSERT_EQ(0, mount(NULL, CG_ROOT, NULL, MS_REMOUNT, "nsdelegate"));
	DO(tenant_start(he, A));
	DO(tenant_do(he, enter_container, 0));
	DO(tenant_do(he, settle, 0));
	DO(tenant_start(worker, X));
	DO(tenant_do(worker, become_nobody, 0));
}

static void stop_delegatee(struct __test_metadata *_metadata, struct tenant *he,
			   struct tenant *worker)
{
	DO(tenant_stop(worker));
	DO(tenant_stop(he));
	EXPECT_EQ(0, mount(NULL, CG_ROOT, NULL, MS_REMOUNT, ""));
	DO(set_mode(0600));
}

/*
 *   TOP
 *    |-- a       given to somebody without privileges
 *    |   |-- x   his enclave, and EPC of his guest
 *    |   `-- y   he himself, in a namespace of which a is the root
 *    `-- b       an enclave, and EPC of a guest, older than his
 */
TEST_F(epc, SAFE_1_a_delegatee_kills_and_revokes_inside_and_nowhere_else)
{
	struct tenant he = TENANT_NONE, x = TENANT_NONE, b = TENANT_NONE;
	uint64_t nr;
	size_t i;

	DO(cg_create(B));
	DO(tenant_start(&b, B));
	use_epc(_metadata, &b);
	start_delegatee(_metadata, &he, &x);
	use_epc(_metadata, &x);
	for (i = 0; i < ARRAY_SIZE(inside); i++)
		EXPECT_EQ(-inside[i].err, tenant_do(&he, write_inside, i))
			TH_LOG("\"%s\" %s: %s", inside[i].group, inside[i].file, epc_why());
	EXPECT_EQ(11, swsgx_evicted(x.pid));
	for (i = 0; i < ARRAY_SIZE(outside); i++)
		EXPECT_EQ(-EACCES, tenant_do(&x, write_outside, i))
			TH_LOG("\"%s\" %s: %s", outside[i].group, outside[i].file, epc_why());

	HOLDS(tenant_do(&he, reclaim_inside, 0));
	EXPECT_NE(0, tenant_do(&x, tn_nop, 0));
	EXPECT_EQ(50, tenant_do(&x, tn_vepc_touch, 0, 50));
	HOLDS(tenant_do(&he, reclaim_inside, 1));
	EXPECT_EQ(0, tenant_do(&x, tn_vepc_touch, 0, 50));
	EXPECT_EQ(0, cg_pages(A));
	DO(cg_key(A, "misc.events.local", "sgx_epc.kill", &nr));
	EXPECT_EQ(1, nr);
	DO(cg_key(A, "misc.events.local", "sgx_epc.revoke", &nr));
	EXPECT_EQ(1, nr);

	EXPECT_EQ(encl_built_pages(100, 1) + 50, cg_pages(B));
	EXPECT_EQ(0, swsgx_evicted(b.pid)) TH_LOG("%s", epc_why());
	EXPECT_EQ(50, tenant_do(&b, tn_vepc_touch, 0, 50));
	HOLDS(tenant_do(&b, tn_verify, 0, 1, 0, 100));
	DO(tenant_stop(&b));
	stop_delegatee(_metadata, &he, &x);
}

/*
 *   TOP          the limit, at which an enclave may be killed
 *    `-- a       given away; here and in x loads shall fail and not kill
 *        |-- x   an enclave that no longer fits
 *        `-- y
 */
TEST_F(epc, SAFE_1_an_ancestors_limit_kills_inside_whatever_that_says)
{
	struct tenant he = TENANT_NONE, x = TENANT_NONE;
	uint64_t nr;
	size_t i;

	start_delegatee(_metadata, &he, &x);
	DO(tenant_do(&x, tn_build, 0, 100, 0, 1));
	for (i = 0; i < ARRAY_SIZE(inside); i++)
		tenant_do(&he, write_inside, i);
	DO(cg_write(TOP, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(TOP, PAGE));
	EXPECT_NE(0, tenant_do(&x, tn_nop, 0));
	HOLDS(cg_wait_key(TOP, "misc.current", "sgx_epc", 0, 3000));
	DO(cg_key(TOP, "misc.events.local", "sgx_epc.kill", &nr));
	EXPECT_EQ(1, nr);
	DO(cg_key(A, "misc.events.local", "sgx_epc.kill", &nr));
	EXPECT_EQ(0, nr);
	stop_delegatee(_metadata, &he, &x);
}

TEST_HARNESS_MAIN
