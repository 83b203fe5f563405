// SPDX-License-Identifier: GPL-2.0
/* Waits for the next tick of a clock, a signal or a key: timerfd, signalfd and poll. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "ticker.h"

int ticker_open(struct ticker *t)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	t->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	t->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (t->timer < 0 || t->signals < 0)
		return -errno;
	return 0;
}

void ticker_close(struct ticker *t)
{
	if (t->timer >= 0)
		close(t->timer);
	if (t->signals >= 0)
		close(t->signals);
	t->timer = t->signals = -1;
}

int ticker_set(struct ticker *t, uint64_t usec)
{
	struct itimerspec its = {
		.it_value = { usec / 1000000, usec % 1000000 * 1000 },
		.it_interval = { usec / 1000000, usec % 1000000 * 1000 },
	};

	return timerfd_settime(t->timer, 0, &its, NULL) ? -errno : 0;
}

/* All signals that came, as events. */
static int read_signals(int fd)
{
	struct signalfd_siginfo info;
	int events = 0;

	while (read(fd, &info, sizeof(info)) == sizeof(info))
		events |= info.ssi_signo == SIGWINCH ? TICKER_RESIZE : TICKER_QUIT;
	return events;
}

int ticker_wait(const struct ticker *t, int input)
{
	struct pollfd fds[] = {
		{ .fd = t->timer, .events = POLLIN },
		{ .fd = t->signals, .events = POLLIN },
		{ .fd = input, .events = POLLIN },
	};
	uint64_t ticks;
	int events = 0;

	/* A signal that is not ours, as SIGCONT, ends the wait with no event. */
	if (poll(fds, 3, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	/* Ticks that were missed are one tick: who is late does not hurry. */
	if (fds[0].revents && read(t->timer, &ticks, sizeof(ticks)) == sizeof(ticks))
		events |= TICKER_TICK;
	if (fds[1].revents)
		events |= read_signals(t->signals);
	if (fds[2].revents & POLLIN)
		events |= TICKER_INPUT;
	else if (fds[2].revents)
		events |= TICKER_QUIT;
	return events;
}
