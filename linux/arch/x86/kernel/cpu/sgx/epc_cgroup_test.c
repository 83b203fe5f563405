// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the policy: which page goes next, what misc.low protects, whose end
 * helps most, and when loads help nobody. The pages, enclaves and cgroups are the
 * tests' own and in no hierarchy, so that nobody else sees them. The rule that a test
 * proves is in its name.
 *
 *	top
 *	|-- a
 *	|   `-- c
 *	`-- b
 */

#include <kunit/test.h>
#include "encl.h"
#include "epc_cgroup.h"

#define EPC		MISC_CG_RES_SGX_EPC
#define NR_PAGES	24

struct test_group {
	struct misc_cg		misc;
	struct sgx_cgroup	cg;
};

struct test_page {
	struct sgx_epc_page	page;
	struct sgx_encl_page	entry;
};

/* What a test has. Pages are used in the order of @page. */
struct policy {
	struct test_group	top, a, b, c;
	struct sgx_encl		encl[4];
	struct test_page	page[NR_PAGES];
	unsigned int		nr_pages;
	struct sgx_epc_request	rq;
};

static void group_init(struct test_group *group, struct test_group *parent)
{
	INIT_LIST_HEAD(&group->misc.css.children);
	INIT_LIST_HEAD(&group->misc.css.sibling);
	group->misc.css.flags = CSS_NO_REF | CSS_ONLINE;
	group->misc.res[EPC].max.value = U64_MAX;
	group->misc.res[EPC].priv = &group->cg;
	if (parent) {
		group->misc.css.parent = &parent->misc.css;
		list_add_tail(&group->misc.css.sibling, &parent->misc.css.children);
		group->cg.parent = &parent->cg;
	}
	group->cg.misc = &group->misc;
	sgx_cgroup_init_order(&group->cg);
	INIT_LIST_HEAD(&group->cg.holders);
	init_waitqueue_head(&group->cg.wait);
	mutex_init(&group->cg.verdict);
}

/* An enclave that is complete and is never released: the test has a reference. */
static struct sgx_encl *encl_init(struct sgx_encl *encl, struct test_group *group, long nr_pages)
{
	kref_init(&encl->refcount);
	set_bit(SGX_ENCL_CREATED, &encl->flags);
	encl->holder.kind = SGX_HOLDER_ENCLAVE;
	encl->holder.cg = &group->cg;
	spin_lock_init(&encl->holder.lock);
	INIT_LIST_HEAD(&encl->holder.requests);
	atomic_long_set(&encl->holder.nr_pages, nr_pages);
	list_add_tail(&encl->holder.node, &group->cg.holders);
	return encl;
}

static int policy_init(struct kunit *test)
{
	struct policy *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	unsigned int i;

	if (!p)
		return -ENOMEM;
	test->priv = p;
	group_init(&p->top, NULL);
	group_init(&p->a, &p->top);
	group_init(&p->b, &p->top);
	group_init(&p->c, &p->a);
	encl_init(&p->encl[0], &p->a, 0);
	encl_init(&p->encl[1], &p->b, 0);
	encl_init(&p->encl[2], &p->c, 0);
	encl_init(&p->encl[3], &p->c, 0);
	for (i = 0; i < 4; i++)
		p->encl[i].holder.id = i + 1;
	return 0;
}

static void charge(struct sgx_cgroup *cg, s64 nr_pages)
{
	for (; cg; cg = cg->parent)
		cg->misc->res[EPC].usage += nr_pages * (s64)PAGE_SIZE;
}

/* A page of an enclave, in use and on the list of its cgroup. */
static struct sgx_epc_page *add_page(struct policy *p, struct sgx_encl *encl)
{
	struct test_page *t = &p->page[p->nr_pages++];

	INIT_LIST_HEAD(&t->page.list);
	t->entry.encl = encl;
	t->entry.epc_page = &t->page;
	t->page.owner = &t->entry;
	t->page.cg = encl->holder.cg;
	charge(encl->holder.cg, 1);
	sgx_mark_page_reclaimable(&t->page);
	return &t->page;
}

