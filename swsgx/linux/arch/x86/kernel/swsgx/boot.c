// SPDX-License-Identifier: GPL-2.0
/*
 * Software SGX at boot.
 *
 *   swsgx=SIZE[@ADDR][,SIZE[@ADDR]...]
 *
 * makes up to 8 EPC sections out of plain memory. SIZE takes the suffixes K, M
 * and G. ADDR is a physical address, for instance of a certain NUMA node;
 * without it the highest free memory is taken. The memory is reserved before
 * the kernel counts it as RAM, so that the driver finds it as it would find
 * real EPC.
 *
 * Whatever is wrong with the parameter or the machine is said once, by name,
 * and then the machine boots without SGX.
 */
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/memblock.h>
#include <linux/panic.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>
#include <asm/cpufeature.h>
#include <asm/e820/api.h>
#include <asm/fpu/types.h>
#include <asm/fpu/xcr.h>
#include "swsgx.h"

/* What has to remain for the kernel, and below which there is no EPC. */
#define MIN_RAM_LEFT	SZ_64M
#define MIN_ADDR	SZ_16M

/* Features that an SSA frame has room for: those of the standard format. */
#define SWSGX_XFRM	(XFEATURE_MASK_FPSSE | XFEATURE_MASK_YMM)

DEFINE_STATIC_KEY_FALSE(swsgx_key);

static bool __init overlaps_section(u64 pa, u64 size, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		const struct swsgx_section *s = &swsgx.sections[i];

		if (pa < s->pa + s->size && s->pa < pa + size)
			return true;
	}
	return false;
}

static bool __init is_free(u64 pa, u64 size, int nr)
{
	return pa >= MIN_ADDR &&
	       e820__mapped_all(pa, pa + size, E820_TYPE_RAM) &&
	       !memblock_is_region_reserved(pa, size) &&
	       !overlaps_section(pa, size, nr);
}

/*
 * The highest place for section @nr. One large page above it stays RAM: the
 * end of RAM is where a machine without NUMA tables ends its only node, and
 * the EPC should be inside.
 */
static u64 __init find_place(u64 size, int nr)
{
	u64 best = 0;
	int i;

	for (i = 0; i < e820_table->nr_entries; i++) {
		const struct e820_entry *e = &e820_table->entries[i];
		u64 end = e->addr + e->size, pa;

		if (e->type != E820_TYPE_RAM || e->size < size + 2 * PMD_SIZE)
			continue;
		for (pa = ((end - size) & PMD_MASK) - PMD_SIZE;
		     pa >= e->addr && pa > best; pa -= PMD_SIZE) {
			if (is_free(pa, size, nr)) {
				best = pa;
				break;
			}
		}
	}
	return best;
}

/* Parse and place section @nr; *str ends at the next one, or at the end. */
static bool __init parse_section(char **str, int nr)
{
	struct swsgx_section *s = &swsgx.sections[nr];
	char *start = *str;

	s->size = memparse(start, str);
	if (*str == start || !s->size || !PAGE_ALIGNED(s->size) ||
	    s->size > SZ_1T) {
		pr_err("section %d: bad size \"%s\"\n", nr, start);
		return false;
	}
	if (**str != '@') {
		s->pa = find_place(s->size, nr);
		if (s->pa)
			return true;
		pr_err("section %d: no room for %llu KiB\n", nr,
		       s->size >> 10);
		return false;
	}

	start = ++*str;
	s->pa = memparse(start, str);
	if (*str == start || !PAGE_ALIGNED(s->pa)) {
		pr_err("section %d: bad address \"%s\"\n", nr, start);
		return false;
	}
	if (overlaps_section(s->pa, s->size, nr)) {
		pr_err("section %d: overlaps another section\n", nr);
		return false;
	}
	if (!is_free(s->pa, s->size, nr)) {
		pr_err("section %d: 0x%llx-0x%llx is not free RAM\n", nr,
		       s->pa, s->pa + s->size - 1);
		return false;
	}
	return true;
}

static u64 __init ram_size(void)
{
	u64 sum = 0;
	int i;

	for (i = 0; i < e820_table->nr_entries; i++) {
		if (e820_table->entries[i].type == E820_TYPE_RAM)
			sum += e820_table->entries[i].size;
	}
	return sum;
}

/* All sections, or none: the number of them, 0 when something is wrong. */
static int __init parse_sections(char *str)
{
	u64 sum = 0;
	int nr = 0;

	for (;;) {
		if (nr == SWSGX_MAX_SECTIONS) {
			pr_err("more than %d sections\n", SWSGX_MAX_SECTIONS);
			return 0;
		}
		if (!parse_section(&str, nr))
			return 0;
		swsgx.sections[nr].first = PFN_DOWN(sum);
		sum += swsgx.sections[nr++].size;
		if (*str != ',')
			break;
		str++;
	}
	if (*str) {
		pr_err("junk after section %d: \"%s\"\n", nr - 1, str);
		return 0;
	}
	if (sum + MIN_RAM_LEFT > ram_size()) {
		pr_err("no room for %llu KiB of EPC: less than %d KiB of RAM would be left\n",
		       sum >> 10, MIN_RAM_LEFT >> 10);
		return 0;
	}
	swsgx.nr_pages = PFN_DOWN(sum);
	return nr;
}

