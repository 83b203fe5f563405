/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Software SGX: the state of the machine that is not there.
 *
 * Everything that software SGX knows is in one struct swsgx, plus what
 * hardware keeps in memory too: the contents of EPC pages, and per thread a
 * struct swsgx_thread.
 */
#ifndef _X86_KERNEL_SWSGX_H
#define _X86_KERNEL_SWSGX_H

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <crypto/sha2.h>
#include <asm/enclu.h>
#include <asm/sgx.h>
#include <asm/swsgx.h>
#include <asm/trapnr.h>

#undef pr_fmt
#define pr_fmt(fmt) "swsgx: " fmt

#define SWSGX_MAX_SECTIONS	8
#define SWSGX_NO_PAGE		U32_MAX
#define SWSGX_MAP_GENS_SHIFT	6

/* ENCLU leaves that asm/enclu.h does not name. */
#define EACCEPT			5
#define EMODPE			6
#define EACCEPTCOPY		7

/* ENCLU "leaf" outside of an enclave: CPUID leaf 0x12, sub-leaf in ECX. */
#define SWSGX_CPUID_CALL	0x53475845

/*
 * What a leaf returns, one encoding throughout: 0, a positive SGX error code
 * (for RAX), or the negative number of the exception to raise.
 */
#define SWSGX_GP		(-X86_TRAP_GP)
#define SWSGX_PF		(-X86_TRAP_PF)

/* SDM Vol. 3D, "Error Codes": those that asm/sgx.h does not name. */
#define SGX_INVALID_SIG_STRUCT		1
#define SGX_INVALID_ATTRIBUTE		2
#define SGX_BLSTATE			3
#define SGX_INVALID_MEASUREMENT		4
#define SGX_NOTBLOCKABLE		5
#define SGX_PG_INVLD			6
#define SGX_INVALID_SIGNATURE		8
#define SGX_MAC_COMPARE_FAIL		9
#define SGX_PAGE_NOT_BLOCKED		10
#define SGX_VA_SLOT_OCCUPIED		12
#define SGX_ENCLAVE_ACT			14
#define SGX_PREV_TRK_INCMPL		17
#define SGX_PG_IS_SECS			18
#define SGX_PAGE_ATTRIBUTES_MISMATCH	19
#define SGX_PAGE_NOT_DEBUGGABLE		21

/* SECINFO.FLAGS beyond asm/sgx.h. */
#define SWSGX_PENDING		BIT(3)
#define SWSGX_MODIFIED		BIT(4)
#define SWSGX_PR		BIT(5)
#define SWSGX_RW		(SGX_SECINFO_R | SGX_SECINFO_W)
#define SWSGX_RWX		(SGX_SECINFO_R | SGX_SECINFO_W | SGX_SECINFO_X)
#define SWSGX_STATE_MASK	GENMASK(5, 0)

/**
 * struct swsgx_epcm - one entry of the EPCM
 * @linaddr:	linear address that the page may be reached at
 * @epoch:	tracking epoch of the enclave at EBLOCK, EMODPR or EMODT
 * @secs:	the page's SECS (of a SECS: itself)
 * @nr_secs:	of a VA page: how many of its versions are of a SECS
 * @valid:	the page is in use
 * @blocked:	EBLOCK has been done
 * @type:	enum sgx_page_type
 * @state:	R, W, X, PENDING, MODIFIED and PR, as in SECINFO.FLAGS
 */
struct swsgx_epcm {
	u64		linaddr;
	u64		epoch;
	union {
		u32	secs;
		u32	nr_secs;
	};
	u8		valid;
	u8		blocked;
	u8		type;
	u8		state;
};

/**
 * struct swsgx_secs - what the processor keeps in the reserved part of a SECS
 * @eid:	enclave identifier, never used twice
 * @epoch:	advanced by ETRACK
 * @gen:	advanced when EPCM permissions of a page are taken away
 * @in_cur:	threads inside that entered in this epoch
 * @in_prev:	threads inside that entered before the last ETRACK
 * @nr_children: pages of the enclave in the EPC, SECS not counted
 * @record:	number of the enclave's struct swsgx_record
 * @hash:	MRENCLAVE while it is being built
 *
 * In the page itself, so that it is written out and loaded with it.
 */
struct swsgx_secs {
	u64			eid;
	u64			epoch;
	u64			gen;
	u32			in_cur;
	u32			in_prev;
	u32			nr_children;
	u32			record;
	struct sha256_state	hash;
};

/* Offset of struct swsgx_secs in the SECS page, in its reserved tail. */
#define SWSGX_SECS_OFFSET	2048

/**
 * struct swsgx_record - what the witness (debugfs) says of a live enclave
 * @eid:	enclave identifier, 0: the record is free
 * @pid:	thread group that ran ECREATE
 * @comm:	and its command name
 * @resident:	pages in the EPC now, the SECS included
 * @evicted:	pages written out since ECREATE
 * @loaded:	pages loaded back since ECREATE
 * @secs_va:	VA page that holds the version of the written-out SECS
 * @next:	next free record
 */
