/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract as a program: what one thing after another that tenants and operators do
 * must come to. It has no locks, no lists and no time, and counts pages afresh each time
 * that somebody asks.
 *
 * Where the contract leaves a choice, above all which page goes, the model is told what
 * was chosen (struct seen), judges whether it was allowed, and goes on from there.
 */
#ifndef _FUZZ_MODEL_H
#define _FUZZ_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include "fuzz.h"
#include "lines.h"

#define NR_GROUPS	12
#define NR_HOLDERS	8
#define NR_PAGES	32
#define NR_MEMCGS	3
#define NR_TASKS	4
#define VA_SLOTS	8

#define EPC_PAGE	4096ULL
#define ROOT		0
#define NONE		(-1)

enum event { EVENT_MAX, EVENT_EXHAUSTED, EVENT_KILL, EVENT_REVOKE, NR_EVENTS };

/* What is counted in misc.stat. The first two follow from the rules, the rest is seen. */
enum count {
	COUNT_EVICTED, COUNT_LOADED, COUNT_SCANNED, COUNT_SKIPPED, COUNT_WAIT,
	COUNT_EXHAUSTED, COUNT_LEAKED, COUNT_POISONED, NR_COUNTS
};

/* A group lives on after its removal as long as something in it or below it does. */
struct group {
	bool		used;
	bool		removed;
	int		parent;
	struct line	max;
	struct line	low;
	bool		fails;
	u64		peak;
	u64		events[NR_EVENTS];
	u64		events_local[NR_EVENTS];
	u64		count[NR_COUNTS];
};

enum state { UNUSED, OPENED, BUILDING, RUNNING };

/**
 * struct holder - an enclave or vEPC instance whose file is open
 * @state:	a vEPC instance is RUNNING
 * @exists:	pages that it has, in the EPC or written out; one bit each, as the next
 * @in:		of these, pages in the EPC
 * @young:	of these, pages used since reclaim last asked
 * @held:	page that an SGX2 ioctl works on, or NONE
 * @va_pages:	each with VA_SLOTS versions, for the SECS and all pages there ever were
 * @slots:	how many of these versions are spoken for
 * @fresh:	pages in the EPC that have no use yet
 * @refused_memory: its memory cgroup had no memory when last asked
 */
struct holder {
	enum state	state;
	bool		vepc;
	bool		dead;
	int		group;
	int		memcg;
	int		task;
	u64		id;
	u32		exists;
	u32		in;
	u32		young;
	int		held;
	bool		secs_in;
	unsigned int	va_pages;
	unsigned int	slots;
	unsigned int	fresh;
	bool		refused_memory;
};

/**
 * struct model - all there is
 * @total:	pages of EPC
 * @asked:	groups below which reclaim may have looked in this step, one bit each
 * @charges:	pages that were or would have been charged in this step
 * @hasty:	reclaim was by somebody who may not wait
 */
struct model {
	unsigned int	total;
	unsigned int	asked;
	unsigned int	charges;
	bool		hasty;
	u64		last_id;
	struct group	group[NR_GROUPS];
	struct holder	holder[NR_HOLDERS];
	bool		memcg_full[NR_MEMCGS];
	struct { int group, memcg, pid; } task[NR_TASKS];
};

/* What can be seen after a step of what was left open by the contract, or not. */
struct seen {
	struct {
		bool		dead;
		u32		in;
		u32		young;
		bool		secs_in;
		bool		refused_memory;
	} holder[NR_HOLDERS];
	struct {
		u64		usage;
		u64		peak;
		u64		events[NR_EVENTS];
		u64		events_local[NR_EVENTS];
		u64		count[NR_COUNTS];
	} group[NR_GROUPS];
};

/* Files of a group, as far as they can be read. */
enum shown {
	FILE_CAPACITY, FILE_CURRENT, FILE_PEAK, FILE_MAX, FILE_LOW, FILE_EXHAUSTED,
	FILE_EVENTS, FILE_EVENTS_LOCAL, FILE_STAT, FILE_ENCLAVES, NR_FILES
};

extern const char *const file_name[NR_FILES];

/* model.c: the tree, what is in it, and what its files say. */
void model_start(struct model *m, unsigned int total);
int model_mkdir(struct model *m, int parent);
void model_rmdir(struct model *m, int group);
bool model_busy(struct model *m, int group);
void model_free_groups(struct model *m);
bool below(const struct model *m, int group, int top);
unsigned int pages_of(const struct holder *h);
unsigned int usage(const struct model *m, int top);
unsigned int free_pages(const struct model *m);
void model_text(struct model *m, int group, enum shown file, char *buf, size_t size);

/* Have @what happened in a group: it counts there and in all above it. */
void count(struct model *m, int group, enum count what, u64 n);
void count_event(struct model *m, int group, enum event event);

/* room.c: how room is made for pages, or not. */

/**
 * struct request - somebody wants pages for a holder
 * @needed:	how many it takes in all
 * @loads:	it is a page that the enclave has
 * @may_kill:	and without which it cannot go on
 * @may_not_wait: whoever asks holds a lock, and reclaims what he can
 * @no_reclaim:	and not even that
 * @signal:	one is pending that ends the wait
 * @made_room:	somebody's pages went for it
 * @counted:	a limit has refused it
 * @exhausted:	nothing was left for it
 */
struct request {
	int		holder;
	unsigned int	needed;
	bool		loads;
	bool		may_kill;
	bool		may_not_wait;
	bool		no_reclaim;
	bool		signal;
	bool		made_room;
	bool		counted;
	bool		exhausted;
};

void request_begin(struct model *m, struct request *rq, const struct seen *seen);
int request_page(struct model *m, struct request *rq, const struct seen *seen);
void charged(struct model *m, int group);
int model_reclaim(struct model *m, int group, const struct line *line, bool signal,
		  const struct seen *seen);
void model_background(struct model *m, const struct seen *seen);

/* enclaves.c: what those do who have EPC. All return 0 or -errno. */

/* How a page is touched: from user mode, or by somebody who holds a lock. */
enum touch { TOUCH_USER, TOUCH_KERNEL, TOUCH_NO_RETRY, TOUCH_NO_WAIT, NR_TOUCHES };

int model_create(struct model *m, int i, int task, bool signal, const struct seen *seen);
int model_add(struct model *m, int i, int page, bool signal, const struct seen *seen);
int model_init(struct model *m, int i);
int model_touch(struct model *m, int i, int page, enum touch how, bool signal,
		const struct seen *seen);
int model_hold(struct model *m, int i, int page, bool signal, const struct seen *seen);
int model_remove(struct model *m, int i, int page, bool signal, const struct seen *seen);
int model_peek(struct model *m, int i, int page, const struct seen *seen);
void model_open_vepc(struct model *m, int i, int task);
int model_remove_all(struct model *m, int i);
void model_close(struct model *m, int i);

/* compare.c: is what was seen after a step what has to be, or may be? */
void model_compare(struct model *m, const struct model *before, const struct seen *seen);

#endif /* _FUZZ_MODEL_H */
