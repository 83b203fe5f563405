// SPDX-License-Identifier: GPL-2.0
/*
 * The meaning of lines that are written to the files of the misc controller.
 *
 * Written for whoever checks it against the rules: a line is cut into words first and
 * numbers are computed in 128 bits, so that nothing here can overflow.
 */

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include "lines.h"

typedef unsigned __int128 wide;

#define TOO_LARGE	((wide)1 << 64)
#define MAX_WORDS	8

const char *const line_resource_name[NR_RESOURCES] = { "sev", "sev_es", "sgx_epc" };
const char *const line_file_name[MISC_WRITABLE] = { "max", "low", "exhausted", "reclaim" };

/* A part of the line. */
struct text {
	const char	*s;
	size_t		len;
};

static bool text_is(struct text text, const char *word)
{
	return text.len == strlen(word) && !memcmp(text.s, word, text.len);
}

static struct text text_from(struct text text, size_t start)
{
	return (struct text) { text.s + start, text.len - start };
}

/* Value of a digit, 99 if it is none. */
static unsigned int digit(char c)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (c == lower[i] || c == upper[i])
			return i;
	}
	return 99;
}

/* The number at the start of @text, at most TOO_LARGE, and how long it is. */
static wide digits(struct text text, unsigned int base, size_t *len)
{
	wide n = 0;

	for (*len = 0; *len < text.len && digit(text.s[*len]) < base; ++*len) {
		n = n * base + digit(text.s[*len]);
		if (n > TOO_LARGE)
			n = TOO_LARGE;
	}
	return n;
}

/* FILES-2: decimal, or 0x and hexadecimal, then perhaps K, M, G or T. */
static int read_bytes(struct text text, struct line *line)
{
	static const char units[] = "KMGT";
	unsigned int base = 10;
	const char *unit;
	size_t len;
	wide n;

	line->is_max = text_is(text, "max");
	line->amount = UINT64_MAX;
	if (line->is_max)
		return 0;

	if (text.len > 2 && text.s[0] == '0' && text.s[1] == 'x') {
		base = 16;
		text = text_from(text, 2);
	}
	n = digits(text, base, &len);
	if (!len)
		return -EINVAL;
	text = text_from(text, len);
	unit = text.len ? memchr(units, text.s[0], strlen(units)) : NULL;
	if (unit) {
		n <<= 10 * (unit - units + 1);
		text = text_from(text, 1);
	}
	if (text.len)
		return -EINVAL;
	if (n >= TOO_LARGE)
		return -ERANGE;
	line->amount = n;
	return 0;
}

/*
 * FILES-3: what kstrtou64() takes, with the base found out from the number: a plus
 * sign, 0x or 0X for 16, 0 for 8. A number too large is so whatever follows it. The
 * highest number is shown as max.
 */
static int read_count(struct text text, struct line *line)
{
	unsigned int base = 10;
	size_t len;
	wide n;

	line->amount = UINT64_MAX;
	line->is_max = true;
	if (text_is(text, "max"))
		return 0;

	if (text.len && text.s[0] == '+')
		text = text_from(text, 1);
	if (text.len && text.s[0] == '0')
		base = 8;
	if (text.len > 2 && text.s[0] == '0' && (text.s[1] == 'x' || text.s[1] == 'X') &&
	    digit(text.s[2]) < 16) {
		base = 16;
		text = text_from(text, 2);
	}
	n = digits(text, base, &len);
	if (n >= TOO_LARGE)
		return -ERANGE;
	if (!len || len < text.len)
		return -EINVAL;
	line->amount = n;
	line->is_max = n == UINT64_MAX;
	return 0;
}

/* Cut at each single space, so that two in a row make an empty word. */
static unsigned int split(struct text text, struct text word[MAX_WORDS])
{
	unsigned int nr = 0;
	const char *space;

	while (nr < MAX_WORDS - 1 && (space = memchr(text.s, ' ', text.len))) {
		word[nr++] = (struct text) { text.s, space - text.s };
		text = text_from(text, space - text.s + 1);
	}
	word[nr++] = text;
	return nr;
}

/* RECLAIM: an amount, then each word at most once. A bad word weighs more than ERANGE. */
static int read_reclaim(struct text *word, unsigned int nr, struct line *line)
{
	int ret = read_bytes(word[0], line);
	unsigned int i;

	for (i = 1; i < nr; i++) {
		bool *flag = text_is(word[i], "kill=enclaves") ? &line->kill :
			     text_is(word[i], "revoke=vepc") ? &line->revoke : NULL;

		if (!flag || *flag)
			return -EINVAL;
		*flag = true;
	}
	return ret;
}

static int read_exhausted(struct text word, struct line *line)
{
	line->fails = text_is(word, "fail");
	return line->fails || text_is(word, "kill") ? 0 : -EINVAL;
}

/* What follows "sgx_epc ". */
static int read_epc(enum line_file file, struct text text, struct line *line)
{
	struct text word[MAX_WORDS];
	unsigned int nr;

	if (text.len && text.s[text.len - 1] == '\n')
		text.len--;
	nr = split(text, word);
	if (file == MISC_RECLAIM)
		return read_reclaim(word, nr, line);
	if (nr != 1)
		return -EINVAL;
	return file == MISC_EXHAUSTED ? read_exhausted(word[0], line)
				      : read_bytes(word[0], line);
}

/* As the kernel sees it: Latin-1 has one more space than ASCII. */
static bool is_space(char c)
{
	return c && strchr(" \t\n\v\f\r\xa0", c);
}

static struct text strip(struct text text)
{
	while (text.len && is_space(text.s[0]))
		text = text_from(text, 1);
	while (text.len && is_space(text.s[text.len - 1]))
		text.len--;
	return text;
}

/* The resource that the first word names; @rest is what follows it and one space. */
static bool read_name(struct text text, unsigned int present, struct line *line,
		      struct text *rest)
{
	const char *space = memchr(text.s, ' ', text.len);
	unsigned int i;

	if (!space)
		return false;
	*rest = text_from(text, space - text.s + 1);
	text.len = space - text.s;
	for (i = 0; i < NR_RESOURCES; i++) {
		if ((present & 1U << i) && text_is(text, line_resource_name[i])) {
			line->resource = i;
			return true;
		}
	}
	return false;
}

static int read_line(enum line_file file, struct text text, unsigned int present,
		     struct line *line)
{
	bool counts = file == MISC_MAX || file == MISC_LOW;
	struct text rest;
	int ret;

	if (read_name(text, present, line, &rest) && line->resource == RES_EPC)
		return read_epc(file, rest, line);

	/* FILES-3: white space around lines was always taken, in misc.max. */
	if (counts)
		text = strip(text);
	if (!read_name(text, present, line, &rest) || line->resource == RES_EPC)
		return -EINVAL;
	/* RECLAIM-3. */
	if (file == MISC_RECLAIM)
		return -EOPNOTSUPP;
	if (file == MISC_EXHAUSTED)
		return -EINVAL;
	/* misc.low has no such resource. What is no number is that first. */
	ret = read_count(rest, line);
	return ret ? ret : file == MISC_LOW ? -EINVAL : 0;
}

/* Whatever follows a null byte nobody sees: the kernel makes a string of a write. */
struct line line_read(enum line_file file, const char *text, unsigned int present)
{
	struct line line = { 0 };

	line.result = read_line(file, (struct text) { text, strlen(text) }, present, &line);
	return line;
}
