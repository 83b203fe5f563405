// SPDX-License-Identifier: GPL-2.0
/*
 * The order in which classes of locks are taken. Two classes that were ever taken in
 * both orders, by whatever threads and however long ago, are a failure, also by way of
 * a third one. One class is never taken inside itself.
 */
#include <stdio.h>
#include <linux/bitops.h>
#include <linux/sched.h>
#include "guard.h"

#ifndef HARNESS_NO_CHECKS

#define NR_CLASSES	64

static int guard;
static struct {
	const void *key;
	const char *name;
} class[NR_CLASSES];
static int nr_classes = 1;

/* Bit b of after[a]: b was taken while a was held, and where both were. */
static u64 after[NR_CLASSES];
static struct {
	const char *outer_file, *file;
	int outer_line, line;
} where[NR_CLASSES][NR_CLASSES];

int harness_lock_class(struct harness_lock *lock)
{
	const void *key = lock->key ?: lock;
	int i = __atomic_load_n(&lock->class, __ATOMIC_RELAXED);

	if (i)
		return i;
	harness_guard(&guard);
	for (i = 1; i < nr_classes && class[i].key != key; i++)
		;
	if (i == nr_classes && i < NR_CLASSES) {
		class[i].key = key;
		class[i].name = lock->name;
		nr_classes++;
	}
	harness_unguard(&guard);
	if (i == NR_CLASSES)
		harness_fail("more than %d classes of locks", NR_CLASSES - 1);
	__atomic_store_n(&lock->class, i, __ATOMIC_RELAXED);
	return i;
}

/* The first step of a way from @from to @to, 0 if there is none. */
static int step_towards(int from, int to)
{
	u64 reached = after[from], seen = 0, next;
	int i, first;

	if (reached & BIT(to))
		return to;
	for (first = 1; first < nr_classes; first++) {
		if (!(after[from] & BIT(first)))
			continue;
		for (next = BIT(first), seen = 0; next & ~seen; seen |= next, next = reached) {
			reached = 0;
			for (i = 1; i < nr_classes; i++)
				reached |= next & BIT(i) ? after[i] : 0;
			if (reached & BIT(to))
				return first;
		}
	}
	return 0;
}

static void print_way(int from, int to)
{
	int next;

	for (; from != to; from = next) {
		next = step_towards(from, to);
		fprintf(stderr, "# before: %s (%s:%d), then %s (%s:%d)\n", class[from].name,
			where[from][next].outer_file, where[from][next].outer_line,
			class[next].name, where[from][next].file, where[from][next].line);
	}
}

static void learn(struct harness_held *outer, int inner, const char *file, int line)
{
	int a = harness_lock_class(outer->lock);
	bool inverted;

	if (__atomic_load_n(&after[a], __ATOMIC_RELAXED) & BIT(inner))
		return;
	if (a == inner)
		harness_fail("%s:%d: %s is taken inside %s (%s:%d)", file, line,
			     class[inner].name, class[a].name, outer->file, outer->line);
	harness_guard(&guard);
	inverted = step_towards(inner, a);
	if (!inverted) {
		where[a][inner].outer_file = outer->file;
		where[a][inner].outer_line = outer->line;
		where[a][inner].file = file;
		where[a][inner].line = line;
		__atomic_fetch_or(&after[a], BIT(inner), __ATOMIC_RELAXED);
	}
	harness_unguard(&guard);
	if (!inverted)
		return;
	fprintf(stderr, "# now: %s (%s:%d), then %s (%s:%d)\n", class[a].name, outer->file,
		outer->line, class[inner].name, file, line);
	print_way(inner, a);
	harness_fail("%s:%d: %s and %s are taken in both orders", file, line, class[a].name,
		     class[inner].name);
}

/* Called before @lock is taken by who will wait for it. */
void harness_order_check(struct harness_lock *lock, const char *file, int line)
{
	int inner = harness_lock_class(lock);
	unsigned int i;

	for (i = 0; i < current->nr_held; i++)
		learn(&current->held[i], inner, file, line);
}

void harness_print_held(void)
{
	struct harness_held *held;

	if (!harness_current)
		return;
	for (held = current->held; held < current->held + current->nr_held; held++)
		fprintf(stderr, "# held: %s (%s:%d)\n", held->lock->name, held->file, held->line);
}

#endif
