// SPDX-License-Identifier: GPL-2.0
/*
 * FILES-2 for the files that are written beside misc.max: what misc.low,
 * misc.exhausted and misc.reclaim accept and refuse. And cgroup v1, which has none
 * of them.
 */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "amounts.h"
#include "epc.h"

/* What unmounting and mounting leaves to be done in the background. */
#define BACKGROUND_MS	5000

TEST_F(epc, FILES_2_misc_exhausted_takes_two_words)
{
	static const struct {
		const char *text, *shown;
	} accepted[] = {
		{ "sgx_epc fail", "sgx_epc fail\n" },
		{ "sgx_epc fail\n", "sgx_epc fail\n" },
		{ "sgx_epc kill", "sgx_epc kill\n" },
		{ "sgx_epc fail", "sgx_epc fail\n" },
		{ "sgx_epc kill\n", "sgx_epc kill\n" },
	};
	char buf[256];
	size_t i;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		HOLDS(cg_write(A, "misc.exhausted", accepted[i].text));
		DO(cg_read(A, "misc.exhausted", buf, sizeof(buf)));
		EXPECT_STREQ(accepted[i].shown, buf);
		/* It is nobody else's. */
		DO(cg_read(A "/x", "misc.exhausted", buf, sizeof(buf)));
		EXPECT_STREQ("sgx_epc kill\n", buf);
		DO(cg_read(TOP, "misc.exhausted", buf, sizeof(buf)));
		EXPECT_STREQ("sgx_epc kill\n", buf);
	}
}

TEST_F(epc, FILES_2_what_misc_exhausted_refuses_changes_nothing)
{
	static const char * const refused[] = {
		"\n", "fail", "sgx_epc", "sgx_epc\n", "sgx_epc ", "sgx_epc \n",
		" sgx_epc kill", "sgx_epc  kill", "sgx_epc\tkill", "sgx_epc=kill",
		"sgx_epc kill ", "sgx_epc kill\n\n", "sgx_epc kill \n",
		"sgx_epc kil", "sgx_epc kills", "sgx_epc KILL", "sgx_epc kill fail",
		"sgx_epc kill sgx_epc fail", "sgx_epc kill\nsgx_epc fail\n",
		"sgx_epc 0", "sgx_epc 1", "sgx_epc max", "sgx_epc kill=enclaves",
		"sev kill", "sev_es fail", "tdx kill", "nosuch kill", "sgx kill",
		"sgx_epcs kill", "SGX_EPC kill",
	};
	char buf[256];
	size_t i;

	DO(cg_create(A));
	DO(cg_write(A, "misc.exhausted", "sgx_epc fail"));
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		FAILS(EINVAL, cg_write(A, "misc.exhausted", refused[i]));
		DO(cg_read(A, "misc.exhausted", buf, sizeof(buf)));
		ASSERT_STREQ("sgx_epc fail\n", buf)
			TH_LOG("after \"%s\"", refused[i]);
	}
}

TEST_F(epc, FILES_2_misc_reclaim_takes_an_amount_and_words)
{
	static const char * const accepted[] = {
		"sgx_epc 0", "sgx_epc 0\n", "sgx_epc 000", "sgx_epc 0x0",
		"sgx_epc 0K", "sgx_epc 0T\n", "sgx_epc max", "sgx_epc max\n",
		"sgx_epc 0 kill=enclaves", "sgx_epc 0 revoke=vepc\n",
		"sgx_epc 0 kill=enclaves revoke=vepc\n",
		"sgx_epc 0x0K revoke=vepc kill=enclaves",
		"sgx_epc max revoke=vepc kill=enclaves\n",
	};
	size_t i;

	DO(cg_create(A));
	for (i = 0; i < ARRAY_SIZE(accepted); i++)
		HOLDS(cg_write(A, "misc.reclaim", accepted[i]));
}

TEST_F(epc, FILES_2_what_misc_reclaim_refuses_changes_nothing)
{
	static const char * const refused[] = {
		"sgx_epc kill=enclaves", "sgx_epc kill=enclaves 4K",
		"sgx_epc 4K kill", "sgx_epc 4K kill=", "sgx_epc 4K enclaves",
		"sgx_epc 4K kill=enclave", "sgx_epc 4K kill=enclavess",
		"sgx_epc 4K KILL=enclaves", "sgx_epc 4K kill=vepc",
		"sgx_epc 4K revoke=enclaves", "sgx_epc 4K revoke",
		"sgx_epc 4K  kill=enclaves", "sgx_epc 4K kill=enclaves ",
		"sgx_epc 4K kill=enclaves  revoke=vepc",
		"sgx_epc 4K\tkill=enclaves", "sgx_epc 4K\nkill=enclaves",
		"sgx_epc 4K kill=enclaves\n\n", "sgx_epc 4K kill=enclaves,revoke=vepc",
		"sgx_epc 4K kill=enclaves kill=enclaves",
		"sgx_epc 4K revoke=vepc kill=enclaves revoke=vepc",
		"sgx_epc 4K kill=enclaves 4K", "sgx_epc 18446744073709551616 kill",
		"sev 1", "sev max", "sev_es 1", "tdx 1", "nosuch 1", "SGX_EPC 1",
	};
	uint64_t before, pages;
	struct tenant t = TENANT_NONE;
	size_t i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 50, 0, 1));
	before = cg_pages(A);
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		FAILS(EINVAL, cg_write(A, "misc.reclaim", refused[i]));
	for (i = 0; i < ARRAY_SIZE(refused_amounts); i++)
		FAILS(refused_amounts[i].err,
		      cg_write(A, "misc.reclaim", refused_amounts[i].text));
	FAILS(ERANGE, cg_write(A, "misc.reclaim", "sgx_epc 16777216T kill=enclaves"));
	pages = cg_pages(A);
	EXPECT_EQ(before, pages);
	EXPECT_EQ(0, swsgx_evicted(t.pid));
	DO(tenant_stop(&t));
}

