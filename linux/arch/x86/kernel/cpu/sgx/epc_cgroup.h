/* SPDX-License-Identifier: GPL-2.0 */
/*
 * EPC cgroup: who pays for a page of EPC, and how room is made for one more.
 *
 * epc_cgroup.c charges, request.c is what a thread does whose charge was refused.
 * holder.c knows who has EPC. lru.c has the pages that can be reclaimed, by cgroup and
 * age; batch.c takes them from there. exhaust.c decides when nothing is left.
 * reclaim.c and kill.c are mechanism: they write pages of one enclave out, or take
 * them all. wait.c is where page faults and ioctls wait, explicit.c is for those who
 * ask for pages to be freed. vepc.c is all of this for virtual machines. lost.c has
 * pages that do not become free again, stat.c what is counted and shown.
 */
#ifndef _X86_SGX_EPC_CGROUP_H
#define _X86_SGX_EPC_CGROUP_H

#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/memcontrol.h>
#include <linux/misc_cgroup.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct pid;
struct seq_file;
struct sgx_backing;
struct sgx_encl;
struct sgx_encl_page;
struct sgx_epc_page;
struct sgx_secinfo;

/**
 * enum sgx_stat - what is counted in a cgroup and all its ancestors
 * @SGX_STAT_EVICTED:	pages written out
 * @SGX_STAT_LOADED:	pages loaded back
 * @SGX_STAT_SCANNED:	pages that reclaim looked at
 * @SGX_STAT_SKIPPED:	of these, pages that it could not take, used recently or not
 * @SGX_STAT_WAIT_NSEC:	time that threads waited because of a limit
 * @SGX_STAT_EXHAUSTED:	requests that failed because the machine had nothing left,
 *			in the root only, as are the next
 * @SGX_STAT_LEAKED:	pages that EREMOVE refused to give back
 * @SGX_STAT_POISONED:	pages with a memory error
 * @SGX_NR_STATS:	number of these
 */
enum sgx_stat {
	SGX_STAT_EVICTED,
	SGX_STAT_LOADED,
	SGX_STAT_SCANNED,
	SGX_STAT_SKIPPED,
	SGX_STAT_WAIT_NSEC,
	SGX_STAT_EXHAUSTED,
	SGX_STAT_LEAKED,
	SGX_STAT_POISONED,
	SGX_NR_STATS
};

/* In which order pages of a subtree are found. */
enum sgx_order_type {
	SGX_ORDER_UNPROTECTED,
	SGX_ORDER_ALL,
	SGX_NR_ORDERS
};

/**
 * struct sgx_order - a cgroup's place among its siblings, by age of its oldest page
 * @children:	children whose subtree has reclaimable pages, but for those that
 *		misc.low protects if the order is %SGX_ORDER_UNPROTECTED
 * @node:	membership in @children of the parent
 * @oldest:	stamp of the oldest page that is found this way, %SGX_NO_PAGES for none
 * @cg:		the cgroup
 */
struct sgx_order {
	struct rb_root_cached	children;
	struct rb_node		node;
	u64			oldest;
	struct sgx_cgroup	*cg;
};

/**
 * struct sgx_cgroup - the EPC side of a misc cgroup
 * @misc:	 the misc cgroup
 * @parent:	 of the parent cgroup, %NULL for the root
 * @lru:	 pages of the cgroup itself that can be reclaimed, oldest first
 * @order:	 where it is among its siblings, without protected pages and with them
 * @is_protected: misc.low protects the whole subtree from reclaim for an ancestor.
 *		 Found out when reclaim comes here, and again when the usage grows.
 * @nr_reclaimable: pages on the lists of this subtree
 * @nr_isolated: pages of this subtree that a reclaimer took off its list and
 *		 may put back
 * @nr_writing:	 pages of this subtree that were isolated and will surely be freed
 * @nr_in_hand:	 requests of this subtree that have allocated pages and use them now
 * @nr_dying:	 killed enclaves of this subtree whose pages were not gone over yet
 * @nr_vepc:	 pages of this subtree that belong to vEPC instances
 * @stat:	 what happened in this subtree since the cgroup was created
 * @holders:	 enclaves and vEPC instances of the cgroup itself, oldest first
 * @wait:	 threads that wait for pages of this subtree to be freed
 * @verdict:	 held to decide that this cgroup is exhausted, so that threads
 *		 which all hold a few isolated pages do not wait for each other
 * @refused_id:	 holder that was last refused because this cgroup is exhausted
 * @refused_at:	 and when
 * @dying_since: when @nr_dying was last 0, or an enclave killed for this cgroup, in jiffies
 *
 * sgx_lru_lock covers @lru to @nr_writing, sgx_holders_lock @holders,
 * @verdict @refused_id and @refused_at. The counters are also read without, where a
 * value just out of date does no harm; so is @dying_since, which has no lock.
 */
