// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the reader of recordings (libFuzzer): any bytes in a file are read, and drawn if there
 * is a sample among them. What is read is written again, which has to give the same groups.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "epcctl.h"
#include "plot.h"

/* main.c has it in epcctl. */
void auto_free(void *pointer)
{
	free(*(void **)pointer);
}

static void check(bool good)
{
	if (!good)
		abort();
}

static void check_same(const struct sample *a, const struct sample *b)
{
	check(a->nr_groups == b->nr_groups && a->usec == b->usec && a->capacity == b->capacity);
	for (size_t i = 0; i < a->nr_groups; i++) {
		struct epc_group x = a->groups[i], y = b->groups[i];

		check(!strcmp(x.path, y.path));
		x.path = y.path = NULL;
		check(!memcmp(&x, &y, sizeof(x)));
	}
}

/* A sample through a file of its own. */
static void write_and_read(const struct sample *s)
{
	const struct record_header header = { .path = "/", .interval_usec = 1 };
	struct recorder recorder;
	struct recording again;
	struct sample copy = { 0 };
	char name[32];
	int fd = memfd_create("again", 0);

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	check(fd >= 0 && !recorder_open(&recorder, name, &header));
	check(!recorder_write(&recorder, s));
	recorder_close(&recorder);
	check(!recording_open(&again, name) && again.nr_samples == 1);
	check(!recording_read(&again, 0, &copy));
	check_same(s, &copy);
	sample_free(&copy);
	recording_close(&again);
	close(fd);
}

static void draw(struct recording *r)
{
	struct plot *plot = calloc(1, sizeof(*plot));
	FILE *out = fopen("/dev/null", "w");

	check(plot && out);
	plot->nr_wanted = PLOT_MAX_BANDS;
	if (!plot_read(plot, r))
		check(!plot_draw(plot, out));
	plot_free(plot);
	free(plot);
	fclose(out);
}

/* Of equal paths no order is promised. */
static bool has_twins(const struct sample *s)
{
	for (size_t i = 1; i < s->nr_groups; i++)
		if (!strcmp(s->groups[i - 1].path, s->groups[i].path))
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("recording", 0);
	struct sample s = { 0 };
	struct recording r;
	char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	check(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (!recording_open(&r, name)) {
		for (size_t i = 0; i < r.nr_samples; i++)
			if (!recording_read(&r, i, &s) && !has_twins(&s))
				write_and_read(&s);
		draw(&r);
	} else {
		check(r.error);
	}
	sample_free(&s);
	recording_close(&r);
	close(fd);
	return 0;
}
