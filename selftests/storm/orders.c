// SPDX-License-Identifier: GPL-2.0
/*
 * What tenants do in a storm.  A tenant knows the contents of each of its pages,
 * and each order ends in one of three ways: it was done; the kernel had a good
 * reason to refuse, or the enclave was killed, and then the tenant gives the
 * enclave up; or something is wrong, which is the only error that is returned.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

#include "rest.h"
#include "storm.h"

/* Largest heap and hole, in pages. */
#define HEAP_MAX	1200
#define HOLE_MAX	64
/* Most pages that one order fills or compares: an order shall not take long. */
#define VISIT_MAX	150
#define GUEST_MAX	300
#define GUEST_GENTLE	16
#define LINGER_MS	300

#define PF_VECTOR	14

/* An enclave of this tenant; version[] is the seed of each page, 0 unknown. */
static struct box {
	bool		used;
	uint64_t	grown;
	uint8_t		version[HEAP_MAX + HOLE_MAX];
} box[TENANT_ENCLAVES];

/* Which pages of the guest's EPC were touched. */
static bool given[GUEST_MAX];

const char * const order_names[NR_ORDERS] = {
	[ORDER_BUILD]	= "build",
	[ORDER_FILL]	= "fill",
	[ORDER_VERIFY]	= "verify",
	[ORDER_GROW]	= "grow",
	[ORDER_TRIM]	= "trim",
	[ORDER_THREADS]	= "two threads",
	[ORDER_DESTROY]	= "destroy",
	[ORDER_FORK]	= "fork",
	[ORDER_VEPC]	= "guest's EPC",
	[ORDER_SETTLE]	= "settle",
};

/* In percent; what is left is to verify. */
static const uint8_t order_weights[NR_ORDERS] = {
	[ORDER_BUILD]	= 14,
	[ORDER_FILL]	= 16,
	[ORDER_GROW]	= 12,
	[ORDER_TRIM]	= 8,
	[ORDER_THREADS]	= 8,
	[ORDER_DESTROY]	= 4,
	[ORDER_FORK]	= 6,
	[ORDER_VEPC]	= 10,
};

enum order order_draw(uint64_t *state)
{
	uint64_t at = storm_below(state, 100);
	int i;

	for (i = 0; i < NR_ORDERS; i++) {
		if (at < order_weights[i])
			return i;
		at -= order_weights[i];
	}
	return ORDER_VERIFY;
}

static void interrupted(int sig)
{
	(void)sig;
}

/* Signals come only during an order; half of the orders are restarted by them. */
static void prepare_for_signals(uint64_t *rnd)
{
	struct sigaction act = { .sa_handler = interrupted };

	if (storm_chance(rnd, 50))
		act.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &act, NULL);
}

static void let_signals_in(bool in)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(in ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}


static void drop(struct tenant_self *self, int nr)
{
	encl_destroy(&self->encl[nr]);
	box[nr].used = false;
}

/*
 * What a visit by @thread came to: 0 when all is well, 1 when the enclave had to
 * be given up, or the error.
 */
static long visited(struct tenant_self *self, int nr, unsigned int thread, long ret)
{
	struct encl *e = &self->encl[nr];

	if (!ret)
		return 0;
	if (ret != -EFAULT || e->run[thread].exception_vector != PF_VECTOR)
		return ret;
	if (!storm->kills)
		return ret;
	if (e->run[thread].exception_error_code & SGX_PF_SGX)
		happened(DEAD_FOUND, 1);
	else
		happened(REFUSED_LOADS, 1);
	drop(self, nr);
	return 1;
}

/* The same for an ioctl of the enclave. */
static long asked(struct tenant_self *self, int nr, long ret, enum kind kind)
{
	if (ret != -ENOMEM || !storm->kills)
		return ret;
	happened(kind, 1);
	drop(self, nr);
	return 1;
}

static long fill(struct tenant_self *self, int nr, uint64_t first, uint64_t pages,
		 uint64_t *rnd)
{
	uint8_t version = 1 + storm_below(rnd, 255);
	long ret;

	memset(box[nr].version + first, 0, pages);
	ret = visited(self, nr, 0, encl_fill(&self->encl[nr], version, first, pages));
	if (ret)
		return ret;
	memset(box[nr].version + first, version, pages);
	happened(FILLS, pages);
	return 0;
}

