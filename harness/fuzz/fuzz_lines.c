// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: lines written to misc.max, misc.low, misc.exhausted and misc.reclaim,
 * through the functions that the kernel calls for a write, against lines.c.
 *
 * The first byte says which file it is and which resources the machine lacks, so that
 * '0' to '3' are the four files on a machine that has all. The rest is the line.
 */

#include <stdlib.h>
#include <string.h>
#include <linux/cgroup.h>
#include <linux/misc_cgroup.h>
#include <harness/harness.h>
#include "misc_internal.h"
#include "fuzz.h"
#include "lines.h"

/* The provider's side: what arrived there, and nothing is done about it. */
static struct {
	unsigned int	calls;
	u64		bytes;
	unsigned int	words;
} reclaimed;

static void *fake_alloc(struct misc_cg *cg, void *parent)
{
	return &reclaimed;
}

static void fake_free(void *priv)
{
}

static void fake_low_changed(void *priv)
{
}

static int fake_reclaim(void *priv, u64 bytes, unsigned int words)
{
	reclaimed.calls++;
	reclaimed.bytes = bytes;
	reclaimed.words = words;
	return 0;
}

static const struct misc_res_ops fake_ops = {
	.alloc		= fake_alloc,
	.free		= fake_free,
	.low_changed	= fake_low_changed,
	.reclaim	= fake_reclaim,
};

static const enum misc_res_type type_of[NR_RESOURCES] = {
	[RES_SEV]	= MISC_CG_RES_SEV,
	[RES_SEV_ES]	= MISC_CG_RES_SEV_ES,
	[RES_EPC]	= MISC_CG_RES_SGX_EPC,
};

static struct cftype *cftype_of[MISC_WRITABLE];
static struct cgroup *group;

/* What the files of a group say of all resources, as far as it can be written. */
struct values {
	struct misc_amount	max[NR_RESOURCES];
	struct misc_amount	low[NR_RESOURCES];
	bool			fails[NR_RESOURCES];
};

static const struct misc_amount before = { .value = 77 };

static struct misc_res *res_of(enum line_resource resource)
{
	return &css_misc(group->misc)->res[type_of[resource]];
}

static void start(void)
{
	struct cftype *cft;
	int i;

	harness_init();
	if (misc_cg_set_ops(MISC_CG_RES_SGX_EPC, &fake_ops))
		differ("no provider");
	group = harness_mkdir("group");
	for (i = 0; i < MISC_WRITABLE; i++) {
		for (cft = misc_cg_files; cft->name[0]; cft++) {
			if (!strcmp(cft->name, line_file_name[i]))
				cftype_of[i] = cft;
		}
		if (!cftype_of[i])
			differ("there is no misc.%s", line_file_name[i]);
	}
}

static void reset(unsigned int present)
{
	int i;

	for (i = 0; i < NR_RESOURCES; i++) {
		misc_cg_set_capacity(type_of[i], present & 1U << i ? 1000 : 0);
		res_of(i)->max = before;
		res_of(i)->low = before;
		res_of(i)->exhausted_fails = false;
	}
	memset(&reclaimed, 0, sizeof(reclaimed));
}

/* The kernel gives the handlers a copy, which they may change, with a null byte after it. */
static int write_line(enum line_file file, const uint8_t *text, size_t size)
{
	struct kernfs_open_file of = { .css = group->misc, .cft = cftype_of[file] };
	char *copy = malloc(size + 1);
	ssize_t ret;

	if (!copy)
		differ("no memory");
	memcpy(copy, text, size);
	copy[size] = '\0';
	ret = cftype_of[file]->write(&of, copy, size, 0);
	free(copy);
	if (ret >= 0 && ret != (ssize_t)size)
		differ("%zd bytes were taken of %zu", ret, size);
	return ret < 0 ? ret : 0;
}

static void check_amount(const char *file, const struct misc_amount *seen, u64 value,
			 bool is_max)
{
	if (seen->value != value || seen->max != is_max)
		differ("misc.%s has %llu%s, not %llu%s", file, (u64)seen->value,
		       seen->max ? " (max)" : "", value, is_max ? " (max)" : "");
}

