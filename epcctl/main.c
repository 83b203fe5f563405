// SPDX-License-Identifier: GPL-2.0
/* epcctl: who uses SGX enclave memory (EPC), how much they may, and changing that. */
#define _GNU_SOURCE
#include <errno.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "epcctl.h"

#define COMMAND(name)	extern const struct command command_##name;
#include "commands.h"
#undef COMMAND

static const struct command *const commands[] = {
#define COMMAND(name)	&command_##name,
#include "commands.h"
#undef COMMAND
};

/* For messages: the command that runs. */
static const char *running;

int complain(const char *format, ...)
{
	auto_string char *text = NULL, *safe = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	safe = safe_name(text ?: "out of memory");
	fprintf(stderr, "epcctl%s%s: %s\n", running ? " " : "", running ?: "", safe ?: "");
	return EXIT_FAILURE;
}

int complain_epc(const struct epc *epc)
{
	return complain("%s", epc_error(epc));
}

static int complain_of_problem(const struct epc_finding *finding, void *arg)
{
	(void)arg;
	if (finding->severity == EPC_PROBLEM)
		complain("%s", finding->text);
	return finding->severity == EPC_PROBLEM;
}

int complain_no_epc(struct epc *epc, const char *otherwise)
{
	return epc_diagnose(epc, complain_of_problem, NULL) > 0 ? EXIT_FAILURE :
								  complain("%s", otherwise);
}

void auto_free(void *pointer)
{
	free(*(void **)pointer);
}

void auto_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void auto_free_epc(struct epc **epc)
{
	epc_close(*epc);
}

void auto_free_out(struct out **out)
{
	out_free(*out);
}

static void help(FILE *stream)
{
	size_t i;

	fputs("Usage: epcctl COMMAND [OPTION]... [OPERAND]...\n"
	      "SGX enclave memory (EPC) of control groups: who uses it, how much they may.\n\n",
	      stream);
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		fprintf(stream, "  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs("\nMore: epcctl COMMAND --help, and the manual page epcctl-COMMAND(1).\n"
	      "Exit status: 0, 1 it failed, 2 the command line is wrong.\n", stream);
}

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

/* What could not be written, as to a full disk, is a failure too. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout))
		return complain("standard output: %s", strerror(errno));
	return status;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = find(name);

	setlocale(LC_CTYPE, "");
	if (command) {
		running = name;
		return finish(command->run(command, argc - 1, argv + 1));
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		help(stdout);
		return finish(EXIT_SUCCESS);
	}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts("epcctl " EPCCTL_VERSION);
		return finish(EXIT_SUCCESS);
	}
	if (*name)
		complain("there is no command '%s'", name);
	help(stderr);
	return EXIT_USAGE;
}