/* Pages of one version after the other. */
static long verify(struct tenant_self *self, int nr, uint64_t first, uint64_t pages)
{
	uint64_t end = first + pages, next;
	long ret = 0;

	for (; !ret && first < end; first = next) {
		uint8_t version = box[nr].version[first];

		for (next = first; next < end && box[nr].version[next] == version; )
			next++;
		if (!version)
			continue;
		ret = visited(self, nr, 0, encl_verify(&self->encl[nr], version,
						       first, next - first));
		if (!ret)
			happened(VERIFIES, next - first);
	}
	return ret;
}

static long build(struct tenant_self *self, int nr, uint64_t *rnd)
{
	struct encl_geometry geo = {
		.heap = 20 + storm_below(rnd, storm_chance(rnd, 80) ? 400 : HEAP_MAX - 20),
		.hole = storm_below(rnd, HOLE_MAX + 1),
		.threads = 1 + storm_below(rnd, 2),
	};
	long ret;

	memset(&box[nr], 0, sizeof(box[nr]));
	box[nr].used = true;
	ret = encl_build(&self->encl[nr], &geo);
	if (ret)
		return asked(self, nr, ret, REFUSED_BUILDS);
	happened(BUILDS, 1);
	return fill(self, nr, 0, geo.heap < VISIT_MAX ? geo.heap : VISIT_MAX, rnd);
}

static long grow(struct tenant_self *self, int nr, uint64_t *rnd)
{
	struct encl *e = &self->encl[nr];
	uint64_t first = e->geo.heap + box[nr].grown;
	uint64_t left = e->geo.hole - box[nr].grown, pages;
	long ret;

	if (!left)
		return 0;
	pages = 1 + storm_below(rnd, left);
	ret = visited(self, nr, 0, encl_accept_new(e, first, pages));
	if (ret)
		return ret;
	box[nr].grown += pages;
	happened(GROWS, pages);
	return fill(self, nr, first, pages, rnd);
}

static long trim(struct tenant_self *self, int nr, uint64_t *rnd)
{
	struct encl *e = &self->encl[nr];
	uint64_t pages;
	long ret;

	if (!box[nr].grown)
		return 0;
	pages = 1 + storm_below(rnd, box[nr].grown);
	ret = encl_trim(e, e->geo.heap + box[nr].grown - pages, pages);
	if (ret == -EFAULT)
		return visited(self, nr, 0, ret);
	if (ret)
		return asked(self, nr, ret, REFUSED_LOADS);
	box[nr].grown -= pages;
	happened(TRIMS, pages);
	return 0;
}

static uint64_t pages_of(const struct tenant_self *self, int nr)
{
	return self->encl[nr].geo.heap + box[nr].grown;
}

/* Some pages from @first on. */
static uint64_t some_pages(const struct tenant_self *self, int nr, uint64_t first,
			   uint64_t *rnd)
{
	uint64_t left = pages_of(self, nr) - first;

	return 1 + storm_below(rnd, left < VISIT_MAX ? left : VISIT_MAX);
}

/* One thread walks through all pages while the other looks at some. */
static long two_threads(struct tenant_self *self, int nr, uint64_t *rnd)
{
	struct encl *e = &self->encl[nr];
	uint64_t pages = pages_of(self, nr), first = storm_below(rnd, pages);
	struct encl_worker w;
	long ret, other;

	if (e->geo.threads < 2)
		return verify(self, nr, first, some_pages(self, nr, first, rnd));
	ret = encl_worker_touch(&w, e, 1, 0, pages);
	if (ret)
		return ret == -EAGAIN ? 0 : ret;
	ret = encl_verify(e, box[nr].version[first], first, 1);
	if (!box[nr].version[first] && ret == -EILSEQ)
		ret = 0;
	other = encl_worker_stop(&w);
	happened(THREADS, 1);

	ret = visited(self, nr, 0, ret);
	if (ret)
		return ret;
	return visited(self, nr, 1, other);
}

