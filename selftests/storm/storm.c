// SPDX-License-Identifier: GPL-2.0
/*
 * The storm: everything at once, at random, for as long as asked.
 *
 *	storm [--seconds N] [--seed N] [--tenants N] [--patience SECONDS]
 *
 * Without a seed it takes that of EPC_SEED in the environment, or the time.
 *
 * One process, the controller, draws what happens: orders to tenants, changes of
 * their tree of groups, signals and kills.  Two operators do for it what may
 * take long.  All that it draws comes from one seed, and as many numbers in each
 * round whatever the state, so that the same seed makes the same decisions.
 *
 * Now and then it lets everybody finish and compares all counts.  It ends at the
 * first thing that is wrong, and at the end nothing may be left.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "rest.h"
#include "storm.h"

#define ROUND_MS	20
#define QUIET_ROUNDS	160
#define ACTIONS		3
/* On a busy machine less happens: then it may take so many times as long. */
#define LONGER		3
#define DYING_MS	30000
#define ORDER_MS	60000
/* How many times that, if it gets on. */
#define AT_MOST		5

/**
 * struct worker - a tenant or an operator
 * @t:		the process
 * @busy:	it has an order and has not answered
 * @since:	when it got it
 * @faults:	page faults that it had when it was late already
 * @faulted:	when that last changed
 * @what:	in words
 * @group:	which group the order is about, 0 for none
 */
struct worker {
	struct tenant	t;
	bool		busy;
	long		since;
	long		faults;
	long		faulted;
	int		group;
	char		what[80];
};

struct storm_shared *storm;

static struct worker tenants[STORM_TENANTS], operators[STORM_OPERATORS];
static int in[STORM_TENANTS];
static int nr_tenants = 8;
static long patience_ms;
static uint64_t oom_kills;

uint64_t storm_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

uint64_t storm_below(uint64_t *state, uint64_t n)
{
	return storm_random(state) % n;
}

bool storm_chance(uint64_t *state, unsigned int percent)
{
	return storm_below(state, 100) < percent;
}

static int hire(struct worker *w, const char *group)
{
	long ret = tenant_start(&w->t, group);

	w->busy = false;
	return ret;
}

static int tenant_died(int i, uint64_t *state);

/* A tenant that starts has nothing to be looked at. Its group may have no memory for it. */
static int tenant_new(int i, uint64_t *state)
{
	struct peek *peek = &storm->peek[i];
	int ret;

	peek->addr = 0;
	peek->turn = (peek->turn | 1) + 1;
	storm->vepc_pages[i] = 0;
	in[i] = tree_leaf(state);
	groups[in[i]].members++;
	snprintf(tenants[i].what, sizeof(tenants[i].what), "start in %.30s",
		 storm->path[in[i]]);
	ret = hire(&tenants[i], storm->path[in[i]]);
	return ret == -ECHILD ? tenant_died(i, state) : ret;
}

/* Wait for a process that got SIGKILL; how it ended, or -ETIMEDOUT. */
static int bury(struct worker *w)
{
	long end = epc_now_ms() + patience_ms;
	int status;
	pid_t pid;

	do {
		pid = waitpid(w->t.pid, &status, WNOHANG);
		if (pid == w->t.pid) {
			close(w->t.sock);
			w->t = (struct tenant)TENANT_NONE;
			w->busy = false;
			return status;
		}
		epc_sleep_ms(1);
	} while (epc_now_ms() < end);
	return epc_fail(ETIMEDOUT, "process %d does not die of SIGKILL (%s)", w->t.pid,
			w->what);
}

static int tenant_replace(int i, uint64_t *state)
{
	int ret = bury(&tenants[i]);

	groups[in[i]].members--;
	return ret < 0 ? ret : tenant_new(i, state);
}

static int kill_tenant(uint64_t *state)
{
	int i = storm_below(state, nr_tenants);

	kill(tenants[i].t.pid, SIGKILL);
	happened(TENANTS_KILLED, 1);
	return tenant_replace(i, state);
}

