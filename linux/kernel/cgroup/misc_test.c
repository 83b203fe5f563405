// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the misc controller with the resources sev and sev_es, which no
 * machine of the project has. The rule that a test proves is in its name.
 */

#include <linux/string.h>
#include <kunit/test.h>
#include "misc_test.h"

static void FILES_1_without_capacity_there_is_no_resource(struct kunit *test)
{
	static const char *const file[] = {
		"misc.capacity", "misc.current", "misc.peak", A "misc.current",
		A "misc.peak", A "misc.max",
	};
	struct misc_guest guest;
	int i;

	KUNIT_EXPECT_EQ(test, 0, misc_put(A "misc.max", "sev 5"));
	misc_cg_set_capacity(SEV, 0);
	for (i = 0; i < ARRAY_SIZE(file); i++) {
		KUNIT_EXPECT_STREQ_MSG(test, "absent", misc_key(file[i], "sev"),
				       "%s", file[i]);
		KUNIT_EXPECT_STRNEQ_MSG(test, "absent", misc_key(file[i], "sev_es"),
					"%s", file[i]);
	}
	KUNIT_EXPECT_STREQ(test, "absent", misc_key(A "misc.events", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "absent", misc_key(A "misc.events.local", "sev.max"));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_put(A "misc.max", "sev 6"));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_put(A "misc.reclaim", "sev 6"));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_guest_start(&guest, SEV));

	misc_cg_set_capacity(SEV, 10);
	KUNIT_EXPECT_STREQ(test, "5", misc_key(A "misc.max", "sev"));
	KUNIT_EXPECT_STREQ(test, "10", misc_key("misc.capacity", "sev"));
}

static void FILES_1_an_unknown_resource_is_refused(struct kunit *test)
{
	struct misc_cg *cg = get_current_misc_cg();

	KUNIT_EXPECT_EQ(test, -EINVAL, misc_cg_set_capacity(MISC_CG_RES_TYPES, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_cg_try_charge(MISC_CG_RES_TYPES, cg, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_cg_try_charge(-1, cg, 1));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_cg_try_charge(SEV, NULL, 1));
	KUNIT_EXPECT_EQ(test, 0, misc_cg_res_total_usage(MISC_CG_RES_TYPES));
	misc_cg_uncharge(MISC_CG_RES_TYPES, cg, 1);
	misc_cg_uncharge(SEV, NULL, 1);
	put_misc_cg(NULL);
	put_misc_cg(cg);
}

/*
 *	root	5
 *	|-- a	3
 *	|   |-- c	2
 *	|   `-- d	1
 *	`-- b	2
 */
static void CHARGE_1_guests_are_charged_in_all_levels(struct kunit *test)
{
	static const char *const where[] = { C, C, D, B, B };
	struct misc_guest guest[ARRAY_SIZE(where)];
	struct misc_guest other;
	int i;

	for (i = 0; i < ARRAY_SIZE(where); i++)
		KUNIT_ASSERT_EQ(test, 0, misc_guest_start_in(&guest[i], where[i], SEV));
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&other, B, SEV_ES));
	KUNIT_EXPECT_STREQ(test, "2", misc_key(C "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "3", misc_key(A "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "2", misc_key(B "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "5", misc_key("misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "0", misc_key(A "misc.current", "sev_es"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(B "misc.current", "sev_es"));
	KUNIT_EXPECT_EQ(test, 5, misc_cg_res_total_usage(SEV));
	KUNIT_EXPECT_EQ(test, 1, misc_cg_res_total_usage(SEV_ES));

	for (i = 0; i < ARRAY_SIZE(where); i++)
		misc_guest_stop(&guest[i]);
	misc_guest_stop(&other);
	KUNIT_EXPECT_STREQ(test, "0", misc_key(A "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "3", misc_key(A "misc.peak", "sev"));
	KUNIT_EXPECT_STREQ(test, "2", misc_key(C "misc.peak", "sev"));
}

/* a refuses what c would take; the event is a's. */
static void FILES_3_the_nearest_limit_refuses_and_counts(struct kunit *test)
{
	struct misc_guest guest[3];

	KUNIT_ASSERT_EQ(test, 0, misc_put(A "misc.max", "sev 2"));
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&guest[0], C, SEV));
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&guest[1], D, SEV));
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_guest_start_in(&guest[2], C, SEV));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(C "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "2", misc_key(A "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(C "misc.peak", "sev"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.events", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.events.local", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "0", misc_key(C "misc.events", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "0", misc_key(C "misc.events.local", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "absent", misc_key(A "misc.events", "sev.exhausted"));

	/* Nearer is c. What happens there happens below a too. */
	KUNIT_ASSERT_EQ(test, 0, misc_put(C "misc.max", "sev 1"));
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_guest_start_in(&guest[2], C, SEV));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(C "misc.events.local", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.events.local", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "2", misc_key(A "misc.events", "sev.max"));
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&guest[2], C, SEV_ES));
	misc_guest_stop(&guest[0]);
	misc_guest_stop(&guest[1]);
	misc_guest_stop(&guest[2]);
}