/* A child sees the same pages; then it keeps the enclave for a moment. */
static long fork_child(struct tenant_self *self, int nr, uint64_t *rnd)
{
	uint64_t first = storm_below(rnd, pages_of(self, nr));
	uint64_t pages = some_pages(self, nr, first, rnd);
	long linger = storm_below(rnd, LINGER_MS), ret = 0;
	char why[EPC_MSG_MAX] = "";
	ssize_t got;
	int pair[2];
	pid_t pid;

	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (pipe(pair))
		return epc_fail(errno, "pipe");
	/*
	 * A signal while the enclave's mapping is copied takes it from the child:
	 * the driver cannot register its MMU notifier, and fork() has no way to fail.
	 */
	let_signals_in(false);
	pid = fork();
	let_signals_in(true);
	if (!pid) {
		if (verify(self, nr, first, pages) < 0)
			memcpy(why, epc_why(), sizeof(why));
		if (write(pair[1], why, sizeof(why)) < 0)
			_exit(1);
		close(pair[1]);
		epc_sleep_ms(linger);
		_exit(0);
	}
	close(pair[1]);
	/* No memory for a child is no error of the EPC. */
	if (pid < 0 && errno != ENOMEM && errno != EAGAIN && errno != EINTR)
		ret = epc_fail(errno, "fork");
	if (pid > 0) {
		do {
			got = read(pair[0], why, sizeof(why));
		} while (got < 0 && errno == EINTR);
		if (got == sizeof(why) && *why)
			ret = epc_fail(EILSEQ, "in a child: %.400s", why);
		happened(FORKS, 1);
	}
	close(pair[0]);
	return ret;
}

static void close_guest(struct tenant_self *self)
{
	vepc_close(&self->vepc);
	memset(given, 0, sizeof(given));
}

/* Pages that were there must be there, unless they have been revoked. */
static long look_at_guest(struct tenant_self *self)
{
	uint64_t i;

	for (i = 0; self->vepc.fd >= 0 && i < self->vepc.pages; i++) {
		if (!given[i] || !vepc_touch(&self->vepc, i, 1, NULL))
			continue;
		if (!storm->count[RECLAIMS_REVOKE])
			return epc_fail(ENODATA, "page %lu of a guest has gone", i);
		happened(VEPC_REVOKED, 1);
		close_guest(self);
	}
	return 0;
}

static long touch_guest(struct tenant_self *self, uint64_t *rnd)
{
	uint64_t first = storm_below(rnd, self->vepc.pages), touched;
	uint64_t nr = 1 + storm_below(rnd, self->vepc.pages - first);
	long ret;

	ret = vepc_touch(&self->vepc, first, nr, &touched);
	memset(given + first, true, touched);
	happened(VEPC_TOUCHES, touched);
	if (ret && !storm->kills)
		return ret;
	if (ret)
		happened(VEPC_REFUSED, 1);
	return 0;
}

static long guest(struct tenant_self *self, uint64_t *rnd)
{
	uint64_t most = storm->kills ? GUEST_MAX : GUEST_GENTLE;
	long ret;

	if (self->vepc.fd < 0) {
		ret = vepc_open(&self->vepc, 1 + storm_below(rnd, most));
		if (ret == -ENOMEM && storm->kills)
			return 0;
		if (ret)
			return ret;
		happened(VEPC_OPENS, 1);
	}
	ret = touch_guest(self, rnd);
	if (!ret && storm_chance(rnd, 20)) {
		ret = vepc_remove_all(&self->vepc);
		if (ret < 0 && storm->count[RECLAIMS_REVOKE])
			ret = 0;
		if (ret > 0)
			ret = epc_fail(EBUSY, "%ld pages stay in a guest without SECS",
				       ret);
		happened(VEPC_EMPTIED, !ret);
	}
	if (!ret && storm_chance(rnd, 40)) {
		close_guest(self);
		happened(VEPC_CLOSES, 1);
	}
	return ret;
}

/* An enclave that is there, the next from a random one on, or -1. */
static int pick(uint64_t *rnd, bool used)
{
	int at = storm_below(rnd, TENANT_ENCLAVES), i;

	for (i = 0; i < TENANT_ENCLAVES; i++) {
		int nr = (at + i) % TENANT_ENCLAVES;

		if (box[nr].used == used)
			return nr;
	}
	return -1;
}

