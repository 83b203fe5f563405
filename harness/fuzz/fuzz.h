/* SPDX-License-Identifier: GPL-2.0 */
/* What the two fuzz targets and those who call them know of each other. */
#ifndef _FUZZ_FUZZ_H
#define _FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FUZZ_MAX_SIZE	1024

/**
 * struct fuzz_target - what can be fuzzed
 * @name:	of its corpus
 * @unit:	bytes of which any may be left out for a shorter input
 * @run:	run an input of 1 to FUZZ_MAX_SIZE bytes; does not return if it fails
 * @print:	write an input as one line of text that people can read
 * @parse:	make an input of such a line. Return its size, 0 if it is none.
 */
struct fuzz_target {
	const char	*name;
	size_t		unit;
	void		(*run)(const uint8_t *data, size_t size);
	void		(*print)(FILE *out, const uint8_t *data, size_t size);
	size_t		(*parse)(const char *text, uint8_t data[FUZZ_MAX_SIZE]);
};

/* Each program has one. */
extern const struct fuzz_target fuzz_target;

/* fuzz.c: what was seen is not what has to be. Print both and the input, and abort. */
void differ(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* Call a target, as libFuzzer and the replay do. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* _FUZZ_FUZZ_H */
