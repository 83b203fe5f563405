// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Parsers of what the kernel prints and what people type. They take any bytes; what they do
 * not understand is left alone, so that a kernel may print more than this library knows.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

static const char *const event_names[] = {
	[EPC_EVENT_MAX]		= "max",
	[EPC_EVENT_EXHAUSTED]	= "exhausted",
	[EPC_EVENT_KILL]	= "kill",
	[EPC_EVENT_REVOKE]	= "revoke",
};

static const char *const exhausted_names[] = {
	[EPC_EXHAUSTED_UNKNOWN]	= "-",
	[EPC_EXHAUSTED_KILL]	= "kill",
	[EPC_EXHAUSTED_FAIL]	= "fail",
};

static const char *const type_names[] = {
	[EPC_TYPE_UNKNOWN]	= "-",
	[EPC_TYPE_ENCLAVE]	= "enclave",
	[EPC_TYPE_VEPC]		= "vepc",
};

static const char *const state_names[] = {
	[EPC_STATE_UNKNOWN]	= "-",
	[EPC_STATE_BUILDING]	= "building",
	[EPC_STATE_RUNNING]	= "running",
	[EPC_STATE_KILLED]	= "killed",
	[EPC_STATE_REVOKED]	= "revoked",
};

#define NR(array)	(sizeof(array) / sizeof(*(array)))

const char *epc_event_name(enum epc_event event)
{
	return event < NR(event_names) ? event_names[event] : "-";
}

const char *epc_exhausted_name(enum epc_exhausted exhausted)
{
	return exhausted_names[exhausted < NR(exhausted_names) ? exhausted : EPC_EXHAUSTED_UNKNOWN];
}

const char *epc_type_name(enum epc_type type)
{
	return type_names[type < NR(type_names) ? type : EPC_TYPE_UNKNOWN];
}

const char *epc_state_name(enum epc_state state)
{
	return state_names[state < NR(state_names) ? state : EPC_STATE_UNKNOWN];
}

static bool is(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(text, word, len);
}

/* The place of a word in a table whose first is for what is not in it. */
static unsigned int word_number(const char *const *table, size_t count, const char *text,
				size_t len)
{
	size_t i;

	for (i = 1; i < count; i++)
		if (is(text, len, table[i]))
			return i;
	return 0;
}

/* Digits at the beginning of @text; how many, 0 also when it is too much for 64 bits. */
static size_t digits(const char *text, size_t len, uint64_t *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
		if (__builtin_mul_overflow(*value, (uint64_t)10, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(text[i] - '0'), value))
			return 0;
	return i;
}

bool epc_parse_value(const char *text, size_t len, uint64_t *value)
{
	uint64_t number;

	if (is(text, len, "max")) {
		*value = EPC_MAX;
		return true;
	}
	if (!len || digits(text, len, &number) != len)
		return false;
	*value = number;
	return true;
}

/* Bits to shift by for K, M, G, T; -1 for others. */
static int shift_of(char suffix)
{
	const char *all = "KMGT", *at = strchr(all, suffix & ~0x20);

	return suffix && at && *at ? 10 * (int)(at - all + 1) : -1;
}

int epc_parse_size(const char *text, uint64_t *bytes)
{
	size_t len = strspn(text, "0123456789");
	uint64_t number;
	int shift = 0;

	if (!strcmp(text, "max")) {
		*bytes = EPC_MAX;
		return 0;
	}
	if (!len)
		return -EINVAL;
	if (text[len]) {
		shift = shift_of(text[len]);
		if (shift < 0 || (text[len + 1] && strcmp(text + len + 1, "iB")))
			return -EINVAL;
	}
	if (digits(text, len, &number) != len || number > (EPC_UNKNOWN - 1) >> shift)
		return -ERANGE;
	*bytes = number << shift;
	return 0;
}

char *epc_format_size(uint64_t bytes, char text[EPC_SIZE_LEN])
{
	unsigned int unit;
	uint64_t tenths;

	if (bytes == EPC_MAX)
		return strcpy(text, "max");
	if (bytes == EPC_UNKNOWN)
		return strcpy(text, "-");
	if (bytes < 1024) {
		sprintf(text, "%u", (unsigned int)bytes);
		return text;
	}
	for (unit = 1; unit < 6 && bytes >> (10 * unit) >= 1024; unit++)
		;
	tenths = ((bytes >> (10 * unit - 10)) * 10 + 512) / 1024;
	/* 1023.96 of a unit is 1.0 of the next one. */
	if (tenths >= 10240 && unit < 6) {
		tenths = 10;
		unit++;
	}
	sprintf(text, "%u.%u%c", (unsigned int)(tenths / 10), (unsigned int)(tenths % 10),
		" KMGTPE"[unit]);
	return text;
}

const char *epc_find_key(const char *text, const char *key, size_t *len)
{
	size_t key_len = strlen(key);

	while (*text) {
		*len = strcspn(text, "\n");
		if (*len > key_len && text[key_len] == ' ' && !memcmp(text, key, key_len)) {
			*len -= key_len + 1;
			return text + key_len + 1;
		}
		text += *len + (text[*len] == '\n');
	}
	return NULL;
}

