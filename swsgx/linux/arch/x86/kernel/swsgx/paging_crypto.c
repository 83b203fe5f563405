// SPDX-License-Identifier: GPL-2.0
/*
 * What EWB does to a page and ELDU undoes.
 *
 * It notices what a test may do to a written-out page: a changed bit, another
 * page's contents, an older version of the same page, another enclave's
 * metadata. The MAC is 128 bits of SipHash under keys drawn at boot. It is
 * not AES-GCM, and the key stream is only a mixer of a keyed seed: the page
 * does not look like its contents, but nothing is kept secret. The keys are in
 * kernel memory, beside the "EPC" itself.
 */
#include <linux/build_bug.h>
#include <linux/string.h>
#include "swsgx.h"

enum { KEY_STREAM, KEY_MAC_LOW, KEY_MAC_HIGH };

/**
 * swsgx_paging_crypt() - Encrypt or decrypt a page
 * @dst: where the result goes
 * @src: plain or encrypted page
 * @version: version of the page, which makes the key stream unique
 */
void swsgx_paging_crypt(u64 *dst, const u64 *src, u64 version)
{
	u64 state = siphash_1u64(version, &swsgx.mac_keys[KEY_STREAM]);
	unsigned int i;

	/* The constants of SplitMix64: a public mixer, not a cipher. */
	for (i = 0; i < PAGE_SIZE / sizeof(u64); i++) {
		u64 z = state += 0x9e3779b97f4a7c15ULL;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
		dst[i] = src[i] ^ z ^ (z >> 31);
	}
}

static u64 mac_half(const void *page, u64 version, u64 eid, u64 linaddr,
		    u64 flags, const siphash_key_t *key)
{
	u64 header[] = {
		siphash(page, PAGE_SIZE, key), version, eid, linaddr, flags,
	};

	return siphash(header, sizeof(header), key);
}

/**
 * swsgx_paging_mac() - Compute the MAC of a written-out page
 * @mac: 16 bytes of result
 * @page: encrypted page
 * @version: its version, as in the VA slot
 * @eid: enclave, 0 for SECS and VA pages
 * @linaddr: linear address, 0 for SECS and VA pages
 * @flags: SECINFO.FLAGS
 */
void swsgx_paging_mac(u8 mac[16], const void *page, u64 version, u64 eid,
		      u64 linaddr, u64 flags)
{
	u64 half[2];

	half[0] = mac_half(page, version, eid, linaddr, flags,
			   &swsgx.mac_keys[KEY_MAC_LOW]);
	half[1] = mac_half(page, version, eid, linaddr, flags,
			   &swsgx.mac_keys[KEY_MAC_HIGH]);
	BUILD_BUG_ON(sizeof(half) != 16);
	memcpy(mac, half, sizeof(half));
}
