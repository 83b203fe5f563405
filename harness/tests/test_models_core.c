// SPDX-License-Identifier: GPL-2.0
/*
 * The models of the cgroup core, of trees, lists and texts, and of the CPU's EPCM.
 */
#include <stdio.h>
#include <stdlib.h>
#include <linux/memcontrol.h>
#include <linux/ratelimit.h>
#include <linux/rbtree.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/xarray.h>
#include "death.h"
#include "world.h"

static int core_init(struct kunit *test)
{
	world_init(64);
	return 0;
}

static struct cgroup_subsys_state *css_of(const char *path)
{
	return harness_cgroup_find(path)->misc;
}

/*
 *	root
 *	`-- a
 *	    `-- b	of which a reference is kept
 */
static void a_removed_css_lives_as_long_as_its_references(struct kunit *test)
{
	struct cgroup_subsys_state *a, *b;

	world_group("a");
	world_group("a/b");
	a = css_of("a");
	b = css_of("a/b");
	KUNIT_EXPECT_EQ(test, 3U, harness_nr_css());
	KUNIT_EXPECT_TRUE(test, css_tryget_online(b));
	KUNIT_EXPECT_EQ(test, -EBUSY, harness_rmdir("a"));
	KUNIT_EXPECT_EQ(test, 0, harness_rmdir("a/b"));
	KUNIT_EXPECT_TRUE(test, b->flags & CSS_DYING);
	KUNIT_EXPECT_TRUE(test, b->flags & CSS_ONLINE);
	KUNIT_EXPECT_FALSE(test, css_tryget_online(b));
	KUNIT_EXPECT_EQ(test, 0, harness_rmdir("a"));
	harness_run_work();
	KUNIT_EXPECT_FALSE(test, a->flags & CSS_ONLINE);
	KUNIT_EXPECT_FALSE(test, b->flags & CSS_ONLINE);
	/* The child keeps its parent. */
	KUNIT_EXPECT_EQ(test, 3U, harness_nr_css());
	KUNIT_EXPECT_TRUE(test, css_tryget(b));
	css_put(b);
	css_put(b);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 1U, harness_nr_css());
}

static void put_twice(void)
{
	struct cgroup_subsys_state *css;

	world_group("a");
	css = css_of("a");
	css_put(css);
	css_put(css);
}

static void get_released(void)
{
	struct cgroup_subsys_state *css;

	world_group("a");
	css = css_of("a");
	css_put(css);
	css_get(css);
}

static void use_freed(void)
{
	struct cgroup_subsys_state *css;

	world_group("a");
	css = css_of("a");
	harness_rmdir("a");
	harness_run_work();
	css->flags = 0;
}

static void walk_without_rcu(void)
{
	css_next_descendant_pre(NULL, harness_cgroup_root()->misc);
}

static void use_of_a_released_css_is_caught(struct kunit *test)
{
	KUNIT_EXPECT_DEATH(test, put_twice, "more references to a css");
	KUNIT_EXPECT_DEATH(test, get_released, "css that is released");
	KUNIT_EXPECT_DEATH(test, walk_without_rcu, "outside of an RCU read section");
#ifdef __SANITIZE_ADDRESS__
	KUNIT_EXPECT_DEATH(test, use_freed, "heap-use-after-free");
#else
	(void)use_freed;
#endif
}

static void a_css_is_freed_after_a_grace_period(struct kunit *test)
{
	struct cgroup_subsys_state *pos, *root = harness_cgroup_root()->misc;
	unsigned int seen = 0;

	world_group("a");
	world_group("b");
	rcu_read_lock();
	pos = css_next_descendant_pre(root, root);
	rcu_read_unlock();
	KUNIT_EXPECT_PTR_EQ(test, pos, css_of("a"));
	harness_rmdir("a");
	/* Dying or offline, it is still found. */
	rcu_read_lock();
	for (pos = NULL; (pos = css_next_descendant_pre(pos, root));)
		seen++;
	rcu_read_unlock();
	KUNIT_EXPECT_EQ(test, 3U, seen);
}