/* One page for each character: a, b and c for the enclaves of these groups, d the other in c. */
static void add_pages(struct policy *p, const char *enclaves)
{
	for (; *enclaves; enclaves++)
		add_page(p, &p->encl[*enclaves - 'a']);
}

static void set_low(struct test_group *group, u64 nr_pages)
{
	group->misc.res[EPC].low.value = nr_pages * PAGE_SIZE;
	sgx_cgroup_low_changed(&group->cg);
}

/* Isolate at most @max pages. Return how many came. */
static unsigned int isolate(struct kunit *test, struct sgx_cgroup *target, enum sgx_age age,
			    unsigned int max, struct sgx_epc_page **pages)
{
	unsigned int nr, looked;

	looked = sgx_cgroup_isolate(target, age, pages, max, &nr);
	KUNIT_EXPECT_LE(test, nr, looked);
	KUNIT_EXPECT_LE(test, looked, max);
	return nr;
}

static void put_back_all(struct sgx_epc_page **pages, unsigned int nr)
{
	while (nr--) {
		sgx_cgroup_put_back(pages[nr], false);
		kref_put(&sgx_page_encl(pages[nr])->refcount, sgx_encl_release);
	}
}

/* Pages by number, oldest first, up to a negative number. */
static void expect_order(struct kunit *test, struct sgx_cgroup *target, enum sgx_age age,
			 const int *number)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[NR_PAGES];
	unsigned int i, nr = isolate(test, target, age, NR_PAGES, pages);

	for (i = 0; number[i] >= 0; i++) {
		KUNIT_ASSERT_TRUE(test, i < nr);
		KUNIT_EXPECT_EQ(test, number[i],
				(int)(container_of(pages[i], struct test_page, page) - p->page));
	}
	KUNIT_EXPECT_EQ(test, i, nr);
	put_back_all(pages, nr);
}

#define ORDER(...)	((const int []){ __VA_ARGS__, -1 })
#define NOTHING		((const int []){ -1 })

static void FAIR_1_the_oldest_page_goes_first_wherever_it_is(struct kunit *test)
{
	struct policy *p = test->priv;

	expect_order(test, &p->top.cg, SGX_TAKE_PROTECTED, NOTHING);
	add_pages(p, "cabbca");
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(0, 1, 2, 3, 4, 5));
	expect_order(test, &p->top.cg, SGX_TAKE_YOUNG, ORDER(0, 1, 2, 3, 4, 5));
	expect_order(test, &p->top.cg, SGX_TAKE_PROTECTED, ORDER(0, 1, 2, 3, 4, 5));
}

static void REACH_1_pages_of_the_subtree_and_no_others(struct kunit *test)
{
	struct policy *p = test->priv;

	add_pages(p, "cabbcad");
	expect_order(test, &p->a.cg, SGX_SPARE_YOUNG, ORDER(0, 1, 4, 5, 6));
	expect_order(test, &p->b.cg, SGX_SPARE_YOUNG, ORDER(2, 3));
	expect_order(test, &p->c.cg, SGX_SPARE_YOUNG, ORDER(0, 4, 6));
}

static void REACH_5_a_page_that_was_looked_at_goes_to_the_young_end(struct kunit *test)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[3];

	add_pages(p, "cabbc");
	KUNIT_ASSERT_EQ(test, 3U, isolate(test, &p->top.cg, SGX_SPARE_YOUNG, 3, pages));
	sgx_cgroup_put_back(pages[0], true);
	sgx_cgroup_put_back(pages[2], false);
	sgx_cgroup_put_back(pages[1], true);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(2, 3, 4, 0, 1));
}

static void expect_counts(struct kunit *test, struct test_group *group, unsigned long reclaimable,
			  unsigned long isolated, unsigned long writing)
{
	KUNIT_EXPECT_EQ(test, reclaimable, group->cg.nr_reclaimable);
	KUNIT_EXPECT_EQ(test, isolated, group->cg.nr_isolated);
	KUNIT_EXPECT_EQ(test, writing, group->cg.nr_writing);
}

