/* SPDX-License-Identifier: GPL-2.0 */
/* stub: there is one cgroup namespace, that of the root. */
#ifndef HARNESS_LINUX_NSPROXY_H
#define HARNESS_LINUX_NSPROXY_H

struct cgroup_namespace;

struct nsproxy {
	struct cgroup_namespace *cgroup_ns;
};

#endif /* HARNESS_LINUX_NSPROXY_H */