static void disabling_the_controller_begins_anew(struct kunit *test)
{
	struct cgroup_subsys_state *old;
	struct cgroup *a = world_group("a");

	old = a->misc;
	world_enter(a);
	KUNIT_EXPECT_EQ(test, 0, harness_write(harness_cgroup_root(), "cgroup.subtree_control",
					       "-misc"));
	KUNIT_EXPECT_EQ(test, -ENODEV, harness_write(a, "misc.max", "sgx_epc 1"));
	KUNIT_EXPECT_PTR_EQ(test, harness_cgroup_root()->misc, task_get_css(current, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_write(harness_cgroup_root(), "cgroup.subtree_control",
					       "+misc"));
	KUNIT_EXPECT_PTR_NE(test, old, a->misc);
	KUNIT_EXPECT_PTR_EQ(test, a->misc, task_get_css(current, 0));
	css_put(a->misc);
}

static void files_are_where_their_flags_say(struct kunit *test)
{
	struct cgroup *root = harness_cgroup_root();
	struct cgroup *a = world_group("a");
	char text[256];

	KUNIT_EXPECT_EQ(test, 0, harness_read(root, "misc.capacity", text, sizeof(text)));
	KUNIT_EXPECT_STREQ(test, "sgx_epc 262144\n", text);
	KUNIT_EXPECT_EQ(test, -ENOENT, harness_read(a, "misc.capacity", text, sizeof(text)));
	KUNIT_EXPECT_EQ(test, -ENOENT, harness_write(root, "misc.max", "sgx_epc 1"));
	KUNIT_EXPECT_EQ(test, -EINVAL, harness_write(a, "misc.current", "sgx_epc 1"));
	KUNIT_EXPECT_EQ(test, -EINVAL, harness_read(a, "misc.reclaim", text, sizeof(text)));
	KUNIT_EXPECT_EQ(test, -ENOENT, harness_read(a, "misc.nothing", text, sizeof(text)));
	harness_cgroup_v1 = true;
	KUNIT_EXPECT_EQ(test, -ENOENT, harness_read(a, "misc.peak", text, sizeof(text)));
	KUNIT_EXPECT_EQ(test, 0, harness_read(a, "misc.current", text, sizeof(text)));
	harness_cgroup_v1 = false;
}

struct number {
	struct rb_node	node;
	unsigned int	value;
	bool		in;
};

static bool number_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct number, node)->value < rb_entry(b, struct number, node)->value;
}

static int check_node(struct kunit *test, struct rb_node *node, struct rb_node *parent)
{
	int left, right;

	if (!node)
		return 0;
	KUNIT_ASSERT_PTR_NE(test, node, parent);
	KUNIT_EXPECT_PTR_EQ(test, parent, node->parent);
	left = check_node(test, node->left, node);
	right = check_node(test, node->right, node);
	KUNIT_EXPECT_LE(test, abs(left - right), 1);
	KUNIT_EXPECT_EQ(test, 1 + max(left, right), node->height);
	return 1 + max(left, right);
}

static unsigned int check_tree(struct kunit *test, struct rb_root_cached *tree)
{
	struct rb_node *node, *next;
	unsigned int nr = 0;

	check_node(test, tree->rb_root.rb_node, NULL);
	for (node = rb_first_cached(tree); node; node = next, nr++) {
		next = rb_next(node);
		if (next)
			KUNIT_EXPECT_FALSE(test, number_less(next, node));
	}
	return nr;
}

static void a_tree_is_sorted_and_balanced(struct kunit *test)
{
	struct rb_root_cached tree = RB_ROOT_CACHED;
	static struct number number[200];
	unsigned int i, nr = 0, seed = 1;

	for (i = 0; i < 5000; i++) {
		struct number *n = &number[rand_r(&seed) % ARRAY_SIZE(number)];

		if (n->in) {
			rb_erase_cached(&n->node, &tree);
			RB_CLEAR_NODE(&n->node);
			KUNIT_EXPECT_TRUE(test, RB_EMPTY_NODE(&n->node));
			nr--;
		} else {
			/* Equal ones among them. */
			n->value = rand_r(&seed) % 100;
			rb_add_cached(&n->node, &tree, number_less);
			nr++;
		}
		n->in = !n->in;
		if (check_tree(test, &tree) != nr)
			harness_fail("seed 1, step %u: the tree has lost something", i);
	}
}

