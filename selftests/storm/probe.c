// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel does with enclaves whose limit holds less than they need for
 * their next instruction.  One that kills for it can take every storm; one that
 * lets them page for ever is spared such limits.
 */
#include <errno.h>

#include "rest.h"
#include "storm.h"
#include "swsgx.h"

#define HEAP		100
/* SECS and VA page stay; TCS, SSA, code, stack and heap do not fit all. */
#define THRASH_PAGES	5
#define VERDICT_MS	60000

static long visit_all(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	int ret;

	(void)arg;
	ret = encl_verify(e, 1, 0, HEAP);
	if (ret == -EFAULT && e->run[0].exception_error_code & SGX_PF_SGX)
		return 1;
	return ret;
}

/* 1 if an enclave in @pages is killed, 0 if not, or -errno. Half of it is out before. */
static int killed_in(uint64_t pages)
{
	struct tenant t = TENANT_NONE;
	long ret;

	ret = cg_set_max(STORM_TOP, HEAP / 2 * SGX_PAGE_SIZE);
	if (!ret)
		ret = tenant_start(&t, STORM_TOP);
	if (!ret)
		ret = tenant_do(&t, tn_build, 0, HEAP, 0, 1);
	if (!ret)
		ret = tenant_do(&t, tn_fill, 0, 1, 0, HEAP);
	if (!ret)
		ret = cg_set_max(STORM_TOP, pages * SGX_PAGE_SIZE);
	if (!ret)
		ret = tenant_post(&t, visit_all, 0);
	if (!ret)
		ret = tenant_answer(&t, VERDICT_MS);
	tenant_kill(&t);
	if (ret == -ETIMEDOUT || ret == -EFAULT)
		return 0;
	return ret;
}

int storm_probe(void)
{
	int tiny, floor = 0, ret;
	bool has_a_say;
	char text[256];

	ret = cg_create(STORM_TOP);
	if (ret)
		return ret;
	tiny = killed_in(1);
	if (tiny == 1)
		floor = killed_in(THRASH_PAGES);
	storm->kills = tiny == 1 && floor == 1;
	has_a_say = !cg_read(STORM_TOP, "misc.exhausted", text, sizeof(text));
	ret = cg_purge(STORM_TOP);
	if (!ret)
		ret = tiny < 0 ? tiny : floor < 0 ? floor : 0;
	/* A storm without kills would pass as well, and prove little. */
	if (!ret && has_a_say && !storm->kills)
		ret = epc_fail(ETIME, "no enclave is killed %s: EXHAUST-7 is broken, or the machine too slow for it",
			       tiny ? "below the floor" : "at a limit of a page");
	return ret ? ret : epc_at_rest();
}
