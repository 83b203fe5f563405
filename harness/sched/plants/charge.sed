# SPDX-License-Identifier: GPL-2.0
# CHARGE-3: what refuses a charge is looked for before the lock is taken
#
# File: kernel/cgroup/misc.c
# Found: sched_charge CHARGE-3.one_of_two
/^misc_cg_charge(/,/^}/{
/^\tspin_lock(lock);/i\
	refusing = misc_cg_refusing(type, cg, amount, ceiling);
s/^\tif (!misc_cg_is_usual_locked.*/\tif (refusing || !misc_cg_is_usual_locked(type, cg, amount, ceiling)) {/
/^\t\trefusing = misc_cg_refusing/d
}
