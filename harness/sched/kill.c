// SPDX-License-Identifier: GPL-2.0
/*
 * Kill and release, under every schedule: an enclave is killed while it is unloaded,
 * loads a page, is reclaimed, or is still being built, or killed by somebody else, too.
 */

#include "encl.h"
#include "sched.h"

static const struct sched_test tests[] = {
	{ "EXHAUST-4.kill_beside_unload", encl_setup, { encl_kill, encl_unload }, encl_check_killed, 2 },
	{ "EXHAUST-4.kill_beside_load", encl_setup_written, { encl_kill, encl_touch_last },
	  encl_check_killed, 2 },
	{ "EXHAUST-4.kill_beside_reclaim", encl_setup, { encl_kill, encl_reclaim },
	  encl_check_killed, 2 },
	{ "EXHAUST-4.kill_beside_reclaim_in_a_hurry", encl_setup_impatient,
	  { encl_kill, encl_reclaim }, encl_check_killed, 2 },
	{ "EXHAUST-4.kill_beside_worker", encl_setup_worker, { encl_kill, encl_work },
	  encl_check_killed, 2 },
	{ "EXHAUST-4.kill_beside_worker_and_reclaim", encl_setup_worker,
	  { encl_kill, encl_work, encl_reclaim }, encl_check_killed, 1 },
	{ "EXHAUST-4.kill_beside_worker_and_unload", encl_setup_worker,
	  { encl_kill, encl_work, encl_unload }, encl_check_killed, 1 },
	{ "EXHAUST-4.kill_beside_building", encl_setup_building, { encl_kill, encl_add_last },
	  encl_check_killed, 2 },
	{ "EXHAUST-4.kill_beside_reclaim_and_unload", encl_setup,
	  { encl_kill, encl_reclaim, encl_unload }, encl_check_killed, 1 },
};

int main(int argc, char **argv)
{
	world_init(16);
	return sched_main(argc, argv, tests, ARRAY_SIZE(tests));
}