static void REACH_9_each_level_counts_what_is_below_it(struct kunit *test)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[3];

	add_pages(p, "cabc");
	expect_counts(test, &p->top, 4, 0, 0);
	expect_counts(test, &p->a, 3, 0, 0);
	KUNIT_ASSERT_EQ(test, 3U, isolate(test, &p->top.cg, SGX_SPARE_YOUNG, 3, pages));
	expect_counts(test, &p->top, 1, 3, 0);
	expect_counts(test, &p->a, 1, 2, 0);
	expect_counts(test, &p->b, 0, 1, 0);
	expect_counts(test, &p->c, 1, 1, 0);

	sgx_cgroup_start_write(pages[0]);
	expect_counts(test, &p->top, 1, 2, 1);
	expect_counts(test, &p->c, 1, 0, 1);
	KUNIT_EXPECT_EQ(test, 0, pages[0]->flags & SGX_EPC_PAGE_RECLAIMER_TRACKED);
	sgx_cgroup_end_write(&p->c.cg, 1);
	expect_counts(test, &p->top, 1, 2, 0);

	sgx_cgroup_put_back(pages[1], true);
	sgx_cgroup_put_back(pages[2], true);
	expect_counts(test, &p->top, 3, 0, 0);
	expect_counts(test, &p->b, 1, 0, 0);
	expect_counts(test, &p->c, 1, 0, 0);
}

static void REACH_5_an_isolated_page_is_busy(struct kunit *test)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[1];

	add_pages(p, "ab");
	KUNIT_ASSERT_EQ(test, 1U, isolate(test, &p->top.cg, SGX_SPARE_YOUNG, 1, pages));
	KUNIT_EXPECT_EQ(test, -EBUSY, sgx_unmark_page_reclaimable(pages[0]));
	KUNIT_EXPECT_FALSE(test, sgx_holder_hold_page(&p->encl[0].holder, pages[0]));
	expect_counts(test, &p->top, 1, 1, 0);
	sgx_cgroup_put_back(pages[0], true);

	KUNIT_EXPECT_EQ(test, 0, sgx_unmark_page_reclaimable(pages[0]));
	KUNIT_EXPECT_EQ(test, 0, sgx_unmark_page_reclaimable(pages[0]));
	expect_counts(test, &p->a, 0, 0, 0);
	expect_order(test, &p->top.cg, SGX_TAKE_PROTECTED, ORDER(1));
}

static void REACH_8_a_held_page_is_passed_over_and_counted(struct kunit *test)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[2];
	unsigned int nr;

	add_pages(p, "ca");
	KUNIT_EXPECT_TRUE(test, sgx_holder_hold_page(&p->encl[2].holder, &p->page[0].page));
	KUNIT_EXPECT_EQ(test, 2U, sgx_cgroup_isolate(&p->top.cg, SGX_SPARE_YOUNG, pages, 2, &nr));
	KUNIT_ASSERT_EQ(test, 1U, nr);
	KUNIT_EXPECT_PTR_EQ(test, &p->page[1].page, pages[0]);
	KUNIT_EXPECT_EQ(test, 1LL, (s64)atomic64_read(&p->c.cg.stat[SGX_STAT_SKIPPED]));
	KUNIT_EXPECT_EQ(test, 1LL, (s64)atomic64_read(&p->top.cg.stat[SGX_STAT_SCANNED]));
	put_back_all(pages, nr);
	sgx_holder_release_page(&p->encl[2].holder);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(1, 0));
}

static void release_nothing(struct kref *ref)
{
}

static void CHARGE_4_pages_of_an_enclave_being_released_are_left_to_it(struct kunit *test)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[2];
	unsigned int nr;

	add_pages(p, "ab");
	kref_put(&p->encl[0].refcount, release_nothing);
	KUNIT_EXPECT_EQ(test, 2U, sgx_cgroup_isolate(&p->top.cg, SGX_SPARE_YOUNG, pages, 2, &nr));
	KUNIT_ASSERT_EQ(test, 1U, nr);
	KUNIT_EXPECT_PTR_EQ(test, &p->page[1].page, pages[0]);
	KUNIT_EXPECT_EQ(test, 0, p->page[0].page.flags & SGX_EPC_PAGE_RECLAIMER_TRACKED);
	expect_counts(test, &p->top, 0, 1, 0);
	put_back_all(pages, nr);
}

