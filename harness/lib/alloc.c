// SPDX-License-Identifier: GPL-2.0
/* Memory that may be refused, and that is known until it is freed. */
#include <stdio.h>
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/slab.h>
#include "guard.h"

#define NR_BUCKETS	4096

struct piece {
	struct piece	*next;
	const void	*p;
	size_t		size;
	unsigned long	number;
	const char	*file;
	int		line;
};

static int guard;
static struct piece *bucket[NR_BUCKETS];
static unsigned long nr_allocs, fail_at, marked;
static bool failed;

static struct piece **bucket_of(const void *p)
{
	return &bucket[((unsigned long)p >> 4) * 0x9e3779b97f4a7c15UL >> 52];
}

/* Count an allocation; is it the one to refuse? */
static bool is_refused(unsigned long *number)
{
	bool refused;

	harness_guard(&guard);
	*number = ++nr_allocs;
	refused = fail_at && *number == fail_at;
	failed |= refused;
	harness_unguard(&guard);
	return refused;
}

void *harness_alloc(size_t size, gfp_t gfp, const char *file, int line)
{
	struct piece *piece;
	unsigned long number;
	void *p;

	if (gfp & __GFP_DIRECT_RECLAIM)
		harness_may_sleep(file, line);
	if (is_refused(&number))
		return NULL;
	p = gfp & __GFP_ZERO ? calloc(1, size) : malloc(size);
	if (!(gfp & __GFP_ZERO))
		memset(p, 0xaa, size);
#ifndef HARNESS_NO_CHECKS
	piece = malloc(sizeof(*piece));
	*piece = (struct piece){ NULL, p, size, number, file, line };
	harness_guard(&guard);
	piece->next = *bucket_of(p);
	*bucket_of(p) = piece;
	harness_unguard(&guard);
#else
	(void)piece;
#endif
	return p;
}

static struct piece *forget(const void *p)
{
	struct piece *piece, **link;

	harness_guard(&guard);
	for (link = bucket_of(p); *link && (*link)->p != p; link = &(*link)->next)
		;
	piece = *link;
	if (piece)
		*link = piece->next;
	harness_unguard(&guard);
	return piece;
}

void kfree(const void *p)
{
	struct piece *piece;

	if (!p)
		return;
#ifndef HARNESS_NO_CHECKS
	piece = forget(p);
	if (!piece)
		harness_fail("kfree() of what was not allocated, or is free already");
	free(piece);
#else
	(void)piece;
	(void)forget;
#endif
	free((void *)p);
}

void harness_fail_nth_alloc(unsigned long nth)
{
	harness_guard(&guard);
	fail_at = nth ? nr_allocs + nth : 0;
	failed = false;
	harness_unguard(&guard);
}

unsigned long harness_nr_allocs(void)
{
	return nr_allocs;
}

bool harness_alloc_failed(void)
{
	return failed;
}

void harness_leak_mark(void)
{
	marked = nr_allocs;
}

unsigned int harness_leaks(void)
{
	unsigned int i, nr = 0;
	struct piece *piece;

	for (i = 0; i < NR_BUCKETS; i++) {
		for (piece = bucket[i]; piece; piece = piece->next) {
			if (piece->number <= marked)
				continue;
			fprintf(stderr, "# leak: %zu bytes of %s:%d\n", piece->size, piece->file,
				piece->line);
			nr++;
		}
	}
	return nr;
}
