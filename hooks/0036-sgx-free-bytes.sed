# SPDX-License-Identifier: GPL-2.0
# x86/sgx: show the free pages of a node beside all that it has
#
# Files: arch/x86/kernel/cpu/sgx/main.c
# Diff: +7 -0
/^static DEVICE_ATTR_RO(sgx_total_bytes);/a\
\
static ssize_t sgx_free_bytes_show(struct device *dev, struct device_attribute *attr, char *buf)\
{\
	return sysfs_emit(buf, "%lu\\n", READ_ONCE(sgx_numa_nodes[dev->id].nr_free) << PAGE_SHIFT);\
}\
static DEVICE_ATTR_RO(sgx_free_bytes);
/&dev_attr_sgx_total_bytes\.attr,/a\
	\&dev_attr_sgx_free_bytes.attr,
