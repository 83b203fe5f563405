/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's kselftest_harness.h, with time limits for slow kernels, and a choice of
 * tests on the command line:
 *
 *	PROGRAM				runs all tests
 *	PROGRAM NAME...			runs those named so, "test" or "fixture.test"
 *	PROGRAM --list			prints the names
 *
 * A name that no test has is an error: a run without tests is not a success.
 * This header may be included ahead of a program that knows nothing of it.
 */
#ifndef EPC_HARNESS_H
#define EPC_HARNESS_H

#include "kselftest_harness.h"
#include "patience.h"

static inline int harness_is_named(const struct __fixture_metadata *f,
				   const struct __test_metadata *t,
				   const char *name)
{
	size_t len = strlen(f->name);

	if (!strcmp(t->name, name))
		return 1;
	return !strncmp(name, f->name, len) && name[len] == '.' &&
	       !strcmp(t->name, name + len + 1);
}

static inline int harness_wanted(const struct __fixture_metadata *f,
				 const struct __test_metadata *t, char **names,
				 int nr, int *hits)
{
	int i, wanted = 0;

	for (i = 0; i < nr; i++) {
		if (harness_is_named(f, t, names[i])) {
			hits[i]++;
			wanted = 1;
		}
	}
	return wanted;
}

static inline void harness_list(void)
{
	struct __fixture_metadata *f;
	struct __test_metadata *t;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			printf("%s.%s\n", f->name, t->name);
}

/* Only the forward links are used after registration. */
static inline int harness_choose(char **names, int nr)
{
	struct __fixture_metadata *f;
	struct __test_metadata **link;
	int hits[nr + 1], i;

	memset(hits, 0, sizeof(hits));
	for (f = __fixture_list; f; f = f->next) {
		for (link = &f->tests; *link; ) {
			if (harness_wanted(f, *link, names, nr, hits))
				link = &(*link)->next;
			else
				*link = (*link)->next;
		}
	}
	for (i = 0; i < nr; i++) {
		if (!hits[i]) {
			printf("Bail out! no test is called %s\n", names[i]);
			return 1;
		}
	}
	return 0;
}

static inline void harness_be_patient(void)
{
	struct __fixture_metadata *f;
	struct __test_metadata *t;

	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			t->timeout = epc_patience(t->timeout);
}

#undef TEST_HARNESS_MAIN
#define TEST_HARNESS_MAIN						\
	static void __attribute__((constructor))			\
	__constructor_order_last(void)					\
	{								\
		if (!__constructor_order)				\
			__constructor_order = _CONSTRUCTOR_ORDER_BACKWARD; \
	}								\
	int main(int argc, char **argv)					\
	{								\
		setvbuf(stdout, NULL, _IOLBF, 0);			\
		if (argc == 2 && !strcmp(argv[1], "--list")) {		\
			harness_list();					\
			return 0;					\
		}							\
		if (argc > 1 && harness_choose(argv + 1, argc - 1))	\
			return KSFT_FAIL;				\
		harness_be_patient();					\
		return test_harness_run(argc, argv);			\
	}

#endif
