// SPDX-License-Identifier: GPL-2.0
/* What operators see, and who may write what: STAT and SAFE-1. */
#include <stdlib.h>
#include <linux/cgroup.h>
#include <linux/seq_file.h>
#include <linux/tracepoint.h>
#include "world.h"

static struct cgroup *a, *b;

static int stat_init(struct kunit *test)
{
	world_init(256);
	a = world_group("a");
	b = world_group("a/b");
	return 0;
}

static const char *read_file(struct cgroup *cgrp, const char *file)
{
	static char text[4096];

	if (harness_read(cgrp, file, text, sizeof(text)))
		return "cannot be read";
	return text;
}

static void STAT_the_gauges_add_up_to_current(struct kunit *test)
{
	struct vm_area_struct *vma;
	struct tenant tenant;
	struct file *guest;
	u64 reclaimable, vepc, rest;
	int i;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 20));
	guest = harness_vepc_open();
	vma = harness_mmap(guest, 7);
	for (i = 0; i < 7; i++)
		KUNIT_EXPECT_EQ(test, 0, harness_touch(vma, i));
	reclaimable = world_stat(a, "sgx_epc.reclaimable");
	vepc = world_stat(a, "sgx_epc.vepc");
	rest = world_stat(a, "sgx_epc.unreclaimable");
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(20), reclaimable);
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(7), vepc);
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(2), rest);
	KUNIT_EXPECT_EQ(test, harness_value(a, "misc.current", "sgx_epc"),
			reclaimable + vepc + rest);
	/* Gauges that are ahead of the usage are cut to it. */
	world_sgx(a)->nr_reclaimable += 100;
	KUNIT_EXPECT_EQ(test, PAGE_BYTES(29), world_stat(a, "sgx_epc.reclaimable"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.vepc"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(a, "sgx_epc.unreclaimable"));
	world_sgx(a)->nr_reclaimable -= 100;
	harness_munmap(vma);
	fput(guest);
	tenant_end(&tenant);
}

static void STAT_counters_outlive_a_child(struct kunit *test)
{
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 20));
	KUNIT_EXPECT_EQ(test, 0, harness_write(b, "misc.reclaim", "sgx_epc 40K"));
	KUNIT_EXPECT_EQ(test, 0, tenant_touch(&tenant));
	tenant_end(&tenant);
	world_enter(harness_cgroup_root());
	KUNIT_EXPECT_EQ(test, 0, harness_rmdir("a/b"));
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 10ULL, world_stat(a, "sgx_epc.evicted"));
	KUNIT_EXPECT_EQ(test, 10ULL, world_stat(a, "sgx_epc.loaded"));
	KUNIT_EXPECT_EQ(test, 10ULL, world_stat(a, "sgx_epc.scanned"));
	KUNIT_EXPECT_EQ(test, 10ULL, world_stat(harness_cgroup_root(), "sgx_epc.evicted"));
}

