// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command in a cgroup and stays out of its way.
 *
 * The command is in the process group of epcctl.  So whatever the terminal does to a job
 * it does to both: Ctrl-C and Ctrl-\ reach the command directly, and job control of the shell
 * and pipelines work as without epcctl.  epcctl itself heeds none of these signals, for it
 * has a cgroup to remove.  It passes on what was sent to it by kill(2), and what comes from
 * the terminal, which the command has got already, it does not.
 *
 * Ctrl-Z is the command's to obey or not: when it stops, epcctl stops, and the shell sees that
 * the job has stopped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

/* What epcctl itself does wrong. */
static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS, SIGABRT };

int process_catch_signals(struct process *p)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t set;
	size_t i;

	sigfillset(&set);
	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&set, faults[i]);
	p->exec_errno = -1;
	/* Where SIGCHLD is ignored the command would be gone without a status. */
	if (sigprocmask(SIG_BLOCK, &set, &p->old_mask) ||
	    sigaction(SIGCHLD, &dfl, &p->old_chld))
		return -errno;
	/* A report that nobody reads is epcctl's to cope with and not the command's. */
	sigdelset(&set, SIGPIPE);
	p->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return p->signals < 0 ? -errno : 0;
}

/* fork(), but the child is in the cgroup from the start; glibc has no function for it. */
static pid_t fork_into(int cgroup)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};

	return syscall(SYS_clone3, &args, sizeof(args));
}

static void __attribute__((noreturn))
become_command(const struct process *p, int report, char *const argv[])
{
	int err;

	sigaction(SIGCHLD, &p->old_chld, NULL);
	sigprocmask(SIG_SETMASK, &p->old_mask, NULL);
	execvp(argv[0], argv);
	err = errno;
	_exit(write(report, &err, sizeof(err)) == sizeof(err) ? 0 : 1);
}

int process_start(struct process *p, int cgroup, char *const argv[])
{
	int report[2];
	int err;

	if (pipe2(report, O_CLOEXEC))
		return -errno;
	p->pid = fork_into(cgroup);
	if (!p->pid)
		become_command(p, report[1], argv);
	err = p->pid < 0 ? -errno : 0;
	close(report[1]);
	p->exec_errno = report[0];
	return err;
}

/* Whether the terminal's keys are for us now. */
static bool in_foreground(void)
{
	int tty = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY);
	bool yes = tty >= 0 && tcgetpgrp(tty) == getpgrp();

	if (tty >= 0)
		close(tty);
	return yes;
}

/*
 * Stop, as the command has.  SIGTSTP and not SIGSTOP, because the kernel drops it when
 * there is no shell that could ever continue us.  A SIGSTOP from elsewhere to the command
 * alone is no matter of a shell, unless the user sits before it and waits.
 */
static void stop_too(int sig)
{
	sigset_t set;

	if (sig == SIGSTOP && !in_foreground())
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* Whether the command has ended. */
static bool reap(struct process *p, int *status)
{
	while (waitpid(p->pid, status, WNOHANG | WUNTRACED) == p->pid) {
		if (!WIFSTOPPED(*status))
			return true;
		stop_too(WSTOPSIG(*status));
	}
	return false;
}

static bool next_signal(struct process *p, struct signalfd_siginfo *info)
{
	return read(p->signals, info, sizeof(*info)) == sizeof(*info);
}

/* Blocks, where reading does not, because a later user of the descriptor must not. */
static void wait_for_signal(struct process *p)
{
	struct pollfd pfd = { .fd = p->signals, .events = POLLIN };

	poll(&pfd, 1, -1);
}

int process_wait(struct process *p, int *status)
{
	struct signalfd_siginfo info;
	int err = 0;

	while (!reap(p, status)) {
		wait_for_signal(p);
		while (next_signal(p, &info)) {
			/* SI_KERNEL: from the terminal, to all of its process group. */
			if (info.ssi_signo != SIGCHLD && info.ssi_code != SI_KERNEL)
				kill(p->pid, info.ssi_signo);
		}
	}
	if (read(p->exec_errno, &err, sizeof(err)) != sizeof(err))
		err = 0;
	return -err;
}

int process_next_signal(struct process *p)
{
	struct signalfd_siginfo info;

	return next_signal(p, &info) ? (int)info.ssi_signo : 0;
}

void process_free(struct process *p)
{
	if (p->signals >= 0)
		close(p->signals);
	if (p->exec_errno >= 0)
		close(p->exec_errno);
}
