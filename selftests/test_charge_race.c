// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-3: charges that fit never make each other fail, and nobody ever sees
 * a usage that was not really charged.  A controller that adds first and takes
 * back what was too much fails here.
 */
#include "epc.h"
#include "sampler.h"

#define BUILDERS	6

/* Times, heap: build and destroy that often; all have to succeed. */
static long build_again_and_again(struct tenant_self *self,
				  const uint64_t arg[4])
{
	struct encl_geometry geo = { .heap = arg[1] };
	uint64_t i;
	int ret;

	for (i = 0; i < arg[0]; i++) {
		ret = encl_build(&self->encl[0], &geo);
		if (ret)
			return ret;
		encl_destroy(&self->encl[0]);
	}
	return 0;
}

/* Milliseconds: create enclaves that are refused, all the time. */
static long be_refused_again_and_again(struct tenant_self *self,
				       const uint64_t arg[4])
{
	long end = epc_now_ms() + arg[0];
	struct encl_geometry geo = { .heap = 1 };
	long times = 0;
	int ret;

	ret = encl_open(&self->encl[0], &geo);
	while (!ret && epc_now_ms() < end) {
		ret = encl_create(&self->encl[0]);
		if (ret != -ENOMEM)
			return ret ? ret : epc_fail(EEXIST, "CREATE succeeded");
		times++;
		ret = 0;
	}
	encl_destroy(&self->encl[0]);
	return ret ? ret : times;
}

static void start_builders(struct tenant *t, const char *group, int nr,
			   struct __test_metadata *_metadata)
{
	int i;

	for (i = 0; i < nr; i++)
		DO(tenant_start(&t[i], group));
}

/*
 *   TOP
 *    `-- a   max = six enclaves, to the page; six builders
 */
TEST_F_TIMEOUT(epc, CHARGE_3_enclaves_that_fit_exactly_never_fail, 120)
{
	uint64_t heap = 120, each, refusals, peak;
	struct tenant t[BUILDERS] = {};
	struct sampler s;
	int round, i;

	each = encl_built_pages(heap, 1);
	DO(cg_create(A));
	DO(cg_set_max(A, BUILDERS * each * PAGE));
	start_builders(t, A, BUILDERS, _metadata);
	DO(sampler_start(&s, A));
	for (round = 0; round < 5; round++) {
		for (i = 0; i < BUILDERS; i++)
			DO(tenant_post(&t[i], tn_build, 0, heap, 0, 1));
		for (i = 0; i < BUILDERS; i++)
			HOLDS(tenant_answer(&t[i], 60000));
		HOLDS(books_match(0));
		EXPECT_EQ(BUILDERS * each, cg_pages(A));
		for (i = 0; i < BUILDERS; i++)
			DO(tenant_do(&t[i], tn_destroy, 0));
		HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 3000));
	}
	sampler_stop(&s);
	EXPECT_EQ(0, s.errors);
	EXPECT_LT(20, s.samples);
	EXPECT_EQ(BUILDERS * each, s.highest);
	DO(cg_peak(A, &peak));
	EXPECT_EQ(BUILDERS * each * PAGE, peak);
	DO(cg_events_max(A, &refusals));
	EXPECT_EQ(0, refusals);
	for (i = 0; i < BUILDERS; i++)
		DO(tenant_stop(&t[i]));
}

/*
 *   TOP      max = two thirds of what all six builders want
 *    |-- a   three builders
 *    `-- b   three builders
 */
TEST_F_TIMEOUT(epc, CHARGE_3_usage_never_exceeds_a_limit_under_contention, 120)
{
	uint64_t heap = 300, each, max, peak;
	struct tenant t[BUILDERS] = {};
	struct sampler s;
	int i;

	each = encl_built_pages(heap, 1);
	max = BUILDERS * each * 2 / 3;
	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(TOP, max * PAGE));
	start_builders(t, A, BUILDERS / 2, _metadata);
	start_builders(t + BUILDERS / 2, B, BUILDERS / 2, _metadata);
	DO(sampler_start(&s, TOP));
	for (i = 0; i < BUILDERS; i++)
		DO(tenant_post(&t[i], tn_build, 0, heap, 0, 1));
	for (i = 0; i < BUILDERS; i++)
		HOLDS(tenant_answer(&t[i], 60000));
	for (i = 0; i < BUILDERS; i++)
		DO(tenant_post(&t[i], tn_fill, 0, i, 0, heap));
	for (i = 0; i < BUILDERS; i++)
		HOLDS(tenant_answer(&t[i], 60000));
	for (i = 0; i < BUILDERS; i++)
		HOLDS(tenant_do(&t[i], tn_verify, 0, i, 0, heap));
	sampler_stop(&s);

	EXPECT_GE(max, s.highest);
	DO(cg_peak(TOP, &peak));
	EXPECT_GE(max * PAGE, peak);
	EXPECT_LT(max * PAGE / 2, peak);
	HOLDS(books_match(0));
	EXPECT_EQ(cg_pages(TOP), cg_pages(A) + cg_pages(B));
	for (i = 0; i < BUILDERS; i++)
		DO(tenant_stop(&t[i]));
}

/*
 *   TOP      max = what a has, and what the builders in b need, to the page
 *    |-- a   full of pages of guests; two tenants are refused all the time
 *    `-- b   two builders: everything they ask for fits
 *
 * What a is refused must not be seen at TOP, not even for a moment.
 */
TEST_F_TIMEOUT(epc, CHARGE_3_refusals_below_do_not_disturb_a_neighbour, 120)
{
	uint64_t heap = 100, each, refusals, used = 64;
	struct tenant guest = TENANT_NONE, a[2] = {}, b[2] = {};
	struct sampler s;
	int i;

	each = encl_built_pages(heap, 1);
	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, used * PAGE));
	DO(cg_set_max(TOP, (used + 2 * each) * PAGE));
	DO(tenant_start(&guest, A));
	start_builders(a, A, 2, _metadata);
	start_builders(b, B, 2, _metadata);
	DO(tenant_do(&guest, tn_vepc_open, used));
	ASSERT_EQ(used, tenant_do(&guest, tn_vepc_touch, 0, used));

	DO(sampler_start(&s, TOP));
	for (i = 0; i < 2; i++) {
		DO(tenant_post(&a[i], be_refused_again_and_again, epc_patience(5000)));
		DO(tenant_post(&b[i], build_again_and_again, 20, heap));
	}
	for (i = 0; i < 2; i++)
		HOLDS(tenant_answer(&b[i], 60000));
	/* Often, but how often is a matter of how long each of them waits. */
	for (i = 0; i < 2; i++)
		EXPECT_LT(20, tenant_answer(&a[i], 60000)) TH_LOG("%s", epc_why());
	sampler_stop(&s);

	EXPECT_GE(used + 2 * each, s.highest);
	DO(cg_events_local_max(TOP, &refusals));
	EXPECT_EQ(0, refusals);
	DO(cg_events_local_max(B, &refusals));
	EXPECT_EQ(0, refusals);
	DO(cg_events_local_max(A, &refusals));
	EXPECT_LT(40, refusals);
	EXPECT_EQ(used, cg_pages(A));
	DO(tenant_stop(&guest));
	for (i = 0; i < 2; i++) {
		DO(tenant_stop(&a[i]));
		DO(tenant_stop(&b[i]));
	}
}

TEST_HARNESS_MAIN
