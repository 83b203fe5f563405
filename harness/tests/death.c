// SPDX-License-Identifier: GPL-2.0
/* See death.h. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "death.h"

bool harness_dies(void (*fn)(void), const char *message)
{
	char said[16384];
	size_t len = 0;
	int fd[2], status;
	ssize_t got;
	pid_t pid;

	fflush(NULL);
	if (pipe(fd))
		return false;
	pid = fork();
	if (!pid) {
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		fn();
		_exit(0);
	}
	close(fd[1]);
	while (len < sizeof(said) - 1 && (got = read(fd[0], said + len, sizeof(said) - 1 - len)) > 0)
		len += got;
	said[len] = '\0';
	close(fd[0]);
	waitpid(pid, &status, 0);
	if (status && strstr(said, message))
		return true;
	printf("    # status 0x%x, said: %s\n", status, said);
	return false;
}