static void FILES_3_the_capacity_refuses_in_every_group(struct kunit *test)
{
	struct misc_guest guest[3];

	misc_cg_set_capacity(SEV, 2);
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&guest[0], B, SEV));
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&guest[1], D, SEV));
	/* Too much for the root only, which has no file for it. */
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_guest_start_in(&guest[2], D, SEV));
	KUNIT_EXPECT_STREQ(test, "0", misc_key(A "misc.events", "sev.max"));
	misc_guest_stop(&guest[0]);
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&guest[0], D, SEV));
	/* Too much for d already. */
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_guest_start_in(&guest[2], D, SEV));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(D "misc.events.local", "sev.max"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.events", "sev.max"));
	misc_guest_stop(&guest[0]);
	misc_guest_stop(&guest[1]);
}

static void FILES_3_large_amounts_do_not_wrap_around(struct kunit *test)
{
	struct misc_guest guest;

	misc_cg_set_capacity(SEV, ULONG_MAX);
	KUNIT_ASSERT_EQ(test, 0, misc_guest_start_in(&guest, C, SEV));
	KUNIT_EXPECT_EQ(test, 0, misc_cg_try_charge(SEV, guest.cg, 0));
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_cg_try_charge(SEV, guest.cg, ULONG_MAX));
	KUNIT_EXPECT_PTR_EQ(test, guest.cg, misc_cg_charge_or_limit(SEV, guest.cg, U64_MAX));
	KUNIT_EXPECT_PTR_EQ(test, guest.cg, misc_cg_limiting(SEV, guest.cg, U64_MAX));
	KUNIT_EXPECT_STREQ(test, "1", misc_key("misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(C "misc.peak", "sev"));
	misc_guest_stop(&guest);
}

static void MAX_3_a_lower_limit_touches_no_guest(struct kunit *test)
{
	struct misc_guest guest[3], more;
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, 0, misc_guest_start_in(&guest[i], D, SEV));
	KUNIT_EXPECT_EQ(test, 0, misc_put(A "misc.max", "sev 1"));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.max", "sev"));
	KUNIT_EXPECT_STREQ(test, "3", misc_key(A "misc.current", "sev"));
	KUNIT_EXPECT_STREQ(test, "0", misc_key(A "misc.events", "sev.max"));

	/* Only newcomers feel it, until there is room. */
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_guest_start_in(&more, D, SEV));
	misc_guest_stop(&guest[0]);
	misc_guest_stop(&guest[1]);
	KUNIT_EXPECT_EQ(test, -EBUSY, misc_guest_start_in(&more, D, SEV));
	misc_guest_stop(&guest[2]);
	KUNIT_EXPECT_EQ(test, 0, misc_guest_start_in(&more, D, SEV));
	misc_guest_stop(&more);
	KUNIT_EXPECT_STREQ(test, "3", misc_key(A "misc.peak", "sev"));
}

