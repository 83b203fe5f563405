/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the EPC cgroup. A cgroup is given as the inode number of its
 * directory, an enclave or vEPC instance as its number in misc.enclaves, amounts of
 * EPC in bytes.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM sgx

#if !defined(_TRACE_SGX_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_SGX_H

#include <linux/tracepoint.h>

struct sgx_cgroup;
struct sgx_epc_holder;

/* A request was refused for the first time, because of the limit of a cgroup. */
TRACE_EVENT(sgx_epc_refused,
	TP_PROTO(struct sgx_cgroup *limiting, struct sgx_epc_holder *holder),
	TP_ARGS(limiting, holder),

	TP_STRUCT__entry(
		__field(u64, limiting)
		__field(u64, cgroup)
		__field(u64, id)
		__field(u64, usage)
		__field(u64, limit)
	),

	TP_fast_assign(
		__entry->limiting = sgx_cgroup_id(limiting);
		__entry->cgroup = sgx_cgroup_id(holder->cg);
		__entry->id = holder->id;
		__entry->usage = misc_cg_usage(MISC_CG_RES_SGX_EPC, limiting->misc);
		__entry->limit = misc_cg_max(MISC_CG_RES_SGX_EPC, limiting->misc);
	),

	TP_printk("limiting=%llu cgroup=%llu id=%llu usage=%llu limit=%llu",
		  __entry->limiting, __entry->cgroup, __entry->id, __entry->usage,
		  __entry->limit)
);

/* A batch of pages below a cgroup was looked at; "young": recently used ones too. */
TRACE_EVENT(sgx_epc_reclaim,
	TP_PROTO(struct sgx_cgroup *target, unsigned int looked, unsigned int freed,
		 bool young),
	TP_ARGS(target, looked, freed, young),

	TP_STRUCT__entry(
		__field(u64, target)
		__field(unsigned int, looked)
		__field(unsigned int, freed)
		__field(bool, young)
	),

	TP_fast_assign(
		__entry->target = sgx_cgroup_id(target);
		__entry->looked = looked;
		__entry->freed = freed;
		__entry->young = young;
	),

	TP_printk("target=%llu looked=%u freed=%u young=%d", __entry->target,
		  __entry->looked, __entry->freed, __entry->young)
);

DECLARE_EVENT_CLASS(sgx_holder_end,
	TP_PROTO(struct sgx_cgroup *limiting, struct sgx_epc_holder *holder,
		 unsigned long nr_pages),
	TP_ARGS(limiting, holder, nr_pages),

	TP_STRUCT__entry(
		__field(u64, limiting)
		__field(u64, cgroup)
		__field(u64, id)
		__field(unsigned long, nr_pages)
	),

	TP_fast_assign(
		__entry->limiting = sgx_cgroup_id(limiting);
		__entry->cgroup = sgx_cgroup_id(holder->cg);
		__entry->id = holder->id;
		__entry->nr_pages = nr_pages;
	),

	TP_printk("limiting=%llu cgroup=%llu id=%llu pages=%lu", __entry->limiting,
		  __entry->cgroup, __entry->id, __entry->nr_pages)
);

/* An enclave was killed for a cgroup, and so many of its pages were freed. */
DEFINE_EVENT(sgx_holder_end, sgx_encl_kill,
	TP_PROTO(struct sgx_cgroup *limiting, struct sgx_epc_holder *holder,
		 unsigned long nr_pages),
	TP_ARGS(limiting, holder, nr_pages)
);

/* A vEPC instance was revoked for a cgroup, and so many of its pages were freed. */
DEFINE_EVENT(sgx_holder_end, sgx_vepc_revoke,
	TP_PROTO(struct sgx_cgroup *limiting, struct sgx_epc_holder *holder,
		 unsigned long nr_pages),
	TP_ARGS(limiting, holder, nr_pages)
);

#endif /* _TRACE_SGX_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH asm/trace/
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE sgx

/* Read again and again, so outside of the guard above. */
#include <trace/define_trace.h>