static long with_enclave(struct tenant_self *self, enum order order, int nr,
			 uint64_t *rnd)
{
	uint64_t first = storm_below(rnd, pages_of(self, nr));
	uint64_t pages = some_pages(self, nr, first, rnd);

	switch (order) {
	case ORDER_FILL:
		return fill(self, nr, first, pages, rnd);
	case ORDER_VERIFY:
		return verify(self, nr, first, pages);
	case ORDER_GROW:
		return grow(self, nr, rnd);
	case ORDER_TRIM:
		return trim(self, nr, rnd);
	case ORDER_THREADS:
		return two_threads(self, nr, rnd);
	case ORDER_FORK:
		return fork_child(self, nr, rnd);
	default:
		drop(self, nr);
		happened(DESTROYS, 1);
		return 0;
	}
}

static long carry_out(struct tenant_self *self, enum order order, uint64_t *rnd)
{
	int nr;

	if (order == ORDER_VEPC)
		return guest(self, rnd);
	if (order == ORDER_SETTLE)
		return look_at_guest(self);
	nr = pick(rnd, order != ORDER_BUILD);
	if (nr >= 0 && order != ORDER_BUILD)
		return with_enclave(self, order, nr, rnd);
	/* No enclave for this order, or no room for one more. */
	if (nr < 0)
		nr = storm_below(rnd, TENANT_ENCLAVES);
	if (box[nr].used)
		drop(self, nr);
	return build(self, nr, rnd);
}

/* Show a word that others may compare until the next order. */
static void show_word(struct tenant_self *self, struct peek *peek, uint64_t *rnd)
{
	int nr = pick(rnd, true);
	uint64_t page;

	peek->addr = 0;
	if (nr >= 0) {
		page = storm_below(rnd, pages_of(self, nr));
		if (box[nr].version[page])
			peek->addr = self->encl[nr].base + self->encl[nr].heap_off +
				     page * SGX_PAGE_SIZE;
		peek->word = encl_pattern(box[nr].version[page], page, 0);
	}
}

long storm_order(struct tenant_self *self, const uint64_t arg[4])
{
	struct peek *peek = &storm->peek[arg[2]];
	uint64_t rnd = arg[1], i, guests = 0;
	long ret;

	atomic_fetch_add(&peek->turn, 1);
	prepare_for_signals(&rnd);
	let_signals_in(true);
	ret = carry_out(self, arg[0], &rnd);
	let_signals_in(false);
	show_word(self, peek, &rnd);
	atomic_fetch_add(&peek->turn, 1);

	for (i = 0; i < GUEST_MAX; i++)
		guests += given[i];
	storm->vepc_pages[arg[2]] = guests;
	return ret < 0 ? ret : 0;
}

long operator_reclaim(struct tenant_self *self, const uint64_t arg[4])
{
	char text[80], amount[24] = "max";
	int ret;

	(void)self;
	if (arg[1] != UINT64_MAX)
		snprintf(amount, sizeof(amount), "%lu", arg[1] * SGX_PAGE_SIZE);
	snprintf(text, sizeof(text), "sgx_epc %s%s%s", amount,
		 arg[2] & WORD_KILL ? " kill=enclaves" : "",
		 arg[2] & WORD_REVOKE ? " revoke=vepc" : "");
	/* Counted first: whoever finds its pages gone looks whether anybody asked. */
	happened(RECLAIMS, !arg[2]);
	happened(RECLAIMS_KILL, !!(arg[2] & WORD_KILL));
	happened(RECLAIMS_REVOKE, !!(arg[2] & WORD_REVOKE));
	ret = cg_write(storm->path[arg[0]], "misc.reclaim", text);
	if (ret == -EAGAIN || ret == -ENOENT || ret == -ENODEV)
		return 0;
	return ret;
}

/* Only what was read of an enclave that was idle all the time can be judged. */
long operator_read(struct tenant_self *self, const uint64_t arg[4])
{
	struct peek *peek = &storm->peek[arg[1]];
	unsigned long turn = peek->turn;
	uint64_t addr = peek->addr, want = peek->word, word;
	char path[32];
	ssize_t got;
	int fd;

	(void)self;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)arg[0]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !addr) {
		close(fd);
		return 0;
	}
	got = pread(fd, &word, sizeof(word), addr);
	close(fd);
	if (got != sizeof(word))
		return 0;
	happened(READS, 1);
	if (turn % 2 || turn != peek->turn || word == want)
		return 0;
	return epc_fail(EILSEQ, "tenant %lu has %#lx at %#lx, not %#lx", arg[0], word,
			addr, want);
}
