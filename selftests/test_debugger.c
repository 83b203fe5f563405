// SPDX-License-Identifier: GPL-2.0
/*
 * REACH-4: who cannot drop mmap_lock does not wait. A debugger that reads an enclave
 * at its limit makes room by itself, or is told that there was none.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "epc.h"

#define HEAP		300
#define LIMIT		60

/* Where the heap of enclave 0 is. */
static long tell_heap(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return (long)(self->encl[0].base + self->encl[0].heap_off);
}

/* The first word of a page as the enclave itself sees it. */
static long tell_word(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t value = 0;
	int ret = encl_get(e, e->heap_off + arg[0] * PAGE, &value);

	return ret ? ret : (long)(value >> 1);
}

static int open_mem(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return open(path, O_RDONLY);
}

TEST_F_TIMEOUT(epc, REACH_4_a_debugger_reads_an_enclave_at_its_limit, 60)
{
	struct tenant t = TENANT_NONE;
	uint64_t word, in_vain = 0, refusals;
	long heap, start;
	int fd, i, ret;

	DO(cg_create(A));
	DO(cg_set_max(A, LIMIT * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, HEAP, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 7, 0, HEAP));
	heap = tenant_do(&t, tell_heap, 0);
	fd = open_mem(t.pid);
	ASSERT_LE(0, fd);
	DO(cg_events_max(A, &refusals));

	start = epc_now_ms();
	for (i = 0; i < HEAP; ) {
		ret = pread(fd, &word, sizeof(word), heap + i * PAGE);
		if (ret == sizeof(word)) {
			EXPECT_EQ(tenant_do(&t, tell_word, i), (long)(word >> 1));
			i++;
			continue;
		}
		/* Others had the room: told at once, to try again. */
		ASSERT_EQ(-1, ret);
		ASSERT_EQ(EIO, errno);
		ASSERT_GT(100, ++in_vain);
	}
	TH_LOG("%d pages in %ld ms, %lu times in vain", HEAP, epc_now_ms() - start,
	       (unsigned long)in_vain);
	EXPECT_GE(LIMIT, cg_pages(A));
	DO(cg_events_max(A, &word));
	EXPECT_LT(refusals + 10, word);
	HOLDS(tenant_do(&t, tn_verify, 0, 7, 0, HEAP));
	close(fd);
	DO(tenant_stop(&t));
}

TEST_F(epc, REACH_4_what_could_be_read_is_a_short_count)
{
	struct tenant t = TENANT_NONE;
	char buf[16];
	long end;
	int fd;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	/* Behind the heap there is a hole, of which no page exists yet. */
	DO(tenant_do(&t, tn_build, 0, 10, 10, 1));
	DO(tenant_do(&t, tn_fill, 0, 7, 0, 10));
	end = tenant_do(&t, tell_heap, 0) + 10 * PAGE;
	fd = open_mem(t.pid);
	ASSERT_LE(0, fd);
	EXPECT_EQ(8, pread(fd, buf, sizeof(buf), end - 8));
	EXPECT_EQ(-1, pread(fd, buf, sizeof(buf), end));
	close(fd);
	DO(tenant_stop(&t));
}

TEST_F(epc, REACH_4_without_room_the_debugger_is_told_at_once)
{
	struct tenant t = TENANT_NONE;
	long heap, start;
	uint64_t word;
	int fd, i;

	DO(cg_create(A));
	DO(cg_never_kill(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, HEAP, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 7, 0, HEAP));
	DO(cg_write(A, "misc.reclaim", "sgx_epc max"));
	DO(cg_set_max(A, PAGE));
	heap = tenant_do(&t, tell_heap, 0);
	fd = open_mem(t.pid);
	ASSERT_LE(0, fd);

	start = epc_now_ms();
	for (i = 0; i < 20; i++)
		EXPECT_EQ(-1, pread(fd, &word, sizeof(word), heap + i * PAGE));
	EXPECT_GT(epc_patience(2000), epc_now_ms() - start);

	DO(cg_set_max(A, 1000 * PAGE));
	EXPECT_EQ(sizeof(word), pread(fd, &word, sizeof(word), heap));
	HOLDS(tenant_do(&t, tn_verify, 0, 7, 0, HEAP));
	close(fd);
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
