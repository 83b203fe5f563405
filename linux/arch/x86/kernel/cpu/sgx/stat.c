// SPDX-License-Identifier: GPL-2.0
/*
 * What operators see of the EPC: misc.stat and misc.enclaves of a cgroup, and fdinfo
 * of the files of enclaves and vEPC instances. The tracepoints are made here, too.
 */

#include <linux/atomic.h>
#include <linux/cgroup.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include "encl.h"
#include "epc_cgroup.h"

/* As user space knows it: the inode number of the directory. */
static u64 __maybe_unused sgx_cgroup_id(struct sgx_cgroup *cg)
{
#ifdef CONFIG_CGROUP_MISC
	return cgroup_id(cg->misc->css.cgroup);
#else
	return 0;
#endif
}

#define CREATE_TRACE_POINTS
#include <asm/trace/sgx.h>

/* How often to read anew what changes meanwhile. */
#define SGX_STAT_READS	10

/**
 * sgx_cgroup_count() - count something in a cgroup and all its ancestors
 * @cg: where it happened
 * @stat: what
 * @n: how often
 *
 * Each level has its own sum, so that what is counted outlives a removed child.
 *
 * Context: Any context.
 */
void sgx_cgroup_count(struct sgx_cgroup *cg, enum sgx_stat stat, unsigned long n)
{
	if (!n)
		return;
	for (; cg; cg = cg->parent)
		atomic64_add(n, &cg->stat[stat]);
}

/**
 * sgx_holder_count_written() - pages of an enclave were written out
 * @holder: the enclave
 * @nr_pages: how many, the SECS among them
 *
 * Context: Process context, encl->lock held.
 */
void sgx_holder_count_written(struct sgx_epc_holder *holder, unsigned int nr_pages)
{
	atomic_long_add(nr_pages, &holder->nr_written);
	sgx_cgroup_count(holder->cg, SGX_STAT_EVICTED, nr_pages);
}

/**
 * sgx_holder_count_loaded() - a page of an enclave, or its SECS, was loaded back
 * @holder: the enclave
 *
 * Context: Process context, encl->lock held.
 */
void sgx_holder_count_loaded(struct sgx_epc_holder *holder)
{
	atomic_long_dec(&holder->nr_written);
	sgx_cgroup_count(holder->cg, SGX_STAT_LOADED, 1);
}

/**
 * sgx_holder_forget_written() - the written-out pages of an enclave were dropped
 * @holder: the enclave, which is dead and so neither writes nor loads any more
 *
 * Context: Any context.
 */
void sgx_holder_forget_written(struct sgx_epc_holder *holder)
{
	atomic_long_set(&holder->nr_written, 0);
}

/**
 * sgx_holder_mapped() - a vEPC instance is being mapped
 * @holder: the instance
 * @vma: the mapping
 *
 * An instance has no size of its own. It is as large as it was ever mapped.
 *
 * Context: Process context, mmap_lock held.
 */
void sgx_holder_mapped(struct sgx_epc_holder *holder, struct vm_area_struct *vma)
{
	u64 end = PFN_PHYS(vma->vm_pgoff + vma_pages(vma));

	spin_lock(&holder->lock);
	if (end > holder->mapped)
		WRITE_ONCE(holder->mapped, end);
	spin_unlock(&holder->lock);
}

/**
 * sgx_request_count_wait() - count the time since a limit first refused a request
 * @rq: request, which a limit has refused
 *
 * Context: Process context.
 */
void sgx_request_count_wait(struct sgx_epc_request *rq)
{
	sgx_cgroup_count(rq->holder->cg, SGX_STAT_WAIT_NSEC,
			 ktime_get_ns() - rq->refused_at);
}

/*
 * Three gauges that change one by one, shown such that they add up: what is charged
 * is read last, when the others have stayed as they are meanwhile if possible, and
 * they are never said to be more than that.
 */
