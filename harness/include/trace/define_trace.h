/* SPDX-License-Identifier: GPL-2.0 */
/* model: where CREATE_TRACE_POINTS is set, reads the header again to make its functions. */
#ifdef CREATE_TRACE_POINTS
#undef CREATE_TRACE_POINTS
#define TRACE_HEADER_MULTI_READ

#undef TRACE_EVENT
#undef DECLARE_EVENT_CLASS
#undef DEFINE_EVENT
#define DECLARE_EVENT_CLASS(class, proto, args, entry, assign, print)		\
	static void harness_trace_class_##class(const char *name_, proto)	\
	{									\
		struct { entry } entry_, *__entry = &entry_;			\
										\
		assign								\
		harness_trace(name_, print);					\
	}
#define TRACE_EVENT(name, proto, args, entry, assign, print)			\
	DECLARE_EVENT_CLASS(name, PARAMS(proto), PARAMS(args), PARAMS(entry),	\
			    PARAMS(assign), PARAMS(print))			\
	DEFINE_EVENT(name, name, PARAMS(proto), PARAMS(args))
#define DEFINE_EVENT(class, name, proto, args)					\
	void harness_trace_##name(proto)					\
	{									\
		harness_trace_class_##class(#name, args);			\
	}

#define HARNESS_STRING(x)	#x
#define HARNESS_HEADER(path, file)	HARNESS_STRING(path/file.h)
#define HARNESS_EXPANDED(path, file)	HARNESS_HEADER(path, file)
#include HARNESS_EXPANDED(TRACE_INCLUDE_PATH, TRACE_INCLUDE_FILE)

#endif
