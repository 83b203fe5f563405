// SPDX-License-Identifier: GPL-2.0
/*
 * What a reclaim pass and reading a file cost beside so many cgroups. bench/run counts
 * the instructions of measured() alone.
 *
 *   bench_scale pass|stat|current CGROUPS HOLDERS
 *
 * HOLDERS of the CGROUPS have an enclave of 16 pages. They are leaves of a tree of three
 * levels. A pass looks at 16 pages of the whole machine and writes them out.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../tests/world.h"

#define PAGES		16
#define FAN_OUT		100

static const char *what;

void bench_spin_lock_slow(spinlock_t *lock)
{
	harness_fail("the only thread waits for a lock");
}

void measured(void);

/* A function of its own, by whose name it is found. */
noinline void measured(void)
{
	char text[1024];

	if (!strcmp(what, "pass")) {
		if (sgx_cgroup_reclaim(&sgx_cgroup_root, SGX_TAKE_YOUNG, PAGES).freed < PAGES)
			harness_fail("a pass has freed nothing");
		return;
	}
	snprintf(text, sizeof(text), "misc.%s", what);
	if (harness_read(harness_cgroup_root(), text, text, sizeof(text)))
		harness_fail("cannot read misc.%s", what);
}

static void add_enclave(struct cgroup *cgrp)
{
	int ret;

	world_enter(cgrp);
	harness_encl_build(PAGES, PAGES, &ret);
	if (ret)
		harness_fail("an enclave cannot be built: %d", ret);
}

static void make_cgroups(unsigned long nr, unsigned long holders)
{
	struct cgroup *cgrp, *parent = NULL;
	char name[24];
	unsigned long i;

	for (i = 0; i < nr; i++) {
		snprintf(name, sizeof(name), "%lu", i);
		if (!(i % FAN_OUT))
			parent = harness_cgroup_make(harness_cgroup_root(), name);
		cgrp = harness_cgroup_make(parent, name);
		if (IS_ERR(cgrp))
			harness_fail("a cgroup cannot be made");
		if (i < holders)
			add_enclave(cgrp);
	}
}

int main(int argc, char **argv)
{
	unsigned long nr = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	unsigned long holders = argc == 4 ? strtoul(argv[3], NULL, 10) : 0;

	if (!nr || holders > nr) {
		fprintf(stderr, "usage: %s pass|stat|current CGROUPS HOLDERS\n", argv[0]);
		return 2;
	}
	what = argv[1];
	world_init(holders * (PAGES + 2) + 100);
	make_cgroups(nr, holders);
	measured();
	return 0;
}