static void sgx_cgroup_show_pages(struct sgx_cgroup *cg, struct seq_file *sf)
{
	u64 reclaimable, vepc, usage;
	unsigned int reads = 0;

	do {
		usage = misc_cg_usage(MISC_CG_RES_SGX_EPC, cg->misc);
		reclaimable = (u64)READ_ONCE(cg->nr_reclaimable) << PAGE_SHIFT;
		vepc = (u64)atomic_long_read(&cg->nr_vepc) << PAGE_SHIFT;
	} while (usage != misc_cg_usage(MISC_CG_RES_SGX_EPC, cg->misc) &&
		 ++reads < SGX_STAT_READS);

	reclaimable = min(reclaimable, usage);
	vepc = min(vepc, usage - reclaimable);
	seq_printf(sf, "sgx_epc.reclaimable %llu\n", reclaimable);
	seq_printf(sf, "sgx_epc.vepc %llu\n", vepc);
	seq_printf(sf, "sgx_epc.unreclaimable %llu\n", usage - reclaimable - vepc);
}

static void sgx_cgroup_show_count(struct sgx_cgroup *cg, struct seq_file *sf,
				  const char *key, enum sgx_stat stat, u64 unit)
{
	u64 n = atomic64_read(&cg->stat[stat]);

	seq_printf(sf, "sgx_epc.%s %llu\n", key, n / unit);
}

/**
 * sgx_cgroup_stat_show() - print misc.stat
 * @priv: the cgroup
 * @sf: where to
 *
 * Context: Process context.
 */
void sgx_cgroup_stat_show(void *priv, struct seq_file *sf)
{
	struct sgx_cgroup *cg = priv;

	sgx_cgroup_show_pages(cg, sf);
	sgx_cgroup_show_count(cg, sf, "evicted", SGX_STAT_EVICTED, 1);
	sgx_cgroup_show_count(cg, sf, "loaded", SGX_STAT_LOADED, 1);
	sgx_cgroup_show_count(cg, sf, "scanned", SGX_STAT_SCANNED, 1);
	sgx_cgroup_show_count(cg, sf, "skipped", SGX_STAT_SKIPPED, 1);
	sgx_cgroup_show_count(cg, sf, "wait_usec", SGX_STAT_WAIT_NSEC, NSEC_PER_USEC);
	if (cg->parent)
		return;
	sgx_cgroup_show_count(cg, sf, "exhausted", SGX_STAT_EXHAUSTED, 1);
	sgx_cgroup_show_count(cg, sf, "leaked", SGX_STAT_LEAKED, 1);
	sgx_cgroup_show_count(cg, sf, "poisoned", SGX_STAT_POISONED, 1);
}

static const char *sgx_holder_type(struct sgx_epc_holder *holder)
{
	return holder->kind == SGX_HOLDER_ENCLAVE ? "enclave" : "vepc";
}

static const char *sgx_holder_state(struct sgx_epc_holder *holder)
{
	if (READ_ONCE(holder->dead))
		return holder->kind == SGX_HOLDER_ENCLAVE ? "killed" : "revoked";
	if (holder->kind == SGX_HOLDER_ENCLAVE &&
	    !test_bit(SGX_ENCL_INITIALIZED, &sgx_holder_encl(holder)->flags))
		return "building";
	return "running";
}

static u64 sgx_holder_size(struct sgx_epc_holder *holder)
{
	struct sgx_encl *encl = sgx_holder_encl(holder);

	if (holder->kind == SGX_HOLDER_VEPC)
		return READ_ONCE(holder->mapped);
	return test_bit(SGX_ENCL_CREATED, &encl->flags) ? encl->size : 0;
}

static u64 sgx_pages_size(atomic_long_t *nr_pages)
{
	return (u64)atomic_long_read(nr_pages) << PAGE_SHIFT;
}