static int __init swsgx_setup(char *str)
{
	int i, nr;

	/* First: by now the feature bits are the first one's. */
	if (swsgx.nr_sections) {
		pr_err("swsgx= given twice, the first one counts\n");
		return 0;
	}
	swsgx.requested = true;
	if (boot_cpu_has(X86_FEATURE_SGX)) {
		pr_err("this processor has SGX, software SGX not started\n");
		swsgx.requested = false;
		return 0;
	}
	if (!boot_cpu_has(X86_FEATURE_XSAVE)) {
		pr_err("this processor has no XSAVE, software SGX not started\n");
		return 0;
	}
	if (!str || !*str) {
		pr_err("swsgx= needs a size, software SGX not started\n");
		return 0;
	}
	nr = parse_sections(str);
	if (!nr) {
		pr_err("bad swsgx=, software SGX not started\n");
		return 0;
	}

	for (i = 0; i < nr; i++)
		e820__range_update(swsgx.sections[i].pa,
				   swsgx.sections[i].size,
				   E820_TYPE_RAM, E820_TYPE_RESERVED);
	e820__update_table(e820_table);
	swsgx.nr_sections = nr;

	setup_force_cpu_cap(X86_FEATURE_SGX);
	setup_force_cpu_cap(X86_FEATURE_SGX_LC);
	setup_force_cpu_cap(X86_FEATURE_SGX1);
	setup_force_cpu_cap(X86_FEATURE_SGX2);
	return 0;
}

early_param("swsgx", swsgx_setup);

static int __init map_sections(void)
{
	int i;

	for (i = 0; i < swsgx.nr_sections; i++) {
		struct swsgx_section *s = &swsgx.sections[i];

		s->va = memremap(s->pa, s->size, MEMREMAP_WB);
		if (!s->va) {
			pr_err("cannot map section %d\n", i);
			goto err_unmap;
		}
	}
	return 0;

err_unmap:
	while (i--)
		memunmap(swsgx.sections[i].va);
	return -ENOMEM;
}

static void __init free_tables(void)
{
	vfree(swsgx.records);
	vfree(swsgx.epcm);
	kfree(swsgx.lepubkeyhash);
	kfree(swsgx.scratch);
	kfree(swsgx.init_xstate);
}

static int __init alloc_tables(void)
{
	swsgx.init_xstate = kzalloc(PAGE_SIZE, GFP_KERNEL);
	swsgx.scratch = kzalloc(PAGE_SIZE, GFP_KERNEL);
	swsgx.lepubkeyhash = kcalloc(nr_cpu_ids, sizeof(*swsgx.lepubkeyhash),
				     GFP_KERNEL);
	swsgx.epcm = vcalloc(swsgx.nr_pages, sizeof(*swsgx.epcm));
	/* The driver gives each enclave a SECS and a VA page at least. */
	if (swsgx.init_xstate && swsgx.scratch && swsgx.lepubkeyhash &&
	    swsgx.epcm && !swsgx_records_init(DIV_ROUND_UP(swsgx.nr_pages, 2)))
		return 0;

	pr_err("no memory for the EPCM\n");
	free_tables();
	return -ENOMEM;
}

/* The state that an asynchronous exit leaves in the registers. */
static void __init init_xstate(void)
{
	struct fxregs_state *fx = (void *)swsgx.init_xstate;

	fx->cwd = 0x37f;
	fx->mxcsr = MXCSR_DEFAULT;
	swsgx.xfrm = xgetbv(XCR_XFEATURE_ENABLED_MASK) & SWSGX_XFRM;
}

static int __init swsgx_init(void)
{
	if (!swsgx.nr_sections)
		return 0;
	if (alloc_tables())
		return -ENOMEM;
	if (map_sections()) {
		free_tables();
		return -ENOMEM;
	}
	init_xstate();
	get_random_bytes(swsgx.mac_keys, sizeof(swsgx.mac_keys));
	swsgx_debugfs_init();

	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	static_branch_enable(&swsgx_key);
	pr_warn("software SGX active, protects nothing: %d sections, %u KiB of EPC\n",
		swsgx.nr_sections, swsgx.nr_pages << (PAGE_SHIFT - 10));
	return 0;
}

/* Before the driver, which is a device_initcall. */
subsys_initcall(swsgx_init);
