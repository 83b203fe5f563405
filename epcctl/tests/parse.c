// SPDX-License-Identifier: GPL-2.0
/* The parsers of libepc and the safe names, by tables of input and result. KTAP. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../epcctl.h"
#undef auto_string
#undef auto_fd
#include "../libepc/internal.h"

static unsigned int failures;

#define EQUAL(what, seen, wanted) do {							\
	uint64_t seen_ = (seen), wanted_ = (wanted);					\
											\
	if (seen_ != wanted_) {								\
		printf("# %s:%d: %s: %s is %" PRIu64 ", not %" PRIu64 "\n", __FILE__,	\
		       __LINE__, what, #seen, seen_, wanted_);				\
		failures++;								\
	}										\
} while (0)

#define SAME(what, seen, wanted) do {							\
	const char *seen_ = (seen), *wanted_ = (wanted);				\
											\
	if (!seen_ || strcmp(seen_, wanted_)) {						\
		printf("# %s:%d: %s: '%s', not '%s'\n", __FILE__, __LINE__, what,	\
		       seen_ ? seen_ : "(null)", wanted_);				\
		failures++;								\
	}										\
} while (0)

static void sizes_are_parsed(void)
{
	static const struct { const char *text; int err; uint64_t bytes; } table[] = {
		{ "0", 0, 0 }, { "1", 0, 1 }, { "4096", 0, 4096 }, { "007", 0, 7 },
		{ "1K", 0, 1024 }, { "1k", 0, 1024 }, { "64M", 0, 64 << 20 },
		{ "64MiB", 0, 64 << 20 }, { "2G", 0, 2ull << 30 }, { "3TiB", 0, 3ull << 40 },
		{ "max", 0, EPC_MAX }, { "16777215T", 0, 16777215ull << 40 },
		{ "18446744073709551613", 0, EPC_UNKNOWN - 1 },
		{ "18446744073709551614", -ERANGE, 0 }, { "18446744073709551615", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 }, { "16777216T", -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "", -EINVAL, 0 }, { "K", -EINVAL, 0 }, { "M5", -EINVAL, 0 }, { "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 }, { " 1", -EINVAL, 0 }, { "1 ", -EINVAL, 0 },
		{ "1B", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 }, { "1MB", -EINVAL, 0 }, { "1Ki", -EINVAL, 0 },
		{ "1MiBs", -EINVAL, 0 }, { "1P", -EINVAL, 0 }, { "1.5G", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 }, { "maxx", -EINVAL, 0 }, { "ma", -EINVAL, 0 },
		{ "1\n", -EINVAL, 0 }, { "1\x0b", -EINVAL, 0 }, { "1@", -EINVAL, 0 },
	};
	uint64_t bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		bytes = 0;
		EQUAL(table[i].text, epc_parse_size(table[i].text, &bytes), table[i].err);
		EQUAL(table[i].text, bytes, table[i].bytes);
	}
}

static void sizes_are_formatted(void)
{
	static const struct { uint64_t bytes; const char *text; } table[] = {
		{ 0, "0" }, { 1, "1" }, { 1023, "1023" }, { 1024, "1.0K" }, { 1075, "1.0K" },
		{ 1076, "1.1K" }, { 4096, "4.0K" }, { 1048524, "1023.9K" }, { 1048525, "1.0M" },
		{ 1048576, "1.0M" }, { 67108864, "64.0M" }, { 64ull << 30, "64.0G" },
		{ 1ull << 40, "1.0T" }, { 1ull << 50, "1.0P" }, { 1ull << 60, "1.0E" },
		{ EPC_UNKNOWN - 1, "16.0E" }, { EPC_MAX, "max" }, { EPC_UNKNOWN, "-" },
	};
	char text[EPC_SIZE_LEN];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		SAME(table[i].text, epc_format_size(table[i].bytes, text), table[i].text);
}

static void values_are_whole_words(void)
{
	static const struct { const char *text; bool good; uint64_t value; } table[] = {
		{ "0", true, 0 }, { "max", true, EPC_MAX },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 7 }, { "", false, 7 }, { "-1", false, 7 },
		{ "1 ", false, 7 }, { "1 2", false, 7 }, { "m", false, 7 }, { "maxx", false, 7 },
	};
	uint64_t value;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		value = 7;
		EQUAL(table[i].text, epc_parse_value(table[i].text, strlen(table[i].text), &value),
		      table[i].good);
		EQUAL(table[i].text, value, table[i].value);
	}
}

static void flat_files_have_keys(void)
{
	static const struct epc_field fields[] = {
		{ "sgx_epc", 0 }, { "sgx_epc.max", sizeof(uint64_t) },
	};
	static const struct { const char *text; uint64_t values[2]; } table[] = {
		{ "", { 7, 7 } }, { "sgx_epc 5\n", { 5, 7 } }, { "sgx_epc 5", { 5, 7 } },
		{ "sev 1\nsgx_epc max\ntdx 3\n", { EPC_MAX, 7 } }, { "sgx_epc.max 3\n", { 7, 3 } },
		{ "xsgx_epc 5\nsgx_epcx 5\n", { 7, 7 } },
		{ "sgx_epc\nsgx_epc \nsgx_epc  5\n", { 7, 7 } },
		{ "sgx_epc 5 6\n", { 7, 7 } }, { "\n\nsgx_epc 5\n\n", { 5, 7 } },
		{ "sgx_epc 5\r\n", { 7, 7 } },
	};
	uint64_t values[2];
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		values[0] = values[1] = 7;
		epc_parse_flat(table[i].text, fields, ARRAY_SIZE(fields), values);
		EQUAL(table[i].text, values[0], table[i].values[0]);
		EQUAL(table[i].text, values[1], table[i].values[1]);
	}
	EQUAL("no key", !epc_find_key("sgx_epcx 1\n", "sgx_epc", &len), 1);
	EQUAL("kill", epc_parse_exhausted("sev x\nsgx_epc kill\n"), EPC_EXHAUSTED_KILL);
	EQUAL("fail", epc_parse_exhausted("sgx_epc fail"), EPC_EXHAUSTED_FAIL);
	EQUAL("killer", epc_parse_exhausted("sgx_epc killer\n"), EPC_EXHAUSTED_UNKNOWN);
	EQUAL("-", epc_parse_exhausted("sgx_epc -\n"), EPC_EXHAUSTED_UNKNOWN);
}

static void enclaves_are_lines(void)
{
	const char *text = "7 type=vepc state=revoked size=1 resident=2 written_out=3 pid=4\n"
			   "x type=enclave\n"
			   "8\n"
			   "9 pid=5 new=1 =2 state= size=max type=-  resident\n"
			   "18446744073709551616 type=enclave\n"
			   "10 pid=2147483648 type=enclave";
	struct epc_enclave e;

	EQUAL("line 1", epc_parse_enclave(&text, &e), true);
	EQUAL("line 1", e.id == 7 && e.type == EPC_TYPE_VEPC && e.state == EPC_STATE_REVOKED, 1);
	EQUAL("line 1", e.size == 1 && e.resident == 2 && e.written_out == 3 && e.pid == 4, 1);
	EQUAL("line 2", epc_parse_enclave(&text, &e), false);
	EQUAL("line 3", epc_parse_enclave(&text, &e), true);
	EQUAL("line 3", e.id == 8 && !e.pid && e.size == EPC_UNKNOWN, 1);
	EQUAL("line 4", epc_parse_enclave(&text, &e), true);
	EQUAL("line 4", e.id == 9 && e.pid == 5 && e.type == EPC_TYPE_UNKNOWN, 1);
	EQUAL("line 4", e.size, EPC_MAX);
	EQUAL("line 5", epc_parse_enclave(&text, &e), false);
	EQUAL("line 6", epc_parse_enclave(&text, &e), true);
	EQUAL("line 6", e.id == 10 && !e.pid && e.type == EPC_TYPE_ENCLAVE, 1);
	EQUAL("the end", *text, 0);
}

static void fdinfo_is_of_sgx_or_not(void)
{
	char good[] = "pos:\t0\nsgx-type:\tenclave\nsgx-state:\trunning\nsgx-size:\t4096 KiB\n"
		      "sgx-resident:\t12 KiB\nsgx-written-out:\t18446744073709551615 KiB\n"
		      "sgx-cgroup:\t/a: b/c (deleted)\n";
	char other[] = "pos:\t0\nflags:\t02\n";
	char odd[] = "sgx-type:\tenclave\nsgx-size: 5\nsgx-cgroup";
	struct epc_file file;

	EQUAL("good", epc_parse_fdinfo(good, &file), true);
	EQUAL("good", file.type == EPC_TYPE_ENCLAVE && file.state == EPC_STATE_RUNNING, 1);
	EQUAL("good", file.size == 4096 << 10 && file.resident == 12 << 10, 1);
	EQUAL("too much", file.written_out, EPC_UNKNOWN);
	SAME("good", file.cgroup, "/a: b/c (deleted)");
	EQUAL("other", epc_parse_fdinfo(other, &file), false);
	EQUAL("odd", epc_parse_fdinfo(odd, &file), true);
	EQUAL("odd", file.size == EPC_UNKNOWN && !file.cgroup, 1);
}

static void events_have_room_for_more(void)
{
	uint64_t counts[EPC_EVENTS_ROOM + 1];
	int fd = memfd_create("events", 0), i;
	struct epc *epc;

	EQUAL("open", epc_open(&epc, "/"), 0);
	EQUAL("write", dprintf(fd, "sgx_epc.kill 3\nsgx_epc.later 4\n"), 31);
	counts[EPC_EVENTS_ROOM] = 5;
	EQUAL("read", epc_events_read(epc, fd, counts), 0);
	for (i = 0; i < EPC_EVENTS_ROOM; i++)
		EQUAL("count", counts[i], i == EPC_EVENT_KILL ? 3 : EPC_UNKNOWN);
	EQUAL("behind them", counts[EPC_EVENTS_ROOM], 5);
	SAME("name", epc_event_name(EPC_EVENT_REVOKE), "revoke");
	SAME("name", epc_event_name(EPC_NR_EVENTS), "-");
	SAME("name", epc_event_name(-1), "-");
	close(fd);
	epc_close(epc);
}

static void processes_have_any_name(void)
{
	char v2[] = "12:misc:/x\n0::/a b\n", v1[] = "12:misc:/x\n10::/y\n";
	unsigned long flags;
	char state;

	EQUAL("stat", epc_parse_stat("7 (a) Z (b\n) S 1 2 3 4 5 4194560 9", &state, &flags), true);
	EQUAL("stat", state == 'S' && flags == 4194560, 1);
	EQUAL("stat", epc_parse_stat("7 (a) S 1 2 3", &state, &flags), false);
	EQUAL("stat", epc_parse_stat("", &state, &flags), false);
	SAME("cgroup", epc_parse_own_cgroup(v2), "/a b");
	EQUAL("cgroup", !epc_parse_own_cgroup(v1), 1);
	EQUAL("word", epc_has_word("cpu misc\n", "misc"), true);
	EQUAL("word", epc_has_word("cpu misc2 mis\n", "misc"), false);
}

static void names_are_safe(void)
{
	static const struct { const char *name, *utf8, *c; } table[] = {
		{ "a b", "a b", "a b" }, { "\x1b[31m", "\\x1b[31m", "\\x1b[31m" },
		{ "a\nb\t", "a\\x0ab\\x09", "a\\x0ab\\x09" }, { "\x7f", "\\x7f", "\\x7f" },
		{ "\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b" },
		{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr\\xc3\\xbc\\xc3\\x9f" },
		{ "\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae" },
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6", "\\xe2\\x81\\xa6" },
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\\xe2\\x80\\xa8" },
		{ "\xef\xbf\xbf", "\\xef\\xbf\\xbf", "\\xef\\xbf\\xbf" },
		{ "\xff", "\\xff", "\\xff" }, { "\xc3", "\\xc3", "\\xc3" },
		{ "\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
		{ "\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf" },
		{ "\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80" },
		{ "a\\x2d", "a\\x2d", "a\\x2d" },
		{ "\xd8\x9c", "\\xd8\\x9c", "\\xd8\\x9c" },
		{ "\xe1\x85\x9f", "\\xe1\\x85\\x9f", "\\xe1\\x85\\x9f" },
		{ "\xe1\xa0\x8e", "\\xe1\\xa0\\x8e", "\\xe1\\xa0\\x8e" },
		{ "\xe2\x80\x8b", "\\xe2\\x80\\x8b", "\\xe2\\x80\\x8b" },
		{ "\xe3\x85\xa4", "\\xe3\\x85\\xa4", "\\xe3\\x85\\xa4" },
		{ "\xef\xbb\xbf", "\\xef\\xbb\\xbf", "\\xef\\xbb\\xbf" },
		{ "\xf3\xa0\x81\x81", "\\xf3\\xa0\\x81\\x81", "\\xf3\\xa0\\x81\\x81" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		char *name;

		setlocale(LC_CTYPE, "C.UTF-8");
		name = safe_name(table[i].name);
		SAME("UTF-8", name, table[i].utf8);
		free(name);
		setlocale(LC_CTYPE, "C");
		name = safe_name(table[i].name);
		SAME("C", name, table[i].c);
		free(name);
		name = plain_name(table[i].name);
		SAME("plain", name, table[i].utf8);
		free(name);
	}
}

static void raw_names_are_words(void)
{
	char *name = raw_name("/a b\\c\td\x7f\xc3\xbc\"~");

	SAME("raw", name, "/a\\x20b\\x5cc\\x09d\\x7f\\xc3\\xbc\"~");
	free(name);
}

static void json_is_json(void)
{
	char text[128] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");

	json_string(stream, "a\"b\\c\n\x1b\xff\xc3\xbc\x7f\xc2\x9b\xf0\x9f\x98\x80");
	json_number(stream, EPC_MAX);
	json_number(stream, EPC_UNKNOWN);
	json_number(stream, 12);
	fclose(stream);
	SAME("json", text,
	     "\"a\\\"b\\\\c\\u000a\\u001b\\\\xff\\u00fc\\u007f\\u009b"
	     "\\ud83d\\ude00\"\"max\"null12");
}

static void paths_are_cleaned(void)
{
	static const struct { const char *path, *clean; } table[] = {
		{ "", "/" }, { "/", "/" }, { "//", "/" }, { ".", "/" }, { "a", "/a" },
		{ "/a/", "/a" },
		{ "//a///b/./c", "/a/b/c" }, { "/sys/fs/cgroup", "/" },
		{ "/sys/fs/cgroup/a", "/a" },
		{ "/sys/fs/cgroups/a", "/sys/fs/cgroups/a" }, { "/a/...", "/a/..." },
		{ "/.a", "/.a" },
	};
	static const char *const bad[] = { "..", "/..", "/a/../b", "a/.." };
	struct epc *epc;
	char *clean;
	size_t i;

	EQUAL("open", epc_open(&epc, "/"), 0);
	epc->mount = "sys/fs/cgroup";
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		EQUAL(table[i].path, epc_clean_path(epc, table[i].path, &clean), 0);
		SAME(table[i].path, clean, table[i].clean);
		free(clean);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EQUAL(bad[i], epc_clean_path(epc, bad[i], &clean), -EINVAL);
	epc_close(epc);
}

static const struct { const char *name; void (*run)(void); } tests[] = {
#define TEST(name)	{ #name, name }
	TEST(sizes_are_parsed), TEST(sizes_are_formatted), TEST(values_are_whole_words),
	TEST(flat_files_have_keys), TEST(enclaves_are_lines), TEST(fdinfo_is_of_sgx_or_not),
	TEST(processes_have_any_name), TEST(names_are_safe), TEST(raw_names_are_words),
	TEST(json_is_json),
	TEST(paths_are_cleaned), TEST(events_have_room_for_more),
};

/* Of main.c, which has another main(). */
void auto_free(void *pointer)
{
	free(*(void **)pointer);
}

int main(void)
{
	unsigned int before, failed = 0;
	size_t i;

	printf("KTAP version 1\n1..%zu\n", ARRAY_SIZE(tests));
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		before = failures;
		tests[i].run();
		failed += failures != before;
		printf("%s %zu %s\n", failures == before ? "ok" : "not ok", i + 1, tests[i].name);
	}
	return !!failed;
}
