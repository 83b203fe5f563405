// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest FUSE server: one file, which is also the root of the file system.
 * It answers until the file is mapped; reading the file then waits in the queue.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/fuse.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "sgx_arch.h"
#include "stuck.h"

union fuse_answer {
	struct fuse_init_out	init;
	struct fuse_attr_out	attr;
	struct fuse_open_out	open;
};

static void reply(int dev, uint64_t unique, int error, const void *data,
		  size_t len)
{
	char buf[sizeof(struct fuse_out_header) + sizeof(union fuse_answer)];
	struct fuse_out_header head = {
		.len = sizeof(head) + len,
		.error = -error,
		.unique = unique,
	};

	memcpy(buf, &head, sizeof(head));
	memcpy(buf + sizeof(head), data, len);
	if (write(dev, buf, head.len) != head.len)
		_exit(1);
}

static void answer_one(int dev)
{
	static char buf[FUSE_MIN_READ_BUFFER + SGX_PAGE_SIZE];
	const struct fuse_in_header *in = (void *)buf;
	const struct fuse_init_in *init = (void *)(in + 1);
	union fuse_answer out = {};

	if (read(dev, buf, sizeof(buf)) < (ssize_t)sizeof(*in))
		_exit(1);
	switch (in->opcode) {
	case FUSE_INIT:
		out.init.major = FUSE_KERNEL_VERSION;
		out.init.minor = init->minor;
		out.init.max_write = SGX_PAGE_SIZE;
		reply(dev, in->unique, 0, &out, sizeof(out.init));
		break;
	case FUSE_GETATTR:
		out.attr.attr_valid = 3600;
		out.attr.attr.ino = FUSE_ROOT_ID;
		out.attr.attr.mode = S_IFREG | 0400;
		out.attr.attr.nlink = 1;
		out.attr.attr.size = SGX_PAGE_SIZE;
		reply(dev, in->unique, 0, &out, sizeof(out.attr));
		break;
	case FUSE_OPEN:
		reply(dev, in->unique, 0, &out, sizeof(out.open));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		reply(dev, in->unique, ENOSYS, NULL, 0);
	}
}

/* Answer until told to stop; then only say that a request has come. */
static void __attribute__((noreturn)) serve(int dev, int sock)
{
	struct pollfd fds[2] = {
		{ .fd = dev, .events = POLLIN },
		{ .fd = sock, .events = POLLIN },
	};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (poll(fds, 2, -1) > 0 && !fds[1].revents)
		answer_one(dev);
	if (poll(fds, 1, -1) == 1 && write(sock, "", 1) == 1)
		pause();
	_exit(1);
}

static int start_server(struct stuck *s, int dev)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return epc_fail(errno, "socketpair");
	s->server = fork();
	if (!s->server) {
		close(pair[0]);
		serve(dev, pair[1]);
	}
	close(pair[1]);
	s->sock = pair[0];
	return s->server < 0 ? epc_fail(errno, "fork") : 0;
}

/* The size is known only after a stat; the mapping outlives the descriptor. */
static int map_file(struct stuck *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int ret = 0;

	if (fd < 0)
		return epc_fail(errno, "open %s", path);
	if (fstat(fd, &st))
		ret = epc_fail(errno, "stat %s", path);
	s->page = mmap(NULL, SGX_PAGE_SIZE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (s->page == MAP_FAILED) {
		s->page = NULL;
		ret = epc_fail(errno, "map %s", path);
	}
	close(fd);
	return ret;
}

static int mount_and_map(struct stuck *s, int dev, const char *path)
{
	char options[80];
	int ret;

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100000,user_id=%d,group_id=%d", dev, getuid(),
		 getgid());
	if (mount("stuck", path, "fuse", MS_NOSUID | MS_NODEV, options))
		return epc_fail(errno, "mount fuse at %s", path);
	ret = start_server(s, dev);
	if (!ret)
		ret = map_file(s, path);
	umount2(path, MNT_DETACH);
	if (!ret && write(s->sock, "", 1) != 1)
		ret = epc_fail(errno, "tell the FUSE server to stop");
	return ret;
}

int stuck_open(struct stuck *s)
{
	char path[] = "/tmp/stuck-XXXXXX";
	int ret, dev, fd;

	*s = (struct stuck)STUCK_NONE;
	dev = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	if (dev < 0)
		return epc_fail(errno, "open /dev/fuse");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0) {
		close(dev);
		return epc_fail(errno, "create %s", path);
	}
	ret = mount_and_map(s, dev, path);
	close(dev);
	close(fd);
	unlink(path);
	if (ret)
		stuck_close(s);
	return ret;
}

int stuck_wait(struct stuck *s, long timeout_ms)
{
	struct pollfd said = { .fd = s->sock, .events = POLLIN };
	char byte;
	int ret;

	ret = poll(&said, 1, epc_patience(timeout_ms));
	if (!ret)
		return epc_fail(ETIMEDOUT, "nobody asks for the page after %ld ms",
				epc_patience(timeout_ms));
	if (ret < 0 || read(s->sock, &byte, 1) != 1)
		return epc_fail(EIO, "the FUSE server has gone");
	return 0;
}

void stuck_close(struct stuck *s)
{
	if (s->server > 0) {
		kill(s->server, SIGKILL);
		waitpid(s->server, NULL, 0);
	}
	if (s->page)
		munmap(s->page, SGX_PAGE_SIZE);
	if (s->sock >= 0)
		close(s->sock);
	*s = (struct stuck)STUCK_NONE;
}
