// SPDX-License-Identifier: GPL-2.0
/*
 * FILES: what user space sees of the EPC in a control group, byte by byte.
 * Parsers that nobody can change rely on it.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "amounts.h"
#include "epc.h"

/* Where a file is, and with which rights. */
struct misc_file {
	const char	*name;
	int		in_root;
	int		in_child;
	mode_t		mode;
};

static const struct misc_file misc_files[] = {
	{ "misc.capacity",	1, 0, 0444 },
	{ "misc.current",	1, 1, 0444 },
	{ "misc.peak",		1, 1, 0444 },
	{ "misc.max",		0, 1, 0644 },
	{ "misc.events",	0, 1, 0444 },
	{ "misc.events.local",	0, 1, 0444 },
	{ "misc.low",		0, 1, 0644 },
	{ "misc.exhausted",	0, 1, 0644 },
	{ "misc.stat",		1, 1, 0444 },
	{ "misc.enclaves",	1, 1, 0444 },
	{ "misc.reclaim",	1, 1, 0200 },
};

static const struct misc_file *known_file(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(misc_files); i++)
		if (!strcmp(misc_files[i].name, name))
			return &misc_files[i];
	return NULL;
}

static int count_misc_files(const char *group, int *unknown)
{
	char path[CG_PATH_MAX];
	struct dirent *d;
	int nr = 0;
	DIR *dir;

	cg_path(path, sizeof(path), group, "");
	dir = opendir(path);
	if (!dir)
		return epc_fail(errno, "open %s", path);
	while ((d = readdir(dir))) {
		if (strncmp(d->d_name, "misc.", 5))
			continue;
		nr++;
		if (!known_file(d->d_name)) {
			epc_fail(EEXIST, "%s/%s is in no table", path, d->d_name);
			(*unknown)++;
		}
	}
	closedir(dir);
	return nr;
}

/* 0 if the file is where it belongs with the rights it should have. */
static int check_place(const char *group, const struct misc_file *file,
		       int wanted)
{
	char path[CG_PATH_MAX];
	struct stat st;

	cg_path(path, sizeof(path), group, file->name);
	if (stat(path, &st))
		return wanted ? epc_fail(errno, "stat %s", path) : 0;
	if (!wanted)
		return epc_fail(EEXIST, "%s should not exist", path);
	if ((st.st_mode & 0777) != file->mode)
		return epc_fail(EPERM, "%s has mode %o, not %o", path,
				st.st_mode & 0777, file->mode);
	return 0;
}

TEST_F(epc, FILES_every_file_is_in_its_place_and_nowhere_else)
{
	int unknown = 0;
	size_t i;

	DO(cg_create(A));
	for (i = 0; i < ARRAY_SIZE(misc_files); i++) {
		HOLDS(check_place("", &misc_files[i], misc_files[i].in_root));
		HOLDS(check_place(TOP, &misc_files[i], misc_files[i].in_child));
		HOLDS(check_place(A, &misc_files[i], misc_files[i].in_child));
	}
	EXPECT_LT(0, count_misc_files("", &unknown));
	EXPECT_LT(0, count_misc_files(A, &unknown));
	EXPECT_EQ(0, unknown) TH_LOG("%s", epc_why());
}

/* <key><one space><decimal or max>, every line ended; at least one line. */
static int well_formed(const char *text)
{
	const char *at = text;

	do {
		while (islower(*at) || isdigit(*at) || *at == '_' || *at == '.')
			at++;
		if (at == text || *at++ != ' ')
			return epc_fail(EINVAL, "\"%s\" has a malformed line", text);
		if (!strncmp(at, "max", 3))
			at += 3;
		else if (isdigit(*at))
			while (isdigit(*at))
				at++;
		else
			return epc_fail(EINVAL, "\"%s\" has no number", text);
		if (*at++ != '\n')
			return epc_fail(EINVAL, "\"%s\" has trailing words", text);
	} while (*at);
	return 0;
}

