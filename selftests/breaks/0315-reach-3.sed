# SPDX-License-Identifier: GPL-2.0
# REACH-3: a fault that is refused comes again and again before it waits
#
# Files: arch/x86/kernel/cpu/sgx/wait.c
# Diff: +3 -1
/^vm_fault_t sgx_encl_fault(/,/^}/s/^\t\tif (!(vmf->flags & FAULT_FLAG_ALLOW_RETRY)) {/\t\tif (epc_broken("REACH-3") \&\& jiffies % 4) {\n\t\t\tret = VM_FAULT_NOPAGE;\n\t\t} else if (!(vmf->flags \& FAULT_FLAG_ALLOW_RETRY)) {/
