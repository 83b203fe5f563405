// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-6: a page that EREMOVE refuses to give back. The kernel warns, and the
 * machine has less EPC afterwards.
 */
#include "epc.h"

FIXTURE(leak) {
	uint64_t leaked;
	uint64_t valid;
	uint64_t free;
};

static uint64_t root_leaked(void)
{
	uint64_t value;

	return cg_key("", "misc.stat", "sgx_epc.leaked", &value) ? UINT64_MAX : value;
}

FIXTURE_SETUP(leak)
{
	DO(cg_purge(TOP));
	self->leaked = root_leaked();
	DO(swsgx_stat("valid", &self->valid));
	self->free = epc_nodes_have("sgx_free_bytes");
	DO(cg_create(TOP));
	DO(cg_create(A));
	DO(cg_create(B));
}

FIXTURE_TEARDOWN(leak)
{
	HOLDS(swsgx_inject("fail_eremove", 0));
	HOLDS(cg_purge(TOP));
	HOLDS(cg_wait_key("", "misc.current", "sgx_epc", 0, 5000));
}

/*
 *   TOP          not charged for what is lost
 *    |-- a       its enclave is destroyed, and loses pages
 *    `-- b       an enclave: outside
 */
TEST_F(leak, CHARGE_6_a_page_that_eremove_refuses_leaves_its_cgroup)
{
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t valid, of_b = encl_built_pages(50, 1), lost;

	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, 100, 0, 1));
	DO(tenant_do(&b, tn_build, 0, 50, 0, 1));
	EXPECT_EQ(self->leaked, root_leaked());
	/* Two pages of the enclave, and its SECS because they are still there. */
	DO(swsgx_inject("fail_eremove", 2));
	DO(tenant_do(&a, tn_destroy, 0));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 5000));
	lost = root_leaked() - self->leaked;
	EXPECT_EQ(3, lost);

	/* What is lost is what is still valid, of b nothing is. */
	DO(swsgx_stat("valid", &valid));
	EXPECT_EQ(self->valid + of_b + lost, valid);
	EXPECT_EQ(of_b, cg_pages(TOP));
	EXPECT_EQ(of_b, cg_pages(B));
	EXPECT_EQ(self->free - of_b - lost, epc_nodes_have("sgx_free_bytes"));
	DO(tenant_stop(&b));
	HOLDS(cg_wait_key(B, "misc.current", "sgx_epc", 0, 5000));
	EXPECT_EQ(self->leaked + lost, root_leaked());

	/* The group can be used, and goes. */
	DO(tenant_do(&a, tn_build, 0, 100, 0, 1));
	DO(tenant_stop(&a));
	HOLDS(cg_wait_key(A, "misc.current", "sgx_epc", 0, 5000));
	DO(cg_remove(A));
	HOLDS(cg_wait_key(TOP, "cgroup.stat", "nr_dying_descendants", 0, 5000));
	EXPECT_EQ(self->leaked + lost, root_leaked());
}

static long make_secs(struct tenant_self *self, const uint64_t arg[4])
{
	return vepc_ecreate(&self->vepc, arg[0]);
}

/* A page of a guest that is refused, but not for children elsewhere. */
TEST_F(leak, CHARGE_6_a_page_of_a_guest_that_eremove_refuses_leaves_its_cgroup)
{
	struct tenant t = TENANT_NONE;
	uint64_t valid;

	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 10));
	EXPECT_EQ(10, tenant_do(&t, tn_vepc_touch, 0, 10));
	DO(tenant_do(&t, make_secs, 4));
	EXPECT_EQ(10, cg_pages(A));
	DO(swsgx_inject("fail_eremove", 1000));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(0, cg_pages(A));
	EXPECT_EQ(self->leaked + 1, root_leaked());
	DO(swsgx_stat("valid", &valid));
	EXPECT_EQ(self->valid + 1, valid);
	EXPECT_EQ(self->free - 1, epc_nodes_have("sgx_free_bytes"));

	/* When the next instance goes it is tried again, and is nobody's loss twice. */
	DO(tenant_do(&t, tn_vepc_open, 10));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(self->leaked + 1, root_leaked());
	DO(swsgx_inject("fail_eremove", 0));
	DO(tenant_do(&t, tn_vepc_open, 10));
	DO(tenant_do(&t, tn_vepc_close, 0));
	EXPECT_EQ(self->free, epc_nodes_have("sgx_free_bytes"));
	EXPECT_EQ(self->leaked + 1, root_leaked());
	EXPECT_EQ(0, cg_pages(""));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
