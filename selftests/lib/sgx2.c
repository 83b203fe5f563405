// SPDX-License-Identifier: GPL-2.0
/*
 * The SGX2 ioctls: one call each, and the sequences that a runtime makes of
 * them.  All of the ioctls may stop half way, also successfully when a signal
 * came, and say in count how far they got.
 */
#include <errno.h>
#include <sys/ioctl.h>

#include "encl.h"

static int told(const char *step, int err, uint64_t off, uint64_t nr,
		uint64_t count, uint64_t result)
{
	if (!err)
		return 0;
	return epc_fail(err, "%s at %#lx: stopped after %lu of %lu pages, SGX result %#lx",
			step, off, count, nr, result);
}

int encl_raw_modify_types(struct encl *e, uint64_t off, uint64_t nr,
			  uint64_t type, uint64_t *count)
{
	struct sgx_enclave_modify_types arg = {
		.offset = off,
		.length = nr * SGX_PAGE_SIZE,
		.page_type = type,
	};
	int err = ioctl(e->fd, SGX_IOC_ENCLAVE_MODIFY_TYPES, &arg) ? errno : 0;

	*count = arg.count / SGX_PAGE_SIZE;
	return told("MODIFY_TYPES", err, off, nr, *count, arg.result);
}

int encl_raw_remove_pages(struct encl *e, uint64_t off, uint64_t nr,
			  uint64_t *count)
{
	struct sgx_enclave_remove_pages arg = {
		.offset = off,
		.length = nr * SGX_PAGE_SIZE,
	};
	int err = ioctl(e->fd, SGX_IOC_ENCLAVE_REMOVE_PAGES, &arg) ? errno : 0;

	*count = arg.count / SGX_PAGE_SIZE;
	return told("REMOVE_PAGES", err, off, nr, *count, 0);
}

int encl_raw_restrict(struct encl *e, uint64_t off, uint64_t nr, uint64_t perm,
		      uint64_t *count)
{
	struct sgx_enclave_restrict_permissions arg = {
		.offset = off,
		.length = nr * SGX_PAGE_SIZE,
		.permissions = perm,
	};
	int err = ioctl(e->fd, SGX_IOC_ENCLAVE_RESTRICT_PERMISSIONS, &arg) ?
		  errno : 0;

	*count = arg.count / SGX_PAGE_SIZE;
	return told("RESTRICT_PERMISSIONS", err, off, nr, *count, arg.result);
}

typedef int (*sgx2_ioctl)(struct encl *e, uint64_t off, uint64_t nr,
			  uint64_t arg, uint64_t *count);

static int remove_pages(struct encl *e, uint64_t off, uint64_t nr,
			uint64_t unused, uint64_t *count)
{
	(void)unused;
	return encl_raw_remove_pages(e, off, nr, count);
}

/* Go on where a signal stopped the ioctl; every other error is final. */
static int whole_range(sgx2_ioctl ioc, struct encl *e, uint64_t off, uint64_t nr,
		       uint64_t arg)
{
	uint64_t done = 0, count;
	int ret;

	while (done < nr) {
		ret = ioc(e, off + done * SGX_PAGE_SIZE, nr - done, arg, &count);
		if (ret && ret != -EINTR)
			return ret;
		if (!ret && !count)
			return epc_fail(EIO, "an SGX2 ioctl at %#lx succeeded without doing anything",
					off + done * SGX_PAGE_SIZE);
		done += count;
	}
	return 0;
}

int encl_trim(struct encl *e, uint64_t first, uint64_t nr)
{
	uint64_t off = e->heap_off + first * SGX_PAGE_SIZE;
	int ret;

	ret = whole_range(encl_raw_modify_types, e, off, nr, SGX_PT_TRIM);
	if (!ret)
		ret = encl_accept(e, first, nr, SGX_SI_TRIM | SGX_SI_MODIFIED);
	if (!ret)
		ret = whole_range(remove_pages, e, off, nr, 0);
	return ret;
}

int encl_restrict(struct encl *e, uint64_t first, uint64_t nr, uint64_t perm)
{
	uint64_t off = e->heap_off + first * SGX_PAGE_SIZE;
	int ret;

	ret = whole_range(encl_raw_restrict, e, off, nr, perm);
	if (!ret)
		ret = encl_accept(e, first, nr, SGX_SI_REG | SGX_SI_PR | perm);
	return ret;
}