static void STAT_keys_in_a_fixed_order(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, "sgx_epc.reclaimable 0\nsgx_epc.vepc 0\n"
			   "sgx_epc.unreclaimable 0\nsgx_epc.evicted 0\nsgx_epc.loaded 0\n"
			   "sgx_epc.scanned 0\nsgx_epc.skipped 0\nsgx_epc.wait_usec 0\n",
			   read_file(a, "misc.stat"));
	KUNIT_EXPECT_TRUE(test, strstr(read_file(harness_cgroup_root(), "misc.stat"),
				       "wait_usec 0\nsgx_epc.exhausted 0\nsgx_epc.leaked 0\n"
				       "sgx_epc.poisoned 0\n") != NULL);
	KUNIT_EXPECT_STREQ(test, "sgx_epc.max 0\nsgx_epc.exhausted 0\nsgx_epc.kill 0\n"
			   "sgx_epc.revoke 0\n", read_file(a, "misc.events"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc kill\n", read_file(a, "misc.exhausted"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc 0\n", read_file(a, "misc.low"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc max\n", read_file(a, "misc.max"));
}

static const char *fdinfo(struct file *file, bool vepc)
{
	static char text[1024];
	struct seq_file sf = { };

	if (vepc)
		sgx_vepc_show_fdinfo(&sf, file);
	else
		sgx_encl_show_fdinfo(&sf, file);
	strscpy(text, sf.buf, sizeof(text));
	free(sf.buf);
	return text;
}

static void STAT_fdinfo_of_an_enclave_in_all_its_states(struct kunit *test)
{
	struct file *file = harness_encl_open();
	int i;

	world_enter(b);
	/* It belongs nowhere before it is created. */
	KUNIT_EXPECT_STREQ(test, "sgx-type:\tenclave\nsgx-state:\tbuilding\nsgx-size:\t0 KiB\n"
			   "sgx-resident:\t0 KiB\nsgx-written-out:\t0 KiB\n", fdinfo(file, false));
	KUNIT_ASSERT_EQ(test, 0, harness_encl_create(file, 16));
	for (i = 0; i < 8; i++)
		KUNIT_ASSERT_EQ(test, 0, harness_encl_add(file, i));
	KUNIT_EXPECT_STREQ(test, "sgx-type:\tenclave\nsgx-state:\tbuilding\nsgx-size:\t64 KiB\n"
			   "sgx-resident:\t40 KiB\nsgx-written-out:\t0 KiB\nsgx-cgroup:\t/a/b\n",
			   fdinfo(file, false));
	KUNIT_ASSERT_EQ(test, 0, harness_encl_init(file));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 12K"));
	world_enter(a);
	KUNIT_EXPECT_EQ(test, 0, harness_rmdir("a/b"));
	harness_run_work();
	KUNIT_EXPECT_STREQ(test, "sgx-type:\tenclave\nsgx-state:\trunning\nsgx-size:\t64 KiB\n"
			   "sgx-resident:\t28 KiB\nsgx-written-out:\t12 KiB\n"
			   "sgx-cgroup:\t/a/b (deleted)\n", fdinfo(file, false));
	KUNIT_EXPECT_EQ(test, 7L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	KUNIT_EXPECT_STREQ(test, "sgx-type:\tenclave\nsgx-state:\tkilled\nsgx-size:\t64 KiB\n"
			   "sgx-resident:\t0 KiB\nsgx-written-out:\t0 KiB\n"
			   "sgx-cgroup:\t/a/b (deleted)\n", fdinfo(file, false));
	fput(file);
}

static void STAT_a_path_that_has_no_memory_is_left_out(struct kunit *test)
{
	struct seq_file sf = { };
	struct tenant tenant;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, a, 4));
	harness_fail_nth_alloc(1);
	sgx_encl_show_fdinfo(&sf, tenant.file);
	KUNIT_EXPECT_TRUE(test, harness_alloc_failed());
	KUNIT_EXPECT_TRUE(test, strstr(sf.buf, "sgx-written-out") && !strstr(sf.buf, "sgx-cgroup"));
	free(sf.buf);
	tenant_end(&tenant);
}

static void STAT_misc_enclaves_lists_the_groups_own(struct kunit *test)
{
	struct task_struct *creator = harness_task_new("creator", a), *me;
	struct vm_area_struct *vma;
	struct tenant tenant;
	char expected[512];
	struct file *guest;

	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 20));
	me = harness_become(creator);
	creator->mm = me->mm;
	guest = harness_vepc_open();
	vma = harness_mmap(guest, 10);
	KUNIT_EXPECT_EQ(test, 0, harness_touch(vma, 9));
	harness_become(me);
	snprintf(expected, sizeof(expected),
		 "2 type=vepc state=running size=40960 resident=4096 written_out=0 pid=%d\n",
		 creator->pid->nr);
	KUNIT_EXPECT_STREQ(test, expected, read_file(a, "misc.enclaves"));
	KUNIT_EXPECT_STREQ(test, "sgx-type:\tvepc\nsgx-state:\trunning\nsgx-size:\t40 KiB\n"
			   "sgx-resident:\t4 KiB\nsgx-written-out:\t0 KiB\nsgx-cgroup:\t/a\n",
			   fdinfo(guest, true));
	snprintf(expected, sizeof(expected),
		 "1 type=enclave state=running size=81920 resident=90112 written_out=0 pid=%d\n",
		 me->pid->nr);
	KUNIT_EXPECT_STREQ(test, expected, read_file(b, "misc.enclaves"));
	KUNIT_EXPECT_STREQ(test, "", read_file(harness_cgroup_root(), "misc.enclaves"));

	/* The creator is gone, the instance is not. */
	harness_task_free(creator);
	KUNIT_EXPECT_STREQ(test,
			   "2 type=vepc state=running size=40960 resident=4096 written_out=0 pid=0\n",
			   read_file(a, "misc.enclaves"));
	KUNIT_EXPECT_EQ(test, 1L, sgx_cgroup_revoke_one(world_sgx(a), U64_MAX));
	KUNIT_EXPECT_TRUE(test, strstr(read_file(a, "misc.enclaves"), "state=revoked") != NULL);
	harness_munmap(vma);
	fput(guest);
	KUNIT_EXPECT_STREQ(test, "", read_file(a, "misc.enclaves"));
	tenant_end(&tenant);
}