static void CHARGE_6_a_poisoned_page_is_not_reclaimed(struct kunit *test)
{
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[1];

	add_pages(p, "ab");
	KUNIT_ASSERT_EQ(test, 1U, isolate(test, &p->top.cg, SGX_SPARE_YOUNG, 1, pages));
	pages[0]->poison = 1;
	sgx_cgroup_put_back(pages[0], true);
	expect_counts(test, &p->top, 1, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, pages[0]->flags & SGX_EPC_PAGE_RECLAIMER_TRACKED);
	expect_order(test, &p->top.cg, SGX_TAKE_PROTECTED, ORDER(1));
}

/* a has 3 pages, of which c has 2. */
static void FAIR_2_low_protects_from_ancestors_only(struct kunit *test)
{
	struct policy *p = test->priv;

	add_pages(p, "cacb");
	set_low(&p->a, 3);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(3));
	expect_order(test, &p->top.cg, SGX_TAKE_YOUNG, ORDER(3));
	expect_order(test, &p->a.cg, SGX_SPARE_YOUNG, ORDER(0, 1, 2));
	expect_order(test, &p->top.cg, SGX_TAKE_PROTECTED, ORDER(0, 1, 2, 3));
	set_low(&p->a, 0);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(0, 1, 2, 3));
}

static void FAIR_2_what_is_above_low_goes(struct kunit *test)
{
	struct policy *p = test->priv;

	/* Pages in the hands of reclaimers count as gone: 3 of 4 stay. */
	add_pages(p, "aaaabb");
	set_low(&p->a, 3);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(0, 4, 5));

	/* A page more, and it is found again. */
	add_page(p, &p->encl[0]);
	sgx_cgroup_grown(&p->a.cg);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(0, 1, 4, 5));
}

static void FAIR_2_no_more_is_protected_than_the_parent_has(struct kunit *test)
{
	struct policy *p = test->priv;

	add_pages(p, "ccb");
	set_low(&p->c, 2);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(0, 1, 2));
	set_low(&p->a, 1);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(0, 2));
	set_low(&p->a, 2);
	expect_order(test, &p->top.cg, SGX_SPARE_YOUNG, ORDER(2));
	expect_order(test, &p->c.cg, SGX_SPARE_YOUNG, ORDER(0, 1));
}

/* What it says of a seeded random walk against one list of all pages by age. */
static void FAIR_1_any_sequence_keeps_the_order_of_age(struct kunit *test)
{
	static struct sgx_epc_page *age[NR_PAGES];
	struct policy *p = test->priv;
	struct sgx_epc_page *pages[NR_PAGES], *page;
	unsigned int i, nr, step;
	u32 seed = 20221;

	add_pages(p, "abcdabcdaabbccddabcdabcd");
	for (i = 0; i < NR_PAGES; i++)
		age[i] = &p->page[i].page;

	for (step = 0; step < 500; step++) {
		seed = seed * 1664525 + 1013904223;
		i = (seed >> 16) % NR_PAGES;
		page = age[i];
		KUNIT_ASSERT_EQ(test, 0, sgx_unmark_page_reclaimable(page));
		sgx_mark_page_reclaimable(page);
		memmove(&age[i], &age[i + 1], (NR_PAGES - 1 - i) * sizeof(*age));
		age[NR_PAGES - 1] = page;

		nr = isolate(test, &p->top.cg, SGX_SPARE_YOUNG, 3, pages);
		KUNIT_ASSERT_EQ(test, 3U, nr);
		for (i = 0; i < nr; i++)
			KUNIT_EXPECT_PTR_EQ(test, age[i], pages[i]);
		put_back_all(pages, nr);
	}
}

static bool take(struct sgx_epc_holder *holder)
{
	return true;
}

static bool take_not(struct sgx_epc_holder *holder)
{
	return false;
}

static void expect_victim(struct kunit *test, struct test_group *target, int number)
{
	struct policy *p = test->priv;

	KUNIT_EXPECT_PTR_EQ(test, number < 0 ? NULL : &p->encl[number].holder,
			    sgx_cgroup_largest(&target->cg, SGX_HOLDER_ENCLAVE, U64_MAX, take));
}

