// SPDX-License-Identifier: GPL-2.0
/*
 * How room is made in the reference model: reclaim, exhaustion, and the end of
 * enclaves and vEPC instances.
 *
 * Which pages go is seen, not predicted. They must be of a subtree that was in the way
 * (REACH-1), the unprotected before the protected and the old before the young (FAIR-2).
 * When nothing is left there is no choice any more: who is killed is predicted.
 */

#include <errno.h>
#include <string.h>
#include "model.h"

/* A batch of reclaim, which may free more than was needed. */
#define BATCH	16

static bool is_enclave(const struct holder *h)
{
	return h->state > OPENED && !h->vepc && !h->dead;
}

static u32 held_bit(const struct holder *h)
{
	return h->held == NONE ? 0 : 1U << h->held;
}

/* Pages that ordinary reclaim can take: CHARGE-5, and none that an ioctl works on. */
static u32 reclaimable(const struct model *m, const struct holder *h)
{
	return is_enclave(h) && !m->memcg_full[h->memcg] ? h->in & ~held_bit(h) : 0;
}

/*
 * Pages that were written out in this step. Those of an enclave that was killed were
 * before that, for it is killed only when nothing else is left (EXHAUST-2, RECLAIM-2).
 */
static u32 written(const struct model *m, const struct seen *seen, int i)
{
	const struct holder *h = &m->holder[i];

	if (!is_enclave(h))
		return 0;
	return seen->holder[i].dead ? reclaimable(m, h) : h->in & ~seen->holder[i].in;
}

static bool below_any(const struct model *m, int group, unsigned int tops)
{
	for (; group != NONE; group = m->group[group].parent) {
		if (tops & 1U << group)
			return true;
	}
	return false;
}

static bool fits(const struct model *m, int group, unsigned int pages)
{
	return (usage(m, group) + pages) * EPC_PAGE <= m->group[group].max.amount;
}

/* The limiting cgroup: the nearest that has no room. */
static int limiting(const struct model *m, int group)
{
	while (group != NONE && fits(m, group, 1))
		group = m->group[group].parent;
	return group;
}

/* FAIR-2: no group is protected more than its parent. The root has no misc.low. */
static u64 effective_low(const struct model *m, int group)
{
	u64 low = UINT64_MAX;

	for (; group != ROOT; group = m->group[group].parent) {
		if (m->group[group].low.amount < low)
			low = m->group[group].low.amount;
	}
	return low;
}

/*
 * From reclaim for @target, which is no protection of @target itself, while so many pages
 * are in the hands of reclaimers.
 */
static bool is_protected(const struct model *m, int group, int target, unsigned int in_hand)
{
	for (; group != target; group = m->group[group].parent) {
		u64 low = effective_low(m, group);
		unsigned int pages = usage(m, group);

		if (low && (pages <= in_hand || (pages - in_hand) * EPC_PAGE <= low))
			return true;
	}
	return false;
}

/*
 * Is a page left that is not protected? If @before is given, one that was old then, and
 * not protected either when a batch of pages had been taken out to be looked at: these
 * count as gone, so that what was looked at before may come again first.
 */
static bool unprotected_left(const struct model *m, int target, const struct model *before)
{
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		const struct holder *h = &m->holder[i];
		u32 left = reclaimable(m, h) & ~(before ? before->holder[i].young : 0);

		if (left && below(m, h->group, target) &&
		    !is_protected(m, h->group, target, before ? BATCH : 0))
			return true;
	}
	return false;
}

/*
 * Was @group taken below what is protected? By one page and its SECS it may be, and by
 * pages that were charged to it meanwhile.
 */
static bool below_low(const struct model *m, const struct model *before, int group)
{
	unsigned int slack = 1 + m->charges;
	int i;

	if (usage(before, group) == usage(m, group))
		return false;
	for (i = 0; i < NR_HOLDERS; i++)
		slack += below(m, m->holder[i].group, group) &&
			 before->holder[i].secs_in && !m->holder[i].secs_in;

	return (usage(m, group) + slack) * EPC_PAGE <= effective_low(m, group);
}