struct sgx_cgroup {
	struct misc_cg		*misc;
	struct sgx_cgroup	*parent;
	struct list_head	lru;
	struct sgx_order	order[SGX_NR_ORDERS];
	bool			is_protected;
	unsigned long		nr_reclaimable;
	unsigned long		nr_isolated;
	unsigned long		nr_writing;
	atomic_t		nr_in_hand;
	atomic_t		nr_dying;
	atomic_long_t		nr_vepc;
	atomic64_t		stat[SGX_NR_STATS];
	struct list_head	holders;
	wait_queue_head_t	wait;
	struct mutex		verdict;
	u64			refused_id;
	unsigned long		refused_at;
	unsigned long		dying_since;
};

enum sgx_holder_kind {
	SGX_HOLDER_ENCLAVE,
	SGX_HOLDER_VEPC,
};

/* &sgx_epc_page.flags, beside those of the driver: the owner is a vEPC instance. */
#define SGX_EPC_PAGE_VEPC	BIT(2)

#define SGX_THRASH_PAGE_BITS	9
#define SGX_THREAD_BITS		6

/**
 * struct sgx_thrash - what an enclave has loaded lately at a limit
 * @loads:	how many loads
 * @since:	since when, in jiffies
 * @pages:	which pages, by hash
 * @threads:	which threads, by hash
 */
struct sgx_thrash {
	unsigned int		loads;
	unsigned long		since;
	DECLARE_BITMAP(pages, 1 << SGX_THRASH_PAGE_BITS);
	DECLARE_BITMAP(threads, 1 << SGX_THREAD_BITS);
};

/**
 * struct sgx_epc_holder - an enclave or vEPC instance as far as EPC goes
 * @kind:	which of the two
 * @dead:	killed or revoked: it gets no more pages, and loses those it has
 * @cannot_spill: its memory cgroup has last refused the memory for a page
 * @id:		unique while the machine runs, and growing
 * @node:	membership in &sgx_cgroup.holders, while it has a cgroup
 * @creator:	the process that created it
 * @comm:	and its name then
 * @nr_pages:	pages that it has in the EPC, of whatever type
 * @nr_written:	pages that it has outside, written out; none of them a VA page
 * @mapped:	end of what was ever mapped of a vEPC instance, in bytes
 * @cg:		cgroup that pays for all its pages, %NULL before it is known
 * @memcg:	memory cgroup that pays for pages written out, which a vEPC has none of
 * @mapping:	all VMAs that map it, whatever the process, and no others
 * @busy_since:	when reclaim first found the lock of the enclave taken, in jiffies; 0 since
 *		it last got it. Without a lock: to be wrong costs a page its turn
 * @held:	page that an SGX2 ioctl works on; not isolated meanwhile
 * @sweep:	work of freeing the pages of a dead enclave
 * @nr_freed:	pages of it that were freed since it died, by @sweep or by reclaimers
 * @dying:	killed, and its pages were not gone over yet
 * @killed_for:	cgroup on whose behalf, with a reference while @dying
 * @requests:	requests of threads that work on it just now
 * @thrash:	to find out that loading helps nobody
 * @counted:	threads, by hash, whose last fault will be retried and was counted as a
 *		max event; changed without a lock, bit by bit
 * @lock:	covers @requests, @thrash and @mapped; nothing is taken inside it
 *
 * @id to @comm, @cg and @memcg are set before the first page is allocated and stay
 * until the last one is freed. sgx_lru_lock covers @held, the lock of the enclave or
 * instance @dead and @cannot_spill, which are read without it to choose a victim, and
 * @killed_for. @dying is set under it, cleared by @sweep alone and read without; @nr_freed
 * is written under it and read without. @sweep reads @killed_for when it is set.
 * sgx_holders_lock covers @cg when others than threads of the holder ask for it.
 */
struct sgx_epc_holder {
	enum sgx_holder_kind	kind;
	bool			dead;
	bool			cannot_spill;
	u64			id;
	struct list_head	node;
	struct pid		*creator;
	char			comm[TASK_COMM_LEN];
	atomic_long_t		nr_pages;
	atomic_long_t		nr_written;
	u64			mapped;
	struct sgx_cgroup	*cg;
	struct mem_cgroup	*memcg;
	struct address_space	mapping;
	unsigned long		busy_since;
	struct sgx_epc_page	*held;
	struct work_struct	sweep;
	unsigned long		nr_freed;
	bool			dying;
	struct sgx_cgroup	*killed_for;
	struct list_head	requests;
	struct sgx_thrash	thrash;
	DECLARE_BITMAP(counted, 1 << SGX_THREAD_BITS);
	spinlock_t		lock;
};

