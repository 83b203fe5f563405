// SPDX-License-Identifier: GPL-2.0
/* See world.h. */
#include "world.h"
#include <linux/memcontrol.h>

struct mem_cgroup *world_memcg;
struct task_struct *world_me, *world_other;
struct sgx_epc_page *world_isolated[64];
unsigned int world_nr_isolated;

/* Each isolated page has a reference to its enclave, also when it is freed. */
static struct sgx_encl *isolated_from[ARRAY_SIZE(world_isolated)];

static struct mm_struct *world_mm;

void world_init(unsigned long nr_pages)
{
	harness_init();
	if (harness_sgx_init(nr_pages, 1))
		harness_fail("the EPC cgroup does not start");
	harness_leak_mark();
	world_memcg = harness_memcg_new(1000000);
	world_mm = harness_mm_new(world_memcg);
	world_me = current;
	world_me->mm = world_mm;
	world_other = harness_task_new("other", NULL);
	world_other->mm = world_mm;
}

/* What follows is not part of the case any more. */
static void end_case(void)
{
	harness_on_sleep = NULL;
	harness_on_memory_refused = NULL;
	harness_become(world_me);
	harness_signal_clear(world_me);
}

static void remove_below(struct cgroup *cgrp)
{
	while (!list_empty(&cgrp->children)) {
		struct cgroup *child = list_last_entry(&cgrp->children, struct cgroup, sibling);

		remove_below(child);
		if (harness_cgroup_remove(child))
			harness_fail("cgroup %s cannot be removed", child->name);
	}
}

void world_exit(struct kunit *test)
{
	struct cgroup *root = harness_cgroup_root();

	harness_fail_nth_alloc(0);
	end_case();
	world_enter(root);
	world_me->mm = NULL;
	harness_task_free(world_other);
	harness_mm_free(world_mm);
	remove_below(root);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 0ULL, world_usage(root));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(root, "sgx_epc.reclaimable"));
	KUNIT_EXPECT_EQ(test, 0ULL, world_stat(root, "sgx_epc.vepc"));
	KUNIT_EXPECT_EQ(test, 0UL, sgx_cgroup_root.nr_isolated);
	KUNIT_EXPECT_EQ(test, 0UL, sgx_cgroup_root.nr_writing);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&sgx_cgroup_root.nr_in_hand));
	KUNIT_EXPECT_EQ(test, 1U, harness_nr_css());
	KUNIT_EXPECT_EQ(test, harness_nr_pages() - world_stat(root, "sgx_epc.leaked") -
			      world_stat(root, "sgx_epc.poisoned"), harness_nr_free());
	KUNIT_EXPECT_EQ(test, 0UL, harness_nr_valid());
	KUNIT_EXPECT_EQ(test, 0U, current->nr_held);
}

void world_lock_by_other(struct mutex *lock)
{
	harness_become(world_other);
	mutex_lock(lock);
	harness_become(world_me);
}

void world_unlock_by_other(struct mutex *lock)
{
	harness_become(world_other);
	mutex_unlock(lock);
	harness_become(world_me);
}

void world_signal_me(void)
{
	harness_signal(world_me, false);
}

void world_kill_me(void)
{
	harness_signal(world_me, true);
}

void world_isolate(struct cgroup *cgrp, unsigned int nr)
{
	unsigned int i;

	sgx_cgroup_isolate(world_sgx(cgrp), SGX_TAKE_YOUNG, world_isolated, nr,
			   &world_nr_isolated);
	if (!world_nr_isolated)
		harness_fail("no page can be isolated");
	for (i = 0; i < world_nr_isolated; i++)
		isolated_from[i] = sgx_page_encl(world_isolated[i]);
}

void world_put_back(void)
{
	unsigned int i;

	for (i = 0; i < world_nr_isolated; i++) {
		if (world_isolated[i])
			sgx_cgroup_put_back(world_isolated[i], true);
		kref_put(&isolated_from[i]->refcount, sgx_encl_release);
	}
	world_nr_isolated = 0;
}

struct cgroup *world_group(const char *path)
{
	struct cgroup *cgrp = harness_mkdir(path);

	if (IS_ERR(cgrp))
		harness_fail("cgroup %s cannot be made: %ld", path, PTR_ERR(cgrp));
	return cgrp;
}

