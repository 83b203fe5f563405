# SPDX-License-Identifier: GPL-2.0
# Let 9p be built without TCP/IP.
# Why: 9p over virtio needs none, as later kernels know; the VM's kernel would
#      be compiled with a hundred files more for this line alone.
# Files: fs/9p/Kconfig
# Diff: +1 -1
s/depends on INET && NET_9P$/depends on NET_9P/
