// SPDX-License-Identifier: GPL-2.0
/*
 * CHARGE-1 and CHARGE-2: every page in use is charged exactly once, to the
 * group of the task that created the enclave or opened the vEPC.
 *
 * Software SGX counts valid pages by itself and knows nothing of groups, so at
 * every quiet point its number and misc.current of the root have to agree.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "epc.h"

/* Exact, and the same as what software SGX says. */
#define CHARGED(group, pages, vepc)					\
	do {								\
		HOLDS(books_match(vepc));				\
		EXPECT_EQ((uint64_t)(pages), cg_pages(group))		\
			TH_LOG("pages of %s; %s", group, epc_why());	\
	} while (0)

/*
 * A process that was there has ended: its reference to the enclave, that of the MMU
 * notifier, goes in the background.
 */
#define FREED(group)							\
	do {								\
		HOLDS(cg_wait_key(group, "misc.current", "sgx_epc", 0, 3000)); \
		CHARGED(group, 0, 0);					\
	} while (0)

static long step_add_code_and_threads(struct tenant_self *self,
				      const uint64_t arg[4])
{
	(void)arg;
	return encl_add_code(&self->encl[0]) ?: encl_add_threads(&self->encl[0]);
}

static long step_add_heap(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_add_heap(&self->encl[0], arg[0], arg[1]);
}

static long step_init(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return encl_init(&self->encl[0]) ?: encl_map(&self->encl[0]);
}

static long step_measure_again(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return encl_measure_create(&self->encl[0]);
}

static long tell_fd(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return self->encl[0].fd;
}

TEST_F(epc, CHARGE_1_building_charges_page_by_page)
{
	struct encl_geometry geo = { .heap = 1100 };
	struct tenant t = TENANT_NONE;
	uint64_t fixed;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, geo.heap));
	CHARGED(A, 0, 0);

	/* The SECS and the VA page that has a slot for it. */
	DO(tenant_do(&t, tn_create, 0));
	CHARGED(A, 2, 0);

	DO(tenant_do(&t, step_add_code_and_threads, 0));
	fixed = encl_image_pages(&geo) - geo.heap;
	CHARGED(A, fixed + 2, 0);

	/* Across the second and the third VA page. */
	DO(tenant_do(&t, step_add_heap, 0, 600));
	CHARGED(A, encl_epc_pages(fixed + 600), 0);
	DO(tenant_do(&t, step_add_heap, 600, 500));
	CHARGED(A, encl_epc_pages(fixed + 1100), 0);

	DO(tenant_do(&t, step_init, 0));
	DO(tenant_do(&t, tn_fill, 0, 1, 0, 1100));
	CHARGED(A, encl_epc_pages(fixed + 1100), 0);

	DO(tenant_do(&t, tn_destroy, 0));
	CHARGED(A, 0, 0);
	DO(tenant_stop(&t));
}

TEST_F(epc, CHARGE_1_an_enclave_given_up_half_built_leaves_nothing)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, 300));
	DO(tenant_do(&t, tn_create, 0));
	DO(tenant_do(&t, step_add_heap, 0, 300));
	CHARGED(A, encl_epc_pages(300), 0);
	tenant_kill(&t);
	FREED(A);
}

static long modify_types(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t count;

	return encl_raw_modify_types(e, e->heap_off + arg[0] * PAGE, arg[1],
				     SGX_PT_TRIM, &count);
}

static long accept_trim(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_accept(&self->encl[0], arg[0], arg[1],
			   SGX_SI_TRIM | SGX_SI_MODIFIED);
}

static long remove_pages(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[0];
	uint64_t count;

	return encl_raw_remove_pages(e, e->heap_off + arg[0] * PAGE, arg[1],
				     &count);
}

