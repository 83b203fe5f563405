# SPDX-License-Identifier: GPL-2.0
# x86/sgx: build the EPC cgroup
#
# Files: arch/x86/kernel/cpu/sgx/Makefile
# Diff: +14 -2
s/main\.o$/main.o \\/
/main\.o/a\
	batch.o \\\
	epc_cgroup.o \\\
	exhaust.o \\\
	explicit.o \\\
	holder.o \\\
	kill.o \\\
	lost.o \\\
	lru.o \\\
	reclaim.o \\\
	request.o \\\
	stat.o \\\
	wait.o
s/+= virt\.o$/+= virt.o vepc.o/