struct swsgx_record {
	u64	eid;
	pid_t	pid;
	char	comm[TASK_COMM_LEN];
	u32	resident;
	u64	evicted;
	u64	loaded;
	u32	secs_va;
	u32	next;
};

/* Record 0 takes what has no record of its own, and is never shown. */
#define SWSGX_NO_RECORD		0

/**
 * struct swsgx_section - one piece of EPC
 * @pa:		physical address
 * @size:	in bytes
 * @va:		where swsgx itself reaches it
 * @first:	number of its first page
 */
struct swsgx_section {
	u64	pa;
	u64	size;
	void	*va;
	u32	first;
};

/* Counters since boot, in the order of the names in debugfs.c. */
enum swsgx_counter {
	/* 0 to 15 are the ENCLS leaves by number */
	SWSGX_EENTER = 16,
	SWSGX_ERESUME,
	SWSGX_EEXIT,
	SWSGX_EACCEPT,
	SWSGX_EMODPE,
	SWSGX_EACCEPTCOPY,
	SWSGX_AEX,
	SWSGX_DROPPED,
	SWSGX_ENCLS_FAILED,
	SWSGX_ENCLS_FAULTED,
	SWSGX_ENCLU_FAILED,
	SWSGX_ENCLU_FAULTED,
	SWSGX_UNLISTED,
	SWSGX_NR_COUNTERS,
};

/* GPRSGX area at the end of an SSA frame: SDM Vol. 3D, "GPRSGX Region". */
struct swsgx_gpr {
	u64	ax, cx, dx, bx, sp, bp, si, di;
	u64	r8, r9, r10, r11, r12, r13, r14, r15;
	u64	flags;
	u64	ip;
	u64	ursp;
	u64	urbp;
	u32	exitinfo;
	u32	reserved;
	u64	fsbase;
	u64	gsbase;
} __packed;

#define SWSGX_RSA_LIMBS		(SGX_MODULUS_SIZE / sizeof(u64))

/* Room for one signature check; too big for the stack. */
struct swsgx_rsa {
	u64	sig[SWSGX_RSA_LIMBS];
	u64	modulus[SWSGX_RSA_LIMBS];
	u64	q1[SWSGX_RSA_LIMBS];
	u64	q2[SWSGX_RSA_LIMBS];
	u64	square[SWSGX_RSA_LIMBS];
	u64	cube[SWSGX_RSA_LIMBS];
	u64	product[2 * SWSGX_RSA_LIMBS];
	u64	multiple[2 * SWSGX_RSA_LIMBS];
};

/**
 * struct swsgx - the one instance of software SGX
 * @lock:	protects the EPCM, the contents of SECS, TCS and VA pages, the
 *		records and all counters. A leaf lock: nothing is taken inside
 *		it; outside of it may be @einit_lock or a page table lock.
 *		Taken with IRQs off, because the asynchronous exit takes it
 *		at the very entry of the kernel.
 * @epcm:	one entry per EPC page, by page number
 * @records:	one per live enclave
 * @nr_records:	size of @records
 * @free_record: first free record, or %SWSGX_NO_RECORD
 * @last_eid:	last enclave identifier given
 * @last_version: last version number given to a page by EWB
 * @nr_valid:	valid EPCM entries by page type
 * @counters:	events since boot
 * @scratch:	a page on its way in or out, one page long
 * @sections:	the EPC; constant after boot, like all that follow here
 * @nr_sections: how many
 * @nr_pages:	pages in all sections
 * @xfrm:	features that an enclave may use
 * @mac_keys:	keys of the paging MAC
 * @init_xstate: XSAVE image of a freshly reset processor
 * @requested:	swsgx= was on the command line, whether or not it worked
 * @map_gens:	mapping generations by hash of the mm; atomic
 * @last_map_gen: last mapping generation given; atomic
 * @lepubkeyhash: IA32_SGXLEPUBKEYHASH0-3 of each CPU; that CPU's alone
 * @einit_lock:	protects @sigstruct and @rsa, with IRQs on
 * @sigstruct:	the SIGSTRUCT that EINIT is looking at
 * @rsa:	numbers of the signature check
 */
struct swsgx {
	raw_spinlock_t		lock;
	struct swsgx_epcm	*epcm;
	struct swsgx_record	*records;
	u32			nr_records;
	u32			free_record;
	u64			last_eid;
	u64			last_version;
	u32			nr_valid[SGX_NR_PAGE_TYPES];
	u64			counters[SWSGX_NR_COUNTERS];
	u64			*scratch;

	struct swsgx_section	sections[SWSGX_MAX_SECTIONS];
	int			nr_sections;
	u32			nr_pages;
	u64			xfrm;
	siphash_key_t		mac_keys[3];
	u8			*init_xstate;
	bool			requested;

	atomic64_t		map_gens[1 << SWSGX_MAP_GENS_SHIFT];
	atomic64_t		last_map_gen;
	u64			(*lepubkeyhash)[4];

	raw_spinlock_t		einit_lock;
	struct sgx_sigstruct	sigstruct;
	struct swsgx_rsa	rsa;
};