static void STAT_tracepoints_say_what_happened(struct kunit *test)
{
	struct tenant tenant;
	char expected[256];

	harness_tracing = true;
	KUNIT_ASSERT_EQ(test, 0, tenant_build(&tenant, b, 20));
	KUNIT_EXPECT_STREQ(test, "", harness_last_trace());
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.reclaim", "sgx_epc 12K"));
	snprintf(expected, sizeof(expected),
		 "sgx_epc_reclaim: target=%llu looked=3 freed=3 young=0", a->id);
	KUNIT_EXPECT_STREQ(test, expected, harness_last_trace());
	KUNIT_EXPECT_EQ(test, 19L, sgx_cgroup_kill_one(world_sgx(a), U64_MAX));
	snprintf(expected, sizeof(expected),
		 "sgx_encl_kill: limiting=%llu cgroup=%llu id=1 pages=19", a->id, b->id);
	KUNIT_EXPECT_STREQ(test, expected, harness_last_trace());
	tenant_end(&tenant);

	KUNIT_EXPECT_EQ(test, 0, world_set(a, "misc.max", 1));
	KUNIT_EXPECT_EQ(test, -ENOMEM, tenant_create(&tenant, b, 1));
	KUNIT_EXPECT_TRUE(test, strstr(harness_last_trace(), "sgx_epc_re") != NULL);
	harness_tracing = false;
}

static unsigned int flags_of(const char *name)
{
	struct cftype *cft;

	for (cft = misc_cgrp_subsys.dfl_cftypes; cft->name[0]; cft++) {
		if (!strcmp(cft->name, name))
			return cft->flags;
	}
	return ~0;
}

static void SAFE_1_what_is_delegated(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, flags_of("reclaim") & CFTYPE_NS_DELEGATABLE);
	KUNIT_EXPECT_TRUE(test, flags_of("exhausted") & CFTYPE_NS_DELEGATABLE);
	KUNIT_EXPECT_FALSE(test, flags_of("max") & CFTYPE_NS_DELEGATABLE);
	KUNIT_EXPECT_FALSE(test, flags_of("low") & CFTYPE_NS_DELEGATABLE);
}