static void set_pages(struct policy *p, long a, long b, long c, long d)
{
	atomic_long_set(&p->encl[0].holder.nr_pages, a);
	atomic_long_set(&p->encl[1].holder.nr_pages, b);
	atomic_long_set(&p->encl[2].holder.nr_pages, c);
	atomic_long_set(&p->encl[3].holder.nr_pages, d);
}

static void EXHAUST_3_the_largest_of_the_subtree_is_the_victim(struct kunit *test)
{
	struct policy *p = test->priv;

	expect_victim(test, &p->top, -1);
	set_pages(p, 3, 9, 5, 4);
	expect_victim(test, &p->top, 1);
	expect_victim(test, &p->a, 2);
	expect_victim(test, &p->c, 2);
	expect_victim(test, &p->b, 1);
	set_pages(p, 6, 0, 5, 5);
	expect_victim(test, &p->a, 0);
	expect_victim(test, &p->b, -1);
	/* Of two as large, the youngest. */
	expect_victim(test, &p->c, 3);
	p->encl[2].holder.id = 5;
	expect_victim(test, &p->c, 2);
}

static void EXHAUST_3_who_cannot_be_spilled_goes_first(struct kunit *test)
{
	struct policy *p = test->priv;

	set_pages(p, 9, 9, 1, 2);
	p->encl[2].holder.cannot_spill = true;
	expect_victim(test, &p->top, 2);
	p->encl[3].holder.cannot_spill = true;
	expect_victim(test, &p->top, 3);
}

static void EXHAUST_3_never_a_dying_one_nor_a_vepc_nor_half_an_enclave(struct kunit *test)
{
	struct policy *p = test->priv;

	set_pages(p, 9, 8, 7, 6);
	p->encl[0].holder.dead = true;
	expect_victim(test, &p->top, 1);
	p->encl[1].flags = 0;
	expect_victim(test, &p->top, 2);
	p->encl[2].holder.kind = SGX_HOLDER_VEPC;
	expect_victim(test, &p->top, 3);
	KUNIT_EXPECT_PTR_EQ(test, &p->encl[2].holder,
			    sgx_cgroup_largest(&p->top.cg, SGX_HOLDER_VEPC, U64_MAX, take));
	/* One that is just being released. */
	KUNIT_EXPECT_EQ(test, (long)-EAGAIN,
			PTR_ERR(sgx_cgroup_largest(&p->top.cg, SGX_HOLDER_ENCLAVE, U64_MAX,
						   take_not)));
}

/* Loads of so many pages in turn. Return how many there were until it is called a thrash. */
static unsigned int loads_until_thrash(struct policy *p, unsigned int nr_pages, unsigned int max)
{
	unsigned int i;

	p->rq.holder = &p->encl[0].holder;
	for (i = 1; i <= max; i++) {
		p->rq.index = i % nr_pages;
		if (sgx_request_thrashes(&p->rq, &p->a.cg))
			return i;
	}
	return 0;
}

static void EXHAUST_7_loads_of_few_pages_below_the_floor_are_a_thrash(struct kunit *test)
{
	struct policy *p = test->priv;

	p->a.cg.nr_reclaimable = 20;
	p->a.cg.nr_isolated = 6;
	p->a.cg.nr_writing = 5;
	KUNIT_EXPECT_EQ(test, 4096U, loads_until_thrash(p, 12, 5000));
	/* It remains one until there was a verdict. */
	KUNIT_EXPECT_EQ(test, 1U, loads_until_thrash(p, 3, 5000));
	p->encl[0].holder.thrash.loads = 0;
	KUNIT_EXPECT_EQ(test, 4096U, loads_until_thrash(p, 3, 5000));
	/* Or room: what was loaded before is no evidence then. */
	p->a.cg.nr_reclaimable = 32;
	KUNIT_EXPECT_EQ(test, 0U, loads_until_thrash(p, 3, 1));
	p->a.cg.nr_reclaimable = 20;
	KUNIT_EXPECT_EQ(test, 4096U, loads_until_thrash(p, 3, 5000));
}

