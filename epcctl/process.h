/* SPDX-License-Identifier: GPL-2.0 */
/* A command that runs in a cgroup from its first instruction on: for "epcctl run". */
#ifndef EPCCTL_PROCESS_H
#define EPCCTL_PROCESS_H

#include <signal.h>
#include <sys/types.h>

/**
 * struct process - the command, and what epcctl had before it dealt in its signals
 * @pid:	the command
 * @signals:	signalfd of all signals that are passed on, and of SIGCHLD
 * @old_mask:	signals that were blocked before, as the command gets them
 * @old_chld:	what was done at SIGCHLD before
 * @exec_errno:	reads an errno if the command could not be executed, nothing otherwise
 */
struct process {
	pid_t			pid;
	int			signals;
	sigset_t		old_mask;
	struct sigaction	old_chld;
	int			exec_errno;
};

/*
 * From here on signals wait: none ends epcctl before the cgroup is removed.  0 or -errno.
 */
int process_catch_signals(struct process *p);

/* Starts the command in the cgroup whose directory is open as @cgroup.  0 or -errno. */
int process_start(struct process *p, int cgroup, char *const argv[]);

/*
 * Passes signals to the command until it ends, and stops when it is stopped.
 * @status is that of waitpid(2).  0, or -errno: with that error it could not be executed.
 */
int process_wait(struct process *p, int *status);

/* A signal that waits to be read, or 0; for what is left to do when the command has ended. */
int process_next_signal(struct process *p);

/* Closes what is open; signals stay blocked. */
void process_free(struct process *p);

#endif
