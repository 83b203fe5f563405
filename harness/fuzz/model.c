// SPDX-License-Identifier: GPL-2.0
/* The tree of the reference model, what is charged in it, and what its files say. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "model.h"

const char *const file_name[NR_FILES] = {
	[FILE_CAPACITY]		= "capacity",
	[FILE_CURRENT]		= "current",
	[FILE_PEAK]		= "peak",
	[FILE_MAX]		= "max",
	[FILE_LOW]		= "low",
	[FILE_EXHAUSTED]	= "exhausted",
	[FILE_EVENTS]		= "events",
	[FILE_EVENTS_LOCAL]	= "events.local",
	[FILE_STAT]		= "stat",
	[FILE_ENCLAVES]		= "enclaves",
};

static void group_start(struct group *group, int parent)
{
	*group = (struct group) {
		.used = true,
		.parent = parent,
		.max = { .amount = UINT64_MAX, .is_max = true },
	};
}

void model_start(struct model *m, unsigned int total)
{
	int i;

	memset(m, 0, sizeof(*m));
	m->total = total;
	group_start(&m->group[ROOT], NONE);
	for (i = 0; i < NR_TASKS; i++)
		m->task[i].memcg = i % NR_MEMCGS;
}

/* Return the new group, or NONE if there are too many. */
int model_mkdir(struct model *m, int parent)
{
	int i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (m->group[i].used)
			continue;
		group_start(&m->group[i], parent);
		return i;
	}
	return NONE;
}

/* Is something in it that keeps it from being removed? */
bool model_busy(struct model *m, int group)
{
	int i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (m->group[i].used && !m->group[i].removed && m->group[i].parent == group)
			return true;
	}
	for (i = 0; i < NR_TASKS; i++) {
		if (m->task[i].group == group)
			return true;
	}
	return false;
}

/* CHARGE-4: its max stays, its low becomes 0. */
void model_rmdir(struct model *m, int group)
{
	m->group[group].removed = true;
	m->group[group].low.amount = 0;
}

/* CHARGE-4: the memory of a removed group goes with its last page. */
void model_free_groups(struct model *m)
{
	int g, i;

	for (g = NR_GROUPS - 1; g > ROOT; g--) {
		struct group *group = &m->group[g];
		bool needed = !group->used || !group->removed;

		for (i = 0; i < NR_HOLDERS; i++)
			needed |= m->holder[i].state > OPENED && m->holder[i].group == g;
		for (i = 0; i < NR_GROUPS; i++)
			needed |= m->group[i].used && m->group[i].parent == g;
		if (needed)
			continue;
		group->used = false;
		/* Its parent may have waited for this. */
		g = NR_GROUPS;
	}
}

bool below(const struct model *m, int group, int top)
{
	while (group != top && group != NONE)
		group = m->group[group].parent;
	return group == top;
}

unsigned int pages_of(const struct holder *h)
{
	return __builtin_popcount(h->in) + h->secs_in + h->va_pages + h->fresh;
}

/* CHARGE-1: all pages of all holders of the subtree. */
unsigned int usage(const struct model *m, int top)
{
	unsigned int pages = 0;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		if (m->holder[i].state > OPENED && below(m, m->holder[i].group, top))
			pages += pages_of(&m->holder[i]);
	}
	return pages;
}

unsigned int free_pages(const struct model *m)
{
	return m->total - usage(m, ROOT);
}

void count(struct model *m, int group, enum count what, u64 n)
{
	for (; group != NONE; group = m->group[group].parent)
		m->group[group].count[what] += n;
}

void count_event(struct model *m, int group, enum event event)
{
	m->group[group].events_local[event]++;
	for (; group != NONE; group = m->group[group].parent)
		m->group[group].events[event]++;
}

struct text {
	char	*at;
	size_t	left;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = vsnprintf(text->at, text->left, format, args);
	va_end(args);
	if (len >= text->left)
		differ("a file of the model does not fit");
	text->at += len;
	text->left -= len;
}

static void add_amount(struct text *text, const struct line *amount)
{
	if (amount->is_max)
		add(text, "sgx_epc max\n");
	else
		add(text, "sgx_epc %llu\n", amount->amount);
}

