// SPDX-License-Identifier: GPL-2.0
/*
 * The real code, as the steps of the fuzzer use it. All runs in one thread, on a clock
 * that moves when somebody sleeps, so that the same steps always come to the same.
 */

#include <stdio.h>
#include <string.h>
#include <harness/harness.h>
#include <linux/memcontrol.h>
#include <linux/sched/signal.h>
#include "harness_sgx.h"
#include "fuzz.h"
#include "world.h"

/* So few that a handful of enclaves has no room in it. */
#define NR_EPC_PAGES	64

#define MEMCG_ENOUGH	1000000

static struct cgroup *cgroup[NR_GROUPS];
static struct sgx_cgroup *sgx_cgroup[NR_GROUPS];
static struct mem_cgroup *memcg[NR_MEMCGS];
static struct task_struct *task[NR_TASKS];
static struct task_struct *first_task;

/* Its file, and the mapping of it, in the address space of the task that created it. */
static struct {
	struct file		*file;
	struct vm_area_struct	*vma;
	int			task;
	bool			vepc;
} holder[NR_HOLDERS];

static u64 last_id;

static struct sgx_epc_holder *epc_holder(int i)
{
	struct file *file = holder[i].file;

	return holder[i].vepc ? &harness_vepc(file)->holder : &harness_encl(file)->holder;
}

/* For as long as a step lasts, the thread is one of the tasks, with a signal or not. */
static void become(int i, bool signal)
{
	harness_become(task[i]);
	if (signal)
		harness_signal(task[i], false);
}

