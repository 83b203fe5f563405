// SPDX-License-Identifier: GPL-2.0
/*
 * Invariants of the counts.  Some hold at every moment, so they are looked at
 * once; the others compare several files, and hold when the work of the last
 * order is done to the end: closed enclaves are freed in the background.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rest.h"
#include "storm.h"
#include "swsgx.h"

#define SETTLE_MS	15000

/* Counters of misc.events and misc.events.local never go down. */
static int events_go_up(int g)
{
	static const char * const keys[] = {
		"sgx_epc.max", "sgx_epc.exhausted", "sgx_epc.kill", "sgx_epc.revoke",
	};
	static const char * const files[] = { "misc.events", "misc.events.local" };
	uint64_t now, *last = groups[g].events;
	size_t file, key;
	int ret;

	for (file = 0; file < 2; file++) {
		for (key = 0; key < 4; key++, last++) {
			ret = cg_key(storm->path[g], files[file], keys[key], &now);
			/* Events that this kernel does not know. */
			if (ret == -ENODATA)
				continue;
			if (ret)
				return ret;
			if (now < *last)
				return epc_fail(ERANGE, "%s of %s in %s went from %lu to %lu",
						keys[key], files[file],
						storm->path[g], *last, now);
			*last = now;
		}
	}
	return 0;
}

static int holds_always(int g)
{
	const char *path = storm->path[g];
	uint64_t now, peak;
	int ret;

	ret = cg_current(path, &now);
	if (!ret)
		ret = cg_peak(path, &peak);
	if (ret)
		return ret;
	if (peak < now)
		return epc_fail(ERANGE, "%s: peak %lu, but current %lu before", path,
				peak, now);
	if (now > groups[g].allowed)
		return epc_fail(ERANGE, "%s: current %lu, max %lu, allowed %lu", path,
				now, groups[g].max, groups[g].allowed);
	groups[g].allowed = now > groups[g].max ? now : groups[g].max;
	return events_go_up(g);
}

/* What is below a group is in it; removed groups below may hold more. */
static int children_fit(int g, uint64_t now)
{
	uint64_t bytes, sum = 0;
	int kid, ret;

	for (kid = 1; kid < STORM_GROUPS; kid++) {
		if (!groups[kid].alive || groups[kid].parent != g)
			continue;
		ret = cg_current(storm->path[kid], &bytes);
		if (ret)
			return ret;
		sum += bytes;
	}
	if (sum > now)
		return epc_fail(ERANGE, "%s: current %lu, its children %lu",
				storm->path[g], now, sum);
	return 0;
}

static int stat_adds_up(const char *path, uint64_t now, uint64_t *vepc)
{
	uint64_t reclaimable, unreclaimable;
	int ret;

	ret = cg_key(path, "misc.stat", "sgx_epc.reclaimable", &reclaimable);
	if (!ret)
		ret = cg_key(path, "misc.stat", "sgx_epc.vepc", vepc);
	if (!ret)
		ret = cg_key(path, "misc.stat", "sgx_epc.unreclaimable",
			     &unreclaimable);
	if (!ret && reclaimable + *vepc + unreclaimable != now)
		ret = epc_fail(ERANGE, "\"%s\": %lu reclaimable + %lu vepc + %lu unreclaimable, current %lu",
			       path, reclaimable, *vepc, unreclaimable, now);
	return ret;
}

static uint64_t guests_pages(void)
{
	uint64_t sum = 0;
	int i;

	for (i = 0; i < STORM_TENANTS; i++)
		sum += storm->vepc_pages[i];
	return sum;
}

/* The root, what software SGX counts, and what the guests say they have. */
static int root_matches(void)
{
	uint64_t now, valid, guests = guests_pages() * SGX_PAGE_SIZE, vepc;
	int ret;

	ret = cg_current("", &now);
	if (!ret)
		ret = swsgx_stat("valid", &valid);
	if (ret)
		return ret;
	valid *= SGX_PAGE_SIZE;
	if (now != valid + guests)
		return epc_fail(ERANGE, "root: current %lu, %lu are valid and %lu with guests",
				now, valid, guests);
	if (!tree_has("misc.stat"))
		return 0;
	ret = stat_adds_up("", now, &vepc);
	if (!ret && vepc != guests)
		ret = epc_fail(ERANGE, "root: vepc %lu, but guests have %lu", vepc,
			       guests);
	happened(STATS_COMPARED, !ret);
	return ret;
}

static int holds_at_rest(void)
{
	uint64_t now, vepc;
	int g, ret;

	ret = root_matches();
	for (g = 0; !ret && g < STORM_GROUPS; g++) {
		if (!groups[g].alive)
			continue;
		ret = cg_current(storm->path[g], &now);
		if (!ret)
			ret = children_fit(g, now);
		if (!ret && tree_has("misc.stat"))
			ret = stat_adds_up(storm->path[g], now, &vepc);
	}
	return ret;
}

int books_check(void)
{
	long end = epc_now_ms() + epc_patience(SETTLE_MS);
	uint64_t evicted;
	int g, ret = 0;

	for (g = 0; !ret && g < STORM_GROUPS; g++)
		if (groups[g].alive)
			ret = holds_always(g);
	if (ret)
		return ret;
	while ((ret = holds_at_rest()) && epc_now_ms() < end)
		epc_sleep_ms(5);
	if (!ret)
		ret = tree_count_events();
	if (!ret)
		ret = swsgx_stat("encls_ewb", &evicted);
	if (ret)
		return ret;
	storm->count[EVICTIONS] = evicted;
	happened(QUIET_POINTS, 1);
	return 0;
}