/* Nobody but we and the memory controller may kill a tenant. */
static int tenant_died(int i, uint64_t *state)
{
	uint64_t kills = tree_oom_kills();
	pid_t pid = tenants[i].t.pid;
	int status = bury(&tenants[i]);

	groups[in[i]].members--;
	if (status < 0)
		return status;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL || kills <= oom_kills)
		return epc_fail(ECHILD, "tenant %d ended by itself with wait status %#x (%s)",
				pid, status, tenants[i].what);
	oom_kills++;
	happened(TENANTS_OUT_OF_MEMORY, 1);
	return tenant_new(i, state);
}

/* An answer that has come; the tenant may have died instead. */
static int take_answer(struct worker *w)
{
	long ret = tenant_answer(&w->t, 0);
	char why[EPC_MSG_MAX];

	if (ret == -ETIMEDOUT)
		return 0;
	w->busy = false;
	w->group = 0;
	if (ret >= 0 || ret == -ECHILD)
		return ret;
	snprintf(why, sizeof(why), "process %d (%s): %.400s", w->t.pid, w->what,
		 epc_why());
	epc_set_why(why);
	return ret;
}

static void print_file(pid_t pid, const char *name)
{
	char path[40], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		printf("#   %s: %s", name, line);
	if (file)
		fclose(file);
}

/* Page faults of a process so far, of which each load of a page is one. */
static long faults(pid_t pid)
{
	char path[40], line[1024] = "", *name_end;
	long minor = 0, major = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file)) {
		name_end = strrchr(line, ')');
		if (name_end)
			sscanf(name_end, ") %*c %*d %*d %*d %*d %*d %*u %ld %*d %ld",
			       &minor, &major);
	}
	if (file)
		fclose(file);
	return minor + major;
}

/*
 * Below the floor of EXHAUST-7, and on a slow kernel, an order takes long. As long as it
 * gets pages it is not stuck: when they lead nowhere the kernel ends it.
 */
static bool gets_on(struct worker *w)
{
	long now = epc_now_ms(), nr = faults(w->t.pid);

	if (nr != w->faults) {
		w->faults = nr;
		w->faulted = now;
	}
	return now - w->faulted < patience_ms / 4 && now - w->since < AT_MOST * patience_ms;
}

static int too_late(struct worker *w)
{
	if (!w->busy || epc_now_ms() - w->since < patience_ms || gets_on(w))
		return 0;
	print_file(w->t.pid, "stack");
	print_file(w->t.pid, "stat");
	return epc_fail(ETIMEDOUT, "process %d works for %ld s on: %s", w->t.pid,
			(epc_now_ms() - w->since) / 1000, w->what);
}

static struct worker *worker(int i)
{
	return i < nr_tenants ? &tenants[i] : &operators[i - nr_tenants];
}

/* Take what answers there are, after at most @ms. How many are busy, or -errno. */
static int collect(long ms, uint64_t *state)
{
	struct pollfd fds[STORM_TENANTS + STORM_OPERATORS];
	int i, ret, busy = 0, nr = nr_tenants + STORM_OPERATORS;

	for (i = 0; i < nr; i++)
		fds[i] = (struct pollfd){ .fd = worker(i)->t.sock, .events = POLLIN };
	if (poll(fds, nr, ms) < 0 && errno != EINTR)
		return epc_fail(errno, "poll");
	for (i = 0; i < nr; i++) {
		ret = 0;
		if (fds[i].revents)
			ret = take_answer(worker(i));
		if (ret == -ECHILD && i < nr_tenants)
			ret = tenant_died(i, state);
		if (!ret)
			ret = too_late(worker(i));
		if (ret)
			return ret;
		busy += worker(i)->busy;
	}
	return busy;
}

static int post(struct worker *w, tenant_fn fn, const uint64_t arg[4])
{
	int ret = tenant_send(&w->t, fn, arg);

	if (ret == -EPIPE || ret == -ECONNRESET)
		return 0;
	w->busy = !ret;
	w->since = epc_now_ms();
	return ret;
}

static int order(int i, enum order order, uint64_t seed)
{
	uint64_t arg[4] = { order, seed, i };

	snprintf(tenants[i].what, sizeof(tenants[i].what), "%s, seed %#lx, in %.30s",
		 order_names[order], seed, storm->path[in[i]]);
	return post(&tenants[i], storm_order, arg);
}