/* The bit of the current thread where threads are told apart by hash. */
static inline unsigned int sgx_thread_bit(void)
{
	return hash_ptr(current, SGX_THREAD_BITS);
}

/*
 * For how long pages of an enclave whose lock is taken keep their turn. After that
 * they are passed over, for a tenant may have a hand in it.
 */
#define SGX_BUSY_PATIENCE	msecs_to_jiffies(20)

/* How long to wait for what others are about before looking again. */
#define SGX_LOOK_AGAIN	msecs_to_jiffies(20)

/* Has reclaim not got the lock of the enclave for longer than that? */
static inline bool sgx_holder_busy_for_long(struct sgx_epc_holder *holder)
{
	unsigned long since = READ_ONCE(holder->busy_since);

	return since && !time_before(jiffies, since + SGX_BUSY_PATIENCE);
}

#define sgx_page_encl(_page)		((_page)->owner->encl)
#define sgx_holder_encl(_holder)	container_of(_holder, struct sgx_encl, holder)

/**
 * struct sgx_vepc - EPC given to a virtual machine
 * @refcount:	one for the file, one for whoever revokes it
 * @page_array:	the pages by offset
 * @lock:	covers @page_array
 * @holder:	who pays
 */
struct sgx_vepc {
	struct kref		refcount;
	struct xarray		page_array;
	struct mutex		lock;
	struct sgx_epc_holder	holder;
};

#define sgx_holder_vepc(_holder)	container_of(_holder, struct sgx_vepc, holder)

/* &sgx_order.oldest of a subtree without reclaimable pages. */
#define SGX_NO_PAGES	U64_MAX

/* May pages be written out that were used recently, or are protected by misc.low? */
enum sgx_age {
	SGX_SPARE_YOUNG,
	SGX_TAKE_YOUNG,
	SGX_TAKE_PROTECTED,
};

/**
 * struct sgx_reclaim_result - what came of one batch of reclaim
 * @looked:	pages looked at, 0 if there was none
 * @freed:	pages freed
 * @busy:	some were passed over because the lock of their enclave was taken
 * @soon:	it was taken so recently that waiting a moment is better than others' pages
 */
struct sgx_reclaim_result {
	unsigned int		looked;
	unsigned int		freed;
	bool			busy;
	bool			soon;
};

/* What ends the wait of a request early. */
enum sgx_wake {
	SGX_WAKE_SIGNAL,
	SGX_WAKE_FATAL_SIGNAL,
};

/**
 * struct sgx_epc_request - one thread's need of EPC, from refusal to success
 * @list:	member of &sgx_epc_holder.requests
 * @task:	the thread
 * @holder:	for whom the pages are, %NULL if misc.reclaim wants them gone
 * @spares:	pages allocated and charged while no lock was held
 * @nr_spares:	number of @spares
 * @nr_wanted:	how many it needs to go on
 * @nr_least:	how many will do if there are no more: those it must have at once
 * @wake:	what ends the wait
 * @index:	page that a fault loads
 * @may_kill:	it is a load, without which an enclave cannot go on
 * @noted:	the load was counted in &sgx_epc_holder.thrash
 * @in_hand:	it has allocated pages, and is counted in &sgx_cgroup.nr_in_hand
 * @exhausted:	nothing was left for it, and that was counted
 * @refused:	an allocation that could not wait was refused since last asked
 * @in_the_way:	cgroup that refused it, the root if no page was free
 * @counted:	a limit refused the request, and a max event was counted for it
 * @refused_at:	when, in ns
 * @batch:	how many pages to reclaim at a time
 * @freed:	pages that its thread has freed
 * @looked:	pages looked at since the last one was freed
 * @in_vain:	all pages were looked at since, so it takes all that it wants or nothing
 * @looks:	sleeps since then in which nobody freed a page either, the long ones more
 * @age:	how hard to reclaim
 *
 * Only the thread itself touches a request; it is on the list so that it finds
 * it again below driver functions that do not pass it on.
 */
struct sgx_epc_request {
	struct list_head	list;
	struct task_struct	*task;
	struct sgx_epc_holder	*holder;
	struct list_head	spares;
	unsigned int		nr_spares;
	unsigned int		nr_wanted;
	unsigned int		nr_least;
	enum sgx_wake		wake;
	unsigned long		index;
	bool			may_kill;
	bool			noted;
	bool			in_hand;
	bool			exhausted;
	bool			refused;
	struct sgx_cgroup	*in_the_way;
	bool			counted;
	u64			refused_at;
	unsigned int		batch;
	unsigned long		freed;
	unsigned long		looked;
	bool			in_vain;
	unsigned int		looks;
	enum sgx_age		age;
};

