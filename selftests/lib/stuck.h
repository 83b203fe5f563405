/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A page of memory that never comes: it belongs to a file of a FUSE server that
 * has stopped to answer.  Whoever touches it waits until he is killed, or the
 * server is.
 */
#ifndef EPC_STUCK_H
#define EPC_STUCK_H

#include <sys/types.h>

#include "msg.h"

/**
 * struct stuck - the page and who does not deliver it
 * @page:	where it is mapped, also in processes forked later
 * @server:	the process that keeps the connection open
 * @sock:	to that process
 */
struct stuck {
	void	*page;
	pid_t	server;
	int	sock;
};

#define STUCK_NONE	{ .sock = -1 }

int stuck_open(struct stuck *s);

/* Until somebody waits for the page; -ETIMEDOUT if nobody does. */
int stuck_wait(struct stuck *s, long timeout_ms);

/* The server dies, and whoever still waits gets an error. */
void stuck_close(struct stuck *s);

#endif