static struct worker *idle_operator(void)
{
	int i;

	for (i = 0; i < STORM_OPERATORS; i++)
		if (!operators[i].busy)
			return &operators[i];
	return NULL;
}

static int ask_reclaim(uint64_t *state)
{
	uint64_t arg[4] = {
		tree_any(state),
		storm_chance(state, 15) ? UINT64_MAX : storm_below(state, 500),
		storm_chance(state, 45) ? 0 : storm_below(state, 4),
	};
	struct worker *w = idle_operator();

	if (!w || !tree_has("misc.reclaim"))
		return 0;
	w->group = arg[0];
	snprintf(w->what, sizeof(w->what), "misc.reclaim of %ld pages, words %lu, in %.30s",
		 (long)arg[1], arg[2], storm->path[arg[0]]);
	return post(w, operator_reclaim, arg);
}

static int ask_read(uint64_t *state)
{
	uint64_t arg[4] = { 0, storm_below(state, nr_tenants) };
	struct worker *w = idle_operator();

	if (!w)
		return 0;
	arg[0] = tenants[arg[1]].t.pid;
	snprintf(w->what, sizeof(w->what), "read of process %lu", arg[0]);
	return post(w, operator_read, arg);
}

static int send_signal(uint64_t *state)
{
	int i = storm_below(state, nr_tenants);

	if (!tenants[i].busy)
		return 0;
	kill(tenants[i].t.pid, SIGUSR1);
	happened(SIGNALS, 1);
	return 0;
}

static int grow_tree(uint64_t *state)
{
	bool taken[STORM_GROUPS] = { false };
	int i;

	for (i = 0; i < STORM_OPERATORS; i++)
		taken[operators[i].group] = operators[i].busy;
	return tree_grow(state, taken);
}

/* In percent; every action draws from a state of its own. */
static int act(uint64_t seed)
{
	uint64_t *state = &seed, at = storm_below(state, 100);
	int i;

	if (at < 30)
		return send_signal(state);
	if (at < 48)
		return tree_limit(state);
	if (at < 58)
		return ask_reclaim(state);
	if (at < 68)
		return ask_read(state);
	if (at < 75)
		return grow_tree(state);
	if (at < 82)
		return tree_cut(state, in, nr_tenants);
	if (at < 88) {
		i = storm_below(state, nr_tenants);
		return tree_move(state, &tenants[i].t, &in[i]);
	}
	if (at < 91)
		return kill_tenant(state);
	if (at < 94)
		return tree_flip(state);
	if (at < 97)
		return tree_protect(state);
	return tree_limit_memory(state);
}

/* A fixed count of numbers, whoever is busy. */
static int play_round(uint64_t *state)
{
	int i, ret = 0;

	for (i = 0; !ret && i < nr_tenants; i++) {
		enum order what = order_draw(state);
		uint64_t seed = storm_random(state);

		if (!tenants[i].busy)
			ret = order(i, what, seed);
	}
	for (i = 0; !ret && i < ACTIONS; i++)
		ret = act(storm_random(state));
	if (!ret)
		ret = collect(ROUND_MS, state);
	return ret < 0 ? ret : 0;
}

static int all_idle(uint64_t *state)
{
	int busy;

	do {
		busy = collect(ROUND_MS, state);
	} while (busy > 0);
	return busy;
}

static int quiet_point(uint64_t *state)
{
	int i, ret = all_idle(state);

	for (i = 0; !ret && i < nr_tenants; i++)
		ret = order(i, ORDER_SETTLE, 0);
	if (!ret)
		ret = all_idle(state);
	return ret ? ret : books_check();
}

static int begin(uint64_t *state)
{
	int i, ret = tree_plant();

	for (i = 0; !ret && i < STORM_OPERATORS; i++)
		ret = hire(&operators[i], "");
	for (i = 0; !ret && i < nr_tenants; i++)
		ret = tenant_new(i, state);
	return ret;
}