void world_enter(struct cgroup *cgrp)
{
	harness_task_move(current, cgrp);
}

int world_set(struct cgroup *cgrp, const char *file, u64 pages)
{
	char text[64] = "sgx_epc max";

	if (pages != U64_MAX)
		snprintf(text, sizeof(text), "sgx_epc %llu", PAGE_BYTES(pages));
	return harness_write(cgrp, file, text);
}

u64 world_usage(struct cgroup *cgrp)
{
	return harness_value(cgrp, "misc.current", "sgx_epc") / PAGE_SIZE;
}

u64 world_stat(struct cgroup *cgrp, const char *key)
{
	return harness_value(cgrp, "misc.stat", key);
}

u64 world_event(struct cgroup *cgrp, const char *key)
{
	return harness_value(cgrp, "misc.events", key);
}

struct misc_cg *world_misc(struct cgroup *cgrp)
{
	return css_misc(cgrp->misc);
}

struct sgx_cgroup *world_sgx(struct cgroup *cgrp)
{
	return misc_cg_priv(MISC_CG_RES_SGX_EPC, world_misc(cgrp));
}

struct sgx_encl *tenant_encl(struct tenant *tenant)
{
	return harness_encl(tenant->file);
}

int tenant_create(struct tenant *tenant, struct cgroup *cgrp, unsigned long size)
{
	int ret;

	world_enter(cgrp);
	*tenant = (struct tenant){ .file = harness_encl_open(), .nr_pages = size };
	ret = PTR_ERR_OR_ZERO(tenant->file);
	if (ret) {
		tenant->file = NULL;
		return ret;
	}
	ret = harness_encl_create(tenant->file, size);
	if (ret)
		tenant_end(tenant);
	return ret;
}

int tenant_build(struct tenant *tenant, struct cgroup *cgrp, unsigned long nr_pages)
{
	unsigned long i;
	int ret = tenant_create(tenant, cgrp, nr_pages);

	if (ret)
		return ret;
	for (i = 0; i < nr_pages && !ret; i++)
		ret = harness_encl_add(tenant->file, i);
	if (!ret)
		ret = harness_encl_init(tenant->file);
	if (!ret) {
		tenant->vma = harness_mmap(tenant->file, nr_pages);
		ret = PTR_ERR_OR_ZERO(tenant->vma);
		if (ret)
			tenant->vma = NULL;
	}
	if (ret)
		tenant_end(tenant);
	return ret;
}

int tenant_build_stuck(struct tenant *tenant, struct cgroup *cgrp, unsigned long nr_pages)
{
	int ret = tenant_build(tenant, cgrp, nr_pages);

	if (!ret)
		ret = harness_write(cgrp, "misc.reclaim", "sgx_epc 4K");
	world_memcg->limit = atomic_long_read(&world_memcg->usage);
	return ret;
}

int tenant_touch(struct tenant *tenant)
{
	unsigned long i;
	int ret = 0;

	for (i = 0; i < tenant->nr_pages && !ret; i++)
		ret = harness_touch(tenant->vma, i);
	return ret;
}

void tenant_end(struct tenant *tenant)
{
	if (tenant->vma)
		harness_munmap(tenant->vma);
	fput(tenant->file);
	tenant->file = NULL;
}

void tenant_exit(struct tenant *tenant, struct kunit *test)
{
	end_case();
	if (tenant->file)
		tenant_end(tenant);
	world_exit(test);
}

unsigned long tenant_resident(struct tenant *tenant)
{
	return atomic_long_read(&tenant_encl(tenant)->holder.nr_pages);
}

unsigned long tenant_missing(struct tenant *tenant)
{
	struct sgx_encl *encl = tenant_encl(tenant);
	struct sgx_encl_page *entry;
	unsigned long index;

	xa_for_each(&encl->page_array, index, entry) {
		if (!entry->epc_page)
			return index - PFN_DOWN(encl->base);
	}
	harness_fail("all pages are in the EPC");
}

void tenant_rest(struct tenant *tenant)
{
	unsigned long index;
	pte_t *pte;

	xa_for_each(&world_mm->ptes, index, pte) {
		if (index >= PFN_DOWN(tenant->vma->vm_start) && index < PFN_DOWN(tenant->vma->vm_end))
			pte->young = false;
	}
}