/* Number of the creator as the reader sees it, 0 if it is gone or not to be seen. */
static pid_t sgx_holder_pid(struct sgx_epc_holder *holder)
{
	pid_t pid = 0;

	rcu_read_lock();
	if (pid_task(holder->creator, PIDTYPE_TGID))
		pid = pid_nr_ns(holder->creator, task_active_pid_ns(current));
	rcu_read_unlock();

	return pid;
}

static void sgx_holder_show(struct sgx_epc_holder *holder, void *sf)
{
	seq_printf(sf, "%llu type=%s state=%s size=%llu resident=%llu written_out=%llu pid=%d\n",
		   holder->id, sgx_holder_type(holder), sgx_holder_state(holder),
		   sgx_holder_size(holder), sgx_pages_size(&holder->nr_pages),
		   sgx_pages_size(&holder->nr_written), sgx_holder_pid(holder));
}

/**
 * sgx_cgroup_holders_show() - print misc.enclaves
 * @priv: the cgroup
 * @sf: where to
 *
 * Context: Process context.
 */
void sgx_cgroup_holders_show(void *priv, struct seq_file *sf)
{
	sgx_cgroup_walk_holders(priv, sgx_holder_show, sf);
}

#ifdef CONFIG_CGROUP_MISC
/* In the way of /proc/PID/cgroup. */
static void sgx_show_path(struct seq_file *sf, struct misc_cg *misc)
{
	struct cgroup *cgrp = misc->css.cgroup;
	char *path;
	int ret;

	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return;
	ret = cgroup_path_ns(cgrp, path, PATH_MAX, current->nsproxy->cgroup_ns);
	if (ret >= 0)
		seq_printf(sf, "sgx-cgroup:\t%s%s\n", path,
			   cgrp->self.flags & CSS_ONLINE ? "" : " (deleted)");
	kfree(path);
}
#else
static void sgx_show_path(struct seq_file *sf, struct misc_cg *misc)
{
}
#endif

static void sgx_holder_show_path(struct sgx_epc_holder *holder, struct seq_file *sf)
{
	struct sgx_cgroup *cg = sgx_holder_get_cgroup(holder);

	if (!cg)
		return;
	if (cg->misc) {
		sgx_show_path(sf, cg->misc);
		put_misc_cg(cg->misc);
	} else {
		seq_puts(sf, "sgx-cgroup:\t/\n");
	}
}

/* The way of GPU drivers: whole KiB. */
static void sgx_show_kib(struct seq_file *sf, const char *key, u64 bytes)
{
	seq_printf(sf, "sgx-%s:\t%llu KiB\n", key, bytes >> 10);
}

static void sgx_holder_show_fdinfo(struct sgx_epc_holder *holder, struct seq_file *sf)
{
	seq_printf(sf, "sgx-type:\t%s\n", sgx_holder_type(holder));
	seq_printf(sf, "sgx-state:\t%s\n", sgx_holder_state(holder));
	sgx_show_kib(sf, "size", sgx_holder_size(holder));
	sgx_show_kib(sf, "resident", sgx_pages_size(&holder->nr_pages));
	sgx_show_kib(sf, "written-out", sgx_pages_size(&holder->nr_written));
	sgx_holder_show_path(holder, sf);
}

/**
 * sgx_encl_show_fdinfo() - print /proc/PID/fdinfo/FD of an enclave
 * @sf: where to
 * @file: file of the enclave
 *
 * Context: Process context.
 */
void sgx_encl_show_fdinfo(struct seq_file *sf, struct file *file)
{
	struct sgx_encl *encl = file->private_data;

	sgx_holder_show_fdinfo(&encl->holder, sf);
}

/**
 * sgx_vepc_show_fdinfo() - print /proc/PID/fdinfo/FD of a vEPC instance
 * @sf: where to
 * @file: file of the instance
 *
 * Context: Process context.
 */
void sgx_vepc_show_fdinfo(struct seq_file *sf, struct file *file)
{
	struct sgx_vepc *vepc = file->private_data;

	sgx_holder_show_fdinfo(&vepc->holder, sf);
}
