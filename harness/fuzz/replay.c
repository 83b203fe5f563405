// SPDX-License-Identifier: GPL-2.0
/*
 * A fuzz target as a test, without libFuzzer. Its corpus is a text file with one input a
 * line, so that it can be read and reviewed; libFuzzer wants a folder with a file each.
 *
 *	replay CORPUS...		run all inputs, KTAP
 *	replay --unpack DIR CORPUS...	make files of the lines
 *	replay --pack FILE...		print files as lines
 *	replay --minimise FILE		print the shortest line that fails like this file
 */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "fuzz.h"

struct input {
	size_t	size;
	uint8_t	data[FUZZ_MAX_SIZE];
};

static void __attribute__((noreturn)) die(const char *name, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", name, why);
	exit(2);
}

/* Give each input of a corpus to @fn. Empty lines and what begins with # are none. */
static void for_each_line(const char *corpus,
			  void (*fn)(struct input *input, const char *name, const char *dir),
			  const char *dir)
{
	FILE *file = fopen(corpus, "r");
	unsigned int number = 0;
	size_t room = 0;
	char *line = NULL;
	char name[300];

	if (!file)
		die(corpus, strerror(errno));
	while (getline(&line, &room, file) >= 0) {
		struct input input;

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		snprintf(name, sizeof(name), "%s:%u", strrchr(corpus, '/') ?
			 strrchr(corpus, '/') + 1 : corpus, number);
		input.size = fuzz_target.parse(line, input.data);
		if (!input.size)
			die(name, "no input of this target");
		fn(&input, name, dir);
	}
	free(line);
	fclose(file);
}

static void read_input(const char *name, struct input *input)
{
	FILE *file = fopen(name, "r");

	if (!file)
		die(name, strerror(errno));
	input->size = fread(input->data, 1, FUZZ_MAX_SIZE, file);
	fclose(file);
}

/* In a process of its own, so that the others run too. */
static bool fails(const struct input *input, bool quiet)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork", strerror(errno));
	if (!pid) {
		if (quiet && !freopen("/dev/null", "w", stderr))
			_exit(2);
		LLVMFuzzerTestOneInput(input->data, input->size);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid", strerror(errno));
	return status;
}

static unsigned int nr_tests, nr_failed;

static void count_one(struct input *input, const char *name, const char *dir)
{
	(void)input;
	(void)name;
	(void)dir;
	nr_tests++;
}

static void test_one(struct input *input, const char *name, const char *dir)
{
	static unsigned int nr;
	bool failed = fails(input, false);

	(void)dir;
	nr_failed += failed;
	printf("%s %u %s\n", failed ? "not ok" : "ok", ++nr, name);
}

static void unpack_one(struct input *input, const char *name, const char *dir)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	if (!file || fwrite(input->data, 1, input->size, file) != input->size || fclose(file))
		die(path, strerror(errno));
}

static int test(int nr, char **corpus)
{
	int i;

	for (i = 0; i < nr; i++)
		for_each_line(corpus[i], count_one, NULL);
	printf("TAP version 14\n1..%u\n", nr_tests);
	for (i = 0; i < nr; i++)
		for_each_line(corpus[i], test_one, NULL);
	return !nr_tests || nr_failed;
}

static void pack(const char *name)
{
	struct input input;

	read_input(name, &input);
	fuzz_target.print(stdout, input.data, input.size);
	putchar('\n');
}

/* Leave out what is not needed for the failure, large pieces first. */
static void minimise(struct input *input)
{
	struct input less;
	size_t piece, at;

	for (piece = input->size / 2; piece >= fuzz_target.unit; piece /= 2) {
		piece -= piece % fuzz_target.unit;
		for (at = 0; at + piece < input->size;) {
			less.size = input->size - piece;
			memcpy(less.data, input->data, at);
			memcpy(less.data + at, input->data + at + piece, less.size - at);
			if (fails(&less, true))
				*input = less;
			else
				at += piece;
		}
	}
}

static void minimise_file(const char *name)
{
	struct input input;
	size_t size;

	read_input(name, &input);
	if (!fails(&input, true))
		die(name, "this input does not fail");
	do {
		size = input.size;
		minimise(&input);
	} while (input.size < size);
	fuzz_target.print(stdout, input.data, input.size);
	putchar('\n');
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 3 && !strcmp(argv[1], "--unpack")) {
		for (i = 3; i < argc; i++)
			for_each_line(argv[i], unpack_one, argv[2]);
	} else if (argc > 2 && !strcmp(argv[1], "--pack")) {
		for (i = 2; i < argc; i++)
			pack(argv[i]);
	} else if (argc == 3 && !strcmp(argv[1], "--minimise")) {
		minimise_file(argv[2]);
	} else if (argc > 1 && argv[1][0] != '-') {
		return test(argc - 1, argv + 1);
	} else {
		die("usage", "replay CORPUS... | --unpack DIR CORPUS... | --pack FILE... | --minimise FILE");
	}
	return 0;
}
