// SPDX-License-Identifier: GPL-2.0
/* Text in an SVG: names whose owners may be hostile, amounts and times for people. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "epcctl.h"
#include "svg.h"

static void put_char(FILE *out, char c)
{
	static const struct { char c; const char *text; } escapes[] = {
		{ '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(escapes); i++) {
		if (c == escapes[i].c) {
			fputs(escapes[i].text, out);
			return;
		}
	}
	putc(c, out);
}

/* At most @most characters of a name, the last ones, since these tell most. */
void svg_put_name(FILE *out, const char *name, unsigned int most)
{
	auto_string char *plain = plain_name(name);
	const char *s = plain ? plain : "?";
	unsigned int nr = 0;

	for (const char *c = s; *c; c++)
		nr += (*c & 0xc0) != 0x80;
	if (nr > most) {
		fputs("\u2026", out);
		for (; nr > most - 1; nr--)
			while ((*++s & 0xc0) == 0x80)
				;
	}
	for (; *s; s++)
		put_char(out, *s);
}

void svg_put_bytes(FILE *out, double bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	int i = 0;

	for (; bytes >= 1024 && i < 6; i++)
		bytes /= 1024;
	fprintf(out, bytes == floor(bytes) ? "%.0f %s" : "%.1f %s", bytes, units[i]);
}

/* With commas between thousands. */
void svg_put_count(FILE *out, uint64_t count)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);

	for (int i = 0; i < length; i++)
		fprintf(out, "%s%c", i && !((length - i) % 3) ? "," : "", digits[i]);
}

void svg_put_time(FILE *out, double time, const char *format)
{
	time_t seconds = time;
	struct tm tm;
	char text[64];

	if (localtime_r(&seconds, &tm) && strftime(text, sizeof(text), format, &tm))
		fputs(text, out);
}

void svg_put_duration(FILE *out, double seconds)
{
	if (seconds < 120)
		fprintf(out, "%.0f s", seconds);
	else if (seconds < 2 * 3600)
		fprintf(out, "%.0f min", seconds / 60);
	else if (seconds < 48 * 3600)
		fprintf(out, "%.1f h", seconds / 3600);
	else
		fprintf(out, "%.1f days", seconds / 86400);
}

void svg_begin_text(FILE *out, double x, double y, const char *class)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
}

void svg_end_text(FILE *out)
{
	fputs("</text>\n", out);
}