static void an_xarray_keeps_what_it_was_given(struct kunit *test)
{
	static int value[64];
	void *model[64] = { };
	unsigned int i, j, seed = 2;
	unsigned long index;
	struct xarray xa;
	void *entry;

	xa_init(&xa);
	for (i = 0; i < 2000; i++) {
		j = rand_r(&seed) % 64;
		switch (rand_r(&seed) % 3) {
		case 0:
			KUNIT_EXPECT_PTR_EQ(test, model[j],
					    xa_store(&xa, j * 1000UL, &value[i % 64], GFP_KERNEL));
			model[j] = &value[i % 64];
			break;
		case 1:
			KUNIT_EXPECT_EQ(test, model[j] ? -EBUSY : 0,
					xa_insert(&xa, j * 1000UL, &value[i % 64], GFP_KERNEL));
			model[j] = model[j] ?: &value[i % 64];
			break;
		default:
			KUNIT_EXPECT_PTR_EQ(test, model[j], xa_erase(&xa, j * 1000UL));
			model[j] = NULL;
		}
		KUNIT_EXPECT_PTR_EQ(test, model[j], xa_load(&xa, j * 1000UL));
	}
	j = 0;
	xa_for_each(&xa, index, entry) {
		for (; j * 1000UL < index; j++)
			KUNIT_EXPECT_PTR_EQ(test, (void *)NULL, model[j]);
		KUNIT_EXPECT_PTR_EQ(test, model[j++], entry);
	}
	harness_fail_nth_alloc(1);
	KUNIT_EXPECT_EQ(test, -ENOMEM, xa_insert(&xa, 1, value, GFP_KERNEL));
	harness_fail_nth_alloc(1);
	KUNIT_EXPECT_EQ(test, -ENOMEM, xa_err(xa_store(&xa, 1, value, GFP_KERNEL)));
	harness_fail_nth_alloc(0);
	xa_destroy(&xa);
	KUNIT_EXPECT_TRUE(test, xa_empty(&xa));
}

static LIST_HEAD(list);
static struct list_head entry_a, entry_b;

static void list_add_twice(void)
{
	list_add(&entry_a, &list);
	list_add(&entry_a, &list);
}

static void list_del_twice(void)
{
	list_add(&entry_a, &list);
	list_del(&entry_a);
	list_del(&entry_a);
}

static void list_broken(void)
{
	list_add(&entry_a, &list);
	list_add(&entry_b, &list);
	entry_a.prev = &list;
	list_del(&entry_b);
}

static void misuse_of_a_list_is_caught(struct kunit *test)
{
	KUNIT_EXPECT_DEATH(test, list_add_twice, "on the list already");
	KUNIT_EXPECT_DEATH(test, list_del_twice, "on no list");
	KUNIT_EXPECT_DEATH(test, list_broken, "list is corrupt");
}

static void numbers_and_words_are_read_as_the_kernel_does(struct kunit *test)
{
	static const struct {
		const char *text;
		int ret;
		u64 value;
	} line[] = {
		{ "0", 0, 0 }, { "+7\n", 0, 7 }, { "010", 0, 8 }, { "0x1F", 0, 31 }, { "08", -EINVAL },
		{ "", -EINVAL }, { "\n", -EINVAL }, { "1\n\n", -EINVAL }, { "-1", -EINVAL },
		{ "0x", -EINVAL }, { " 1", -EINVAL }, { "18446744073709551615", 0, U64_MAX },
		{ "18446744073709551616", -ERANGE },
	};
	static const char *const word[] = { "kill", "fail" };
	char buf[8] = "  a b \n";
	unsigned int i;
	u64 value;

	for (i = 0; i < ARRAY_SIZE(line); i++) {
		value = 0;
		KUNIT_EXPECT_EQ_MSG(test, line[i].ret, kstrtou64(line[i].text, 0, &value), "\"%s\"",
				    line[i].text);
		KUNIT_EXPECT_EQ_MSG(test, line[i].value, value, "\"%s\"", line[i].text);
	}
	KUNIT_EXPECT_STREQ(test, "a b", strstrip(buf));
	KUNIT_EXPECT_EQ(test, 1, sysfs_match_string(word, "fail\n"));
	KUNIT_EXPECT_EQ(test, -EINVAL, sysfs_match_string(word, "fail\n\n"));
	KUNIT_EXPECT_EQ(test, -EINVAL, match_string(word, 2, "fail\n"));
	KUNIT_EXPECT_EQ(test, (ssize_t)-E2BIG, strscpy(buf, "12345678", sizeof(buf)));
	KUNIT_EXPECT_STREQ(test, "1234567", buf);
}

static bool wrong = true;

static void warn_here(void)
{
	WARN_ON_ONCE(wrong);
}

