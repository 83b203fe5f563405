// SPDX-License-Identifier: GPL-2.0
/* Unit tests of what the misc controller asks of the provider of a resource. */

#include <linux/delay.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <kunit/test.h>
#include "misc_test.h"

/* A provider that can do everything, and what it was told last. */
static struct {
	atomic_t	alive;
	void		*low;
	void		*offline;
	void		*reclaim;
	u64		bytes;
	unsigned int	words;
	int		ret;
} told;

static void *provider_alloc(struct misc_cg *cg, void *parent)
{
	atomic_inc(&told.alive);
	return cg;
}

static void provider_free(void *priv)
{
	atomic_dec(&told.alive);
}

static void provider_low_changed(void *priv)
{
	told.low = priv;
}

/* Groups of the test before, from when there was no provider, may go late. */
static void provider_offline(void *priv)
{
	if (priv)
		WRITE_ONCE(told.offline, priv);
}

static void provider_show(void *priv, struct seq_file *sf)
{
	seq_puts(sf, "sev.shown 1\n");
}

static int provider_reclaim(void *priv, u64 bytes, unsigned int words)
{
	told.reclaim = priv;
	told.bytes = bytes;
	told.words = words;
	return told.ret;
}

static const struct misc_res_ops provider_ops = {
	.alloc		= provider_alloc,
	.free		= provider_free,
	.low_changed	= provider_low_changed,
	.offline	= provider_offline,
	.stat_show	= provider_show,
	.holders_show	= provider_show,
	.reclaim	= provider_reclaim,
};

#define E	"test-b/test-e/"

/* What happens in the background, which may be far behind on a busy host. */
#define expect_soon(test, condition)					\
	do {								\
		int tries_;						\
									\
		for (tries_ = 0; !(condition) && tries_ < MISC_TRIES; tries_++) \
			msleep(20);					\
		KUNIT_EXPECT_TRUE(test, condition);			\
	} while (0)

static void RECLAIM_1_a_provider_is_told_how_much_and_by_what(struct kunit *test)
{
	static const struct {
		const char *text;
		u64 bytes;
		unsigned int words;
	} line[] = {
		{ "sev 3", 3, 0 },
		{ "sev 4K\n", 4096, 0 },
		{ "sev 1 kill=enclaves", 1, MISC_RECLAIM_KILL_ENCLAVES },
		{ "sev 1 revoke=vepc", 1, MISC_RECLAIM_REVOKE_VEPC },
		{ "sev max revoke=vepc kill=enclaves\n", U64_MAX,
		  MISC_RECLAIM_REVOKE_VEPC | MISC_RECLAIM_KILL_ENCLAVES },
		{ "sev max", U64_MAX, 0 },
		/* The highest number is not the word. */
		{ "sev 18446744073709551615", U64_MAX - 1, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(line); i++) {
		told.ret = 0;
		KUNIT_EXPECT_EQ(test, 0, misc_put(E "misc.reclaim", line[i].text));
		KUNIT_EXPECT_EQ_MSG(test, line[i].bytes, told.bytes, "\"%s\"", line[i].text);
		KUNIT_EXPECT_EQ_MSG(test, line[i].words, told.words, "\"%s\"", line[i].text);
		told.ret = -EAGAIN;
		KUNIT_EXPECT_EQ(test, -EAGAIN, misc_put(E "misc.reclaim", line[i].text));
	}
	told.reclaim = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_put(E "misc.reclaim", "sev 1 kill"));
	KUNIT_EXPECT_EQ(test, -ERANGE, misc_put(E "misc.reclaim", "sev 16777216T"));
	KUNIT_EXPECT_PTR_EQ(test, NULL, told.reclaim);
}

static void FILES_a_provider_has_its_lines(struct kunit *test)
{
	KUNIT_EXPECT_STREQ(test, "1", misc_key(E "misc.stat", "sev.shown"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(E "misc.enclaves", "sev.shown"));
	KUNIT_EXPECT_STREQ(test, "kill", misc_key(E "misc.exhausted", "sev"));
	KUNIT_EXPECT_EQ(test, 0, misc_put(E "misc.exhausted", "sev fail\n"));
	KUNIT_EXPECT_STREQ(test, "fail", misc_key(E "misc.exhausted", "sev"));
	KUNIT_EXPECT_STREQ(test, "absent", misc_key(E "misc.exhausted", "sev_es"));
}

static void CHARGE_4_low_of_a_removed_group_is_0(struct kunit *test)
{
	struct misc_guest guest;

	KUNIT_EXPECT_STREQ(test, "0", misc_key(E "misc.low", "sev"));
	KUNIT_EXPECT_EQ(test, 0, misc_put(E "misc.low", "sev max"));
	KUNIT_EXPECT_STREQ(test, "max", misc_key(E "misc.low", "sev"));
	KUNIT_EXPECT_EQ(test, 0, misc_put(E "misc.low", "sev 5"));
	KUNIT_EXPECT_STREQ(test, "5", misc_key(E "misc.low", "sev"));

	KUNIT_ASSERT_EQ(test, 0, misc_guest_start_in(&guest, E, SEV));
	KUNIT_EXPECT_PTR_EQ(test, (void *)guest.cg, told.low);
	KUNIT_EXPECT_EQ(test, 5, misc_cg_low(SEV, guest.cg));
	KUNIT_EXPECT_EQ(test, 0, misc_group_change("test-b/test-e", false));
	expect_soon(test, READ_ONCE(told.offline) == guest.cg);
	KUNIT_EXPECT_EQ(test, 0, misc_cg_low(SEV, guest.cg));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&told.alive));
	misc_guest_stop(&guest);
	expect_soon(test, !atomic_read(&told.alive));
}

/* The same, with a group that has the provider. */
static int provider_test_init(struct kunit *test)
{
	int ret = misc_test_init(test);

	memset(&told, 0, sizeof(told));
	misc_res_info[SEV].ops = &provider_ops;
	return ret ?: misc_put(B "cgroup.subtree_control", "+misc") ?:
	       misc_group_change("test-b/test-e", true);
}

static void provider_test_exit(struct kunit *test)
{
	misc_group_change("test-b/test-e", false);
	expect_soon(test, !atomic_read(&told.alive));
	misc_res_info[SEV].ops = NULL;
	misc_test_exit(test);
}

static struct kunit_case provider_test_cases[] = {
	KUNIT_CASE(RECLAIM_1_a_provider_is_told_how_much_and_by_what),
	KUNIT_CASE(FILES_a_provider_has_its_lines),
	KUNIT_CASE(CHARGE_4_low_of_a_removed_group_is_0),
	{ }
};

static struct kunit_suite provider_test_suite = {
	.name		= "misc_cgroup_provider",
	.init		= provider_test_init,
	.exit		= provider_test_exit,
	.test_cases	= provider_test_cases,
};

kunit_test_suite(provider_test_suite);