/* epc_cgroup.c */
extern struct sgx_cgroup sgx_cgroup_root;

void sgx_cgroup_add_capacity(u64 bytes);
int sgx_cgroup_init(void);
void sgx_cgroup_exit(void);

struct sgx_epc_page *sgx_holder_alloc_page(struct sgx_epc_holder *holder,
					   void *owner, bool reclaim);

struct sgx_epc_page *sgx_cgroup_try_alloc(struct sgx_cgroup *cg,
					  struct sgx_cgroup **limiting);
struct sgx_cgroup *sgx_cgroup_detach_page(struct sgx_epc_page *page);
void sgx_cgroup_uncharge(struct sgx_cgroup *cg);

/* request.c */
void sgx_request_init(struct sgx_epc_request *rq, enum sgx_wake wake);
void sgx_request_begin(struct sgx_epc_request *rq, struct sgx_epc_holder *holder,
		       enum sgx_wake wake);
struct sgx_epc_request *sgx_request_find(struct sgx_epc_holder *holder);
struct sgx_epc_page *sgx_request_take_spare(struct sgx_epc_request *rq);
void sgx_request_refuse(struct sgx_epc_request *rq, struct sgx_cgroup *limiting);
bool sgx_request_refused(struct sgx_epc_request *rq);
int sgx_request_make_room(struct sgx_epc_request *rq, unsigned int nr_pages);
void sgx_request_for_load(struct sgx_epc_request *rq, unsigned long index);
int sgx_request_reclaim(struct sgx_epc_request *rq, struct sgx_cgroup *target);
bool sgx_request_fill(struct sgx_epc_request *rq, unsigned int nr_pages,
		      struct sgx_cgroup **limiting);
bool sgx_request_reclaim_once(struct sgx_epc_request *rq);
bool sgx_request_comes_again(struct sgx_epc_request *rq);
void sgx_request_freed(struct sgx_epc_request *rq, unsigned long nr_pages);
void sgx_request_end(struct sgx_epc_request *rq);

/* explicit.c */
int sgx_cgroup_reclaim_amount(void *priv, u64 bytes, unsigned int words);

/* holder.c */
void sgx_holder_init(struct sgx_epc_holder *holder, enum sgx_holder_kind kind,
		     struct file *file);
void sgx_holder_charge_current(struct sgx_epc_holder *holder);
void sgx_holder_exit(struct sgx_epc_holder *holder);
u64 sgx_holder_last_id(void);
struct sgx_cgroup *sgx_holder_get_cgroup(struct sgx_epc_holder *holder);
void sgx_cgroup_walk_holders(struct sgx_cgroup *cg,
			     void (*fn)(struct sgx_epc_holder *holder, void *arg),
			     void *arg);
struct sgx_epc_holder *sgx_page_holder(struct sgx_epc_page *page);
void sgx_holder_take_page(struct sgx_epc_holder *holder, struct sgx_epc_page *page,
			  void *owner);
void sgx_holder_drop_page(struct sgx_epc_page *page);
void sgx_holder_forget_page(struct sgx_epc_page *page);
struct sgx_epc_holder *sgx_cgroup_largest(struct sgx_cgroup *target,
					  enum sgx_holder_kind kind, u64 last_id,
					  bool (*get)(struct sgx_epc_holder *holder));
void sgx_cgroup_log_end(const char *what, struct sgx_cgroup *limiting,
			struct sgx_epc_holder *holder, long nr_pages);

/* lru.c */
void sgx_cgroup_init_order(struct sgx_cgroup *cg);
void sgx_cgroup_grown(struct sgx_cgroup *cg);
void sgx_cgroup_low_changed(void *priv);
bool sgx_holder_hold_page(struct sgx_epc_holder *holder, struct sgx_epc_page *page);
void sgx_holder_release_page(struct sgx_epc_holder *holder);

unsigned int sgx_cgroup_isolate(struct sgx_cgroup *target, enum sgx_age age,
				struct sgx_epc_page **pages, unsigned int max,
				unsigned int *nr);
void sgx_cgroup_put_back(struct sgx_epc_page *page, bool anew);
void sgx_cgroup_wake(struct sgx_cgroup *cg);
void sgx_cgroup_start_write(struct sgx_epc_page *page);
void sgx_cgroup_end_write(struct sgx_cgroup *cg, unsigned int nr_pages);

