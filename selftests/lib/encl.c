// SPDX-License-Identifier: GPL-2.0
/*
 * Builds enclaves through the driver's ioctls and takes them apart.
 *
 * Only the code is measured with its contents; threads and heap are measured
 * by place and permissions alone, so that a large enclave costs one EADD a page.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "encl.h"

#define DEVICE		"/dev/sgx_enclave"
#define VA_SLOTS	512

extern const char encl_payload[], encl_payload_end[];

static uint64_t first_heap_page(const struct encl_geometry *geo)
{
	return ENCL_CODE_PAGES + ENCL_THREAD_PAGES * (uint64_t)geo->threads;
}

uint64_t encl_image_pages(const struct encl_geometry *geo)
{
	struct encl_geometry full = *geo;

	if (!full.threads)
		full.threads = 1;
	return first_heap_page(&full) + full.heap;
}

/* One slot of a VA page per added page and one for the SECS. */
uint64_t encl_epc_pages(uint64_t nr_added)
{
	return nr_added + 1 + (nr_added + 1 + VA_SLOTS - 1) / VA_SLOTS;
}

uint64_t encl_built_pages(uint64_t heap, unsigned int threads)
{
	struct encl_geometry geo = { .heap = heap, .threads = threads };

	return encl_epc_pages(encl_image_pages(&geo));
}

uint64_t encl_heap_for(uint64_t epc_pages, unsigned int threads)
{
	uint64_t heap = epc_pages;

	while (heap && encl_built_pages(heap, threads) > epc_pages)
		heap--;
	return encl_built_pages(heap, threads) == epc_pages ? heap : 0;
}

