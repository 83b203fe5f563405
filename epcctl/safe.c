// SPDX-License-Identifier: GPL-2.0
/*
 * Names of cgroups and commands are chosen by tenants, who may be hostile: nothing of them
 * goes to a terminal that it could obey, nothing into JSON that is no JSON.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#include "epcctl.h"

/*
 * The length of the UTF-8 character at @text, 0 if it is none: overlong forms, surrogates and
 * what is above U+10FFFF are none. Not by mbrtowc(): JSON is UTF-8 in each locale.
 */
static size_t utf8_length(const unsigned char *text)
{
	unsigned char first = text[0], low = 0x80, high = 0xbf;
	size_t len, i;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (first == 0xe0)
		low = 0xa0;
	else if (first == 0xed)
		high = 0x9f;
	else if (first == 0xf0)
		low = 0x90;
	else if (first == 0xf4)
		high = 0x8f;
	for (i = 1; i < len; i++, low = 0x80, high = 0xbf)
		if (text[i] < low || text[i] > high)
			return 0;
	return len;
}

static uint32_t code_of(const unsigned char *c, size_t len)
{
	uint32_t code = len == 1 ? c[0] : c[0] & (0x7f >> len);
	size_t i;

	for (i = 1; i < len; i++)
		code = code << 6 | (c[i] & 0x3f);
	return code;
}

/* Controls, and characters that are invisible, none at all, or turn the order of others. */
static bool misleads(uint32_t code)
{
	static const struct { uint32_t first, last; } ranges[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0xfffe, 0xffff }, { 0xe0000, 0xe0fff },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

/* The length of a character that can be shown as such where all of UTF-8 can, or 0. */
static size_t plain_length(const char *text)
{
	size_t len = utf8_length((const unsigned char *)text);

	return len && !misleads(code_of((const unsigned char *)text, len)) ? len : 0;
}

/* The same for this terminal. */
static size_t visible_length(const char *text)
{
	size_t len = plain_length(text);

	if (len <= 1)
		return len;
	return !strcmp(nl_langinfo(CODESET), "UTF-8") &&
	       iswprint(code_of((const unsigned char *)text, len)) ? len : 0;
}

static size_t utf8_text_length(const char *text)
{
	return utf8_length((const unsigned char *)text);
}

static char *escape(const char *text, size_t (*length)(const char *))
{
	char *all = malloc(4 * strlen(text) + 1), *to = all;
	size_t len;

	if (!all)
		return NULL;
	while (*text) {
		len = length(text);
		if (len)
			to = mempcpy(to, text, len);
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
		text += len ?: 1;
	}
	*to = 0;
	return all;
}

char *safe_name(const char *text)
{
	return escape(text, visible_length);
}

char *plain_name(const char *text)
{
	return escape(text, plain_length);
}

static size_t raw_length(const char *text)
{
	return *text > ' ' && *text < 0x7f && *text != '\\';
}

char *raw_name(const char *text)
{
	return escape(text, raw_length);
}

char *utf8_name(const char *text)
{
	return escape(text, utf8_text_length);
}

/* A character of good UTF-8 as JSON has it in ASCII: two of them above U+FFFF. */
static void put_unicode(FILE *stream, const unsigned char *c, size_t len)
{
	uint32_t code = code_of(c, len);

	if (code > 0xffff) {
		fprintf(stream, "\\u%04x", 0xd7c0 + (code >> 10));
		code = 0xdc00 + (code & 0x3ff);
	}
	fprintf(stream, "\\u%04x", code);
}

void json_ascii(FILE *stream, const char *json)
{
	const unsigned char *c = (const unsigned char *)json;
	size_t len;

	for (; *c; c += len) {
		len = utf8_length(c) ?: 1;
		if (*c < 0x7f)
			putc(*c, stream);
		else
			put_unicode(stream, c, len);
	}
}

void json_string(FILE *stream, const char *text)
{
	auto_string char *good = utf8_name(text), *json = malloc(good ? 6 * strlen(good) + 1 : 1);
	const char *from = good ?: "";
	char *to = json;

	if (!json)
		return;
	for (; *from; from++) {
		if (*from == '"' || *from == '\\')
			to += sprintf(to, "\\%c", *from);
		else if ((unsigned char)*from < ' ')
			to += sprintf(to, "\\u%04x", *from);
		else
			*to++ = *from;
	}
	*to = 0;
	putc('"', stream);
	json_ascii(stream, json);
	putc('"', stream);
}

void json_number(FILE *stream, uint64_t number)
{
	if (number == EPC_UNKNOWN)
		fputs("null", stream);
	else if (number == EPC_MAX)
		fputs("\"max\"", stream);
	else
		fprintf(stream, "%" PRIu64, number);
}
