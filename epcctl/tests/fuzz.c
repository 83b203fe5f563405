// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer on all parsers of libepc and the safe names. The first byte says which, the rest is
 * what the kernel, a stranger or the user wrote. Besides what ASan and UBSan see, results have
 * to make sense.
 */
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "../epcctl.h"
#undef auto_string
#undef auto_fd
#include "../libepc/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* Of main.c, which is not linked. */
void auto_free(void *pointer)
{
	free(*(void **)pointer);
}

static void must(bool good)
{
	if (!good)
		abort();
}

/* What was parsed and printed exactly is parsed the same. */
static void fuzz_size(const char *text)
{
	char exact[32], human[EPC_SIZE_LEN];
	uint64_t bytes = 7, again;
	int err = epc_parse_size(text, &bytes);

	must(err == 0 || err == -EINVAL || err == -ERANGE);
	if (err) {
		must(bytes == 7);
		return;
	}
	must(bytes != EPC_UNKNOWN);
	must(strlen(epc_format_size(bytes, human)) <= 7);
	if (bytes == EPC_MAX)
		return;
	snprintf(exact, sizeof(exact), "%llu", (unsigned long long)bytes);
	must(!epc_parse_size(exact, &again) && again == bytes);
}

static void fuzz_flat(const char *text)
{
	static const struct epc_field fields[] = {
		{ "sgx_epc", 8 }, { "sgx_epc.max", 16 }, { "sgx_epc.kill", 24 },
	};
	uint64_t values[5] = { 1, 1, 1, 1, 1 };
	const char *value;
	size_t len;

	epc_parse_flat(text, fields, ARRAY_SIZE(fields), values);
	must(values[0] == 1 && values[4] == 1);
	value = epc_find_key(text, "sgx_epc", &len);
	must(!value || (value >= text && value + len <= text + strlen(text)));
	must(epc_parse_exhausted(text) <= EPC_EXHAUSTED_FAIL);
	must(!epc_has_word(text, "misc") || strstr(text, "misc"));
}

static void fuzz_enclaves(const char *text)
{
	const char *at = text, *before;
	struct epc_enclave enclave;

	while (*at) {
		before = at;
		if (epc_parse_enclave(&at, &enclave))
			must(enclave.pid >= 0 && enclave.type <= EPC_TYPE_VEPC &&
			     enclave.state <= EPC_STATE_REVOKED);
		must(at > before);
	}
	must(at == text + strlen(text));
}

static void fuzz_fdinfo(char *text)
{
	const char *end = text + strlen(text);
	struct epc_file file;

	if (!epc_parse_fdinfo(text, &file))
		return;
	must(file.type == EPC_TYPE_ENCLAVE || file.type == EPC_TYPE_VEPC);
	must(!file.cgroup || (file.cgroup >= text && file.cgroup <= end));
	must(file.size == EPC_UNKNOWN || !(file.size & 1023));
}

static void fuzz_process(char *text)
{
	unsigned long flags;
	char state, *own;

	epc_parse_stat(text, &state, &flags);
	own = epc_parse_own_cgroup(text);
	must(!own || *own == '/');
}

/* JSON is printable ASCII. */
static void fuzz_json(const char *text)
{
	char *json = NULL;
	size_t size, i;
	FILE *stream = open_memstream(&json, &size);

	json_string(stream, text);
	fclose(stream);
	must(size >= 2 && json[0] == '"' && json[size - 1] == '"');
	for (i = 0; i < size; i++)
		must(json[i] >= ' ' && json[i] < 0x7f);
	free(json);
}

/* Safe names are safe, and stay as they are when made safe again. */
static void fuzz_name(const char *text)
{
	char *safe = safe_name(text), *twice = safe_name(safe), *utf8 = utf8_name(text);
	const char *c;

	for (c = safe; *c; c++)
		must((unsigned char)*c >= ' ' && *c != 0x7f);
	must(!strcmp(safe, twice));
	must(strlen(utf8) >= strlen(text));
	free(safe);
	free(twice);
	free(utf8);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	must(setlocale(LC_CTYPE, "C.UTF-8"));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	switch (data[0] % 6) {
	case 0:
		fuzz_size(text);
		break;
	case 1:
		fuzz_flat(text);
		break;
	case 2:
		fuzz_enclaves(text);
		break;
	case 3:
		fuzz_fdinfo(text);
		break;
	case 4:
		fuzz_process(text);
		break;
	case 5:
		fuzz_name(text);
		fuzz_json(text);
		break;
	}
	free(text);
	return 0;
}
