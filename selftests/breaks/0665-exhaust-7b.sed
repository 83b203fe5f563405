# SPDX-License-Identifier: GPL-2.0
# EXHAUST-7, the other half: the floor does not matter, who loads few pages often thrashes
# Slow: its tests let slow things happen
#
# Files: arch/x86/kernel/cpu/sgx/exhaust.c
# Diff: +1 -1
/^static bool sgx_cgroup_floor_reached(/,/^}/s/^\treturn nr >= /\treturn !epc_broken("EXHAUST-7b") \&\& nr >= /