TEST_F(epc, CHARGE_1_growing_and_trimming)
{
	struct encl_geometry geo = { .heap = 50 };
	struct tenant t = TENANT_NONE;
	uint64_t image = encl_image_pages(&geo), full;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, geo.heap, 600, 1));
	CHARGED(A, encl_epc_pages(image), 0);

	/* EAUG, one page per EACCEPT, and one more VA page on the way. */
	DO(tenant_do(&t, tn_grow, 0, 50, 600));
	full = encl_epc_pages(image + 600);
	CHARGED(A, full, 0);

	/* A trimmed page is in use until it is removed; VA pages stay. */
	DO(tenant_do(&t, modify_types, 200, 100));
	CHARGED(A, full, 0);
	DO(tenant_do(&t, accept_trim, 200, 100));
	CHARGED(A, full, 0);
	DO(tenant_do(&t, remove_pages, 200, 100));
	CHARGED(A, full - 100, 0);

	DO(tenant_do(&t, tn_grow, 0, 200, 100));
	CHARGED(A, full, 0);
	DO(tenant_do(&t, tn_destroy, 0));
	CHARGED(A, 0, 0);
	DO(tenant_stop(&t));
}

TEST_F(epc, CHARGE_1_paging)
{
	struct tenant t = TENANT_NONE;
	int i;

	DO(cg_create(A));
	DO(cg_set_max(A, 400 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 1000, 0, 1));
	HOLDS(books_match(0));
	for (i = 0; i < 3; i++) {
		DO(tenant_do(&t, tn_fill, 0, i, 0, 1000));
		HOLDS(books_match(0));
		EXPECT_GE(400, cg_pages(A));
		EXPECT_LT(300, cg_pages(A));
		DO(tenant_do(&t, tn_verify, 0, i, 0, 1000));
		HOLDS(books_match(0));
	}
	DO(tenant_do(&t, tn_destroy, 0));
	CHARGED(A, 0, 0);
	DO(tenant_stop(&t));
}

TEST_F(epc, CHARGE_1_pages_of_guests)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 100));
	CHARGED(A, 0, 0);
	EXPECT_EQ(60, tenant_do(&t, tn_vepc_touch, 0, 60));
	CHARGED(A, 60, 60);
	/* Touching again changes nothing, and so does emptying. */
	EXPECT_EQ(60, tenant_do(&t, tn_vepc_touch, 0, 60));
	CHARGED(A, 60, 60);
	EXPECT_EQ(0, tenant_do(&t, tn_vepc_remove_all, 0));
	CHARGED(A, 60, 60);
	EXPECT_EQ(100, tenant_do(&t, tn_vepc_touch, 0, 100));
	CHARGED(A, 100, 100);
	DO(tenant_do(&t, tn_vepc_close, 0));
	CHARGED(A, 0, 0);
	DO(tenant_stop(&t));
}

static void ignore(int sig)
{
	(void)sig;
}

/*
 * To register an MMU notifier the kernel goes through all mappings three times, and looks
 * for a signal at each: with so many, one tick of the clock hardly ever misses it.
 */
#define MAPPINGS	8000

/* Enclaves to map while signals come: how many mmap() calls were interrupted. */
static long map_under_signals(struct tenant_self *self, const uint64_t arg[4])
{
	struct itimerval often = { { 0, 500 }, { 0, 500 } };
	struct sigaction act = { .sa_handler = ignore };
	struct encl_geometry geo = { .heap = 1 };
	struct encl *e = &self->encl[0];
	long cut = 0;
	uint64_t i;

	if (mem_split(MAPPINGS))
		return -ENOMEM;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < arg[0] && cut < 5; i++) {
		if (encl_open(e, &geo) || encl_create(e))
			return epc_fail(EIO, "enclave %lu could not be created", i);
		cut += mmap((void *)e->base, PAGE, PROT_READ,
			    MAP_SHARED | MAP_FIXED, e->fd, 0) == MAP_FAILED &&
		       errno == EINTR;
		encl_destroy(e);
	}
	signal(SIGALRM, SIG_IGN);
	return cut;
}