static void add_events(struct text *text, const u64 *events)
{
	static const char *const name[NR_EVENTS] = { "max", "exhausted", "kill", "revoke" };
	int i;

	for (i = 0; i < NR_EVENTS; i++)
		add(text, "sgx_epc.%s %llu\n", name[i], events[i]);
}

static void add_stat(struct text *text, struct model *m, int group)
{
	static const char *const name[NR_COUNTS] = {
		"evicted", "loaded", "scanned", "skipped", "wait_usec",
		"exhausted", "leaked", "poisoned",
	};
	u64 reclaimable = 0, vepc = 0;
	int i;

	for (i = 0; i < NR_HOLDERS; i++) {
		struct holder *h = &m->holder[i];

		if (h->state > OPENED && below(m, h->group, group))
			*(h->vepc ? &vepc : &reclaimable) += __builtin_popcount(h->in);
	}
	add(text, "sgx_epc.reclaimable %llu\n", reclaimable * EPC_PAGE);
	add(text, "sgx_epc.vepc %llu\n", vepc * EPC_PAGE);
	add(text, "sgx_epc.unreclaimable %llu\n",
	    (usage(m, group) - reclaimable - vepc) * EPC_PAGE);
	for (i = 0; i < NR_COUNTS; i++) {
		if (i < COUNT_EXHAUSTED || group == ROOT)
			add(text, "sgx_epc.%s %llu\n", name[i],
			    m->group[group].count[i] / (i == COUNT_WAIT ? 1000 : 1));
	}
}

static void add_holder(struct text *text, struct model *m, struct holder *h)
{
	unsigned int written_out = __builtin_popcount(h->exists & ~h->in) +
				   (!h->vepc && !h->secs_in);
	const char *state = h->state == BUILDING ? "building" : "running";

	if (h->dead) {
		state = h->vepc ? "revoked" : "killed";
		written_out = 0;
	}
	add(text, "%llu type=%s state=%s size=%llu resident=%llu written_out=%llu pid=%d\n",
	    h->id, h->vepc ? "vepc" : "enclave", state, NR_PAGES * EPC_PAGE,
	    pages_of(h) * EPC_PAGE, written_out * EPC_PAGE, m->task[h->task].pid);
}

/* Oldest first. */
static void add_holders(struct text *text, struct model *m, int group)
{
	struct holder *next;
	u64 last = 0;
	int i;

	do {
		next = NULL;
		for (i = 0; i < NR_HOLDERS; i++) {
			struct holder *h = &m->holder[i];

			if (h->state > OPENED && h->group == group && h->id > last &&
			    (!next || h->id < next->id))
				next = h;
		}
		if (next) {
			add_holder(text, m, next);
			last = next->id;
		}
	} while (next);
}

/* Nothing at all for a file that the group does not have. */
void model_text(struct model *m, int group, enum shown file, char *buf, size_t size)
{
	struct text text = { buf, size };
	struct group *g = &m->group[group];
	bool at_root = file == FILE_CURRENT || file == FILE_PEAK || file == FILE_STAT ||
		       file == FILE_ENCLAVES || file == FILE_CAPACITY;

	*buf = '\0';
	if (group == ROOT ? !at_root : file == FILE_CAPACITY)
		return;
	switch (file) {
	case FILE_CAPACITY:
		add(&text, "sgx_epc %llu\n", m->total * EPC_PAGE);
		break;
	case FILE_CURRENT:
		add(&text, "sgx_epc %llu\n", usage(m, group) * EPC_PAGE);
		break;
	case FILE_PEAK:
		add(&text, "sgx_epc %llu\n", g->peak * EPC_PAGE);
		break;
	case FILE_MAX:
		add_amount(&text, &g->max);
		break;
	case FILE_LOW:
		add_amount(&text, &g->low);
		break;
	case FILE_EXHAUSTED:
		add(&text, "sgx_epc %s\n", g->fails ? "fail" : "kill");
		break;
	case FILE_EVENTS:
		add_events(&text, g->events);
		break;
	case FILE_EVENTS_LOCAL:
		add_events(&text, g->events_local);
		break;
	case FILE_STAT:
		add_stat(&text, m, group);
		break;
	case FILE_ENCLAVES:
		add_holders(&text, m, group);
		break;
	default:
		break;
	}
}
