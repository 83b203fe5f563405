// SPDX-License-Identifier: GPL-2.0
/*
 * REACH-2, on programs that know nothing of limits: the kernel's own 16 SGX tests,
 * some of which build enclaves as large as the EPC, pass below a limit of an eighth
 * of it, each at the first try.
 */
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "epc.h"

#define CASES		16
#define COPIES		8

/* Their output, for who wants to know why one has failed. */
static int open_log(void)
{
	char name[] = "/tmp/test_sgx.XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

static pid_t start_tests(const char *group, int log)
{
	char self[512] = "";
	pid_t pid = fork();

	if (pid)
		return pid;
	if (cg_enter(group, 0) || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0 ||
	    chdir(dirname(self)) || chdir("sgx"))
		_exit(99);
	dup2(log, 1);
	dup2(log, 2);
	execl("./test_sgx", "test_sgx", (char *)NULL);
	_exit(98);
}

/* How many cases have passed; prints what those say that have not. */
static int passed(struct __test_metadata *_metadata, int log)
{
	FILE *f = fdopen(log, "r");
	char line[512];
	int nr = 0;

	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, "ok ", 3))
			nr++;
		else if (!strncmp(line, "not ok", 6) || strstr(line, ":Expected "))
			TH_LOG("%s", line);
	}
	fclose(f);
	return nr;
}

static void all_pass_below(struct __test_metadata *_metadata, const char *group, int copies)
{
	int log[COPIES], status, i;
	pid_t pid[COPIES];

	for (i = 0; i < copies; i++) {
		log[i] = open_log();
		ASSERT_LE(0, log[i]);
		pid[i] = start_tests(group, log[i]);
		ASSERT_LT(0, pid[i]);
	}
	for (i = 0; i < copies; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(CASES, passed(_metadata, log[i]));
		EXPECT_EQ(0, status);
	}
}

TEST_F_TIMEOUT(epc, REACH_2_the_kernels_tests_pass_below_an_eighth_of_the_epc, 180)
{
	uint64_t refusals;

	DO(cg_create(A));
	DO(cg_set_max(A, self->capacity / 8 * PAGE));
	all_pass_below(_metadata, A, 1);
	DO(cg_events_local_max(A, &refusals));
	EXPECT_LT(100, refusals);
}

/*
 *   TOP   max = an eighth of the EPC
 *    `-- a/b/c   the tests
 */
TEST_F_TIMEOUT(epc, REACH_2_also_when_the_limit_is_four_levels_up, 180)
{
	uint64_t refusals;

	DO(cg_create(A));
	DO(cg_create(A "/b"));
	DO(cg_create(A "/b/c"));
	DO(cg_set_max(TOP, self->capacity / 8 * PAGE));
	all_pass_below(_metadata, A "/b/c", 1);
	DO(cg_events_local_max(TOP, &refusals));
	EXPECT_LT(100, refusals);
}

TEST_F_TIMEOUT(epc, REACH_2_eight_copies_pass_below_half_of_the_epc, 600)
{
	DO(cg_create(A));
	DO(cg_set_max(A, self->capacity / 2 * PAGE));
	all_pass_below(_metadata, A, COPIES);
}

TEST_HARNESS_MAIN
