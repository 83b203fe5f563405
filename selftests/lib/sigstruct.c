// SPDX-License-Identifier: GPL-2.0
/*
 * Measures an enclave as the CPU does and signs the result.
 * SDM Vol. 3D: ECREATE, EADD and EEXTEND update MRENCLAVE in blocks of 64
 * bytes; EINIT wants RSA-3072 with exponent 3 and two quotients that spare it
 * the divisions.
 */
#include <errno.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "encl.h"

/* The key that the build has made, as PEM text. */
extern const char encl_key_pem[], encl_key_pem_end[];

static int hash_block(struct encl *e, const char *tag, const void *rest,
		      size_t len)
{
	uint8_t block[64] = {};

	memcpy(block, tag, strnlen(tag, 8));
	memcpy(block + 8, rest, len);
	if (EVP_DigestUpdate(e->hash, block, sizeof(block)) != 1)
		return epc_fail(EIO, "measure: SHA-256 update of %s", tag);
	return 0;
}

int encl_measure_create(struct encl *e)
{
	uint8_t rest[12];
	uint32_t frame = 1;

	encl_measure_drop(e);
	e->hash = EVP_MD_CTX_new();
	if (!e->hash || EVP_DigestInit_ex(e->hash, EVP_sha256(), NULL) != 1)
		return epc_fail(ENOMEM, "measure: no SHA-256");

	memcpy(rest, &frame, 4);
	memcpy(rest + 4, &e->size, 8);
	return hash_block(e, "ECREATE", rest, sizeof(rest));
}

int encl_measure_page(struct encl *e, uint64_t off, uint64_t si_flags,
		      const void *contents)
{
	uint64_t add[2] = { off, si_flags };
	uint64_t chunk;
	int ret;

	ret = hash_block(e, "EADD", add, sizeof(add));
	for (chunk = 0; !ret && contents && chunk < SGX_PAGE_SIZE; chunk += 256) {
		uint64_t at = off + chunk;

		ret = hash_block(e, "EEXTEND", &at, sizeof(at));
		if (!ret && EVP_DigestUpdate(e->hash, (const uint8_t *)contents +
					     chunk, 256) != 1)
			ret = epc_fail(EIO, "measure: SHA-256 update");
	}
	return ret;
}

void encl_measure_drop(struct encl *e)
{
	EVP_MD_CTX_free(e->hash);
	e->hash = NULL;
}

static EVP_PKEY *load_key(void)
{
	BIO *bio = BIO_new_mem_buf(encl_key_pem, encl_key_pem_end - encl_key_pem);
	EVP_PKEY *key;

	key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return key;
}

/* RSA PKCS#1 v1.5 over the two signed halves; big endian, as OpenSSL has it. */
static int rsa_sign(EVP_PKEY *key, const struct sgx_arch_sigstruct *sig,
		    uint8_t *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SGX_RSA_BYTES;
	uint8_t text[256];
	int ok;

	memcpy(text, sig->header1, 128);
	memcpy(text + 128, &sig->miscselect, 128);
	ok = EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestSign(ctx, out, &len, text, sizeof(text)) == 1 &&
	     len == SGX_RSA_BYTES;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : epc_fail(EIO, "sign: RSA-3072 signature");
}

/* q1 = s * s / m; q2 = s * (s * s % m) / m. */
static int quotients(struct sgx_arch_sigstruct *sig, const BIGNUM *s,
		     const BIGNUM *m)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *product = BN_new(), *q = BN_new(), *rest = BN_new();
	int ok;

	ok = BN_mul(product, s, s, ctx) && BN_div(q, rest, product, m, ctx) &&
	     BN_bn2lebinpad(q, sig->q1, SGX_RSA_BYTES) == SGX_RSA_BYTES &&
	     BN_mul(product, s, rest, ctx) && BN_div(q, NULL, product, m, ctx) &&
	     BN_bn2lebinpad(q, sig->q2, SGX_RSA_BYTES) == SGX_RSA_BYTES;
	BN_free(product);
	BN_free(q);
	BN_free(rest);
	BN_CTX_free(ctx);
	return ok ? 0 : epc_fail(EIO, "sign: q1 and q2");
}

static int seal(struct sgx_arch_sigstruct *sig, EVP_PKEY *key)
{
	uint8_t raw[SGX_RSA_BYTES];
	BIGNUM *m = NULL, *s = NULL;
	int ret;

	ret = rsa_sign(key, sig, raw);
	if (ret)
		return ret;

	s = BN_bin2bn(raw, sizeof(raw), NULL);
	if (s && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &m) == 1 &&
	    BN_bn2lebinpad(m, sig->modulus, SGX_RSA_BYTES) == SGX_RSA_BYTES &&
	    BN_bn2lebinpad(s, sig->signature, SGX_RSA_BYTES) == SGX_RSA_BYTES)
		ret = quotients(sig, s, m);
	else
		ret = epc_fail(EIO, "sign: modulus and signature");
	BN_free(m);
	BN_free(s);
	return ret;
}

int encl_sign(struct encl *e, struct sgx_arch_sigstruct *sig)
{
	static const uint8_t header1[16] = { 6, 0, 0, 0, 0xe1, 0, 0, 0, 0, 0, 1 };
	static const uint8_t header2[16] = { 1, 1, 0, 0, 0x60, 0, 0, 0,
					     0x60, 0, 0, 0, 1 };
	EVP_PKEY *key;
	int ret;

	memset(sig, 0, sizeof(*sig));
	memcpy(sig->header1, header1, sizeof(header1));
	memcpy(sig->header2, header2, sizeof(header2));
	sig->date = 0x20240101;
	sig->exponent = 3;
	sig->attributes = e->attributes;
	sig->attributes_mask = ~SGX_ATTR_DEBUG;
	sig->xfrm = SGX_XFRM_LEGACY;
	sig->xfrm_mask = SGX_XFRM_LEGACY;
	if (EVP_DigestFinal_ex(e->hash, sig->mrenclave, NULL) != 1)
		return epc_fail(EIO, "measure: SHA-256 end");
	encl_measure_drop(e);

	key = load_key();
	if (!key)
		return epc_fail(EIO, "sign: the built-in key cannot be read");
	ret = seal(sig, key);
	EVP_PKEY_free(key);
	return ret;
}
