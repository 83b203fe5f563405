// SPDX-License-Identifier: GPL-2.0
/*
 * FILES-1 on a machine without SGX: EPC has no capacity there, so it is in no
 * file, and nobody can set a limit for it.
 */
#include "harness.h"

#include "cgroup.h"

#define GROUP	"epc-test"

FIXTURE(noepc) {
	int unused;
};

FIXTURE_SETUP(noepc)
{
	ASSERT_EQ(0, cg_purge(GROUP)) TH_LOG("%s", epc_why());
	ASSERT_EQ(0, cg_create(GROUP)) TH_LOG("%s", epc_why());
}

FIXTURE_TEARDOWN(noepc)
{
	EXPECT_EQ(0, cg_purge(GROUP)) TH_LOG("%s", epc_why());
}

TEST_F(noepc, FILES_1_the_machine_has_no_enclaves)
{
	EXPECT_NE(0, access("/dev/sgx_enclave", F_OK));
	EXPECT_NE(0, access("/dev/sgx_vepc", F_OK));
}

TEST_F(noepc, FILES_1_all_files_are_empty)
{
	static const struct {
		const char *group, *file;
	} files[] = {
		{ "", "misc.capacity" },
		{ "", "misc.current" },
		{ "", "misc.peak" },
		{ GROUP, "misc.current" },
		{ GROUP, "misc.peak" },
		{ GROUP, "misc.max" },
		{ GROUP, "misc.events" },
		{ GROUP, "misc.events.local" },
	};
	char buf[4096];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, cg_read(files[i].group, files[i].file, buf, sizeof(buf)))
			TH_LOG("%s", epc_why());
		EXPECT_STREQ("", buf) TH_LOG("reading file %zu", i);
	}
}

TEST_F(noepc, FILES_1_no_limit_can_be_set)
{
	static const char * const texts[] = {
		"sgx_epc max", "sgx_epc 0", "sgx_epc 1M", "sgx_epc 1x",
		"sgx_epc 18446744073709551616",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		EXPECT_EQ(-EINVAL, cg_write(GROUP, "misc.max", texts[i]))
			TH_LOG("%s", epc_why());
}

TEST_HARNESS_MAIN