TEST_F(epc, FILES_misc_reclaim_cannot_be_read)
{
	char buf[64];

	DO(cg_create(A));
	EXPECT_NE(0, cg_read(A, "misc.reclaim", buf, sizeof(buf)));
	EXPECT_NE(0, cg_read("", "misc.reclaim", buf, sizeof(buf)));
}

TEST_F(epc, FILES_2_misc_low_is_written_like_misc_max)
{
	char buf[256];
	size_t i;

	DO(cg_create(A));
	DO(cg_read(A, "misc.low", buf, sizeof(buf)));
	if (!*buf)
		SKIP(return, "no resource is protected by misc.low yet");
	EXPECT_STREQ("sgx_epc 0\n", buf);
	HOLDS(cg_write(A, "misc.low", "sgx_epc max"));
	DO(cg_read(A, "misc.low", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc max\n", buf);
	HOLDS(cg_write(A, "misc.low", "sgx_epc 0x3M\n"));
	for (i = 0; i < ARRAY_SIZE(refused_amounts); i++) {
		FAILS(refused_amounts[i].err,
		      cg_write(A, "misc.low", refused_amounts[i].text));
		DO(cg_read(A, "misc.low", buf, sizeof(buf)));
		ASSERT_STREQ("sgx_epc 3145728\n", buf)
			TH_LOG("after \"%s\"", refused_amounts[i].text);
	}
}

/* Names that begin with "misc." in a folder, one bit for each that is in the list. */
static unsigned int misc_files_in(const char *path, const char * const names[],
				  unsigned int *others)
{
	unsigned int seen = 0, i;
	struct dirent *d;
	DIR *dir = opendir(path);

	*others = 0;
	while (dir && (d = readdir(dir))) {
		if (strncmp(d->d_name, "misc.", 5))
			continue;
		for (i = 0; names[i] && strcmp(names[i], d->d_name); i++)
			;
		if (names[i])
			seen |= 1u << i;
		else
			++*others;
	}
	if (dir)
		closedir(dir);
	return seen;
}

/* Repeat a step until it works: the other hierarchy lets go in the background. */
#define EVENTUALLY(step)	EVENTUALLY_FOR(BACKGROUND_MS, step)
#define EVENTUALLY_FOR(ms, step)					\
	({								\
		long end = epc_now_ms() + epc_patience(ms);			\
		int ret_;						\
									\
		while ((ret_ = (step)) && epc_now_ms() < end)		\
			epc_sleep_ms(10);				\
		ret_;							\
	})

/* A hierarchy of v1 goes with its last mount, but not while a child lingers. */
static int give_back(const char *v1)
{
	if (umount(v1))
		return epc_fail(errno, "unmount %s", v1);
	if (!EVENTUALLY_FOR(500, cg_write("", "cgroup.subtree_control", "+misc")))
		return 0;
	if (mount("misc", v1, "cgroup", 0, "misc"))
		return epc_fail(errno, "mount %s", v1);
	return -EBUSY;
}

TEST_F(epc, FILES_cgroup_v1_has_the_files_that_it_has_always_had)
{
	static const char * const child[] = {
		"misc.max", "misc.current", "misc.events", NULL
	};
	static const char * const root[] = { "misc.capacity", NULL };
	static const char v1[] = "/tmp/epc-v1";
	unsigned int others;
	char dir[64];

	/* A controller is in one hierarchy only. */
	DO(cg_purge(TOP));
	DO(cg_write("", "cgroup.subtree_control", "-misc"));
	mkdir(v1, 0755);
	ASSERT_EQ(0, EVENTUALLY(mount("misc", v1, "cgroup", 0, "misc")))
		TH_LOG("mount: %s", strerror(errno));
	snprintf(dir, sizeof(dir), "%s/child", v1);
	EXPECT_EQ(0, mkdir(dir, 0755));

	EXPECT_EQ(7, misc_files_in(dir, child, &others));
	EXPECT_EQ(0, others);
	EXPECT_EQ(1, misc_files_in(v1, root, &others));
	EXPECT_EQ(0, others);

	EXPECT_EQ(0, rmdir(dir));
	ASSERT_EQ(0, EVENTUALLY(give_back(v1))) TH_LOG("%s", epc_why());
	EXPECT_EQ(0, rmdir(v1));
}

TEST_HARNESS_MAIN
