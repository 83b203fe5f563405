// SPDX-License-Identifier: GPL-2.0
/*
 * Isolate and free, under every schedule: a reclaimer has pages in its hands while their
 * enclave loads, removes or unloads them, or another reclaimer comes along.
 */

#include "encl.h"
#include "sched.h"

static const struct sched_test tests[] = {
	{ "REACH-5.reclaim_beside_unload", encl_setup, { encl_reclaim, encl_unload }, encl_check, 2 },
	{ "REACH-8.reclaim_in_a_hurry_beside_load", encl_setup_impatient,
	  { encl_reclaim, encl_reclaim, encl_touch_last }, encl_check, 1 },
	{ "REACH-5.reclaim_beside_remove", encl_setup, { encl_reclaim, encl_remove_first },
	  encl_check, 2 },
	{ "REACH-5.reclaim_beside_load", encl_setup_written, { encl_reclaim, encl_touch_last },
	  encl_check, 2 },
	{ "REACH-5.reclaim_twice_beside_unload", encl_setup,
	  { encl_reclaim, encl_reclaim, encl_unload }, encl_check, 1 },
};

int main(int argc, char **argv)
{
	world_init(16);
	return sched_main(argc, argv, tests, ARRAY_SIZE(tests));
}