/* ECREATE wants a power of two, at a multiple of itself. */
static int reserve_range(struct encl *e, uint64_t pages)
{
	e->size = 2 * SGX_PAGE_SIZE;
	while (e->size < pages * SGX_PAGE_SIZE)
		e->size *= 2;

	e->area_len = 2 * e->size;
	e->area = mmap(NULL, e->area_len, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (e->area == MAP_FAILED) {
		e->area = NULL;
		return epc_fail(errno, "reserve %#zx bytes of addresses",
				e->area_len);
	}
	e->base = ((uint64_t)e->area + e->size - 1) & ~(e->size - 1);
	return 0;
}

int encl_open(struct encl *e, const struct encl_geometry *geo)
{
	memset(e, 0, sizeof(*e));
	e->fd = -1;
	e->geo = *geo;
	if (!e->geo.threads)
		e->geo.threads = 1;
	if (e->geo.threads > ENCL_MAX_THREADS)
		return epc_fail(EINVAL, "%u threads, at most %d", e->geo.threads,
				ENCL_MAX_THREADS);

	e->attributes = SGX_ATTR_MODE64BIT | SGX_ATTR_DEBUG;
	e->heap_off = first_heap_page(&e->geo) * SGX_PAGE_SIZE;
	e->hole_off = e->heap_off + e->geo.heap * SGX_PAGE_SIZE;

	e->fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (e->fd < 0)
		return epc_fail(errno, "open %s", DEVICE);
	return reserve_range(e, first_heap_page(&e->geo) + e->geo.heap +
			     e->geo.hole);
}

int encl_create(struct encl *e)
{
	struct sgx_arch_secs secs = {
		.size = e->size,
		.base = e->base,
		.ssa_frame_pages = 1,
		.attributes = e->attributes,
		.xfrm = SGX_XFRM_LEGACY,
	};
	struct sgx_enclave_create arg = { .src = (uint64_t)&secs };

	if (ioctl(e->fd, SGX_IOC_ENCLAVE_CREATE, &arg))
		return epc_fail(errno, "CREATE of %#lx bytes at %#lx", e->size,
				e->base);
	return encl_measure_create(e);
}

static int ioc_add(struct encl *e, uint64_t off, const void *src, uint64_t nr,
		   uint64_t si_flags, bool measure, uint64_t *count)
{
	struct sgx_arch_secinfo info = { .flags = si_flags };
	struct sgx_enclave_add_pages arg = {
		.src = (uint64_t)src,
		.offset = off,
		.length = nr * SGX_PAGE_SIZE,
		.secinfo = (uint64_t)&info,
		.flags = measure ? SGX_PAGE_MEASURE : 0,
	};
	int ret;

	ret = ioctl(e->fd, SGX_IOC_ENCLAVE_ADD_PAGES, &arg) ? -errno : 0;
	*count = arg.count / SGX_PAGE_SIZE;
	return ret;
}

/* The kernel has taken @nr pages: the measurement follows, page by page. */
static int account_added(struct encl *e, uint64_t off, const char *src,
			 uint64_t nr, uint64_t si_flags, bool measure)
{
	uint64_t i;
	int ret = 0;

	for (i = 0; !ret && i < nr; i++)
		ret = encl_measure_page(e, off + i * SGX_PAGE_SIZE, si_flags,
					measure ? src + i * SGX_PAGE_SIZE : NULL);
	e->nr_added += nr;
	return ret;
}

static int add_from(struct encl *e, uint64_t off, const char *src, uint64_t nr,
		    uint64_t si_flags, bool measure)
{
	uint64_t done = 0, count;
	int ret, hash_ret;

	while (done < nr) {
		uint64_t at = off + done * SGX_PAGE_SIZE;

		ret = ioc_add(e, at, src + done * SGX_PAGE_SIZE, nr - done,
			      si_flags, measure, &count);
		hash_ret = account_added(e, at, src + done * SGX_PAGE_SIZE,
					 count, si_flags, measure);
		if (hash_ret)
			return hash_ret;
		done += count;
		if (ret == -EINTR || (!ret && count))
			continue;
		return epc_fail(ret ? -ret : EIO,
				"ADD_PAGES at %#lx: stopped after %lu of %lu pages",
				off, done, nr);
	}
	return 0;
}

/* Zeros to add from: untouched private memory is the kernel's zero page. */
static void *map_zeros(uint64_t nr)
{
	void *src = mmap(NULL, nr * SGX_PAGE_SIZE, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return src == MAP_FAILED ? NULL : src;
}

int encl_add(struct encl *e, uint64_t off, const void *src, uint64_t nr,
	     uint64_t si_flags, bool measure)
{
	void *zeros;
	int ret;

	if (!nr)
		return 0;
	if (src)
		return add_from(e, off, src, nr, si_flags, measure);

	zeros = map_zeros(nr);
	if (!zeros)
		return epc_fail(errno, "map %lu pages of zeros", nr);
	ret = add_from(e, off, zeros, nr, si_flags, measure);
	munmap(zeros, nr * SGX_PAGE_SIZE);
	return ret;
}

int encl_raw_add(struct encl *e, uint64_t off, uint64_t nr, uint64_t *count)
{
	void *zeros = map_zeros(nr);
	int ret, hash_ret;

	*count = 0;
	if (!zeros)
		return epc_fail(errno, "map %lu pages of zeros", nr);
	ret = ioc_add(e, off, zeros, nr, SGX_SI_REG | SGX_SI_R | SGX_SI_W, false,
		      count);
	munmap(zeros, nr * SGX_PAGE_SIZE);
	hash_ret = account_added(e, off, NULL, *count,
				 SGX_SI_REG | SGX_SI_R | SGX_SI_W, false);
	return ret ? ret : hash_ret;
}

int encl_add_code(struct encl *e)
{
	static char image[ENCL_CODE_PAGES * SGX_PAGE_SIZE]
		__attribute__((aligned(4096)));

	memcpy(image, encl_payload, encl_payload_end - encl_payload);
	return encl_add(e, 0, image, ENCL_CODE_PAGES,
			SGX_SI_REG | SGX_SI_R | SGX_SI_X, true);
}

int encl_add_threads(struct encl *e)
{
	struct sgx_arch_tcs tcs = {
		.nssa = ENCL_SSA_FRAMES,
		.oentry = 0,
		.fslimit = UINT32_MAX,
		.gslimit = UINT32_MAX,
	};
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < e->geo.threads; i++) {
		uint64_t off = (ENCL_CODE_PAGES + ENCL_THREAD_PAGES * i) *
			       SGX_PAGE_SIZE;

		tcs.ossa = off + ENCL_SSA0;
		ret = encl_add(e, off, &tcs, 1, SGX_SI_TCS, true);
		if (!ret)
			ret = encl_add(e, off + ENCL_SSA0, NULL,
				       ENCL_THREAD_PAGES - 1,
				       SGX_SI_REG | SGX_SI_R | SGX_SI_W, false);
	}
	return ret;
}

int encl_add_heap(struct encl *e, uint64_t first, uint64_t nr)
{
	return encl_add(e, e->heap_off + first * SGX_PAGE_SIZE, NULL, nr,
			SGX_SI_REG | SGX_SI_R | SGX_SI_W, false);
}

int encl_add_all(struct encl *e)
{
	int ret;

	ret = encl_add_code(e);
	if (!ret)
		ret = encl_add_threads(e);
	if (!ret)
		ret = encl_add_heap(e, 0, e->geo.heap);
	return ret;
}

int encl_init(struct encl *e)
{
	struct sgx_arch_sigstruct sig __attribute__((aligned(4096)));
	struct sgx_enclave_init arg = { .sigstruct = (uint64_t)&sig };
	int ret;

	ret = encl_sign(e, &sig);
	if (ret)
		return ret;
	while (ioctl(e->fd, SGX_IOC_ENCLAVE_INIT, &arg))
		if (errno != EINTR)
			return epc_fail(errno, "INIT");
	return 0;
}

static int map_piece(struct encl *e, uint64_t from, uint64_t to, int prot)
{
	void *at = (void *)(e->base + from);

	if (from == to)
		return 0;
	/* The first mapping registers an MMU notifier, which signals interrupt. */
	while (mmap(at, to - from, prot, MAP_SHARED | MAP_FIXED, e->fd, 0) != at)
		if (errno != EINTR)
			return epc_fail(errno, "map %#lx to %#lx, prot %d", from,
					to, prot);
	return 0;
}

int encl_map(struct encl *e)
{
	uint64_t code_end = ENCL_CODE_PAGES * SGX_PAGE_SIZE;
	uint64_t hole_end = e->hole_off + e->geo.hole * SGX_PAGE_SIZE;
	int ret;

	ret = map_piece(e, 0, code_end, PROT_READ | PROT_EXEC);
	if (!ret)
		ret = map_piece(e, code_end, hole_end, PROT_READ | PROT_WRITE);
	return ret;
}

int encl_build(struct encl *e, const struct encl_geometry *geo)
{
	int ret;

	ret = encl_open(e, geo);
	while (!ret && (ret = encl_create(e)) == -EINTR)
		ret = 0;
	if (!ret)
		ret = encl_add_all(e);
	if (!ret)
		ret = encl_init(e);
	if (!ret)
		ret = encl_map(e);
	if (ret)
		encl_destroy(e);
	return ret;
}

void encl_destroy(struct encl *e)
{
	if (e->area)
		munmap(e->area, e->area_len);
	e->area = NULL;
	if (e->fd >= 0)
		close(e->fd);
	e->fd = -1;
	encl_measure_drop(e);
}