static void FILES_2_refused_writes_change_nothing(struct kunit *test)
{
	static const char *const bad[] = {
		"sgx_epc", "sgx_epc ", "sgx_epc 1 ", "sgx_epc -1", "sgx_epc maximum", "sgx_epc 1k",
		"sgx_epc 1\n1", "sev", " sgx_epc 1", "sgx_epc\t1", "epc 1", "",
	};
	static const char *const bad_words[] = {
		"sgx_epc 1 kill", "sgx_epc 1  kill=enclaves", "sgx_epc 1 kill=enclaves kill=enclaves",
		"sgx_epc 1 kill=enclaves ", "sgx_epc kill=enclaves", "sgx_epc 1 KILL=ENCLAVES",
	};
	unsigned int i;

	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.max", "sgx_epc 0x10K\n"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.low", "sgx_epc 007"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.exhausted", "sgx_epc fail\n"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, harness_write(a, "misc.max", bad[i]), "%s", bad[i]);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, harness_write(a, "misc.low", bad[i]), "%s", bad[i]);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, harness_write(a, "misc.exhausted", bad[i]), "%s",
				    bad[i]);
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, harness_write(a, "misc.reclaim", bad[i]), "%s",
				    bad[i]);
	}
	for (i = 0; i < ARRAY_SIZE(bad_words); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, harness_write(a, "misc.reclaim", bad_words[i]),
				    "%s", bad_words[i]);
	KUNIT_EXPECT_EQ(test, -ERANGE, harness_write(a, "misc.max", "sgx_epc 16777216T"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc 16384\n", read_file(a, "misc.max"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc 7\n", read_file(a, "misc.low"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc fail\n", read_file(a, "misc.exhausted"));
}

static void FILES_2_the_word_is_shown_only_where_nothing_limits(struct kunit *test)
{
	struct misc_amount *low = &world_misc(a)->res[MISC_CG_RES_SGX_EPC].low;

	KUNIT_EXPECT_STREQ(test, "sgx_epc max\n", read_file(a, "misc.max"));
	KUNIT_EXPECT_EQ(test, 0, harness_write(a, "misc.max", "sgx_epc 18446744073709551615"));
	KUNIT_EXPECT_STREQ(test, "sgx_epc 18446744073709551615\n", read_file(a, "misc.max"));

	/* What is left when one writes the word and another a number at the same time. */
	low->max = true;
	low->value = 4096;
	KUNIT_EXPECT_STREQ(test, "sgx_epc 4096\n", read_file(a, "misc.low"));
}

static void FILES_1_without_epc_there_is_no_line(struct kunit *test)
{
	static const char *const file[] = {
		"misc.max", "misc.low", "misc.exhausted", "misc.current", "misc.peak", "misc.events",
		"misc.events.local", "misc.stat", "misc.enclaves",
	};
	unsigned int i;

	sgx_cgroup_exit();
	for (i = 0; i < ARRAY_SIZE(file); i++)
		KUNIT_EXPECT_STREQ_MSG(test, "", read_file(a, file[i]), "%s", file[i]);
	KUNIT_EXPECT_EQ(test, -EINVAL, harness_write(a, "misc.max", "sgx_epc 1"));
	KUNIT_EXPECT_EQ(test, -EINVAL, harness_write(a, "misc.reclaim", "sgx_epc 1"));
	KUNIT_EXPECT_EQ(test, 0, sgx_cgroup_init());
}

static struct kunit_case stat_cases[] = {
	KUNIT_CASE(STAT_the_gauges_add_up_to_current),
	KUNIT_CASE(STAT_counters_outlive_a_child),
	KUNIT_CASE(STAT_keys_in_a_fixed_order),
	KUNIT_CASE(STAT_fdinfo_of_an_enclave_in_all_its_states),
	KUNIT_CASE(STAT_a_path_that_has_no_memory_is_left_out),
	KUNIT_CASE(STAT_misc_enclaves_lists_the_groups_own),
	KUNIT_CASE(STAT_tracepoints_say_what_happened),
	KUNIT_CASE(SAFE_1_what_is_delegated),
	KUNIT_CASE(FILES_1_without_epc_there_is_no_line),
	KUNIT_CASE(FILES_2_refused_writes_change_nothing),
	KUNIT_CASE(FILES_2_the_word_is_shown_only_where_nothing_limits),
	{ }
};

static struct kunit_suite stat_suite = {
	.name		= "stat",
	.init		= stat_init,
	.exit		= world_exit,
	.test_cases	= stat_cases,
};

kunit_test_suite(stat_suite);
