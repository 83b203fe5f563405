/* SPDX-License-Identifier: GPL-2.0 */
/* Text in an SVG: names whose owners may be hostile, amounts and times for people. */
#ifndef EPCCTL_SVG_H
#define EPCCTL_SVG_H

#include <stdint.h>
#include <stdio.h>

/* At most @most characters of a name, the last ones, since these tell most. */
void svg_put_name(FILE *out, const char *name, unsigned int most);

/* "32 MiB", "1.5 GiB". */
void svg_put_bytes(FILE *out, double bytes);

/* With commas between thousands. */
void svg_put_count(FILE *out, uint64_t count);

/* Seconds since 1970 as strftime() has it. */
void svg_put_time(FILE *out, double time, const char *format);

/* "90 s", "5 min", "3.5 h". */
void svg_put_duration(FILE *out, double seconds);

/* What is written between these two is the text. */
void svg_begin_text(FILE *out, double x, double y, const char *class);
void svg_end_text(FILE *out);

#endif