static bool enough(long start, long seconds)
{
	long passed = epc_now_ms() - start;

	if (passed < seconds * 1000)
		return false;
	return passed > LONGER * seconds * 1000 || !kinds_missing(seconds, false);
}

static int rage(uint64_t seed, long seconds)
{
	long start = epc_now_ms(), round;
	uint64_t state = seed;
	int ret = begin(&state);

	for (round = 1; !ret && !enough(start, seconds); round++) {
		ret = play_round(&state);
		if (!ret && round % QUIET_ROUNDS == 0)
			ret = quiet_point(&state);
	}
	if (!ret)
		ret = quiet_point(&state);
	return ret;
}

/*
 * Removed groups are gone, too.  Ordinary memory may keep them as well, by files
 * that their members have read: the caches of those are dropped.
 */
static int forgotten(int dying)
{
	long end = epc_now_ms() + epc_patience(DYING_MS);
	int now, fd;

	while ((now = cg_dying("")) > dying && epc_now_ms() < end) {
		fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
		if (fd < 0 || write(fd, "3", 1) != 1)
			return epc_fail(errno, "drop caches");
		close(fd);
		epc_sleep_ms(100);
	}
	return now <= dying ? 0 : epc_fail(EBUSY, "%d removed groups are still there, %d before",
					   now, dying);
}

/* All processes and groups go; then nothing may be in use, nor be remembered. */
static int end_storm(int dying)
{
	int i, ret = 0, bad;

	for (i = 0; i < nr_tenants + STORM_OPERATORS; i++) {
		if (!worker(i)->t.pid)
			continue;
		kill(worker(i)->t.pid, SIGKILL);
		bad = bury(worker(i));
		if (bad < 0)
			ret = bad;
	}
	if (!ret)
		ret = cg_purge(STORM_TOP);
	if (!ret)
		ret = epc_at_rest();
	return ret ? ret : forgotten(dying);
}

static int report(int number, int ret, const char *name)
{
	if (ret)
		printf("# %s\n", epc_why());
	printf("%s %d %s\n", ret ? "not ok" : "ok", number, name);
	return !!ret;
}

static int run(uint64_t seed, long seconds)
{
	int dying, ret, failed = 0;

	printf("KTAP version 1\n1..3\n");
	ret = cg_purge(STORM_TOP);
	if (!ret)
		ret = epc_at_rest();
	dying = cg_dying("");
	if (!ret)
		ret = storm_probe();
	printf("# storm --seconds %ld --seed %lu --tenants %d; this kernel %s\n", seconds,
	       seed, nr_tenants, storm->kills ? "kills enclaves" :
	       "kills no enclaves, so there are no limits below the floor");
	if (!ret)
		ret = rage(seed, seconds);
	if (ret)
		tree_print();
	failed += report(1, ret, "CHARGE_1_all_went_on_with_right_contents_and_books");
	failed += report(2, end_storm(dying), "SAFE_4_everything_is_given_back");

	kinds_print();
	epc_set_why("what happened too seldom is above");
	failed += report(3, kinds_missing(seconds, true), "enough_of_everything_happened");
	return failed ? 1 : 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "tenants", required_argument, NULL, 't' },
		{ "patience", required_argument, NULL, 'p' },
		{ },
	};
	const char *given = getenv("EPC_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	long seconds = 60;
	sigset_t set;
	int c;

	patience_ms = epc_patience(ORDER_MS);
	while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		if (c == 's')
			seconds = atol(optarg);
		else if (c == 'r')
			seed = strtoull(optarg, NULL, 0);
		else if (c == 't')
			nr_tenants = atoi(optarg);
		else if (c == 'p')
			patience_ms = atol(optarg) * 1000;
		else
			return 2;
	}
	if (optind != argc || seconds < 1 || patience_ms < 1 || nr_tenants < 1 ||
	    nr_tenants > STORM_TENANTS) {
		fprintf(stderr, "storm [--seconds N] [--seed N] [--tenants 1..%d] [--patience SECONDS]\n",
			STORM_TENANTS);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* Tenants inherit this, and let the signal in when they are ready. */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	storm = mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (storm == MAP_FAILED) {
		perror("storm: mmap");
		return 2;
	}
	return run(seed, seconds);
}
