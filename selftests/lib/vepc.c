// SPDX-License-Identifier: GPL-2.0
/* Virtual EPC, and touching memory that may answer with a signal. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <asm/sgx.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "sgx_arch.h"
#include "vepc.h"

#define DEVICE	"/dev/sgx_vepc"
#define GUEST	"/sys/kernel/debug/swsgx/guest"

static __thread sigjmp_buf way_out;
static __thread volatile sig_atomic_t caught;

static void on_bad_touch(int sig)
{
	caught = sig;
	siglongjmp(way_out, 1);
}

static void touch(volatile char *addr, bool write)
{
	char value = *addr;

	if (write)
		*addr = value;
}

int mem_touch(const volatile void *addr, bool write, int *sig)
{
	struct sigaction act = { .sa_handler = on_bad_touch }, old_bus, old_segv;

	caught = 0;
	sigaction(SIGBUS, &act, &old_bus);
	sigaction(SIGSEGV, &act, &old_segv);
	if (!sigsetjmp(way_out, 1))
		touch((volatile char *)addr, write);
	sigaction(SIGBUS, &old_bus, NULL);
	sigaction(SIGSEGV, &old_segv, NULL);

	if (sig)
		*sig = caught;
	return caught ? epc_fail(EFAULT, "touch of %p ended in signal %d (%s)",
				 addr, (int)caught, strsignal(caught)) : 0;
}

int mem_split(uint64_t nr)
{
	char *mem = mmap((void *)(1ul << 32), nr * SGX_PAGE_SIZE, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t i;

	if (mem == MAP_FAILED)
		return epc_fail(errno, "map %lu pages", nr);
	for (i = 0; i < nr; i += 2)
		if (mprotect(mem + i * SGX_PAGE_SIZE, SGX_PAGE_SIZE, PROT_READ))
			return epc_fail(errno, "mapping %lu", i);
	return 0;
}

int vepc_open(struct vepc *v, uint64_t pages)
{
	void *mem;

	v->mem = NULL;
	v->pages = pages;
	v->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (v->fd < 0)
		return epc_fail(errno, "open %s", DEVICE);
	mem = mmap(NULL, pages * SGX_PAGE_SIZE, PROT_READ | PROT_WRITE,
		   MAP_SHARED, v->fd, 0);
	if (mem == MAP_FAILED) {
		int err = errno;

		vepc_close(v);
		return epc_fail(err, "map %lu pages of %s", pages, DEVICE);
	}
	v->mem = mem;
	return 0;
}

static void *page_of(struct vepc *v, uint64_t page)
{
	return v->mem + page * SGX_PAGE_SIZE;
}

int vepc_touch(struct vepc *v, uint64_t first, uint64_t nr, uint64_t *touched)
{
	uint64_t i;
	int ret = 0;

	for (i = 0; i < nr; i++) {
		ret = mem_touch(page_of(v, first + i), false, NULL);
		if (ret)
			break;
	}
	if (touched)
		*touched = i;
	return ret;
}

int vepc_remove_all(struct vepc *v)
{
	int ret = ioctl(v->fd, SGX_IOC_VEPC_REMOVE_ALL, 0);

	return ret < 0 ? epc_fail(errno, "VEPC_REMOVE_ALL") : ret;
}

__attribute__((format(printf, 1, 2)))
static int guest(const char *fmt, ...)
{
	int fd = open(GUEST, O_WRONLY | O_CLOEXEC), ret = 0;
	char line[64];
	va_list args;

	if (fd < 0)
		return epc_fail(errno, "open " GUEST);
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (write(fd, line, strlen(line)) < 0)
		ret = epc_fail(errno, "guest: %s", line);
	close(fd);
	return ret;
}

int vepc_ecreate(struct vepc *v, uint64_t page)
{
	return guest("ecreate %p", page_of(v, page));
}

int vepc_eadd(struct vepc *v, uint64_t page, struct vepc *of, uint64_t secs)
{
	return guest("eadd %p %p", page_of(v, page), page_of(of, secs));
}

void vepc_close(struct vepc *v)
{
	if (v->mem)
		munmap(v->mem, v->pages * SGX_PAGE_SIZE);
	v->mem = NULL;
	if (v->fd >= 0)
		close(v->fd);
	v->fd = -1;
}