/* FAIR-2: unprotected old pages first, then unprotected young ones, then all. */
static void check_order(const struct model *m, const struct model *before, int target)
{
	bool young = false;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		const struct holder *old = &before->holder[i];

		young |= old->young & old->in & ~m->holder[i].in;
	}
	if (young && unprotected_left(m, target, before))
		differ("FAIR-2: a young page was written out before an old one");

	for (i = 0; i < NR_GROUPS; i++) {
		if (m->group[i].used && i != target && below(m, i, target) &&
		    below_low(m, before, i) && unprotected_left(m, target, NULL))
			differ("FAIR-2: group %d was taken below its low, others not", i);
	}
}

/* The SECS goes with the last page of an enclave that is built. */
static void write_pages(struct model *m, struct holder *h, u32 pages)
{
	h->in &= ~pages;
	h->young &= ~pages;
	h->refused_memory = false;
	count(m, h->group, COUNT_EVICTED, __builtin_popcount(pages));
	if (h->in || h->state != RUNNING || !h->secs_in)
		return;
	h->secs_in = false;
	count(m, h->group, COUNT_EVICTED, 1);
}

/* Have go what went from where it was asked for. Return the number of pages. */
static unsigned int write_out(struct model *m, const struct seen *seen)
{
	unsigned int tops = m->asked;
	const struct model before = *m;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		u32 pages = written(m, seen, i);

		if (!pages || !below_any(m, m->holder[i].group, tops))
			continue;
		if (pages & ~reclaimable(m, &m->holder[i]))
			differ("a page of enclave %d was written out that cannot be", i);
		write_pages(m, &m->holder[i], pages);
	}
	/*
	 * What went for whom cannot be told apart when several were in the way. REACH-4:
	 * who may not wait takes what he finds in one batch of each age.
	 */
	if (tops && !(tops & (tops - 1)) && !m->hasty)
		check_order(m, &before, __builtin_ctz(tops));

	return usage(&before, ROOT) - usage(m, ROOT);
}

/* EXHAUST-3: which of the two should go? NULL is nobody. */
static struct holder *first_victim(struct holder *a, struct holder *b)
{
	if (!a || !b)
		return a ? a : b;
	if (a->refused_memory != b->refused_memory)
		return a->refused_memory ? a : b;
	if (pages_of(a) != pages_of(b))
		return pages_of(a) > pages_of(b) ? a : b;
	return a->id > b->id ? a : b;
}

static struct holder *victim(struct model *m, int target, bool vepc)
{
	struct holder *best = NULL;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		struct holder *h = &m->holder[i];

		if (h->state > OPENED && h->vepc == vepc && !h->dead && pages_of(h) &&
		    below(m, h->group, target))
			best = first_victim(best, h);
	}
	return best;
}

/* EXHAUST-4, RECLAIM-2: all its pages are free, and what was written out is gone. */
static unsigned int end(struct model *m, struct holder *h, int target)
{
	unsigned int pages = pages_of(h);

	h->dead = true;
	h->in = h->young = 0;
	h->secs_in = false;
	h->va_pages = h->fresh = 0;
	count_event(m, target, h->vepc ? EVENT_REVOKE : EVENT_KILL);
	return pages;
}

/*
 * Ordinary reclaim has freed what it can below @target, or something is wrong. All
 * enclaves with pages were asked, so it is known whose memory cgroup is full.
 */
static void check_nothing_left(struct model *m, int target)
{
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		struct holder *h = &m->holder[i];

		if (!is_enclave(h) || !below(m, h->group, target))
			continue;
		if (reclaimable(m, h))
			differ("REACH-5: given up, but pages 0x%x of enclave %d are left",
			       reclaimable(m, h), i);
		if (h->in & ~held_bit(h))
			h->refused_memory = true;
	}
}

/* EXHAUST-3: no kill that cannot help. */
static bool kill_helps(const struct model *m, int target)
{
	unsigned int vepc = 0;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		if (m->holder[i].vepc && below(m, m->holder[i].group, target))
			vepc += pages_of(&m->holder[i]);
	}
	return (vepc + 1) * EPC_PAGE <= m->group[target].max.amount;
}

/* EXHAUST-2, MAX-4: 0 if somebody was killed. One request is exhausted once. */
static int exhausted(struct model *m, struct request *rq, int target)
{
	struct holder *h = NULL;

	check_nothing_left(m, target);
	if (!rq->exhausted && target == ROOT)
		count(m, ROOT, COUNT_EXHAUSTED, 1);
	else if (!rq->exhausted)
		count_event(m, target, EVENT_EXHAUSTED);
	rq->exhausted = true;

	if (rq->may_kill && target != ROOT && !m->group[target].fails &&
	    kill_helps(m, target))
		h = victim(m, target, false);
	if (!h)
		return -ENOMEM;
	end(m, h, target);
	return 0;
}

