// SPDX-License-Identifier: GPL-2.0
/* JSON of one object a line, through json-c. */
#include <json-c/json.h>

#include "epcctl.h"
#include "jsonline.h"

struct json_object *jsonline_name(const char *name)
{
	auto_string char *text = utf8_name(name);

	return text ? json_object_new_string(text) : NULL;
}

struct json_object *jsonline_number(uint64_t number)
{
	if (number == EPC_UNKNOWN)
		return NULL;
	return number == EPC_MAX ? json_object_new_string("max") : json_object_new_uint64(number);
}

void jsonline_print(struct json_object *line, FILE *out)
{
	json_ascii(out, json_object_to_json_string_ext(line, JSON_C_TO_STRING_PLAIN |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
	fputc('\n', out);
	json_object_put(line);
}
