// SPDX-License-Identifier: GPL-2.0
/*
 * Makes events: asks for an enclave again and again in a cgroup whose limit has no room for
 * one. Each time is one "max" and one "exhausted" event of that cgroup.
 *
 *	refused TIMES
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encl.h"

int main(int argc, char **argv)
{
	const struct encl_geometry geometry = { .heap = 1 };
	struct encl e = ENCL_NONE;
	long i, times = argc == 2 ? atol(argv[1]) : 0;
	int err = times > 0 ? encl_open(&e, &geometry) : -EINVAL;

	for (i = 0; !err && i < times; i++) {
		err = encl_create(&e);
		err = err == -ENOMEM ? 0 : err ? err : -EEXIST;
	}
	if (err)
		fprintf(stderr, "refused: %s: %s\n", strerror(-err), epc_why());
	return err != 0;
}