/* One resource: what was written if it is this one and was right, else what was there. */
static void check_resource(enum line_resource resource, enum line_file file,
			   const struct line *line)
{
	bool written = !line->result && line->resource == resource;
	struct misc_res *res = res_of(resource);
	bool max = written && file == MISC_MAX;
	bool low = written && file == MISC_LOW;

	check_amount("max", &res->max, max ? line->amount : before.value, max && line->is_max);
	check_amount("low", &res->low, low ? line->amount : before.value, low && line->is_max);
	if (res->exhausted_fails != (written && file == MISC_EXHAUSTED && line->fails))
		differ("misc.exhausted of %s is wrong", line_resource_name[resource]);
}

static void check_reclaimed(enum line_file file, const struct line *line)
{
	unsigned int words = (line->kill ? MISC_RECLAIM_KILL_ENCLAVES : 0) |
			     (line->revoke ? MISC_RECLAIM_REVOKE_VEPC : 0);
	u64 bytes = line->amount;

	if (line->result || file != MISC_RECLAIM) {
		if (reclaimed.calls)
			differ("misc.reclaim was not written, and reclaimed");
		return;
	}
	/* The highest number is a number. Only the word asks for everything. */
	if (!line->is_max && bytes == U64_MAX)
		bytes--;
	if (reclaimed.calls != 1 || reclaimed.bytes != bytes || reclaimed.words != words)
		differ("misc.reclaim asked %u times for %llu, words %u; not for %llu, words %u",
		       reclaimed.calls, reclaimed.bytes, reclaimed.words, bytes, words);
}

/* FILES-1: what is absent is in no file. FILES-2: shown in decimal, as written. */
static void check_shown(enum line_file file, unsigned int present, const struct line *line)
{
	char expected[64], text[256], name[32];
	const char *resource = line_resource_name[line->resource];
	char *at;
	int i;

	if (line->result || file == MISC_RECLAIM)
		return;
	if (file == MISC_EXHAUSTED)
		snprintf(expected, sizeof(expected), "%s %s\n", resource,
			 line->fails ? "fail" : "kill");
	else if (line->is_max)
		snprintf(expected, sizeof(expected), "%s max\n", resource);
	else
		snprintf(expected, sizeof(expected), "%s %llu\n", resource, line->amount);

	snprintf(name, sizeof(name), "misc.%s", line_file_name[file]);
	if (harness_read(group, name, text, sizeof(text)))
		differ("%s cannot be read", name);
	at = strstr(text, expected);
	if (!at || (at > text && at[-1] != '\n'))
		differ("%s shows \"%s\", not \"%s\"", name, text, expected);
	for (i = 0; i < NR_RESOURCES; i++) {
		snprintf(expected, sizeof(expected), "%s ", line_resource_name[i]);
		if (!(present & 1U << i) && strstr(text, expected))
			differ("FILES-1: %s shows %s", name, expected);
	}
}

static void print(FILE *out, const uint8_t *data, size_t size)
{
	for (; size; size--, data++) {
		if (*data == '\n')
			fputs("\\n", out);
		else if (*data == '\\' || *data < ' ' || *data > '~' || (*data == ' ' && size == 1))
			fprintf(out, "\\x%02x", *data);
		else
			putc(*data, out);
	}
}

static size_t parse(const char *text, uint8_t data[FUZZ_MAX_SIZE])
{
	unsigned int byte;
	size_t size = 0;

	while (*text && size < FUZZ_MAX_SIZE) {
		byte = (uint8_t)*text;
		if (!strncmp(text, "\\n", 2)) {
			byte = '\n';
			text += 2;
		} else if (sscanf(text, "\\x%2x", &byte) == 1) {
			text += 4;
		} else {
			text++;
		}
		data[size++] = byte;
	}
	return *text ? 0 : size;
}

static void run(const uint8_t *data, size_t size)
{
	enum line_file file = data[0] & 3;
	unsigned int present = ~((data[0] >> 2 & 7) ^ 4) & 7;
	char text[FUZZ_MAX_SIZE + 1];
	struct line line;
	int i, ret;

	if (!group)
		start();
	reset(present);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	line = line_read(file, text, present);

	ret = write_line(file, data + 1, size - 1);
	if (ret != line.result)
		differ("the write returned %d, not %d", ret, line.result);
	for (i = 0; i < NR_RESOURCES; i++)
		check_resource(i, file, &line);
	check_reclaimed(file, &line);
	check_shown(file, present, &line);
}

const struct fuzz_target fuzz_target = {
	.name	= "lines",
	.unit	= 1,
	.run	= run,
	.print	= print,
	.parse	= parse,
};