static const char no_events[] = "sgx_epc.max 0\nsgx_epc.exhausted 0\n"
				"sgx_epc.kill 0\nsgx_epc.revoke 0\n";

TEST_F(epc, FILES_1_files_of_a_fresh_group_read_byte_by_byte)
{
	char buf[4096], want[64];

	snprintf(want, sizeof(want), "sgx_epc %" PRIu64 "\n", self->capacity * PAGE);
	DO(cg_read("", "misc.capacity", buf, sizeof(buf)));
	EXPECT_STREQ(want, buf);

	/* sev, sev_es and tdx have no capacity here: not a line of them. */
	DO(cg_read("", "misc.current", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc 0\n", buf);
	DO(cg_read("", "misc.peak", buf, sizeof(buf)));
	HOLDS(well_formed(buf));

	DO(cg_create(A));
	DO(cg_read(A, "misc.current", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc 0\n", buf);
	DO(cg_read(A, "misc.peak", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc 0\n", buf);
	DO(cg_read(A, "misc.max", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc max\n", buf);
	DO(cg_read(A, "misc.exhausted", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc kill\n", buf);
	DO(cg_read(A, "misc.events", buf, sizeof(buf)));
	EXPECT_STREQ(no_events, buf);
	DO(cg_read(A, "misc.events.local", buf, sizeof(buf)));
	EXPECT_STREQ(no_events, buf);
	DO(cg_read(A, "misc.stat", buf, sizeof(buf)));
	if (*buf)
		HOLDS(well_formed(buf));
	DO(cg_read(A, "misc.enclaves", buf, sizeof(buf)));
	EXPECT_STREQ("", buf);
}

TEST_F(epc, FILES_1_capacity_is_all_the_epc_there_is)
{
	uint64_t pages;

	DO(swsgx_stat("pages", &pages));
	EXPECT_EQ(pages, self->capacity);
}

static const char * const absent[] = {
	"sev", "sev_es", "tdx", "nosuch", "sgx", "sgx_ep", "sgx_epcs", "SGX_EPC",
};

TEST_F(epc, FILES_1_a_resource_without_capacity_is_unknown)
{
	static const char * const values[] = { "0", "1", "max", "1x" };
	char text[64], buf[256];
	size_t i, j;

	DO(cg_create(A));
	DO(cg_set_max(A, 12345));
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			snprintf(text, sizeof(text), "%s %s", absent[i], values[j]);
			FAILS(EINVAL, cg_write(A, "misc.max", text));
		}
	}
	DO(cg_read(A, "misc.max", buf, sizeof(buf)));
	EXPECT_STREQ("sgx_epc 12345\n", buf);
}

/* What may be written after "sgx_epc " and how it reads then. */
static const struct {
	const char *text, *shown;
} accepted[] = {
	{ "0", "0" },
	{ "1", "1" },
	{ "4095", "4095" },
	{ "4097", "4097" },
	{ "8388608", "8388608" },
	{ "010", "10" },
	{ "000000000000000000000000000012", "12" },
	{ "0x10", "16" },
	{ "0xff", "255" },
	{ "0xFF", "255" },
	{ "0x0000000000000000000000ff", "255" },
	{ "1K", "1024" },
	{ "3K", "3072" },
	{ "010K", "10240" },
	{ "0x10K", "16384" },
	{ "8M", "8388608" },
	{ "2G", "2147483648" },
	{ "3T", "3298534883328" },
	{ "0T", "0" },
	{ "18014398509481983K", "18446744073709550592" },
	{ "17592186044415M", "18446744073708503040" },
	{ "17179869183G", "18446744072635809792" },
	{ "16777215T", "18446742974197923840" },
	{ "18446744073709551614", "18446744073709551614" },
	{ "max", "max" },
	/* Limits nothing, and yet it is a number that was written. */
	{ U64_TEXT, U64_TEXT },
	{ "0xffffffffffffffff", U64_TEXT },
};

TEST_F(epc, FILES_2_what_misc_max_accepts_is_shown_in_plain_decimal)
{
	char text[128], want[128], buf[256];
	size_t i;
	int nl;

	DO(cg_create(A));
	for (i = 0; i < ARRAY_SIZE(accepted); i++) {
		snprintf(want, sizeof(want), "sgx_epc %s\n", accepted[i].shown);
		for (nl = 0; nl < 2; nl++) {
			snprintf(text, sizeof(text), "sgx_epc %s%s",
				 accepted[i].text, nl ? "\n" : "");
			DO(cg_set_max(A, 77));
			HOLDS(cg_write(A, "misc.max", text));
			DO(cg_read(A, "misc.max", buf, sizeof(buf)));
			EXPECT_STREQ(want, buf) TH_LOG("after \"%s\"", text);
		}
	}
}

TEST_F(epc, FILES_2_what_misc_max_refuses_changes_nothing)
{
	char buf[256];
	size_t i;

	DO(cg_create(A));
	DO(cg_set_max(A, 54321));
	for (i = 0; i < ARRAY_SIZE(refused_amounts); i++) {
		FAILS(refused_amounts[i].err, cg_write(A, "misc.max", refused_amounts[i].text));
		DO(cg_read(A, "misc.max", buf, sizeof(buf)));
		ASSERT_STREQ("sgx_epc 54321\n", buf)
			TH_LOG("after \"%s\"", refused_amounts[i].text);
	}
}

TEST_F(epc, FILES_2_the_limit_of_one_group_is_not_that_of_another)
{
	uint64_t max;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, 4096));
	DO(cg_max(B, &max));
	EXPECT_EQ(CG_MAX, max);
	DO(cg_max(TOP, &max));
	EXPECT_EQ(CG_MAX, max);
	/* A child may be given more than its parent has. */
	DO(cg_set_max(TOP, 100));
	DO(cg_set_max(B, 200));
	DO(cg_max(B, &max));
	EXPECT_EQ(200, max);
}

TEST_F(epc, FILES_3_what_only_tells_cannot_be_written)
{
	static const char * const fixed[] = {
		"misc.current", "misc.peak", "misc.events", "misc.events.local",
		"misc.stat", "misc.enclaves",
	};
	char path[CG_PATH_MAX];
	size_t i;

	DO(cg_create(A));
	for (i = 0; i < ARRAY_SIZE(fixed); i++) {
		/* root may open it anyway; the write has to be refused. */
		cg_path(path, sizeof(path), A, fixed[i]);
		EXPECT_NE(0, cg_write(A, fixed[i], "sgx_epc 0"))
			TH_LOG("%s took a write", path);
	}
}

/*
 *   TOP
 *    `-- a        one enclave
 *        |-- x    lives here
 *        `-- y    nothing
 */
TEST_F(epc, FILES_current_and_peak_are_hierarchical)
{
	struct tenant t = TENANT_NONE;
	uint64_t peak;

	DO(cg_create(A));
	DO(cg_create(A "/x"));
	DO(cg_create(A "/y"));
	DO(tenant_start(&t, A "/x"));
	DO(tenant_do(&t, tn_build, 0, 100, 0, 1));

	EXPECT_LT(100, cg_pages(A "/x")) TH_LOG("%s", epc_why());
	EXPECT_EQ(cg_pages(A "/x"), cg_pages(A)) TH_LOG("%s", epc_why());
	EXPECT_EQ(cg_pages(A "/x"), cg_pages(TOP));
	EXPECT_EQ(cg_pages(A "/x"), cg_pages(""));
	EXPECT_EQ(0, cg_pages(A "/y"));

	DO(tenant_do(&t, tn_build, 1, 50, 0, 1));
	DO(tenant_do(&t, tn_destroy, 1));
	DO(books_match(0));
	EXPECT_EQ(cg_pages(A "/x"), cg_pages(A));
	DO(cg_peak(A, &peak));
	EXPECT_LE(cg_pages(A) * PAGE + 50 * PAGE, peak);
	DO(cg_peak(A "/y", &peak));
	EXPECT_EQ(0, peak);
	DO(tenant_stop(&t));
}

static int watch(const char *group, const char *file)
{
	char path[CG_PATH_MAX];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	cg_path(path, sizeof(path), group, file);
	if (fd < 0 || inotify_add_watch(fd, path, IN_MODIFY) < 0)
		return epc_fail(errno, "watch %s", path);
	return fd;
}

static int open_and_read(const char *group, const char *file)
{
	char path[CG_PATH_MAX], buf[4096];
	int fd;

	cg_path(path, sizeof(path), group, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, buf, sizeof(buf)) < 0)
		return epc_fail(errno, "read %s", path);
	return fd;
}

/* Has it fired by now?  Only the first wait may take time. */
static int fired(int fd, short events, int timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, epc_patience(timeout_ms)) == 1 && (p.revents & events);
}

/*
 *   TOP
 *    |-- a        max 0: refuses its only enclave
 *    `-- b        nothing happens
 */
TEST_F(epc, FILES_4_events_files_notify_the_limited_group_and_its_ancestors)
{
	static const struct {
		const char *group, *file;
		int wanted;
	} who[] = {
		{ A, "misc.events", 1 },
		{ A, "misc.events.local", 1 },
		{ TOP, "misc.events", 1 },
		{ TOP, "misc.events.local", 0 },
		{ B, "misc.events", 0 },
		{ B, "misc.events.local", 0 },
	};
	int inot[ARRAY_SIZE(who)], file[ARRAY_SIZE(who)];
	struct tenant t = TENANT_NONE;
	size_t i;

	DO(cg_create(A));
	DO(cg_create(B));
	DO(cg_set_max(A, 0));
	DO(tenant_start(&t, A));
	for (i = 0; i < ARRAY_SIZE(who); i++) {
		inot[i] = watch(who[i].group, who[i].file);
		ASSERT_LE(0, inot[i]) TH_LOG("%s", epc_why());
		file[i] = open_and_read(who[i].group, who[i].file);
		ASSERT_LE(0, file[i]) TH_LOG("%s", epc_why());
		EXPECT_FALSE(fired(inot[i], POLLIN, 0));
		EXPECT_FALSE(fired(file[i], POLLPRI, 0));
	}
	FAILS(ENOMEM, tenant_do(&t, tn_build, 0, 1, 0, 1));
	for (i = 0; i < ARRAY_SIZE(who); i++) {
		int ms = who[i].wanted ? 3000 : 100;

		EXPECT_EQ(who[i].wanted, fired(inot[i], POLLIN, ms))
			TH_LOG("inotify of %s %s", who[i].group, who[i].file);
		EXPECT_EQ(who[i].wanted, fired(file[i], POLLPRI, ms))
			TH_LOG("poll of %s %s", who[i].group, who[i].file);
		close(inot[i]);
		close(file[i]);
	}
	DO(tenant_stop(&t));
}

TEST_F(epc, FILES_4_event_counters_never_go_down)
{
	struct tenant t = TENANT_NONE;
	uint64_t before = 0, now;
	int i;

	DO(cg_create(A));
	DO(tenant_start(&t, A));
	for (i = 0; i < 5; i++) {
		DO(cg_set_max(A, 0));
		FAILS(ENOMEM, tenant_do(&t, tn_build, 0, 1, 0, 1));
		DO(cg_events_max(A, &now));
		EXPECT_LT(before, now);
		before = now;
		DO(cg_set_max(A, CG_MAX));
		DO(tenant_do(&t, tn_build, 0, 1, 0, 1));
		DO(tenant_do(&t, tn_destroy, 0));
		DO(cg_events_max(A, &now));
		EXPECT_EQ(before, now);
	}
	DO(tenant_stop(&t));
}

TEST_HARNESS_MAIN