static void FILES_3_what_misc_max_takes_for_things_that_are_counted(struct kunit *test)
{
	static const struct {
		const char *text;
		int ret;
		const char *shown;
	} line[] = {
		{ "sev 5", 0, "5" },
		{ "sev 5\n", 0, "5" },
		{ "  sev 5", 0, "5" },
		{ "\t sev 5\n\n", 0, "5" },
		{ "sev 0", 0, "0" },
		{ "sev +5", 0, "5" },
		{ "sev 0x10", 0, "16" },
		{ "sev 010", 0, "8" },
		{ "sev max", 0, "max" },
		{ "sev max\n", 0, "max" },
		{ "sev 18446744073709551614", 0, "18446744073709551614" },
		{ "sev 18446744073709551615", 0, "max" },
		{ "sev 18446744073709551616", -ERANGE },
		{ "sev -1", -EINVAL },
		{ "sev 5K", -EINVAL },
		{ "sev  5", -EINVAL },
		{ "sev\t5", -EINVAL },
		{ "sev", -EINVAL },
		{ "sev ", -EINVAL },
		{ "sev 5 6", -EINVAL },
		{ "sev 5\nsev_es 6", -EINVAL },
		{ "sev max max", -EINVAL },
		{ "sev MAX", -EINVAL },
		{ "sev five", -EINVAL },
		{ "sevv 5", -EINVAL },
		{ "SEV 5", -EINVAL },
		{ "5", -EINVAL },
		{ " ", -EINVAL },
		{ "\n", -EINVAL },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(line); i++) {
		KUNIT_ASSERT_EQ(test, 0, misc_put(A "misc.max", "sev 77"));
		KUNIT_EXPECT_EQ_MSG(test, line[i].ret, misc_put(A "misc.max", line[i].text),
				    "\"%s\"", line[i].text);
		KUNIT_EXPECT_STREQ_MSG(test, line[i].shown ?: "77",
				       misc_key(A "misc.max", "sev"), "\"%s\"", line[i].text);
	}
	KUNIT_EXPECT_STREQ(test, "max", misc_key(A "misc.max", "sev_es"));
	KUNIT_EXPECT_EQ(test, 0, misc_put(A "misc.max", "sev_es 3"));
	KUNIT_EXPECT_STREQ(test, "3", misc_key(A "misc.max", "sev_es"));
}

static void FILES_2_what_is_taken_for_bytes(struct kunit *test)
{
	static const struct {
		const char *text;
		int ret;
		u64 value;
	} line[] = {
		{ "sgx_epc 0", 0, 0 },
		{ "sgx_epc 4097\n", 0, 4097 },
		{ "sgx_epc 010", 0, 10 },
		{ "sgx_epc 0x1fK", 0, 31 << 10 },
		{ "sgx_epc 3T", 0, 3ULL << 40 },
		{ "sgx_epc 16777215T", 0, 16777215ULL << 40 },
		{ "sgx_epc 18446744073709551615", 0, U64_MAX },
		{ "sgx_epc max", 0, U64_MAX },
		{ "sgx_epc 18446744073709551616", -ERANGE },
		{ "sgx_epc 16777216T", -ERANGE },
		{ "sgx_epc 99999999999999999999x", -EINVAL },
		{ "sgx_epc +1", -EINVAL },
		{ "sgx_epc -1", -EINVAL },
		{ " sgx_epc 1", -EINVAL },
		{ "sgx_epc  1", -EINVAL },
		{ "sgx_epc 1 ", -EINVAL },
		{ "sgx_epc 1\n\n", -EINVAL },
		{ "sgx_epc 1k", -EINVAL },
		{ "sgx_epc 0x", -EINVAL },
		{ "sgx_epc K", -EINVAL },
		{ "sgx_epc ", -EINVAL },
		{ "sgx_epc", -EINVAL },
		{ "sgx_ep", -EINVAL },
		{ "", -EINVAL },
	};
	struct misc_amount amount;
	enum misc_res_type type;
	char buf[64];
	int i, ret;

	for (i = 0; i < ARRAY_SIZE(line); i++) {
		strscpy(buf, line[i].text, sizeof(buf));
		ret = misc_parse_amount(buf, &type, &amount);
		KUNIT_EXPECT_EQ_MSG(test, line[i].ret, ret, "\"%s\"", line[i].text);
		if (ret)
			continue;
		KUNIT_EXPECT_EQ(test, EPC, type);
		KUNIT_EXPECT_EQ_MSG(test, line[i].value, amount.value, "\"%s\"",
				    line[i].text);
		KUNIT_EXPECT_EQ(test, !!strstr(line[i].text, "max"), amount.max);
	}
}

