# SPDX-License-Identifier: GPL-2.0
# RECLAIM-2: EPC of virtual machines is taken back without the word
#
# Files: arch/x86/kernel/cpu/sgx/explicit.c
# Diff: +2 -1
/^static long sgx_explicit_take(/,/^}/s/^\tif (nr_pages == -ENOENT && (words & MISC_RECLAIM_REVOKE_VEPC))/\tif (nr_pages == -ENOENT \&\&\n\t    ((words \& MISC_RECLAIM_REVOKE_VEPC) || epc_broken("RECLAIM-2")))/
