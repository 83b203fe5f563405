/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: a tracepoint does nothing unless harness_tracing is set; then it makes its
 * line as the kernel does, which harness_last_trace() returns.
 */
#ifndef HARNESS_LINUX_TRACEPOINT_H
#define HARNESS_LINUX_TRACEPOINT_H

#include <linux/compiler.h>
#include <linux/types.h>

extern bool harness_tracing;

void harness_trace(const char *name, const char *fmt, ...) __printf(2, 3);
const char *harness_last_trace(void);

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)		__VA_ARGS__
#define TP_STRUCT__entry(...)	__VA_ARGS__
#define TP_fast_assign(...)	__VA_ARGS__
#define TP_printk(...)		__VA_ARGS__
#define __field(type, name)	type name;

#define TRACE_EVENT(name, proto, args, ...)					\
	void harness_trace_##name(proto);					\
	static inline void trace_##name(proto)					\
	{									\
		if (unlikely(harness_tracing))					\
			harness_trace_##name(args);				\
	}
#define DECLARE_EVENT_CLASS(class, proto, args, ...)
#define DEFINE_EVENT(class, name, proto, args)	TRACE_EVENT(name, PARAMS(proto), PARAMS(args))
#define PARAMS(...)		__VA_ARGS__

#endif /* HARNESS_LINUX_TRACEPOINT_H */