/* batch.c */
struct sgx_reclaim_result sgx_cgroup_reclaim(struct sgx_cgroup *target,
					     enum sgx_age age, unsigned int max);
bool sgx_cgroup_reclaimable(void);
void sgx_cgroup_reclaim_direct(void);
void sgx_cgroup_reclaim_background(void);

/* reclaim.c */
int sgx_vma_mremap(struct vm_area_struct *vma);
int sgx_encl_get_backing(struct sgx_encl *encl, unsigned long page_index,
			 struct sgx_backing *backing, gfp_t gfp);
int sgx_encl_write_back(struct sgx_encl *encl, struct sgx_epc_page **pages,
			unsigned int nr, enum sgx_age age);

/* exhaust.c */
bool sgx_request_thrashes(struct sgx_epc_request *rq, struct sgx_cgroup *target);
int sgx_request_exhausted(struct sgx_epc_request *rq, struct sgx_cgroup *target);

/* kill.c */
unsigned int sgx_encl_drop_isolated(struct sgx_encl *encl, struct sgx_epc_page **pages,
				    unsigned int nr);
bool sgx_cgroup_awaits_end(struct sgx_cgroup *target);
void sgx_encl_sweep(struct sgx_encl *encl);
void sgx_encl_sweep_work(struct work_struct *work);
int sgx_kill_init(void);
void sgx_kill_exit(void);
struct sgx_encl *sgx_cgroup_kill_locked(struct sgx_cgroup *target, u64 last_id, bool asked);
long sgx_cgroup_kill_one(struct sgx_cgroup *target, u64 last_id);

/* wait.c */
enum sgx_wake sgx_fault_wake(struct vm_fault *vmf);
vm_fault_t sgx_fault_waited(struct mm_struct *mm, int ret);
vm_fault_t sgx_encl_fault(struct vm_fault *vmf);
int sgx_encl_add_user_page(struct sgx_encl *encl, unsigned long src,
			   unsigned long offset, struct sgx_secinfo *secinfo,
			   unsigned long flags);
struct sgx_encl_page *sgx_encl_reserve_page(struct sgx_encl *encl, unsigned long addr,
					    unsigned long vm_flags);
struct sgx_encl_page *sgx_encl_lock_page(struct sgx_encl *encl, unsigned long addr);
long sgx_encl_unlock_pages(struct sgx_encl *encl, long ret, unsigned long count);

/* lost.c */
void sgx_page_leaked(struct sgx_epc_page *page);

/* stat.c */
void sgx_cgroup_count(struct sgx_cgroup *cg, enum sgx_stat stat, unsigned long n);
void sgx_holder_count_written(struct sgx_epc_holder *holder, unsigned int nr_pages);
void sgx_holder_count_loaded(struct sgx_epc_holder *holder);
void sgx_holder_forget_written(struct sgx_epc_holder *holder);
void sgx_holder_mapped(struct sgx_epc_holder *holder, struct vm_area_struct *vma);
void sgx_request_count_wait(struct sgx_epc_request *rq);
void sgx_cgroup_stat_show(void *priv, struct seq_file *sf);
void sgx_cgroup_holders_show(void *priv, struct seq_file *sf);
void sgx_encl_show_fdinfo(struct seq_file *sf, struct file *file);
void sgx_vepc_show_fdinfo(struct seq_file *sf, struct file *file);

/* vepc.c */
vm_fault_t sgx_vepc_fault(struct vm_fault *vmf);
long sgx_vepc_remove_all(struct sgx_vepc *vepc);
int sgx_vepc_release(struct inode *inode, struct file *file);
long sgx_cgroup_revoke_one(struct sgx_cgroup *target, u64 last_id);

/* Mechanism of the driver that is used from here. */
void sgx_wake_ksgxd(void);
void sgx_encl_ewb(struct sgx_epc_page *epc_page, struct sgx_backing *backing);
int __sgx_encl_get_backing(struct sgx_encl *encl, unsigned long page_index,
			   struct sgx_backing *backing, gfp_t gfp);
int sgx_encl_add_page(struct sgx_encl *encl, struct page *src_page,
		      unsigned long offset, struct sgx_secinfo *secinfo,
		      unsigned long flags);
struct sgx_encl_page *sgx_encl_load_page_in_vma(struct sgx_encl *encl, unsigned long addr,
						unsigned long vm_flags);
vm_fault_t sgx_vma_fault(struct vm_fault *vmf);
vm_fault_t sgx_encl_eaug_page(struct vm_area_struct *vma, struct sgx_encl *encl,
			      unsigned long addr);

#endif /* _X86_SGX_EPC_CGROUP_H */
