# SPDX-License-Identifier: GPL-2.0
# VEPC-1: a page given to a guest is charged twice
#
# Files: arch/x86/kernel/cpu/sgx/vepc.c
# Diff: +3 -0
/^static struct sgx_epc_page \*sgx_vepc_populate(/,/^}/{
/^\tret = xa_err(xa_store(/i\
	if (epc_broken("VEPC-1"))\
		misc_cg_charge_or_limit(MISC_CG_RES_SGX_EPC, vepc->holder.cg->misc, PAGE_SIZE);\

}