/*
 * The first mmap() of an enclave registers an MMU notifier, which a signal
 * interrupts.  The reference to the enclave that was meant for it must not stay.
 */
TEST_F_TIMEOUT(epc, CHARGE_1_an_interrupted_mmap_keeps_no_enclave_alive, 60)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	EXPECT_LT(0, tenant_do(&t, map_under_signals, 3000))
		TH_LOG("no mmap() was interrupted: %s", epc_why());
	DO(tenant_stop(&t));
	FREED(A);
}

/* Fetch descriptor @arg[1] of process @arg[0] and make it enclave 0 here. */
static long adopt_fd(struct tenant_self *self, const uint64_t arg[4])
{
	int pidfd = syscall(SYS_pidfd_open, arg[0], 0);
	int fd = syscall(SYS_pidfd_getfd, pidfd, arg[1], 0);
	int err = errno;

	close(pidfd);
	if (fd < 0)
		return epc_fail(err, "get descriptor %lu of process %lu", arg[1],
				arg[0]);
	close(self->encl[0].fd);
	self->encl[0].fd = fd;
	return 0;
}

/* Choose the same addresses as the process that has created the enclave. */
static struct encl shared = ENCL_NONE;

static long use_shared(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	self->encl[0] = shared;
	return 0;
}

/*
 *   TOP
 *    |-- a        creates the enclave; pays
 *    `-- b        adds all pages, initializes, runs; pays nothing
 *
 * The file was opened by the test, which is in neither of them.
 */
TEST_F(epc, CHARGE_2_the_creator_pays_for_pages_that_others_add)
{
	struct encl_geometry geo = { .heap = 200 };
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t all = encl_built_pages(geo.heap, 1);

	DO(cg_create(A));
	DO(cg_create(B));
	DO(encl_open(&shared, &geo));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, use_shared, 0));
	DO(tenant_do(&b, use_shared, 0));

	DO(tenant_do(&a, tn_create, 0));
	CHARGED(A, 2, 0);
	DO(tenant_do(&b, step_measure_again, 0));
	DO(tenant_do(&b, step_add_code_and_threads, 0));
	DO(tenant_do(&b, step_add_heap, 0, 200));
	CHARGED(A, all, 0);
	DO(tenant_do(&b, step_init, 0));
	DO(tenant_do(&b, tn_fill, 0, 3, 0, 200));
	CHARGED(A, all, 0);
	EXPECT_EQ(0, cg_pages(B));
	DO(tenant_stop(&a));
	DO(tenant_stop(&b));
	encl_destroy(&shared);
	FREED(A);
}

/*
 *   TOP
 *    |-- a        creates the enclave and exits; pays to the end
 *    `-- b        has got the descriptor; pays nothing
 */
TEST_F(epc, CHARGE_2_the_creators_group_pays_when_the_creator_is_gone)
{
	struct encl_geometry geo = { .heap = 200 };
	struct tenant a = TENANT_NONE, b = TENANT_NONE;
	uint64_t all = encl_built_pages(geo.heap, 1);
	long fd;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&a, A));
	DO(tenant_start(&b, B));
	DO(tenant_do(&a, tn_build, 0, geo.heap, 0, 1));
	fd = tenant_do(&a, tell_fd, 0);
	ASSERT_LE(0, fd);
	DO(tenant_do(&b, adopt_fd, a.pid, fd));
	DO(tenant_stop(&a));
	CHARGED(A, all, 0);
	EXPECT_EQ(0, cg_pages(B));
	DO(tenant_do(&b, tn_destroy, 0));
	FREED(A);
	DO(tenant_stop(&b));
}

/*
 *   TOP
 *    |-- a        created here
 *    `-- b        moved there in the middle; its second enclave is paid here
 */
