# SPDX-License-Identifier: GPL-2.0
# VEPC-2: no enclave makes room for a guest
#
# Files: arch/x86/kernel/cpu/sgx/vepc.c
# Diff: +2 -0
/^static int sgx_vepc_populate_waiting(/,/^}/{
/^\tdo {$/i\
	if (epc_broken("VEPC-2"))\
		return -ENOMEM;
}
