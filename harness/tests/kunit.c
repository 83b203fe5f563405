// SPDX-License-Identifier: GPL-2.0
/* Runs the suites of a program: KTAP, one process for each case. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <harness/harness.h>
#include <kunit/test.h>

#define MAX_SUITES	32
#define CASE_SECONDS	30

static struct kunit_suite *suites[MAX_SUITES];
static int nr_suites;

/* How the process of a case ends. */
enum { PASSED, FAILED = 1, SKIPPED = 4 };

struct resource {
	struct resource	*next;
	void		*p;
};

void harness_add_suite(struct kunit_suite *suite)
{
	if (nr_suites == MAX_SUITES)
		abort();
	suites[nr_suites++] = suite;
}

void *kunit_kzalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct resource *resource = malloc(sizeof(*resource));

	resource->p = calloc(1, size);
	resource->next = test->resources;
	test->resources = resource;
	return resource->p;
}

static void free_resources(struct kunit *test)
{
	struct resource *resource, *next;

	for (resource = test->resources; resource; resource = next) {
		next = resource->next;
		free(resource->p);
		free(resource);
	}
}

void harness_check_failed(struct kunit *test, const char *file, int line, bool fatal,
			  const char *fmt, ...)
{
	va_list args;

	test->failed = true;
	printf("    # %s:%d: expected ", file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
	if (fatal)
		longjmp(*(jmp_buf *)test->abort, 1);
}

void kunit_skip_case(struct kunit *test, const char *reason)
{
	printf("    # %s\n", reason);
	fflush(stdout);
	_exit(SKIPPED);
}

static void run_case(struct kunit_suite *suite, struct kunit_case *c, struct kunit *test)
{
	jmp_buf env;
	int ret = 0;

	test->abort = &env;
	if (!setjmp(env)) {
		ret = suite->init ? suite->init(test) : 0;
		if (ret)
			printf("    # init: %d\n", ret);
		else
			c->run_case(test);
	}
	test->abort = NULL;
	if (suite->exit)
		suite->exit(test);
	test->failed |= !!ret;
}

/* In a process of its own. */
static int do_case(struct kunit_suite *suite, struct kunit_case *c)
{
	struct kunit test = { 0 };

	alarm(CASE_SECONDS);
	run_case(suite, c, &test);
	free_resources(&test);
	if (test.failed)
		return FAILED;
	harness_run_work();
	return harness_leaks() ? FAILED : PASSED;
}

static int run_apart(struct kunit_suite *suite, struct kunit_case *c)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		status = do_case(suite, c);
		fflush(NULL);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("    # ended by signal %d (%s)\n", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
	return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

static bool is_wanted(struct kunit_suite *suite, struct kunit_case *c, char **names)
{
	char full[256];

	if (!*names)
		return true;
	snprintf(full, sizeof(full), "%s.%s", suite->name, c->name);
	for (; *names; names++) {
		if (!strcmp(*names, c->name) || !strcmp(*names, full) ||
		    !strcmp(*names, suite->name))
			return true;
	}
	return false;
}

static int run_suite(struct kunit_suite *suite, char **names)
{
	int nr = 0, failed = 0, result;
	struct kunit_case *c;

	for (c = suite->test_cases; c->run_case; c++)
		nr += is_wanted(suite, c, names);
	printf("    KTAP version 1\n    # Subtest: %s\n    1..%d\n", suite->name, nr);
	for (c = suite->test_cases, nr = 0; c->run_case; c++) {
		if (!is_wanted(suite, c, names))
			continue;
		result = run_apart(suite, c);
		failed += result != PASSED && result != SKIPPED;
		printf("    %s %d - %s%s\n",
		       result == PASSED || result == SKIPPED ? "ok" : "not ok", ++nr, c->name,
		       result == SKIPPED ? " # SKIP" : "");
	}
	return failed;
}

static bool has_wanted(struct kunit_suite *suite, char **names)
{
	struct kunit_case *c;

	for (c = suite->test_cases; c->run_case; c++) {
		if (is_wanted(suite, c, names))
			return true;
	}
	return false;
}

int main(int argc, char **argv)
{
	int i, nr = 0, failed = 0, result;

	for (i = 0; i < nr_suites; i++)
		nr += has_wanted(suites[i], argv + 1);
	if (!nr) {
		fprintf(stderr, "%s: no test has such a name\n", argv[0]);
		return 2;
	}
	printf("KTAP version 1\n1..%d\n", nr);
	for (i = 0, nr = 0; i < nr_suites; i++) {
		if (!has_wanted(suites[i], argv + 1))
			continue;
		result = run_suite(suites[i], argv + 1);
		failed += result;
		printf("%s %d - %s\n", result ? "not ok" : "ok", ++nr, suites[i]->name);
	}
	return !!failed;
}