static int unbecome(int ret)
{
	harness_signal_clear(current);
	harness_become(first_task);
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

static void set_group(int group, struct cgroup *cgrp)
{
	cgroup[group] = cgrp;
	sgx_cgroup[group] = misc_cg_priv(MISC_CG_RES_SGX_EPC, css_misc(cgrp->misc));
}

static void first_start(void)
{
	harness_init();
	harness_va_slots = VA_SLOTS;
	if (harness_sgx_init(NR_EPC_PAGES, 1))
		differ("the harness does not start");
	first_task = current;
}

void world_start(struct model *m)
{
	int i;

	if (!first_task)
		first_start();
	harness_leak_mark();
	set_group(ROOT, harness_cgroup_root());
	for (i = 0; i < NR_MEMCGS; i++)
		memcg[i] = harness_memcg_new(MEMCG_ENOUGH);
	for (i = 0; i < NR_TASKS; i++) {
		struct mem_cgroup *mine = memcg[m->task[i].memcg];

		task[i] = harness_task_new("tenant", cgroup[ROOT]);
		atomic_inc(&mine->refs);
		task[i]->mm = harness_mm_new(mine);
		m->task[i].pid = task[i]->pid->nr;
	}
	m->total = NR_EPC_PAGES;
	m->last_id = last_id;
}

void world_end(void)
{
	int i;

	for (i = 0; i < NR_TASKS; i++) {
		harness_mm_free(task[i]->mm);
		task[i]->mm = NULL;
		harness_task_free(task[i]);
	}
	for (i = 0; i < NR_MEMCGS; i++)
		mem_cgroup_put(memcg[i]);
	harness_sgx_reset();
	if (harness_leaks())
		differ("SAFE-4: memory is left");
}

/* The @nth allocation for it fails, if it is not 0 and there are so many. */
int world_mkdir(int group, int parent, unsigned int nth, bool *failed)
{
	struct cgroup *cgrp;
	char name[16];

	snprintf(name, sizeof(name), "%d", group);
	harness_fail_nth_alloc(nth);
	cgrp = harness_cgroup_make(cgroup[parent], name);
	*failed = harness_alloc_failed();
	harness_fail_nth_alloc(0);
	if (IS_ERR(cgrp))
		return PTR_ERR(cgrp);
	set_group(group, cgrp);
	return 0;
}

int world_rmdir(int group)
{
	return harness_cgroup_remove(cgroup[group]);
}

int world_move(int i, int group)
{
	return harness_task_move(task[i], cgroup[group]);
}

int world_write(int group, enum line_file file, const char *text, bool signal)
{
	char name[32];

	snprintf(name, sizeof(name), "misc.%s", line_file_name[file]);
	become(0, signal);
	return unbecome(harness_write(cgroup[group], name, text));
}

void world_fill_memcg(int i, bool full)
{
	memcg[i]->limit = full ? 0 : MEMCG_ENOUGH;
}

static void map(int i)
{
	holder[i].vma = harness_mmap(holder[i].file, NR_PAGES);
	if (IS_ERR(holder[i].vma))
		differ("it cannot be mapped");
}

void world_open(int i, int task, bool vepc)
{
	become(task, false);
	holder[i].file = vepc ? harness_vepc_open() : harness_encl_open();
	holder[i].vma = NULL;
	holder[i].vepc = vepc;
	holder[i].task = task;
	if (vepc) {
		last_id++;
		map(i);
	}
	unbecome(0);
}

int world_create(int i, int task, bool signal)
{
	int ret;

	become(task, signal);
	holder[i].task = task;
	last_id++;
	ret = harness_encl_create(holder[i].file, NR_PAGES);
	if (!ret)
		map(i);
	return unbecome(ret);
}

int world_add(int i, int page, bool signal)
{
	become(holder[i].task, signal);
	return unbecome(harness_encl_add(holder[i].file, page));
}

int world_init(int i)
{
	return harness_encl_init(holder[i].file);
}

static pte_t *pte_of(int i, int page)
{
	struct vm_area_struct *vma = holder[i].vma;
	pte_t *pte = xa_load(&vma->vm_mm->ptes, PFN_DOWN(vma->vm_start) + page);

	return pte && pte->present ? pte : NULL;
}

int world_touch(int i, int page, enum touch how, bool signal)
{
	static const unsigned int flags[NR_TOUCHES] = {
		[TOUCH_USER]	 = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_USER |
				   FAULT_FLAG_INTERRUPTIBLE,
		[TOUCH_KERNEL]	 = FAULT_FLAG_ALLOW_RETRY,
		[TOUCH_NO_RETRY] = 0,
		[TOUCH_NO_WAIT]	 = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT,
	};
	int ret;

	become(holder[i].task, signal);
	ret = harness_touch_flags(holder[i].vma, page, flags[how]);
	/* The signal is taken now. It had nothing to do with the page if that is there. */
	harness_signal_clear(current);
	if (ret == -EINTR && pte_of(i, page))
		ret = harness_touch_flags(holder[i].vma, page, flags[how]);
	return unbecome(ret);
}

/* In the middle of an SGX2 ioctl, when it has dropped the lock of the enclave. */
int world_hold(int i, int page, bool signal)
{
	struct sgx_encl *encl = harness_encl(holder[i].file);
	struct sgx_encl_page *entry;

	become(holder[i].task, signal);
	entry = sgx_encl_lock_page(encl, encl->base + page * PAGE_SIZE);
	mutex_unlock(&encl->lock);
	if (IS_ERR(entry))
		sgx_encl_unlock_pages(encl, 0, 0);
	return unbecome(PTR_ERR_OR_ZERO(entry));
}

void world_release(int i)
{
	sgx_encl_unlock_pages(harness_encl(holder[i].file), 0, 0);
}

int world_remove(int i, int page, bool signal)
{
	become(holder[i].task, signal);
	return unbecome(harness_encl_remove(holder[i].file, page));
}

/* A debugger reads a page. */
int world_peek(int i, int page)
{
	struct sgx_encl *encl = harness_encl(holder[i].file);
	struct mm_struct *mm = holder[i].vma->vm_mm;
	struct sgx_encl_page *entry;

	become(holder[i].task, false);
	mmap_read_lock(mm);
	entry = sgx_encl_reserve_page(encl, encl->base + page * PAGE_SIZE, VM_READ);
	if (!IS_ERR(entry))
		mutex_unlock(&encl->lock);
	mmap_read_unlock(mm);
	return unbecome(PTR_ERR_OR_ZERO(entry));
}

int world_remove_all(int i)
{
	return sgx_vepc_remove_all(harness_vepc(holder[i].file));
}

void world_close(int i)
{
	if (holder[i].vma)
		harness_munmap(holder[i].vma);
	fput(holder[i].file);
}

void world_background(void)
{
	sgx_cgroup_reclaim_background();
}

static void look_at_enclave(int i, struct seen *seen)
{
	struct sgx_encl *encl = harness_encl(holder[i].file);
	struct sgx_encl_page *entry;
	unsigned long index;

	xa_for_each(&encl->page_array, index, entry) {
		int page = index - PFN_DOWN(encl->base);
		pte_t *pte = pte_of(i, page);

		if (entry->epc_page)
			seen->holder[i].in |= 1U << page;
		if (pte && !entry->epc_page)
			differ("page %d of enclave %d is mapped, and not in the EPC", page, i);
		if (pte && pte->young)
			seen->holder[i].young |= 1U << page;
	}
	seen->holder[i].secs_in = encl->secs.epc_page;
}

static void look_at_vepc(int i, struct seen *seen)
{
	struct sgx_vepc *vepc = harness_vepc(holder[i].file);
	struct sgx_epc_page *page;
	unsigned long index;

	xa_for_each(&vepc->page_array, index, page)
		seen->holder[i].in |= 1U << index;
}

static void look_at_group(int i, struct seen *seen)
{
	static const enum sgx_stat stat[NR_COUNTS] = {
		[COUNT_EVICTED]		= SGX_STAT_EVICTED,
		[COUNT_LOADED]		= SGX_STAT_LOADED,
		[COUNT_SCANNED]		= SGX_STAT_SCANNED,
		[COUNT_SKIPPED]		= SGX_STAT_SKIPPED,
		[COUNT_WAIT]		= SGX_STAT_WAIT_NSEC,
		[COUNT_EXHAUSTED]	= SGX_STAT_EXHAUSTED,
		[COUNT_LEAKED]		= SGX_STAT_LEAKED,
		[COUNT_POISONED]	= SGX_STAT_POISONED,
	};
	struct misc_res *res = &sgx_cgroup[i]->misc->res[MISC_CG_RES_SGX_EPC];
	int what;

	seen->group[i].usage = misc_cg_usage(MISC_CG_RES_SGX_EPC, sgx_cgroup[i]->misc);
	seen->group[i].peak = res->peak;
	for (what = 0; what < NR_EVENTS; what++) {
		seen->group[i].events[what] = atomic64_read(&res->events[what]);
		seen->group[i].events_local[what] = atomic64_read(&res->events_local[what]);
	}
	for (what = 0; what < NR_COUNTS; what++)
		seen->group[i].count[what] = atomic64_read(&sgx_cgroup[i]->stat[stat[what]]);
}

void world_look(const struct model *m, struct seen *seen)
{
	int i;

	/* To sweep what was killed; all else of the background is a step of its own. */
	while (harness_do_work())
		;
	for (i = 0; i < NR_HOLDERS; i++) {
		if (m->holder[i].state == UNUSED)
			continue;
		seen->holder[i].dead = epc_holder(i)->dead;
		seen->holder[i].refused_memory = epc_holder(i)->cannot_spill;
		if (!holder[i].vma)
			continue;
		if (holder[i].vepc)
			look_at_vepc(i, seen);
		else
			look_at_enclave(i, seen);
	}
	for (i = 0; i < NR_GROUPS; i++) {
		if (m->group[i].used)
			look_at_group(i, seen);
	}
}

void world_read(int group, enum shown file, char *buf, size_t size)
{
	char name[32];

	snprintf(name, sizeof(name), "misc.%s", file_name[file]);
	if (harness_read(cgroup[group], name, buf, size))
		*buf = '\0';
}

unsigned int world_groups(void)
{
	/* The last of a removed group is done in the background. */
	harness_run_work();
	return harness_nr_css();
}
