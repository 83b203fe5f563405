/* SPDX-License-Identifier: GPL-2.0 */
/* What no file takes that wants "sgx_epc" and an amount. */
#ifndef EPC_AMOUNTS_H
#define EPC_AMOUNTS_H

#include <errno.h>

#define U64_TEXT	"18446744073709551615"

/* Whole texts that are refused. */
static const struct {
	const char *text;
	int err;
} refused_amounts[] = {
	{ "\n", EINVAL },
	{ " ", EINVAL },
	{ "1", EINVAL },
	{ "max", EINVAL },
	{ "sgx_epc", EINVAL },
	{ "sgx_epc\n", EINVAL },
	{ "sgx_epc ", EINVAL },
	{ "sgx_epc \n", EINVAL },
	{ " sgx_epc 1", EINVAL },
	{ "\tsgx_epc 1", EINVAL },
	{ "\nsgx_epc 1", EINVAL },
	{ "sgx_epc  1", EINVAL },
	{ "sgx_epc\t1", EINVAL },
	{ "sgx_epc=1", EINVAL },
	{ "sgx_epc:1", EINVAL },
	{ "sgx_epc 1 ", EINVAL },
	{ "sgx_epc 1\t", EINVAL },
	{ "sgx_epc 1 \n", EINVAL },
	{ "sgx_epc 1 2", EINVAL },
	{ "sgx_epc 1 sgx_epc 2", EINVAL },
	{ "sgx_epc 1\nsgx_epc 2", EINVAL },
	{ "sgx_epc 1\nsev 2\n", EINVAL },
	{ "sgx_epc max max", EINVAL },
	{ "sgx_epc max ", EINVAL },
	{ "sgx_epc +1", EINVAL },
	{ "sgx_epc -1", EINVAL },
	{ "sgx_epc -0", EINVAL },
	{ "sgx_epc +max", EINVAL },
	{ "sgx_epc m", EINVAL },
	{ "sgx_epc ma", EINVAL },
	{ "sgx_epc maxx", EINVAL },
	{ "sgx_epc MAX", EINVAL },
	{ "sgx_epc max1", EINVAL },
	{ "sgx_epc infinity", EINVAL },
	{ "sgx_epc x", EINVAL },
	{ "sgx_epc 1x", EINVAL },
	{ "sgx_epc 12a", EINVAL },
	{ "sgx_epc a12", EINVAL },
	{ "sgx_epc 0x", EINVAL },
	{ "sgx_epc 0xK", EINVAL },
	{ "sgx_epc 0xg", EINVAL },
	{ "sgx_epc 0x-1", EINVAL },
	{ "sgx_epc 0x+1", EINVAL },
	{ "sgx_epc 00x1", EINVAL },
	{ "sgx_epc K", EINVAL },
	{ "sgx_epc 1KK", EINVAL },
	{ "sgx_epc 1KB", EINVAL },
	{ "sgx_epc 1KiB", EINVAL },
	{ "sgx_epc 1 K", EINVAL },
	{ "sgx_epc K1", EINVAL },
	{ "sgx_epc 1k", EINVAL },
	{ "sgx_epc 1P", EINVAL },
	{ "sgx_epc 1E", EINVAL },
	{ "sgx_epc 1B", EINVAL },
	{ "sgx_epc 1.5M", EINVAL },
	{ "sgx_epc 1,000", EINVAL },
	{ "sgx_epc 1_000", EINVAL },
	{ "sgx_epc 1e3", EINVAL },
	{ "sgx_epc 50%", EINVAL },
	{ "sgx_epc 18446744073709551616", ERANGE },
	{ "sgx_epc 99999999999999999999", ERANGE },
	{ "sgx_epc 340282366920938463463374607431768211456", ERANGE },
	{ "sgx_epc 0x10000000000000000", ERANGE },
	{ "sgx_epc 18014398509481984K", ERANGE },
	{ "sgx_epc 17592186044416M", ERANGE },
	{ "sgx_epc 17179869184G", ERANGE },
	{ "sgx_epc 16777216T", ERANGE },
	{ "sgx_epc 0x1000000T", ERANGE },
	{ "sgx_epc " U64_TEXT "K", ERANGE },
};

#endif
