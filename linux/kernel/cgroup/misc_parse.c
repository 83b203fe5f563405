// SPDX-License-Identifier: GPL-2.0
/*
 * What is written to the files of the misc controller: the name of a resource,
 * one space, an amount or words. A resource that counts bytes is read strictly,
 * each deviation an error. One that counts things is read as it always was.
 */

#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include "misc_internal.h"

/* The words of misc.reclaim, by the bit that stands for each. */
static const char *const misc_reclaim_word[] = {
	[ilog2(MISC_RECLAIM_KILL_ENCLAVES)]	= "kill=enclaves",
	[ilog2(MISC_RECLAIM_REVOKE_VEPC)]	= "revoke=vepc",
};

/**
 * misc_parse_name() - the resource that a line is about
 * @line: what was written, without leading space
 * @type: resource, if there is one
 *
 * Context: Any context.
 * Return: what follows the name and one space; %NULL if the first word is not
 * the name of a resource, or of one that the machine lacks.
 */
char *misc_parse_name(char *line, enum misc_res_type *type)
{
	for (*type = 0; *type < MISC_CG_RES_TYPES; ++*type) {
		size_t len = strlen(misc_res_info[*type].name);

		if (misc_capacity(*type) &&
		    !strncmp(line, misc_res_info[*type].name, len) && line[len] == ' ')
			return line + len + 1;
	}
	return NULL;
}

/* One newline may end a line. Any other is left to be refused. */
static void misc_strip_newline(char *line)
{
	size_t len = strlen(line);

	if (len && line[len - 1] == '\n')
		line[len - 1] = '\0';
}

/*
 * "max", or a number of bytes: decimal (leading zeros are just zeros) or 0x and
 * hexadecimal, with a suffix K, M, G or T. Nothing else, not even a sign or
 * space. memparse() will not do: it neither sees an overflow nor refuses junk.
 */
static int misc_parse_bytes(const char *s, struct misc_amount *amount)
{
	static const char suffix[] = "KMGT";
	bool overflow = false;
	const char *unit;
	int base = 10;
	u64 n = 0;

	amount->max = !strcmp(s, "max");
	if (amount->max) {
		amount->value = U64_MAX;
		return 0;
	}
	if (!strncmp(s, "0x", 2)) {
		base = 16;
		s += 2;
	}
	if (!isxdigit(*s))
		return -EINVAL;
	for (; base == 16 ? isxdigit(*s) : isdigit(*s); s++)
		overflow |= check_mul_overflow(n, (u64)base, &n) ||
			    check_add_overflow(n, (u64)hex_to_bin(*s), &n);

	unit = *s ? strchr(suffix, *s) : NULL;
	if (unit) {
		overflow |= check_mul_overflow(n, 1024ULL << 10 * (unit - suffix), &n);
		s++;
	}
	if (*s)
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	amount->value = n;
	return 0;
}

/* The highest number has always been shown as the word. */
static int misc_parse_count(const char *s, struct misc_amount *amount)
{
	int ret = 0;

	amount->value = U64_MAX;
	if (strcmp(s, "max"))
		ret = kstrtou64(s, 0, &amount->value);
	amount->max = amount->value == U64_MAX;
	return ret;
}

/**
 * misc_parse_amount() - "<resource> <amount>"
 * @line: what was written; changed
 * @type: the resource
 * @amount: the amount
 *
 * A resource that counts bytes takes exactly one space and perhaps a newline,
 * one that counts things takes white space around the line and what kstrtou64()
 * takes.
 *
 * Context: Any context.
 * Return: 0, -EINVAL, or -ERANGE for an amount above 64 bits.
 */
int misc_parse_amount(char *line, enum misc_res_type *type,
		      struct misc_amount *amount)
{
	char *value = misc_parse_name(line, type);

	if (value && misc_res_info[*type].unit == MISC_UNIT_BYTES) {
		misc_strip_newline(value);
		return misc_parse_bytes(value, amount);
	}

	value = misc_parse_name(strstrip(line), type);
	if (!value || misc_res_info[*type].unit == MISC_UNIT_BYTES)
		return -EINVAL;
	return misc_parse_count(value, amount);
}

/**
 * misc_parse_reclaim() - "<bytes> [<word>]...", each word at most once
 * @line: what follows the name of the resource; changed
 * @amount: the amount
 * @words: the words, as MISC_RECLAIM_KILL_ENCLAVES and so on
 *
 * Context: Any context.
 * Return: as misc_parse_amount().
 */
int misc_parse_reclaim(char *line, struct misc_amount *amount,
		       unsigned int *words)
{
	char *word;
	int ret;

	misc_strip_newline(line);
	ret = misc_parse_bytes(strsep(&line, " "), amount);

	*words = 0;
	while ((word = strsep(&line, " "))) {
		int bit = match_string(misc_reclaim_word,
				       ARRAY_SIZE(misc_reclaim_word), word);

		if (bit < 0 || *words & BIT(bit))
			return -EINVAL;
		*words |= BIT(bit);
	}
	return ret;
}