extern struct swsgx swsgx;

/**
 * struct swsgx_ops - operands of an ENCLS leaf
 * @rbx:	in; out for EDGBRD
 * @rcx:	in
 * @rdx:	in
 */
struct swsgx_ops {
	u64	rbx;
	u64	rcx;
	u64	rdx;
};

/* epcm.c */
u32 swsgx_pfn_to_page(unsigned long pfn);
u32 swsgx_kva_to_page(u64 kva);
void *swsgx_page(u32 nr);
struct sgx_secs *swsgx_arch_secs(u32 secs);
struct swsgx_secs *swsgx_secs(u32 secs);
bool swsgx_is_secs(u32 nr);
bool swsgx_is_child_type(u8 type);
bool swsgx_in_elrange(u32 secs, u64 addr);
bool swsgx_tracked(const struct swsgx_epcm *e);
void swsgx_epcm_set(u32 nr, u8 type, u8 state, u32 secs, u64 linaddr);
void swsgx_epcm_clear(u32 nr);
int swsgx_get_pageinfo(u64 addr, struct sgx_pageinfo *pi);
int swsgx_get_secinfo(u64 addr, struct sgx_secinfo *si);
int swsgx_check_target(u64 rcx, u32 *nr);

/* records.c */
int swsgx_records_init(u32 nr);
u32 swsgx_record_alloc(u64 eid);
void swsgx_record_free(u32 record);
void swsgx_records_va_gone(u32 va);

/* paging_crypto.c */
void swsgx_paging_crypt(u64 *dst, const u64 *src, u64 version);
void swsgx_paging_mac(u8 mac[16], const void *page, u64 version, u64 eid,
		      u64 linaddr, u64 flags);

/* sigstruct.c */
bool swsgx_sigstruct_format_ok(const struct sgx_sigstruct *sig);
bool swsgx_sigstruct_signature_ok(const struct sgx_sigstruct *sig,
				  struct swsgx_rsa *rsa);

/* leaf_*.c: ENCLS, called with swsgx.lock held, except EINIT */
int swsgx_ecreate(struct swsgx_ops *ops);
int swsgx_eadd(struct swsgx_ops *ops);
int swsgx_eextend(struct swsgx_ops *ops);
int swsgx_einit(struct swsgx_ops *ops);
int swsgx_eremove(struct swsgx_ops *ops);
int swsgx_eblock(struct swsgx_ops *ops);
int swsgx_etrack(struct swsgx_ops *ops);
int swsgx_epa(struct swsgx_ops *ops);
int swsgx_ewb(struct swsgx_ops *ops);
int swsgx_eldu(struct swsgx_ops *ops);
int swsgx_eaug(struct swsgx_ops *ops);
int swsgx_emodpr(struct swsgx_ops *ops);
int swsgx_emodt(struct swsgx_ops *ops);
int swsgx_edbgrd(struct swsgx_ops *ops);
int swsgx_edbgwr(struct swsgx_ops *ops);

/**
 * struct swsgx_xlat - an enclave page as a memory access finds it
 * @nr:		page number, valid as long as @epcm is
 * @eid:	the enclave it belongs to
 * @epcm:	its EPCM entry at that moment
 */
struct swsgx_xlat {
	u32			nr;
	u64			eid;
	struct swsgx_epcm	epcm;
};

/* leaf_accept.c: ENCLU inside, called with swsgx.lock held */
int swsgx_eaccept(const struct sgx_secinfo *si, u32 nr);
int swsgx_emodpe(const struct sgx_secinfo *si, u32 nr);
int swsgx_eacceptcopy(const struct sgx_secinfo *si, u32 nr, u32 src);

/* encls.c */
bool swsgx_encls(struct pt_regs *regs);

/* enclu.c, enclu_inside.c */
bool swsgx_enclu(struct pt_regs *regs);
bool swsgx_enclu_inside(struct pt_regs *regs);
void swsgx_raise_gp(struct pt_regs *regs);
void swsgx_raise_epcm(struct pt_regs *regs, unsigned long ec, u64 addr);
bool swsgx_xlat_usable(const struct swsgx_xlat *x, u8 type, u64 va, u8 perm);

/* aex.c */
bool swsgx_frame_usable(const struct swsgx_thread *t);
struct swsgx_gpr *swsgx_gpr(const struct swsgx_thread *t);

/* pte.c */
bool swsgx_translate(struct pt_regs *regs, u64 va, unsigned long ec,
		     struct swsgx_xlat *x);
void swsgx_sync_ptes(u64 start, u64 end);
atomic64_t *swsgx_map_gen(struct mm_struct *mm);

/* cpuid.c */
void swsgx_cpuid_sgx(int count, unsigned int *eax, unsigned int *ebx,
		     unsigned int *ecx, unsigned int *edx);

/* debugfs.c */
#ifdef CONFIG_DEBUG_FS
void swsgx_debugfs_init(void);
#else
static inline void swsgx_debugfs_init(void) { }
#endif

#endif /* _X86_KERNEL_SWSGX_H */
