/* SPDX-License-Identifier: GPL-2.0 */
/* JSON of one object a line, for what comes bit by bit; tables are out.c's. */
#ifndef EPCCTL_JSONLINE_H
#define EPCCTL_JSONLINE_H

#include <stdint.h>
#include <stdio.h>

struct json_object;

/* Bytes that somebody else chose; what JSON cannot hold is \xNN. */
struct json_object *jsonline_name(const char *name);

/* EPC_UNKNOWN is null, EPC_MAX "max". */
struct json_object *jsonline_number(uint64_t number);

/* Prints it with a newline, and frees it. */
void jsonline_print(struct json_object *line, FILE *out);

#endif
