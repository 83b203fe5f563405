# SPDX-License-Identifier: GPL-2.0
# The boot parameter sgx_epc.break=RULE, for all files of ours
#
# Files: include/linux/misc_cgroup.h kernel/cgroup/misc.c
# Diff: +7 -0
/^#include <linux\/types.h>/i\
#include <linux/epc_broken.h>
/^static struct misc_cg \*parent_misc/i\
#undef MODULE_PARAM_PREFIX\
#define MODULE_PARAM_PREFIX "sgx_epc."\
\
char *epc_broken_rule;\
module_param_named(break, epc_broken_rule, charp, 0444);\