TEST_F(epc, CHARGE_2_moving_tasks_moves_no_charge)
{
	struct encl_geometry geo = { .heap = 300 };
	struct tenant t = TENANT_NONE;
	uint64_t image = encl_image_pages(&geo), other;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_open, 0, 300, 100));
	DO(tenant_do(&t, tn_create, 0));
	DO(tenant_do(&t, step_add_code_and_threads, 0));
	DO(tenant_do(&t, step_add_heap, 0, 100));
	DO(cg_enter(B, t.pid));
	CHARGED(A, encl_epc_pages(image - 200), 0);

	DO(tenant_do(&t, step_add_heap, 100, 200));
	DO(tenant_do(&t, step_init, 0));
	DO(tenant_do(&t, tn_fill, 0, 4, 0, 300));
	DO(tenant_do(&t, tn_grow, 0, 300, 100));
	CHARGED(A, encl_epc_pages(image + 100), 0);
	EXPECT_EQ(0, cg_pages(B));

	DO(tenant_do(&t, tn_build, 1, 40, 0, 1));
	geo.heap = 40;
	other = encl_built_pages(geo.heap, 1);
	CHARGED(B, other, 0);
	EXPECT_EQ(encl_epc_pages(image + 100), cg_pages(A));
	DO(tenant_stop(&t));
}

/* A child that goes to group B and touches pages of the inherited enclave. */
static long child_touches(struct tenant_self *self, const uint64_t arg[4])
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid)
		_exit(cg_enter(B, 0) || encl_verify(&self->encl[0], arg[0], 0,
						    arg[1]));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return epc_fail(errno, "fork a child");
	return status ? epc_fail(ECHILD, "child ended with wait status %#x",
				 status) : 0;
}

/*
 *   TOP
 *    |-- a  max 150 pages    created here, 400 pages: most are written out
 *    `-- b                   a child loads them back; pays nothing
 */
TEST_F(epc, CHARGE_2_a_child_elsewhere_reloads_on_the_creators_account)
{
	struct tenant t = TENANT_NONE;
	uint64_t before, loaded, peak;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, 150 * PAGE));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_build, 0, 400, 0, 1));
	DO(tenant_do(&t, tn_fill, 0, 8, 0, 400));
	DO(swsgx_stat("encls_eldu", &before));
	DO(tenant_do(&t, child_touches, 8, 400));
	DO(swsgx_stat("encls_eldu", &loaded));
	EXPECT_LE(250, loaded - before);
	HOLDS(books_match(0));
	EXPECT_GE(150, cg_pages(A));
	EXPECT_LT(0, cg_pages(A));
	EXPECT_EQ(0, cg_pages(B));
	DO(cg_peak(B, &peak));
	EXPECT_EQ(0, peak);
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    `-- a        domain; pays
 *        `-- t    threaded; the creating thread is here
 */
TEST_F(epc, CHARGE_2_a_thread_in_a_threaded_group_charges_its_domain)
{
	struct encl_geometry geo = { .heap = 30 };
	struct tenant t = TENANT_NONE;
	char path[CG_PATH_MAX];

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	cg_path(path, sizeof(path), A "/t", "");
	ASSERT_EQ(0, mkdir(path, 0755));
	DO(cg_write(A "/t", "cgroup.type", "threaded"));
	DO(cg_enter_thread(A "/t", t.pid));
	DO(tenant_do(&t, tn_build, 0, geo.heap, 0, 1));
	CHARGED(A, encl_built_pages(geo.heap, 1), 0);
	DO(tenant_stop(&t));
}

/*
 *   TOP
 *    |-- a        opens /dev/sgx_vepc; pays
 *    `-- b        moved there before the first touch; pays nothing
 */
TEST_F(epc, CHARGE_2_the_opener_pays_for_pages_of_guests)
{
	struct tenant t = TENANT_NONE;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(tenant_start(&t, A));
	DO(tenant_do(&t, tn_vepc_open, 70));
	DO(cg_enter(B, t.pid));
	EXPECT_EQ(70, tenant_do(&t, tn_vepc_touch, 0, 70));
	CHARGED(A, 70, 70);
	EXPECT_EQ(0, cg_pages(B));
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
