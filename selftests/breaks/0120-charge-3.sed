# SPDX-License-Identifier: GPL-2.0
# CHARGE-3: others are let in between the check and the charge
#
# Files: kernel/cgroup/misc.c
# Diff: +6 -1
/^static struct misc_cg \*misc_cg_charge(/,/^}/{
s/^\trefusing = misc_cg_refusing/\tif (!epc_broken("CHARGE-3"))\n\t&/
/^\tspin_lock(lock);/i\
	if (epc_broken("CHARGE-3")) {\
		refusing = misc_cg_refusing(type, cg, amount, ceiling);\
		udelay(200);\
	}
}
