# SPDX-License-Identifier: GPL-2.0
# CHARGE-3: others are let in between the check and the charge
#
# Files: kernel/cgroup/misc.c
# Diff: +8 -1
/^misc_cg_charge(/,/^}/{
s/^\tif (!misc_cg_is_usual/\tif (!epc_broken("CHARGE-3") \&\&\n\t    !misc_cg_is_usual/
/^\tspin_lock(lock);/i\
	if (epc_broken("CHARGE-3")) {\
		refusing = misc_cg_refusing(type, cg, amount, ceiling);\
		udelay(200);\
		if (refusing)\
			return refusing;\
	}
}
