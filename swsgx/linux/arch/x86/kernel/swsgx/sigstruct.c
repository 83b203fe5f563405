// SPDX-License-Identifier: GPL-2.0
/*
 * The signature of an enclave: SIGSTRUCT's format and its RSA signature.
 *
 * EINIT may neither sleep nor allocate, which rules out the kernel's big
 * numbers. It does not need them: SIGSTRUCT brings the two quotients of the
 * divisions by the modulus, so that a cube modulo N is four multiplications.
 * SDM Vol. 3D, "SIGSTRUCT": q1 = floor(S^2 / N), q2 = floor((S^3 - q1*S*N) / N).
 */
#include <linux/string.h>
#include "swsgx.h"

#define LIMBS	SWSGX_RSA_LIMBS

/* r = a * b, numbers little-endian by limbs, r twice as long. */
static void multiply(u64 *r, const u64 *a, const u64 *b)
{
	unsigned int i, j;

	memset(r, 0, 2 * LIMBS * sizeof(u64));
	for (i = 0; i < LIMBS; i++) {
		u64 carry = 0;

		for (j = 0; j < LIMBS; j++) {
			unsigned __int128 t = (unsigned __int128)a[i] * b[j];

			t += r[i + j];
			t += carry;
			r[i + j] = t;
			carry = t >> 64;
		}
		r[i + LIMBS] = carry;
	}
}

static bool less_than(const u64 *a, const u64 *b)
{
	int i = LIMBS - 1;

	while (i >= 0 && a[i] == b[i])
		i--;
	return i >= 0 && a[i] < b[i];
}

/*
 * r = x * y - q * N. A right q leaves a number in [0, N); with a wrong one the
 * signature is wrong.
 */
static bool multiply_mod(u64 *r, const u64 *x, const u64 *y, const u64 *q,
			 struct swsgx_rsa *rsa)
{
	u64 *a = rsa->product, *b = rsa->multiple;
	u64 borrow = 0;
	unsigned int i;

	multiply(a, x, y);
	multiply(b, q, rsa->modulus);
	for (i = 0; i < 2 * LIMBS; i++) {
		unsigned __int128 t = (unsigned __int128)a[i] - b[i] - borrow;

		a[i] = t;
		borrow = (u64)(t >> 64) & 1;
	}
	if (borrow || memchr_inv(a + LIMBS, 0, LIMBS * sizeof(u64)))
		return false;
	memcpy(r, a, LIMBS * sizeof(u64));
	return less_than(r, rsa->modulus);
}

/* DER of the DigestInfo for SHA-256: RFC 8017, section 9.2, note 1. */
static const u8 digest_info[] = {
	0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
	0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};

/* Is m^3 the EMSA-PKCS1-v1_5 encoding of this hash? (big-endian, RFC 8017) */
static bool encodes_hash(const u8 *cube, const u8 hash[SHA256_DIGEST_SIZE])
{
	const size_t tail = sizeof(digest_info) + SHA256_DIGEST_SIZE;
	size_t i;

	for (i = 0; i < SGX_MODULUS_SIZE; i++) {
		size_t left = SGX_MODULUS_SIZE - i;
		u8 want = 0xff;

		if (i == 0 || left == tail + 1)
			want = 0;
		else if (i == 1)
			want = 1;
		else if (left <= SHA256_DIGEST_SIZE)
			want = hash[SHA256_DIGEST_SIZE - left];
		else if (left <= tail)
			want = digest_info[tail - left];
		if (cube[left - 1] != want)
			return false;
	}
	return true;
}

/**
 * swsgx_sigstruct_format_ok() - Check the constants of a SIGSTRUCT
 * @sig: the SIGSTRUCT
 *
 * SDM Vol. 3D, EINIT: "Verify SIGSTRUCT Header".
 */
bool swsgx_sigstruct_format_ok(const struct sgx_sigstruct *sig)
{
	const struct sgx_sigstruct_header *h = &sig->header;

	return h->header1[0] == 0x000000E100000006ULL &&
	       h->header1[1] == 0x0000000000010000ULL &&
	       (h->vendor == 0 || h->vendor == 0x8086) &&
	       h->header2[0] == 0x0000006000000101ULL &&
	       h->header2[1] == 0x0000000100000060ULL &&
	       sig->exponent == 3 &&
	       !memchr_inv(h->reserved1, 0, sizeof(h->reserved1)) &&
	       !memchr_inv(sig->reserved4, 0, sizeof(sig->reserved4));
}

/**
 * swsgx_sigstruct_signature_ok() - Check the signature of a SIGSTRUCT
 * @sig: the SIGSTRUCT
 * @rsa: room for the numbers
 *
 * SDM Vol. 3D, EINIT: "Verify signature using supplied public key, modulus,
 * Q1, and Q2".
 */
bool swsgx_sigstruct_signature_ok(const struct sgx_sigstruct *sig,
				  struct swsgx_rsa *rsa)
{
	u8 hash[SHA256_DIGEST_SIZE];
	struct sha256_state state;

	memcpy(rsa->sig, sig->signature, sizeof(rsa->sig));
	memcpy(rsa->modulus, sig->modulus, sizeof(rsa->modulus));
	memcpy(rsa->q1, sig->q1, sizeof(rsa->q1));
	memcpy(rsa->q2, sig->q2, sizeof(rsa->q2));

	if (!less_than(rsa->sig, rsa->modulus) ||
	    !multiply_mod(rsa->square, rsa->sig, rsa->sig, rsa->q1, rsa) ||
	    !multiply_mod(rsa->cube, rsa->sig, rsa->square, rsa->q2, rsa))
		return false;

	sha256_init(&state);
	sha256_update(&state, (const u8 *)&sig->header, sizeof(sig->header));
	sha256_update(&state, (const u8 *)&sig->body, sizeof(sig->body));
	sha256_final(&state, hash);
	return encodes_hash((const u8 *)rsa->cube, hash);
}
