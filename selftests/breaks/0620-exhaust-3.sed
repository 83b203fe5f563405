# SPDX-License-Identifier: GPL-2.0
# EXHAUST-3: the smallest enclave is killed
#
# Files: arch/x86/kernel/cpu/sgx/holder.c
# Diff: +2 -0
/^static bool sgx_holder_before(/,/^}/{
/^\tif (READ_ONCE(a->cannot_spill)/i\
	if (epc_broken("EXHAUST-3"))\
		return nr_a < nr_b;
}
