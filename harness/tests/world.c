// SPDX-License-Identifier: GPL-2.0
/* See world.h. */
#include "world.h"
#include <linux/memcontrol.h>

struct mem_cgroup *world_memcg;

static struct mm_struct *world_mm;

void world_init(unsigned long nr_pages)
{
	harness_init();
	if (harness_sgx_init(nr_pages, 1))
		harness_fail("the EPC cgroup does not start");
	harness_leak_mark();
	world_memcg = harness_memcg_new(1000000);
	world_mm = harness_mm_new(world_memcg);
	current->mm = world_mm;
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
	world_enter(root);
	current->mm = NULL;
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
	if (ret)
		return ret;
	ret = harness_encl_create(tenant->file, size);
	if (ret)
		fput(tenant->file);
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
	}
	if (ret)
		fput(tenant->file);
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
}

unsigned long tenant_resident(struct tenant *tenant)
{
	return atomic_long_read(&tenant_encl(tenant)->holder.nr_pages);
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