/* Who may be asked for pages, if @rq needs as many as it says? */
void request_begin(struct model *m, struct request *rq, const struct seen *seen)
{
	const struct holder *h = &m->holder[rq->holder];
	int g;

	/* All its pages go, and with them the SECS, which has to come back for the load. */
	if (rq->loads && h->secs_in && h->state == RUNNING && h->in &&
	    written(m, seen, rq->holder) == h->in)
		rq->needed++;

	m->charges += rq->needed;
	if (rq->no_reclaim || rq->signal)
		return;
	if (free_pages(m) < rq->needed)
		m->asked |= 1U << ROOT;
	for (g = h->group; g != ROOT; g = m->group[g].parent) {
		if (!fits(m, g, rq->needed))
			m->asked |= 1U << g;
	}
}

/*
 * MAX-2, REACH: room for one page. Return 0, -ENOMEM, -EINTR on a signal, or -EAGAIN
 * if room would have to be waited for.
 */
int request_page(struct model *m, struct request *rq, const struct seen *seen)
{
	struct holder *h = &m->holder[rq->holder];
	unsigned int made_room;
	int limit, ret = 0;

	while (!ret) {
		limit = limiting(m, h->group);
		if (limit == NONE && free_pages(m))
			return 0;
		/* REACH-7: at most one event for each request. */
		if (limit != NONE && !rq->counted)
			count_event(m, limit, EVENT_MAX);
		rq->counted |= limit != NONE;
		if (rq->signal)
			return -EINTR;
		made_room = write_out(m, seen);
		rq->made_room |= made_room;
		/* REACH-4: it comes again, and may find room then. */
		if (rq->may_not_wait)
			return -EAGAIN;
		if (made_room)
			continue;
		ret = exhausted(m, rq, limit == NONE ? ROOT : limit);
		if (h->dead)
			ret = -ENOMEM;
	}
	return ret;
}

/* One more page in the EPC, for which there is room: all levels may have a new peak. */
void charged(struct model *m, int group)
{
	for (; group != NONE; group = m->group[group].parent) {
		if (usage(m, group) > m->group[group].peak)
			m->group[group].peak = usage(m, group);
	}
}

/* RECLAIM-2: enclaves first, then virtual machines, until enough is free. */
static bool take(struct model *m, int group, const struct line *line, u64 freed, u64 goal)
{
	struct holder *h;

	while (line->is_max || freed < goal) {
		h = line->kill ? victim(m, group, false) : NULL;
		if (!h && line->revoke)
			h = victim(m, group, true);
		if (!h)
			return line->is_max;
		freed += end(m, h, group);
	}
	return true;
}

/* RECLAIM-1, RECLAIM-2: a write to misc.reclaim of @group. */
int model_reclaim(struct model *m, int group, const struct line *line, bool signal,
		  const struct seen *seen)
{
	u64 goal = line->amount / EPC_PAGE + !!(line->amount % EPC_PAGE);
	unsigned int freed, secs = 0;
	int i;

	if (line->is_max)
		goal = usage(m, group);
	else if (!goal)
		return 0;
	if (signal)
		return -EINTR;

	for (i = 0; i < NR_HOLDERS; i++)
		secs += m->holder[i].secs_in;
	m->asked = 1U << group;
	freed = write_out(m, seen);
	for (i = 0; i < NR_HOLDERS; i++)
		secs -= m->holder[i].secs_in;
	/* A SECS that goes with the last page of its enclave may be too much. */
	if (freed > goal + secs)
		differ("RECLAIM-1: %u pages went, and not %llu", freed, goal);

	if (freed < goal)
		check_nothing_left(m, group);
	return take(m, group, line, freed, goal) ? 0 : -EAGAIN;
}

/* What ksgxd does: a batch of old pages, of nobody who is protected, if there are any. */
void model_background(struct model *m, const struct seen *seen)
{
	const struct model before = *m;
	int i;

	m->asked = 1U << ROOT;
	write_out(m, seen);
	for (i = 0; i < NR_HOLDERS; i++) {
		if (before.holder[i].young & before.holder[i].in & ~m->holder[i].in)
			differ("a young page of enclave %d was written out in advance", i);
	}
}