static void set_field(const struct epc_field *fields, size_t nr_fields, void *base,
		      const char *line, size_t len)
{
	const char *space = memchr(line, ' ', len);
	uint64_t value;
	size_t i;

	if (!space || !epc_parse_value(space + 1, line + len - space - 1, &value))
		return;
	for (i = 0; i < nr_fields; i++)
		if (is(line, space - line, fields[i].key))
			memcpy((char *)base + fields[i].offset, &value, sizeof(value));
}

void epc_parse_flat(const char *text, const struct epc_field *fields, size_t nr_fields, void *base)
{
	size_t len;

	while (*text) {
		len = strcspn(text, "\n");
		set_field(fields, nr_fields, base, text, len);
		text += len + (text[len] == '\n');
	}
}

static void set_enclave_word(struct epc_enclave *enclave, const char *word, size_t len)
{
	const char *equals = memchr(word, '=', len), *value;
	size_t key_len, value_len;
	uint64_t number;

	if (!equals)
		return;
	key_len = equals - word;
	value = equals + 1;
	value_len = len - key_len - 1;
	if (is(word, key_len, "type"))
		enclave->type = word_number(type_names, NR(type_names), value, value_len);
	else if (is(word, key_len, "state"))
		enclave->state = word_number(state_names, NR(state_names), value, value_len);
	else if (!epc_parse_value(value, value_len, &number))
		return;
	else if (is(word, key_len, "size"))
		enclave->size = number;
	else if (is(word, key_len, "resident"))
		enclave->resident = number;
	else if (is(word, key_len, "written_out"))
		enclave->written_out = number;
	else if (is(word, key_len, "pid") && number <= INT_MAX)
		enclave->pid = number;
}

bool epc_parse_enclave(const char **text, struct epc_enclave *enclave)
{
	const char *line = *text, *end = line + strcspn(line, "\n"), *word;
	size_t len = strcspn(line, " \n");
	bool good;

	*text = end + (*end == '\n');
	*enclave = (struct epc_enclave){
		.size = EPC_UNKNOWN, .resident = EPC_UNKNOWN, .written_out = EPC_UNKNOWN,
	};
	good = len && digits(line, len, &enclave->id) == len;
	for (word = line + len; good && word < end; word += len) {
		word++;
		len = strcspn(word, " \n");
		set_enclave_word(enclave, word, len);
	}
	return good;
}

/* "4096 KiB" -> bytes; as it was if it is anything else. */
static void parse_kib(const char *text, uint64_t *bytes)
{
	size_t len = strspn(text, "0123456789");
	uint64_t number;

	if (len && digits(text, len, &number) == len && !strcmp(text + len, " KiB") &&
	    number < EPC_UNKNOWN >> 10)
		*bytes = number << 10;
}

static void set_file_line(struct epc_file *file, const char *key, char *value)
{
	if (!strcmp(key, "sgx-type"))
		file->type = word_number(type_names, NR(type_names), value, strlen(value));
	else if (!strcmp(key, "sgx-state"))
		file->state = word_number(state_names, NR(state_names), value, strlen(value));
	else if (!strcmp(key, "sgx-size"))
		parse_kib(value, &file->size);
	else if (!strcmp(key, "sgx-resident"))
		parse_kib(value, &file->resident);
	else if (!strcmp(key, "sgx-written-out"))
		parse_kib(value, &file->written_out);
	else if (!strcmp(key, "sgx-cgroup"))
		file->cgroup = value;
}

bool epc_parse_fdinfo(char *text, struct epc_file *file)
{
	char *line, *colon;

	*file = (struct epc_file){
		.size = EPC_UNKNOWN, .resident = EPC_UNKNOWN, .written_out = EPC_UNKNOWN,
	};
	while ((line = strsep(&text, "\n"))) {
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = 0;
		set_file_line(file, line, colon + 1 + strspn(colon + 1, "\t "));
	}
	return file->type != EPC_TYPE_UNKNOWN;
}

/* The name is in brackets and may have brackets, spaces and newlines: the last one counts. */
bool epc_parse_stat(const char *text, char *state, unsigned long *flags)
{
	const char *bracket = strrchr(text, ')');

	return bracket && sscanf(bracket + 1, " %c %*d %*d %*d %*d %*d %lu", state, flags) == 2;
}

char *epc_parse_own_cgroup(char *text)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (!strncmp(line, "0::/", 4))
			return line + 3;
	return NULL;
}

enum epc_exhausted epc_parse_exhausted(const char *text)
{
	size_t len = 0;
	const char *word = epc_find_key(text, EPC_RESOURCE, &len);

	return word ? word_number(exhausted_names, NR(exhausted_names), word, len) :
		      EPC_EXHAUSTED_UNKNOWN;
}

bool epc_has_word(const char *text, const char *word)
{
	size_t len;

	while (*(text += strspn(text, " \n"))) {
		len = strcspn(text, " \n");
		if (is(text, len, word))
			return true;
		text += len;
	}
	return false;
}
