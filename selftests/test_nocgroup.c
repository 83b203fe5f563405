// SPDX-License-Identifier: GPL-2.0
/*
 * SAFE-2: a kernel with cgroup_disable=misc or CONFIG_CGROUP_MISC=n. There are no
 * limits and no files; what was repaired in the driver stays so.
 */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "epc.h"

#define SOON_MS		20000
#define ROOT		""

static int at_rest(uint64_t pages)
{
	struct vepc probe = VEPC_NONE;
	uint64_t touched = 0;
	int ret;

	ret = swsgx_wait("valid", 0, 3000) ?: vepc_open(&probe, pages);
	if (ret)
		return ret;
	vepc_touch(&probe, 0, pages, &touched);
	vepc_close(&probe);
	return touched == pages ? 0 : epc_fail(EBUSY, "only %lu of %lu pages are free",
					       touched, pages);
}

FIXTURE(nocgroup) {
	uint64_t pages;
};

FIXTURE_SETUP(nocgroup)
{
	DO(swsgx_stat("pages", &self->pages));
	DO(at_rest(self->pages));
}

FIXTURE_TEARDOWN(nocgroup)
{
	HOLDS(at_rest(self->pages));
}

TEST_F(nocgroup, SAFE_2_there_are_no_files)
{
	static const char *const files[] = {
		"misc.capacity", "misc.current", "misc.peak", "misc.stat",
		"misc.reclaim", "misc.enclaves",
	};
	char text[512];
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		FAILS(ENOENT, cg_read(ROOT, files[i], text, sizeof(text)));
	DO(cg_read(ROOT, "cgroup.controllers", text, sizeof(text)));
	EXPECT_EQ(NULL, strstr(text, "misc"));
}

/* Two enclaves, together half as large again as the EPC, share it as ever. */
TEST_F_TIMEOUT(nocgroup, SAFE_2_enclaves_page_when_the_epc_is_full, 120)
{
	struct tenant t = TENANT_NONE, b = TENANT_NONE;
	uint64_t heap = self->pages * 3 / 4;

	DO(tenant_start(&t, ROOT));
	DO(tenant_start(&b, ROOT));
	DO(tenant_do(&t, tn_build, 0, heap, 50, 1));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, heap));
	DO(tenant_do(&b, tn_build, 0, heap, 50, 1));
	DO(tenant_do(&b, tn_fill, 0, 2, 0, heap));
	EXPECT_LT(0, swsgx_evicted(t.pid)) TH_LOG("%s", epc_why());
	HOLDS(tenant_do(&t, tn_grow, 0, heap, 50));
	HOLDS(tenant_do(&t, tn_trim, 0, heap, 50));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, heap));
	HOLDS(tenant_do(&b, tn_verify, 0, 2, 0, heap));
	DO(tenant_stop(&t));
	DO(tenant_stop(&b));
}

static volatile int nr_signals;

static void on_signal(int sig)
{
	(void)sig;
	nr_signals++;
}

static long catch_signals(struct tenant_self *self, const uint64_t arg[4])
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

	(void)self;
	(void)arg;
	return sigaction(SIGUSR1, &act, NULL) ? -errno : 0;
}

static long count_signals(struct tenant_self *self, const uint64_t arg[4])
{
	(void)self;
	(void)arg;
	return nr_signals;
}

/* Threads that wait for a page get signals, go on, and can be killed. */
TEST_F_TIMEOUT(nocgroup, SAFE_2_whoever_waits_takes_signals, 120)
{
	struct tenant t = TENANT_NONE, b = TENANT_NONE;
	uint64_t heap = self->pages * 3 / 4;
	long start;
	int i;

	DO(tenant_start(&t, ROOT));
	DO(tenant_start(&b, ROOT));
	DO(tenant_do(&t, catch_signals, 0));
	DO(tenant_do(&t, tn_build, 0, heap, 0, 2));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, heap));
	DO(tenant_do(&b, tn_build, 0, heap, 0, 2));
	DO(tenant_do(&t, tn_worker_touch, 0, 1, 0, heap));
	DO(tenant_do(&b, tn_worker_touch, 0, 1, 0, heap));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, kill(t.pid, SIGUSR1));
		epc_sleep_ms(2);
	}
	EXPECT_LT(0, tenant_do(&t, count_signals, 0));
	start = epc_now_ms();
	tenant_kill(&b);
	EXPECT_GT(epc_patience(SOON_MS), epc_now_ms() - start);
	HOLDS(tenant_do(&t, tn_worker_stop, 0, 1));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, heap));
	DO(tenant_stop(&t));
}

TEST_F_TIMEOUT(nocgroup, SAFE_2_a_guest_gets_all_but_no_more_than_there_is, 60)
{
	struct tenant t = TENANT_NONE, guest = TENANT_NONE;
	uint64_t heap = self->pages / 4;

	DO(tenant_start(&t, ROOT));
	DO(tenant_start(&guest, ROOT));
	DO(tenant_do(&t, tn_build, 0, heap, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, heap));
	DO(tenant_do(&guest, tn_vepc_open, self->pages + 1));
	/* What an enclave needs to the last stays its own. */
	EXPECT_LE(self->pages - heap, tenant_do(&guest, tn_vepc_touch, 0, self->pages + 1));
	EXPECT_EQ(0, tenant_do(&guest, tn_vepc_remove_all, 0));
	DO(tenant_do(&guest, tn_vepc_close, 0));
	HOLDS(tenant_do(&t, tn_verify, 0, 1, 0, heap));
	DO(tenant_stop(&t));
	DO(tenant_stop(&guest));
}

TEST_HARNESS_MAIN
