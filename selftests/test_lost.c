// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-6: pages that were in use before this kernel, and pages with a memory
 * error. The machine is booted with swsgx_dirty=, and has less EPC after each test.
 */
#include "epc.h"

/* Nothing is in use, and this much can still be allocated: the fixture of all this. */
FIXTURE(lost) {
	uint64_t usable;
	uint64_t poisoned;
};

static uint64_t root_stat(const char *key)
{
	uint64_t value;

	return cg_key("", "misc.stat", key, &value) ? UINT64_MAX : value;
}

/* Exactly @pages can be allocated, and all of them go back. */
static void usable_is(struct __test_metadata *_metadata, uint64_t pages)
{
	struct vepc all = VEPC_NONE;
	uint64_t capacity, touched;

	HOLDS(cg_wait_key("", "misc.current", "sgx_epc", 0, 5000));
	EXPECT_EQ(pages, epc_nodes_have("sgx_free_bytes"));
	DO(epc_capacity(&capacity));
	DO(vepc_open(&all, capacity));
	vepc_touch(&all, 0, capacity, &touched);
	EXPECT_EQ(pages, touched);
	EXPECT_EQ(0, epc_nodes_have("sgx_free_bytes"));
	vepc_close(&all);
	HOLDS(cg_wait_key("", "misc.current", "sgx_epc", 0, 5000));
	EXPECT_EQ(pages, epc_nodes_have("sgx_free_bytes"));
}

FIXTURE_SETUP(lost)
{
	DO(cg_purge(TOP));
	HOLDS(swsgx_wait("valid", 0, 20000));
	self->usable = epc_nodes_have("sgx_free_bytes");
	self->poisoned = root_stat("sgx_epc.poisoned");
	DO(cg_create(TOP));
	DO(cg_create(A));
}

FIXTURE_TEARDOWN(lost)
{
	HOLDS(cg_purge(TOP));
	HOLDS(cg_wait_key("", "misc.current", "sgx_epc", 0, 5000));
}

TEST_F_TIMEOUT(lost, CHARGE_6_pages_left_over_at_boot_were_never_charged, 60)
{
	uint64_t dirty, capacity;

	DO(swsgx_injected("dirty", &dirty));
	ASSERT_EQ(100, dirty) TH_LOG("boot with swsgx_dirty=100");
	DO(epc_capacity(&capacity));
	EXPECT_EQ(capacity, self->usable);
	EXPECT_EQ(0, cg_pages(""));
	EXPECT_EQ(0, root_stat("sgx_epc.leaked"));
	/* They are charged from now on, like all others. */
	usable_is(_metadata, capacity);
}

/* vEPC page, or page of the heap of enclave 0: has a memory error. */
static long poison_vepc(struct tenant_self *self, const uint64_t arg[4])
{
	return swsgx_inject("poison_address",
			    (uint64_t)self->vepc.mem + arg[0] * PAGE);
}

static long poison_heap(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];

	return swsgx_inject("poison_address", e->base + e->heap_off + arg[0] * PAGE);
}

TEST_F_TIMEOUT(lost, CHARGE_6_a_poisoned_page_is_uncharged_and_not_used_again, 60)
{
	struct tenant t = TENANT_NONE;
	uint64_t pfn;

	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 50));
	EXPECT_EQ(50, tenant_do(&t, tn_vepc_touch, 0, 50));
	DO(tenant_do(&t, poison_vepc, 20));
	DO(swsgx_injected("poison_pfn", &pfn));
	EXPECT_EQ(self->poisoned + 1, root_stat("sgx_epc.poisoned"));
	/* It is still in use, and the same error again is no other page. */
	EXPECT_EQ(50, cg_pages(A));
	DO(swsgx_inject("poison_pfn", pfn));
	EXPECT_EQ(self->poisoned + 1, root_stat("sgx_epc.poisoned"));

	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(0, cg_pages(A));
	usable_is(_metadata, self->usable - 1);
	EXPECT_EQ(0, root_stat("sgx_epc.leaked"));
	DO(tenant_stop(&t));
}

TEST_F_TIMEOUT(lost, CHARGE_6_a_free_page_that_is_poisoned_is_not_used_again, 60)
{
	struct tenant t = TENANT_NONE;
	uint64_t pfn;

	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 1));
	EXPECT_EQ(1, tenant_do(&t, tn_vepc_touch, 0, 1));
	DO(tenant_do(&t, poison_vepc, 0));
	DO(tenant_do(&t, tn_vepc_close, 0));
	DO(tenant_stop(&t));
	usable_is(_metadata, self->usable - 1);

	/* Its neighbour. */
	DO(swsgx_injected("poison_pfn", &pfn));
	if (swsgx_inject("poison_pfn", pfn + 1))
		DO(swsgx_inject("poison_pfn", pfn - 1));
	EXPECT_EQ(self->poisoned + 2, root_stat("sgx_epc.poisoned"));
	usable_is(_metadata, self->usable - 2);
	EXPECT_EQ(0, root_stat("sgx_epc.leaked"));
}

TEST_F_TIMEOUT(lost, CHARGE_6_a_poisoned_page_of_an_enclave_is_not_written_out, 60)
{
	struct tenant t = TENANT_NONE;
	uint64_t before, after, evicted, loaded;

	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&t, tn_touch, 0, 0, 100));
	DO(cg_key(A, "misc.stat", "sgx_epc.reclaimable", &before));
	DO(tenant_do(&t, poison_heap, 30));
	DO(cg_key(A, "misc.stat", "sgx_epc.reclaimable", &after));
	EXPECT_EQ(before - PAGE, after);
	EXPECT_EQ(encl_built_pages(100, 1), cg_pages(A));

	/* A second enclave pushes all others out, and leaves that page where it is. */
	DO(cg_set_max(A, 50 * PAGE));
	DO(tenant_do(&t, tn_build, 1, 200, 0, 1));
	DO(cg_key(A, "misc.stat", "sgx_epc.evicted", &evicted));
	DO(cg_key(A, "misc.stat", "sgx_epc.loaded", &loaded));
	DO(tenant_do(&t, tn_touch, 0, 30, 1));
	DO(cg_key(A, "misc.stat", "sgx_epc.loaded", &after));
	EXPECT_GE(4, after - loaded);	/* code, TCS and SSA, not the page */
	EXPECT_LE(100, evicted);
	DO(tenant_stop(&t));
	usable_is(_metadata, self->usable - 1);
}

TEST_HARNESS_MAIN
