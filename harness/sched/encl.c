// SPDX-License-Identifier: GPL-2.0
/* See encl.h. */

#include <linux/file.h>
#include <linux/jiffies.h>
#include <linux/timekeeping.h>
#include "encl.h"

#define SIZE	4

struct cgroup *encl_group;
static struct file *file;
static struct vm_area_struct *vma;
static unsigned int nr_pages;
static bool may_die;
static bool kill_ended;
static long killed;

static void expect(bool good, const char *what)
{
	if (!good)
		harness_fail("%s: usage %llu, free %lu of %lu, valid %lu, isolated %lu, writing %lu", what,
			     world_usage(encl_group), harness_nr_free(), harness_nr_pages(),
			     harness_nr_valid(), sgx_cgroup_root.nr_isolated, sgx_cgroup_root.nr_writing);
}

static void begin(unsigned int nr)
{
	encl_group = world_group("g");
	world_enter(encl_group);
	harness_clock_tick = NSEC_PER_USEC;
	nr_pages = nr;
	may_die = false;
	kill_ended = false;
	harness_worker_is_a_thread = false;
	killed = -ENOENT;
}

static void build(unsigned int nr)
{
	int ret;

	begin(nr);
	file = harness_encl_build(SIZE, nr, &ret);
	expect(!ret, "an enclave cannot be built");
	vma = harness_mmap(file, SIZE);
}

void encl_setup(void)
{
	build(2);
}

void encl_setup_impatient(void)
{
	build(2);
	harness_clock_tick = NSEC_PER_MSEC;
}

void encl_setup_written(void)
{
	build(2);
	while (sgx_cgroup_reclaim(world_sgx(encl_group), SGX_TAKE_YOUNG, SGX_NR_TO_SCAN).freed)
		;
	expect(!harness_touch(vma, 0), "a page cannot be loaded");
}

void encl_setup_worker(void)
{
	build(2);
	harness_worker_is_a_thread = true;
}

void encl_setup_building(void)
{
	begin(1);
	vma = NULL;
	file = harness_encl_open();
	expect(!harness_encl_create(file, SIZE) && !harness_encl_add(file, 0),
	       "an enclave cannot be built");
}

void encl_reclaim(void *unused)
{
	sgx_cgroup_reclaim(world_sgx(encl_group), SGX_TAKE_YOUNG, SGX_NR_TO_SCAN);
}

static void touch(unsigned int index)
{
	int ret = harness_touch(vma, index);

	expect(!ret || (may_die && ret == -EFAULT), "a page of a living enclave is lost");
}

void encl_touch_first(void *unused)
{
	touch(0);
}

void encl_touch_last(void *unused)
{
	touch(nr_pages - 1);
}

void encl_remove_first(void *unused)
{
	int ret = harness_encl_remove(file, 0);

	expect(!ret || (may_die && ret == -ENOMEM), "a page cannot be removed");
}

void encl_unload(void *unused)
{
	if (vma)
		harness_munmap(vma);
	fput(file);
	file = NULL;
}

void encl_kill(void *unused)
{
	may_die = true;
	killed = sgx_cgroup_kill_one(world_sgx(encl_group), U64_MAX);
	expect(killed >= 0 || killed == -ENOENT || killed == -EAGAIN, "a kill fails");
	WRITE_ONCE(kill_ended, true);
}

void encl_work(void *unused)
{
	while (!READ_ONCE(kill_ended)) {
		if (!harness_do_work())
			schedule_timeout_interruptible(1);
	}
}

void encl_add_last(void *unused)
{
	int ret = harness_encl_add(file, nr_pages);

	expect(!ret || (may_die && ret == -ENOMEM), "a page cannot be added");
}

static void in_use_is_charged(void)
{
	unsigned long used = harness_nr_pages() - harness_nr_free();

	expect(!sgx_cgroup_root.nr_isolated && !sgx_cgroup_root.nr_writing, "a page is in flight");
	expect(used == harness_nr_valid(), "a page that is free is in use, or the other way round");
	expect(used == world_usage(encl_group), "a page is charged twice or not at all");
}

void encl_check(void)
{
	in_use_is_charged();
	if (file)
		encl_unload(NULL);
	in_use_is_charged();
	expect(!world_usage(encl_group), "a page is left when its enclave is gone");
	world_enter(harness_cgroup_root());
	expect(!harness_rmdir("g"), "the cgroup cannot be removed");
	harness_run_work();
	expect(harness_nr_css() == 1, "a cgroup is left");
	expect(!sgx_cgroup_root.nr_reclaimable, "a page is on a list");
}

void encl_check_killed(void)
{
	/* A reclaimer may have asked for one more sweep. */
	harness_run_work();
	/* With nothing in flight any more, whoever was killed has nothing. */
	if (killed >= 0)
		expect(!world_usage(encl_group), "a killed enclave has pages");
	expect(killed >= 0 || !file, "the only enclave was not killed");
	encl_check();
}
