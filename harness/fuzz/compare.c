// SPDX-License-Identifier: GPL-2.0
/*
 * What was seen after a step against the model: what the rules determine has to be equal,
 * what they leave open has to be possible, and is taken over.
 */

#include <string.h>
#include "model.h"

/* Is it in a subtree in which reclaim may have looked? */
static bool asked(const struct model *m, int group)
{
	for (; group != NONE; group = m->group[group].parent) {
		if (m->asked & 1U << group)
			return true;
	}
	return false;
}

/* Has it such a group below it, so that what reclaim did there counts in it? */
static bool above_asked(const struct model *m, int group)
{
	int g;

	for (g = 0; g < NR_GROUPS; g++) {
		if ((m->asked & 1U << g) && below(m, g, group))
			return true;
	}
	return false;
}

static void compare_holder(struct model *m, int i, const struct seen *seen)
{
	bool refused_memory = seen->holder[i].refused_memory;
	u32 young = seen->holder[i].young;
	struct holder *h = &m->holder[i];

	if (h->dead != seen->holder[i].dead)
		differ("holder %d is %s", i, h->dead ? "still alive" : "dead");
	if (h->in != seen->holder[i].in)
		differ("holder %d has pages 0x%x in the EPC, not 0x%x", i,
		       seen->holder[i].in, h->in);
	if (h->secs_in != seen->holder[i].secs_in)
		differ("enclave %d has its SECS %s", i, h->secs_in ? "outside" : "in the EPC");
	if (h->vepc || h->dead || h->state <= OPENED)
		return;

	/* REACH-1: pages elsewhere do not age. */
	if (young & ~h->young)
		differ("enclave %d: pages 0x%x are young, 0x%x were", i, young, h->young);
	if (young != h->young && !asked(m, h->group))
		differ("REACH-1: pages 0x%x of enclave %d have aged", young ^ h->young, i);
	h->young = young;

	if (refused_memory != h->refused_memory && !asked(m, h->group))
		differ("REACH-1: enclave %d was asked for pages", i);
	if (refused_memory != h->refused_memory && refused_memory != m->memcg_full[h->memcg])
		differ("CHARGE-5: enclave %d: its memory cgroup is %sfull", i,
		       m->memcg_full[h->memcg] ? "" : "not ");
	h->refused_memory = refused_memory;
}

/*
 * While room is made, pages come and go. A peak is at least what the group has now, and
 * at most what it had and all that was asked for, with one page for each of these that
 * was taken too much for a moment.
 */
static void compare_peak(struct model *m, const struct model *before, int g,
			 const struct seen *seen)
{
	u64 peak = seen->group[g].peak / EPC_PAGE;
	u64 highest = m->group[g].peak;
	u64 most = usage(before, g) + 2 * m->charges;

	if (peak == highest)
		return;
	if (!m->asked || peak < highest || peak > most)
		differ("group %d has peak %llu, not %llu", g, peak, highest);
	m->group[g].peak = peak;
}

static void compare_group(const struct model *m, int g, const struct seen *seen)
{
	int i;

	if (seen->group[g].usage != usage(m, g) * EPC_PAGE)
		differ("CHARGE-1: group %d has %llu pages charged, not %u", g,
		       seen->group[g].usage / EPC_PAGE, usage(m, g));
	/* Nobody sees the events of the root. */
	for (i = 0; i < NR_EVENTS && g != ROOT; i++) {
		if (seen->group[g].events[i] != m->group[g].events[i] ||
		    seen->group[g].events_local[i] != m->group[g].events_local[i])
			differ("group %d counts %llu and %llu times event %d, not %llu and %llu",
			       g, seen->group[g].events[i], seen->group[g].events_local[i], i,
			       m->group[g].events[i], m->group[g].events_local[i]);
	}
}

static void compare_count(struct model *m, int g, enum count what, const struct seen *seen)
{
	u64 *n = &m->group[g].count[what];
	u64 now = seen->group[g].count[what];

	if (now == *n)
		return;
	if (what != COUNT_SCANNED && what != COUNT_SKIPPED && what != COUNT_WAIT)
		differ("group %d counts %llu of %d, not %llu", g, now, what, *n);
	if (now < *n)
		differ("FILES-4: group %d counts %llu of %d, less than %llu", g, now, what, *n);
	if (what != COUNT_WAIT && !asked(m, g) && !above_asked(m, g))
		differ("REACH-1: reclaim has looked at pages of group %d", g);
	*n = now;
}

/* STAT: a page that is written out was looked at, but for a SECS. */
static void compare_scanned(const struct model *m, const struct model *before, int g)
{
	const u64 *now = m->group[g].count, *old = before->group[g].count;
	int i;

	if (now[COUNT_SKIPPED] - old[COUNT_SKIPPED] > now[COUNT_SCANNED] - old[COUNT_SCANNED])
		differ("STAT: group %d skipped more pages than it looked at", g);
	for (i = COUNT_SCANNED; i <= COUNT_WAIT; i++) {
		int parent = m->group[g].parent;

		if (parent != NONE && now[i] - old[i] >
		    m->group[parent].count[i] - before->group[parent].count[i])
			differ("STAT: group %d counts more of %d than its parent", g, i);
	}
}

/* REACH-6: what may go beyond a charge that did not fit below a limit of so many pages. */
static u64 reserve(u64 limit)
{
	if (limit < 64)
		return 0;
	return limit < 128 ? limit / 8 : 15;
}

/*
 * REACH-6: reclaim stops when the charge fits. For each page that is charged the reserve
 * may go, and one page that was taken too much for a moment.
 */
static void compare_excess(const struct model *m, const struct model *before)
{
	unsigned int gone = 0, most = 0;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		const struct holder *old = &before->holder[i];

		if (m->holder[i].dead != old->dead)
			return;
		gone += __builtin_popcount(old->in & ~m->holder[i].in);
	}
	for (i = 0; i < NR_GROUPS; i++) {
		u64 limit = i == ROOT ? m->total : m->group[i].max.amount / EPC_PAGE;
		unsigned int now = usage(before, i) + m->charges;

		if (!(m->asked & 1U << i))
			continue;
		/* Short of free pages there is no limit but that of a batch. */
		most += m->charges * (1 + (i == ROOT ? 15 : reserve(limit)));
		if (now > limit)
			most += now - limit;
	}
	if (gone > most)
		differ("REACH-6: %u pages went, not %u at most", gone, most);
}

void model_compare(struct model *m, const struct model *before, const struct seen *seen)
{
	int i, what;

	for (i = 0; i < NR_HOLDERS; i++) {
		if (m->holder[i].state != UNUSED)
			compare_holder(m, i, seen);
	}
	for (i = 0; i < NR_GROUPS; i++) {
		if (!m->group[i].used)
			continue;
		compare_group(m, i, seen);
		compare_peak(m, before, i, seen);
		for (what = 0; what < NR_COUNTS; what++)
			compare_count(m, i, what, seen);
	}
	for (i = 0; i < NR_GROUPS; i++) {
		if (m->group[i].used)
			compare_scanned(m, before, i);
	}
	if (m->charges)
		compare_excess(m, before);
	m->asked = 0;
	m->charges = 0;
	m->hasty = false;
}
