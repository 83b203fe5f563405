// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-3 under every schedule: charges beside charges, uncharges and a lowered limit.
 *
 *        p   limit for 3
 *       / \
 *      a   b
 */

#include "sched.h"
#include "../tests/world.h"

#define PAGES	3

static struct cgroup *p, *a, *b;
static bool refused[SCHED_MAX_THREADS];
static u64 seen;

static struct misc_cg *charge(struct cgroup *cgrp, u64 pages)
{
	return misc_cg_charge_or_limit(MISC_CG_RES_SGX_EPC, world_misc(cgrp), pages * PAGE_SIZE);
}

static void uncharge(struct cgroup *cgrp, u64 pages)
{
	misc_cg_uncharge(MISC_CG_RES_SGX_EPC, world_misc(cgrp), pages * PAGE_SIZE);
}

static u64 usage(struct cgroup *cgrp)
{
	return misc_cg_usage(MISC_CG_RES_SGX_EPC, world_misc(cgrp)) / PAGE_SIZE;
}

static void setup(void)
{
	p = world_group("p");
	a = world_group("p/a");
	b = world_group("p/b");
	world_set(p, "misc.max", PAGES);
	memset(refused, 0, sizeof(refused));
	seen = 0;
}

static void expect(bool good, const char *what)
{
	if (!good)
		harness_fail("CHARGE-3: %s: p has %llu, a %llu, b %llu, seen %llu, refused %d %d %d", what,
			     usage(p), usage(a), usage(b), seen, refused[0], refused[1], refused[2]);
}

static void take_down(void)
{
	uncharge(a, usage(a));
	uncharge(b, usage(b));
	harness_rmdir("p/a");
	harness_rmdir("p/b");
	harness_rmdir("p");
	harness_run_work();
}

/* Two take all that there is, and each leaves the other's part alone. */
static void a_takes_1(void *unused)
{
	refused[0] = charge(a, 1);
}

static void b_takes_2(void *unused)
{
	refused[1] = charge(b, 2);
}

static void both_fit(void)
{
	expect(!refused[0] && !refused[1], "a charge that fits is refused");
	expect(usage(p) == PAGES, "the parent has what its children have");
	take_down();
}

/* One that is refused neither stands in the way of others, nor is it seen by anybody. */
static void a_takes_too_much(void *unused)
{
	refused[0] = charge(a, PAGES + 1);
}

static void p_is_watched(void *unused)
{
	u64 now;
	int i;

	for (i = 0; i < 3; i++) {
		now = usage(p);
		seen = max(seen, now);
		now = usage(a);
		seen = max(seen, now);
	}
}

static void only_one_is_refused(void)
{
	expect(refused[0], "a charge that never fits is let in");
	expect(!refused[1], "a charge that fits is refused for one that does not");
	expect(seen <= 2, "a refused charge was seen");
	expect(usage(p) == 2 && !usage(a), "a refused charge is left");
	take_down();
}

/* What is taken back is missing at no level, and no level has too much of it. */
static void a_comes_and_goes(void *unused)
{
	refused[0] = charge(a, 2);
	if (!refused[0])
		uncharge(a, 2);
}

static void b_comes_and_goes(void *unused)
{
	refused[1] = charge(b, 1);
	if (!refused[1])
		uncharge(b, 1);
}

static void nothing_is_left(void)
{
	expect(!refused[0] && !refused[1], "a charge that fits is refused");
	expect(!usage(p) && !usage(a) && !usage(b), "a charge is left");
	expect(seen <= PAGES, "more was seen than was charged");
	take_down();
}

/* Which of two that do not fit together comes first is all that can differ. */
static void b_takes_3(void *unused)
{
	refused[1] = charge(b, 3);
}

static void one_of_two(void)
{
	expect(refused[0] != refused[1], "of two that do not fit together not one got in");
	expect(usage(p) == (refused[0] ? 3 : 1), "the limit is exceeded or something is lost");
	take_down();
}

/* A limit that is lowered refuses from then on, and a charge is seen before or after. */
static void p_is_lowered(void *unused)
{
	world_set(p, "misc.max", 1);
	refused[2] = charge(a, 1);
}

static void lowered_limit_holds(void)
{
	bool before = !refused[1];

	expect(!before || usage(b) == 2, "something is lost");
	expect(before == refused[2], "a charge exceeds the limit that was lowered before it");
	take_down();
}

/* After a higher usage than the limit allows now, too. */
static void setup_high(void)
{
	setup();
	charge(a, PAGES);
	uncharge(a, PAGES);
}

static const struct sched_test tests[] = {
	{ "CHARGE-3.both_fit", setup, { a_takes_1, b_takes_2 }, both_fit, 3 },
	{ "CHARGE-3.both_fit_usual", setup_high, { a_takes_1, b_takes_2 }, both_fit, 3 },
	{ "CHARGE-3.refused_is_unseen", setup,
	  { a_takes_too_much, b_takes_2, p_is_watched }, only_one_is_refused, 2 },
	{ "CHARGE-3.come_and_go", setup,
	  { a_comes_and_goes, b_comes_and_goes, p_is_watched }, nothing_is_left, 2 },
	{ "CHARGE-3.one_of_two", setup, { a_takes_1, b_takes_3 }, one_of_two, 3 },
	{ "CHARGE-3.lowered_limit", setup_high, { p_is_lowered, b_takes_2 }, lowered_limit_holds, 3 },
};

int main(int argc, char **argv)
{
	world_init(16);
	return sched_main(argc, argv, tests, ARRAY_SIZE(tests));
}