static void EXHAUST_7_more_pages_get_more_time(struct kunit *test)
{
	struct policy *p = test->priv;

	p->a.cg.nr_reclaimable = 31;
	KUNIT_EXPECT_EQ(test, 65536U, loads_until_thrash(p, 24, 70000));
	/* More pages than the floor: it goes on, and counting begins anew. */
	p->encl[0].holder.thrash.loads = 0;
	KUNIT_EXPECT_EQ(test, 0U, loads_until_thrash(p, 200, 70000));
}

static void EXHAUST_7_at_the_floor_nothing_is_a_thrash(struct kunit *test)
{
	struct policy *p = test->priv;

	p->a.cg.nr_reclaimable = 32;
	KUNIT_EXPECT_EQ(test, 0U, loads_until_thrash(p, 3, 70000));
	p->a.cg.nr_reclaimable = 10;
	p->a.cg.nr_writing = 22;
	KUNIT_EXPECT_EQ(test, 0U, loads_until_thrash(p, 3, 70000));
}

static void STAT_what_happens_is_counted_at_all_levels(struct kunit *test)
{
	struct policy *p = test->priv;

	sgx_cgroup_count(&p->c.cg, SGX_STAT_EVICTED, 3);
	sgx_cgroup_count(&p->b.cg, SGX_STAT_EVICTED, 2);
	sgx_cgroup_count(&p->c.cg, SGX_STAT_LOADED, 0);
	KUNIT_EXPECT_EQ(test, 3LL, (s64)atomic64_read(&p->c.cg.stat[SGX_STAT_EVICTED]));
	KUNIT_EXPECT_EQ(test, 3LL, (s64)atomic64_read(&p->a.cg.stat[SGX_STAT_EVICTED]));
	KUNIT_EXPECT_EQ(test, 5LL, (s64)atomic64_read(&p->top.cg.stat[SGX_STAT_EVICTED]));
	KUNIT_EXPECT_EQ(test, 0LL, (s64)atomic64_read(&p->top.cg.stat[SGX_STAT_LOADED]));
}

static struct kunit_case policy_cases[] = {
	KUNIT_CASE(FAIR_1_the_oldest_page_goes_first_wherever_it_is),
	KUNIT_CASE(FAIR_1_any_sequence_keeps_the_order_of_age),
	KUNIT_CASE(FAIR_2_low_protects_from_ancestors_only),
	KUNIT_CASE(FAIR_2_what_is_above_low_goes),
	KUNIT_CASE(FAIR_2_no_more_is_protected_than_the_parent_has),
	KUNIT_CASE(REACH_1_pages_of_the_subtree_and_no_others),
	KUNIT_CASE(REACH_5_a_page_that_was_looked_at_goes_to_the_young_end),
	KUNIT_CASE(REACH_5_an_isolated_page_is_busy),
	KUNIT_CASE(REACH_8_a_held_page_is_passed_over_and_counted),
	KUNIT_CASE(REACH_9_each_level_counts_what_is_below_it),
	KUNIT_CASE(CHARGE_4_pages_of_an_enclave_being_released_are_left_to_it),
	KUNIT_CASE(CHARGE_6_a_poisoned_page_is_not_reclaimed),
	KUNIT_CASE(EXHAUST_3_the_largest_of_the_subtree_is_the_victim),
	KUNIT_CASE(EXHAUST_3_who_cannot_be_spilled_goes_first),
	KUNIT_CASE(EXHAUST_3_never_a_dying_one_nor_a_vepc_nor_half_an_enclave),
	KUNIT_CASE(EXHAUST_7_loads_of_few_pages_below_the_floor_are_a_thrash),
	KUNIT_CASE(EXHAUST_7_more_pages_get_more_time),
	KUNIT_CASE(EXHAUST_7_at_the_floor_nothing_is_a_thrash),
	KUNIT_CASE(STAT_what_happens_is_counted_at_all_levels),
	{ }
};

static struct kunit_suite policy_suite = {
	.name		= "sgx_epc_cgroup",
	.init		= policy_init,
	.test_cases	= policy_cases,
};

kunit_test_suite(policy_suite);
