// SPDX-License-Identifier: GPL-2.0
/*
 * A process with enclaves, for tests in the machine. It takes orders, one a line on stdin, and
 * answers each with "ok" or "error ..." on stdout; at the end of stdin it ends.
 *
 *	enclave PAGES	build one with a heap of so many pages and write them all
 *	building PAGES	the same, but as far as ECREATE only
 *	vepc PAGES	open a vEPC instance and touch so many pages
 *	touch		read all pages of all enclaves
 *	work		a thread that touches all pages of the enclave built last, for ever
 *	fork		a child that has the same files and does nothing
 *	close		close the files; enclaves whose memory is mapped live on
 *	name TEXT	the name of the process, as /proc/PID/comm has it
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>

#include "encl.h"
#include "vepc.h"

#define MAX_HELD	64

static struct encl enclaves[MAX_HELD];
static struct vepc vepcs[MAX_HELD];
static struct encl_worker worker;
static unsigned int nr_enclaves, nr_vepcs;

static int add_enclave(uint64_t pages)
{
	struct encl_geometry geometry = { .heap = pages };
	struct encl *e = &enclaves[nr_enclaves];
	int err;

	if (nr_enclaves == MAX_HELD)
		return -ENOSPC;
	*e = (struct encl)ENCL_NONE;
	err = encl_build(e, &geometry);
	if (!err)
		err = encl_fill(e, 1, 0, pages);
	nr_enclaves += !err;
	return err;
}

static int add_building(uint64_t pages)
{
	struct encl_geometry geometry = { .heap = pages };
	static struct encl e = ENCL_NONE;
	int err = encl_open(&e, &geometry);

	return err ? err : encl_create(&e);
}

static int add_vepc(uint64_t pages)
{
	struct vepc *v = &vepcs[nr_vepcs];
	uint64_t touched;
	int err;

	if (nr_vepcs == MAX_HELD)
		return -ENOSPC;
	*v = (struct vepc)VEPC_NONE;
	err = vepc_open(v, pages);
	if (!err)
		err = vepc_touch(v, 0, pages, &touched);
	nr_vepcs += !err;
	return err;
}

static int touch(void)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < nr_enclaves && !err; i++)
		err = encl_touch(&enclaves[i], 0, enclaves[i].geo.heap);
	return err;
}

static int work(void)
{
	struct encl *e = &enclaves[nr_enclaves - 1];

	return nr_enclaves ? encl_worker_touch(&worker, e, 0, 0, e->geo.heap) : -ENOENT;
}

static int close_files(void)
{
	unsigned int i;

	for (i = 0; i < nr_enclaves; i++)
		close(enclaves[i].fd);
	for (i = 0; i < nr_vepcs; i++)
		close(vepcs[i].fd);
	return 0;
}

/* The child ends with its parent, whatever becomes of that. */
static int fork_idle(void)
{
	pid_t pid = fork();

	if (pid)
		return pid < 0 ? -errno : 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static int obey(const char *order, const char *rest)
{
	uint64_t pages = strtoull(rest, NULL, 10);

	if (!strcmp(order, "enclave"))
		return add_enclave(pages);
	if (!strcmp(order, "building"))
		return add_building(pages);
	if (!strcmp(order, "vepc"))
		return add_vepc(pages);
	if (!strcmp(order, "touch"))
		return touch();
	if (!strcmp(order, "work"))
		return work();
	if (!strcmp(order, "fork"))
		return fork_idle();
	if (!strcmp(order, "close"))
		return close_files();
	if (!strcmp(order, "name"))
		return prctl(PR_SET_NAME, rest) ? -errno : 0;
	return -ENOSYS;
}

int main(void)
{
	char *line = NULL, *rest;
	size_t size = 0;
	int err;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = 0;
		rest = line + strcspn(line, " ");
		if (*rest)
			*rest++ = 0;
		err = obey(line, rest);
		if (err)
			printf("error %s: %s (%s)\n", line, strerror(-err), epc_why());
		else
			puts("ok");
	}
	free(line);
	return 0;
}
