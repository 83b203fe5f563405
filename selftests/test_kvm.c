// SPDX-License-Identifier: GPL-2.0
/*
 * VEPC-2 and RECLAIM-2 as a virtual machine sees them: a guest of KVM touches its EPC,
 * and what comes of it is what KVM_RUN says. The guest is a few instructions in real
 * mode, to which the EPC is memory like any other.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <linux/kvm.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "epc.h"

/* Where the guest finds its code and its EPC, below the megabyte of real mode. */
#define CODE_GPA	0x1000
#define EPC_GPA		0x20000
#define MAX_PAGES	((0xa0000 - EPC_GPA) / PAGE)

/* Write to a page, say so, go to the next one. */
static const uint8_t code[] = {
	0x8e, 0xdb,			/* mov %bx, %ds */
	0xfe, 0x06, 0x00, 0x00,		/* incb 0 */
	0xe6, 0x10,			/* out %al, $0x10 */
	0x81, 0xc3, 0x00, 0x01,		/* add $0x100, %bx */
	0xeb, 0xf2,			/* jmp to the beginning */
};

/* The one of this process. */
static struct {
	int		vm;
	int		cpu;
	struct kvm_run	*run;
} kvm;

static int add_memory(uint32_t slot, uint64_t gpa, void *mem, uint64_t size)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	if (ioctl(kvm.vm, KVM_SET_USER_MEMORY_REGION, &region))
		return epc_fail(errno, "memory of the guest at %#lx", gpa);
	return 0;
}

/* The guest begins with its first page of EPC. */
static int go_to_first(void)
{
	struct kvm_sregs sregs;
	struct kvm_regs regs = {
		.rip = CODE_GPA,
		.rbx = EPC_GPA >> 4,
		.rflags = 2,
	};

	if (ioctl(kvm.cpu, KVM_GET_SREGS, &sregs))
		return epc_fail(errno, "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(kvm.cpu, KVM_SET_SREGS, &sregs) || ioctl(kvm.cpu, KVM_SET_REGS, &regs))
		return epc_fail(errno, "registers of the guest");
	return 0;
}

/* EPC pages: a machine with one CPU, and EPC of which it has touched nothing yet. */
static long guest_start(struct tenant_self *self, const uint64_t arg[4])
{
	int dev = open("/dev/kvm", O_RDWR | O_CLOEXEC), size;
	void *mem;

	if (dev < 0)
		return epc_fail(errno, "open /dev/kvm");
	if (arg[0] > MAX_PAGES)
		return epc_fail(EINVAL, "no room for %lu pages of EPC", arg[0]);
	kvm.vm = ioctl(dev, KVM_CREATE_VM, 0);
	kvm.cpu = kvm.vm < 0 ? -1 : ioctl(kvm.vm, KVM_CREATE_VCPU, 0);
	size = ioctl(dev, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (kvm.cpu < 0 || size < 0)
		return epc_fail(errno, "make a guest");
	kvm.run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, kvm.cpu, 0);
	mem = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (kvm.run == MAP_FAILED || mem == MAP_FAILED)
		return epc_fail(errno, "map memory");
	memcpy(mem, code, sizeof(code));
	close(dev);

	return vepc_open(&self->vepc, arg[0]) ?: add_memory(0, CODE_GPA, mem, PAGE) ?:
	       add_memory(1, EPC_GPA, self->vepc.mem, arg[0] * PAGE);
}

/*
 * Number of pages. How many of them the guest could touch, before KVM_RUN failed, and then
 * 1000 times its errno besides.
 */
static long guest_touch(struct tenant_self *self, const uint64_t arg[4])
{
	long touched = 0;
	int ret;

	(void)self;
	ret = go_to_first();
	while (!ret && touched < (long)arg[0]) {
		if (ioctl(kvm.cpu, KVM_RUN, 0))
			return touched + 1000 * errno;
		if (kvm.run->exit_reason != KVM_EXIT_IO)
			return epc_fail(EPROTO, "exit %u of the guest", kvm.run->exit_reason);
		touched++;
	}
	return ret ?: touched;
}

/*
 *   TOP
 *    `-- a  max 40 pages: an enclave of 25 that are idle, a guest that wants 60
 */
TEST_F_TIMEOUT(epc, VEPC_2_KVM_RUN_makes_room_and_then_fails, 60)
{
	struct tenant guest = TENANT_NONE, t = TENANT_NONE;
	long touched;

	DO(cg_create(A));
	DO(cg_set_max(A, 40 * PAGE));
	DO(tenant_start(&guest, A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 25, 0, 1));
	DO(tenant_do(&guest, guest_start, 60));
	touched = tenant_do(&guest, guest_touch, 60);
	EXPECT_EQ(EFAULT, touched / 1000) TH_LOG("%s", epc_why());
	/* The VA page of the enclave stays, and perhaps its SECS. */
	EXPECT_LE(38, touched % 1000);
	EXPECT_GE(39, touched % 1000);
	EXPECT_GE(40, cg_pages(A));
	/* What the guest has it keeps, and it goes on when there is room again. */
	EXPECT_EQ(38, tenant_do(&guest, guest_touch, 38));
	DO(cg_set_max(A, 100 * PAGE));
	EXPECT_EQ(60, tenant_do(&guest, guest_touch, 60));
	DO(tenant_stop(&guest));
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- a  a guest of 60 pages: revoked
 *    `-- b  a guest of 60 pages
 */
TEST_F_TIMEOUT(epc, RECLAIM_2_KVM_RUN_of_a_revoked_guest_fails, 60)
{
	struct tenant guest = TENANT_NONE, other = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&guest, A));
	DO(tenant_start(&other, B));
	DO(tenant_do(&guest, guest_start, 60));
	DO(tenant_do(&other, guest_start, 60));
	ASSERT_EQ(60, tenant_do(&guest, guest_touch, 60)) TH_LOG("%s", epc_why());
	ASSERT_EQ(60, tenant_do(&other, guest_touch, 60));

	DO(cg_write(A, "misc.reclaim", "sgx_epc max revoke=vepc"));
	EXPECT_EQ(0, cg_pages(A));
	/* KVM had these pages mapped for the guest. */
	EXPECT_EQ(1000 * EFAULT, tenant_do(&guest, guest_touch, 60));
	EXPECT_EQ(60, cg_pages(B));
	EXPECT_EQ(60, tenant_do(&other, guest_touch, 60));
	DO(tenant_stop(&guest));
	DO(tenant_stop(&other));
}

TEST_HARNESS_MAIN