static void messages_and_warnings_are_seen(struct kunit *test)
{
	DEFINE_RATELIMIT_STATE(limit, HZ, 2);
	struct seq_file sf = { };

	pr_info("%s %*pE %llu %ld %d\n", "a", 3, "b\n\033", 1ULL << 40, -2L, 3);
	KUNIT_EXPECT_STREQ(test, "sgx: a b\\012\\033 1099511627776 -2 3\n", harness_last_message());
	KUNIT_EXPECT_DEATH(test, warn_here, "warning of the kernel: wrong");
	harness_warnings_allowed = 1;
	warn_here();
	KUNIT_EXPECT_EQ(test, 1, harness_nr_warnings);
	KUNIT_EXPECT_DEATH(test, warn_here, "warning of the kernel: wrong");
	KUNIT_EXPECT_TRUE(test, __ratelimit(&limit));
	KUNIT_EXPECT_TRUE(test, __ratelimit(&limit));
	KUNIT_EXPECT_FALSE(test, __ratelimit(&limit));
	harness_clock_advance(2 * NSEC_PER_SEC);
	KUNIT_EXPECT_TRUE(test, __ratelimit(&limit));
	seq_printf(&sf, "%d ", 12);
	seq_puts(&sf, "x");
	KUNIT_EXPECT_STREQ(test, "12 x", sf.buf);
	free(sf.buf);
}

static void use_invalid(void)
{
	harness_peek(harness_page(5));
}

static void encls_checks_as_a_cpu_does(struct kunit *test)
{
	struct sgx_epc_page *secs = harness_page(0), *page = harness_page(1);
	u64 contents;

	KUNIT_EXPECT_TRUE(test, encls_faulted(harness_encls_add(HARNESS_EADD, page, secs, 0)));
	KUNIT_EXPECT_EQ(test, 0, harness_encls_add(HARNESS_ECREATE, secs, NULL, 0));
	KUNIT_EXPECT_EQ(test, 0, harness_encls_add(HARNESS_EADD, page, secs, 42));
	KUNIT_EXPECT_TRUE(test, encls_faulted(harness_encls_add(HARNESS_EADD, page, secs, 0)));
	KUNIT_EXPECT_EQ(test, 2UL, harness_nr_valid());
	KUNIT_EXPECT_EQ(test, SGX_CHILD_PRESENT, __eremove(sgx_get_epc_virt_addr(secs)));
	KUNIT_EXPECT_TRUE(test, encls_failed(harness_encls_write(page, &contents)));
	KUNIT_EXPECT_EQ(test, 0, __eblock(sgx_get_epc_virt_addr(page)));
	KUNIT_EXPECT_NE(test, 0, __eblock(sgx_get_epc_virt_addr(page)));
	KUNIT_EXPECT_EQ(test, 0, harness_encls_write(page, &contents));
	KUNIT_EXPECT_EQ(test, 42ULL, contents);
	harness_encls_fail(HARNESS_EREMOVE, 1, 7);
	KUNIT_EXPECT_EQ(test, 7, __eremove(sgx_get_epc_virt_addr(secs)));
	KUNIT_EXPECT_EQ(test, 0, __eremove(sgx_get_epc_virt_addr(secs)));
	KUNIT_EXPECT_DEATH(test, use_invalid, "not valid");
}

static void free_twice(void)
{
	struct sgx_epc_page *page = __sgx_alloc_epc_page();

	sgx_free_epc_page(page);
	sgx_free_epc_page(page);
}

static void pages_come_and_go_once(struct kunit *test)
{
	struct sgx_epc_page *page;
	LIST_HEAD(taken);

	while (!IS_ERR(page = __sgx_alloc_epc_page()))
		list_add(&page->list, &taken);
	KUNIT_EXPECT_EQ(test, 0UL, harness_nr_free());
	while (!list_empty(&taken)) {
		page = list_first_entry(&taken, struct sgx_epc_page, list);
		list_del_init(&page->list);
		sgx_free_epc_page(page);
	}
	KUNIT_EXPECT_EQ(test, 64UL, harness_nr_free());
	KUNIT_EXPECT_DEATH(test, free_twice, "freed twice");
}

static struct kunit_case core_cases[] = {
	KUNIT_CASE(a_removed_css_lives_as_long_as_its_references),
	KUNIT_CASE(use_of_a_released_css_is_caught),
	KUNIT_CASE(a_css_is_freed_after_a_grace_period),
	KUNIT_CASE(disabling_the_controller_begins_anew),
	KUNIT_CASE(files_are_where_their_flags_say),
	KUNIT_CASE(a_tree_is_sorted_and_balanced),
	KUNIT_CASE(an_xarray_keeps_what_it_was_given),
	KUNIT_CASE(misuse_of_a_list_is_caught),
	KUNIT_CASE(numbers_and_words_are_read_as_the_kernel_does),
	KUNIT_CASE(messages_and_warnings_are_seen),
	KUNIT_CASE(encls_checks_as_a_cpu_does),
	KUNIT_CASE(pages_come_and_go_once),
	{ }
};

static struct kunit_suite core_suite = {
	.name		= "models_core",
	.init		= core_init,
	.exit		= world_exit,
	.test_cases	= core_cases,
};

kunit_test_suite(core_suite);
