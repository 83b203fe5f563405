// SPDX-License-Identifier: GPL-2.0
/* Between libFuzzer, or the replay, and a target: the input that runs, and its failure. */

#include <stdarg.h>
#include <stdlib.h>
#include "fuzz.h"

static const uint8_t *running;
static size_t running_size;

void differ(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "\nDIFFERENCE: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nin ");
	fuzz_target.print(stderr, running, running_size);
	fprintf(stderr, "\n");
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Not for the corpus. */
	if (!size || size > FUZZ_MAX_SIZE)
		return -1;
	running = data;
	running_size = size;
	fuzz_target.run(data, size);
	return 0;
}