static void RECLAIM_3_what_cannot_be_reclaimed_is_not_supported(struct kunit *test)
{
	static const char *const line[] = {
		"sev 1", "sev max\n", "sev_es 0", "sev 1 kill=enclaves", "sev 1x",
	};
	struct misc_guest guest;
	int i;

	KUNIT_ASSERT_EQ(test, 0, misc_guest_start_in(&guest, D, SEV));
	for (i = 0; i < ARRAY_SIZE(line); i++) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, misc_put(A "misc.reclaim", line[i]));
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, misc_put("misc.reclaim", line[i]));
	}
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.current", "sev"));
	misc_guest_stop(&guest);

	/* Nor has it what is decided by reclaim. */
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_put(A "misc.exhausted", "sev fail"));
	KUNIT_EXPECT_EQ(test, -EINVAL, misc_put(A "misc.low", "sev 1"));
	KUNIT_EXPECT_STREQ(test, "absent", misc_key(A "misc.exhausted", "sev"));
	KUNIT_EXPECT_STREQ(test, "absent", misc_key(A "misc.low", "sev"));
}

static void CHARGE_4_a_removed_group_stays_charged(struct kunit *test)
{
	struct misc_cg *pos = NULL, *top = get_current_misc_cg();
	struct misc_guest guest;
	bool seen = false;

	KUNIT_ASSERT_EQ(test, 0, misc_guest_start_in(&guest, C, SEV));
	KUNIT_EXPECT_FALSE(test, misc_cg_dying(guest.cg));
	KUNIT_EXPECT_EQ(test, 0, misc_group_change("test-a/test-c", false));
	KUNIT_EXPECT_TRUE(test, misc_cg_dying(guest.cg));
	KUNIT_EXPECT_STREQ(test, "1", misc_key(A "misc.current", "sev"));

	rcu_read_lock();
	while ((pos = misc_cg_next_descendant(pos, top)))
		seen |= pos == guest.cg;
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, seen);

	misc_guest_stop(&guest);
	KUNIT_EXPECT_STREQ(test, "0", misc_key(A "misc.current", "sev"));
	put_misc_cg(top);
}

static struct kunit_case misc_test_cases[] = {
	KUNIT_CASE(FILES_1_without_capacity_there_is_no_resource),
	KUNIT_CASE(FILES_1_an_unknown_resource_is_refused),
	KUNIT_CASE(FILES_2_what_is_taken_for_bytes),
	KUNIT_CASE(FILES_3_what_misc_max_takes_for_things_that_are_counted),
	KUNIT_CASE(FILES_3_the_nearest_limit_refuses_and_counts),
	KUNIT_CASE(FILES_3_the_capacity_refuses_in_every_group),
	KUNIT_CASE(FILES_3_large_amounts_do_not_wrap_around),
	KUNIT_CASE(CHARGE_1_guests_are_charged_in_all_levels),
	KUNIT_CASE(CHARGE_4_a_removed_group_stays_charged),
	KUNIT_CASE(MAX_3_a_lower_limit_touches_no_guest),
	KUNIT_CASE(RECLAIM_3_what_cannot_be_reclaimed_is_not_supported),
	{ }
};

static struct kunit_suite misc_test_suite = {
	.name		= "misc_cgroup",
	.init		= misc_test_init,
	.exit		= misc_test_exit,
	.test_cases	= misc_test_cases,
};

kunit_test_suite(misc_test_suite);
