# SPDX-License-Identifier: GPL-2.0
# EXHAUST-3: the smallest enclave is killed
#
# Files: arch/x86/kernel/cpu/sgx/holder.c
# Diff: +2 -0
/^static bool sgx_holder_before(/,/^}/{
/^\tif (stuck_a != stuck_b)/i\
	if (epc_broken("EXHAUST-3"))\
		return nr_a < nr_b;
}
