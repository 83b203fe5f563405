// SPDX-License-Identifier: GPL-2.0
/*
 * The enclave library itself, on any kernel with SGX, limits or not: if these
 * fail, no failure elsewhere says anything about the contract.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>

#include "epc.h"

FIXTURE(lib) {
	struct encl encl;
};

FIXTURE_SETUP(lib)
{
	self->encl.fd = -1;
}

FIXTURE_TEARDOWN(lib)
{
	encl_destroy(&self->encl);
}

TEST_F(lib, words_survive_a_visit)
{
	struct encl_geometry geo = { .heap = 4 };
	uint64_t value;

	DO(encl_build(&self->encl, &geo));
	DO(encl_nop(&self->encl));
	DO(encl_put(&self->encl, self->encl.heap_off + 8, 0x1122334455667788));
	DO(encl_get(&self->encl, self->encl.heap_off + 8, &value));
	EXPECT_EQ(0x1122334455667788, value);
}

TEST_F(lib, fill_and_verify_see_every_page)
{
	struct encl_geometry geo = { .heap = 1000 };

	DO(encl_build(&self->encl, &geo));
	DO(encl_fill(&self->encl, 42, 0, 1000));
	DO(encl_verify(&self->encl, 42, 0, 1000));

	/* One wrong word in page 700, and the report has to name that page. */
	DO(encl_put(&self->encl, self->encl.heap_off + 700 * PAGE + 4088, 1));
	FAILS(EILSEQ, encl_verify(&self->encl, 42, 0, 1000));
	EXPECT_NE(NULL, strstr(epc_why(), "page 700 of 1000")) TH_LOG("%s", epc_why());
	FAILS(EILSEQ, encl_verify(&self->encl, 43, 0, 1000));
}

TEST_F(lib, several_enclaves_in_one_process)
{
	struct encl_geometry geo = { .heap = 64 };
	struct encl e[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(e); i++)
		DO(encl_build(&e[i], &geo));
	for (i = 0; i < ARRAY_SIZE(e); i++)
		DO(encl_fill(&e[i], i, 0, 64));
	for (i = 0; i < ARRAY_SIZE(e); i++)
		HOLDS(encl_verify(&e[i], i, 0, 64));
	for (i = 0; i < ARRAY_SIZE(e); i++)
		encl_destroy(&e[i]);
}

TEST_F(lib, several_threads_in_one_enclave)
{
	struct encl_geometry geo = { .heap = 64, .threads = 4 };
	struct encl_worker w[3] = {};
	unsigned int i;

	DO(encl_build(&self->encl, &geo));
	DO(encl_worker_spin(&w[0], &self->encl, 1));
	DO(encl_worker_touch(&w[1], &self->encl, 2, 0, 32));
	DO(encl_worker_touch(&w[2], &self->encl, 3, 32, 32));
	DO(encl_fill(&self->encl, 7, 0, 64));
	epc_sleep_ms(epc_patience(200));
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		EXPECT_LT(0, w[i].req.done);
		HOLDS(encl_worker_stop(&w[i]));
	}
	HOLDS(encl_verify(&self->encl, 7, 0, 64));
}

TEST_F(lib, a_missing_page_is_reported_and_the_thread_survives)
{
	struct encl_geometry geo = { .heap = 4 };
	uint64_t value, nowhere;

	DO(encl_build(&self->encl, &geo));
	nowhere = self->encl.size - PAGE;
	FAILS(EFAULT, encl_get(&self->encl, nowhere, &value));
	EXPECT_EQ(SGX_VEC_PF, self->encl.run[0].exception_vector);
	EXPECT_EQ(self->encl.base + nowhere, self->encl.run[0].exception_addr);
	DO(encl_discard(&self->encl, 0));
	HOLDS(encl_fill(&self->encl, 1, 0, 4));
	HOLDS(encl_verify(&self->encl, 1, 0, 4));
}

TEST_F(lib, grow_trim_and_grow_again)
{
	struct encl_geometry geo = { .heap = 16, .hole = 256 };

	DO(encl_build(&self->encl, &geo));
	DO(encl_fill(&self->encl, 5, 0, 16));
	DO(encl_accept_new(&self->encl, 16, 256));
	DO(encl_fill(&self->encl, 6, 16, 256));
	DO(encl_trim(&self->encl, 100, 50));
	FAILS(EFAULT, encl_verify(&self->encl, 6, 100, 1));
	DO(encl_discard(&self->encl, 0));
}

TEST_F(lib, permissions_taken_and_given_back)
{
	struct encl_geometry geo = { .heap = 8 };

	DO(encl_build(&self->encl, &geo));
	DO(encl_restrict(&self->encl, 2, 4, SGX_SI_R));
	DO(encl_touch(&self->encl, 0, 8));
	FAILS(EFAULT, encl_put(&self->encl, self->encl.heap_off + 3 * PAGE, 1));
	EXPECT_EQ(SGX_PF_SGX, self->encl.run[0].exception_error_code & SGX_PF_SGX);
	DO(encl_discard(&self->encl, 0));
	DO(encl_extend(&self->encl, 2, 4, SGX_SI_R | SGX_SI_W));
	DO(encl_put(&self->encl, self->encl.heap_off + 3 * PAGE, 1));
}

static void ignore(int sig)
{
	(void)sig;
}

TEST_F(lib, signals_while_building)
{
	struct encl_geometry geo = { .heap = 2000 };
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = {};
	struct sigaction act = { .sa_handler = ignore };

	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	HOLDS(encl_build(&self->encl, &geo));
	setitimer(ITIMER_REAL, &never, NULL);
	DO(encl_fill(&self->encl, 9, 0, 2000));
	HOLDS(encl_verify(&self->encl, 9, 0, 2000));
}

TEST_F(lib, a_wrong_measurement_is_refused)
{
	struct encl_geometry geo = { .heap = 4 };

	DO(encl_open(&self->encl, &geo));
	DO(encl_create(&self->encl));
	DO(encl_add_all(&self->encl));
	DO(encl_measure_page(&self->encl, self->encl.hole_off,
			     SGX_SI_REG | SGX_SI_R, NULL));
	FAILS(EPERM, encl_init(&self->encl));
}

TEST_F(lib, pages_of_guests)
{
	struct vepc v;
	uint64_t touched;

	DO(vepc_open(&v, 64));
	HOLDS(vepc_touch(&v, 0, 64, &touched));
	EXPECT_EQ(64, touched);
	EXPECT_EQ(0, vepc_remove_all(&v)) TH_LOG("%s", epc_why());
	vepc_close(&v);
}

TEST_HARNESS_MAIN
