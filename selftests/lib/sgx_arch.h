/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Structures of the SGX architecture that a loader has to fill in.
 * Layouts: Intel SDM Vol. 3D, "Enclave Access Control and Data Structures".
 */
#ifndef EPC_SGX_ARCH_H
#define EPC_SGX_ARCH_H

#include <stdint.h>

#define SGX_PAGE_SIZE		4096ul

#define SGX_ATTR_DEBUG		(1ull << 1)
#define SGX_ATTR_MODE64BIT	(1ull << 2)
#define SGX_XFRM_LEGACY		3ull

/* SECINFO.FLAGS */
#define SGX_SI_R		(1ull << 0)
#define SGX_SI_W		(1ull << 1)
#define SGX_SI_X		(1ull << 2)
#define SGX_SI_PENDING		(1ull << 3)
#define SGX_SI_MODIFIED		(1ull << 4)
#define SGX_SI_PR		(1ull << 5)
#define SGX_SI_TCS		(1ull << 8)
#define SGX_SI_REG		(2ull << 8)
#define SGX_SI_TRIM		(4ull << 8)

/* Page types as SGX_IOC_ENCLAVE_MODIFY_TYPES takes them. */
#define SGX_PT_TCS		1
#define SGX_PT_TRIM		4

#define SGX_LEAF_EENTER		2
#define SGX_LEAF_ERESUME	3
#define SGX_LEAF_EEXIT		4

#define SGX_VEC_PF		14
#define SGX_PF_SGX		0x8000

#define SGX_RSA_BYTES		384

struct sgx_arch_secinfo {
	uint64_t flags;
	uint64_t reserved[7];
} __attribute__((aligned(64)));

struct sgx_arch_secs {
	uint64_t size;
	uint64_t base;
	uint32_t ssa_frame_pages;
	uint32_t miscselect;
	uint8_t  reserved1[24];
	uint64_t attributes;
	uint64_t xfrm;
	uint8_t  reserved2[4096 - 64];
} __attribute__((aligned(4096)));

struct sgx_arch_tcs {
	uint64_t stage;
	uint64_t flags;
	uint64_t ossa;
	uint32_t cssa;
	uint32_t nssa;
	uint64_t oentry;
	uint64_t aep;
	uint64_t ofsbase;
	uint64_t ogsbase;
	uint32_t fslimit;
	uint32_t gslimit;
	uint8_t  reserved[4024];
} __attribute__((aligned(4096)));

struct sgx_arch_sigstruct {
	/* Signed, first half. */
	uint8_t  header1[16];
	uint32_t vendor;
	uint32_t date;
	uint8_t  header2[16];
	uint32_t swdefined;
	uint8_t  reserved1[84];

	uint8_t  modulus[SGX_RSA_BYTES];
	uint32_t exponent;
	uint8_t  signature[SGX_RSA_BYTES];

	/* Signed, second half. */
	uint32_t miscselect;
	uint32_t miscmask;
	uint8_t  reserved2[20];
	uint64_t attributes;
	uint64_t xfrm;
	uint64_t attributes_mask;
	uint64_t xfrm_mask;
	uint8_t  mrenclave[32];
	uint8_t  reserved3[32];
	uint16_t isvprodid;
	uint16_t isvsvn;

	uint8_t  reserved4[12];
	uint8_t  q1[SGX_RSA_BYTES];
	uint8_t  q2[SGX_RSA_BYTES];
} __attribute__((packed));

_Static_assert(sizeof(struct sgx_arch_secinfo) == 64, "SECINFO");
_Static_assert(sizeof(struct sgx_arch_secs) == 4096, "SECS");
_Static_assert(sizeof(struct sgx_arch_tcs) == 4096, "TCS");
_Static_assert(sizeof(struct sgx_arch_sigstruct) == 1808, "SIGSTRUCT");

#endif
