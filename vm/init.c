// SPDX-License-Identifier: GPL-2.0
/*
 * PID 1 of the VM: puts the host's root file system together, runs one command
 * in it, and reports to vm/epcvm.
 *
 * /job (made by vm/epcvm, in the initramfs) holds NUL-terminated records: "cwd=",
 * "rw=" (one for each 9p export rw0, rw1, ...), "arg=", "env=", "tty=ROWS COLS".
 *
 * To the host goes a stream of frames over the virtio port "epcvm": one letter,
 * a 32-bit little-endian length, the bytes. S: the command starts; O and E: its
 * stdout and stderr; X: "exit N tainted M", the only good end; L: why the run
 * is lost. A 'T' from the host asks for what the kernel's tasks are doing.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORDS	4096
#define ROOT_OPTS	"trans=virtio,version=9p2000.L,msize=512000"
/* A killed process that is still there after this has hung the kernel. */
#define REAP_SECONDS	60

struct job {
	char *cwd;
	char *tty;
	char *rw[MAX_WORDS];
	char *arg[MAX_WORDS];
	char *env[MAX_WORDS];
	int nr_rw;
	int nr_arg;
	int nr_env;
};

static struct job job;
static int port = -1;

static void write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		p += n;
		len -= n;
	}
}

static void send_frame(char type, const void *buf, uint32_t len)
{
	char head[5] = { type, len, len >> 8, len >> 16, len >> 24 };

	write_all(port, head, sizeof(head));
	write_all(port, buf, len);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		write_all(fd, text, strlen(text));
		close(fd);
	}
}

static long read_number(const char *path)
{
	char buf[32] = "-1";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, buf, sizeof(buf) - 1) < 0)
			strcpy(buf, "-1");
		close(fd);
	}
	return strtol(buf, NULL, 10);
}

static void power_off(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

/* The run cannot go on: tell the host and the console why. */
__attribute__((format(printf, 1, 2), noreturn))
static void lose(const char *fmt, ...)
{
	char text[512], line[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(line, sizeof(line), "<3>epcvm: lost: %s\n", text);
	write_file("/dev/kmsg", line);
	if (port >= 0)
		send_frame('L', text, strlen(text));
	power_off();
	__builtin_unreachable();
}

static void must_mount(const char *what, const char *where, const char *type,
		       unsigned long flags, const char *opts)
{
	mkdir(where, 0755);
	if (mount(what, where, type, flags, opts))
		lose("mount %s (%s) on %s: %s", what, type, where, strerror(errno));
}

/* ------------------------------ the job ------------------------------ */

static void add_word(char **list, int *nr, char *word)
{
	if (*nr == MAX_WORDS - 1)
		lose("too many words in /job");
	list[(*nr)++] = word;
}

static void read_job(void)
{
	struct stat st;
	char *buf, *p;
	int fd = open("/job", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st))
		lose("/job: %s", strerror(errno));
	buf = malloc(st.st_size + 1);
	if (!buf || read(fd, buf, st.st_size) != st.st_size)
		lose("cannot read /job");
	close(fd);
	buf[st.st_size] = 0;

	for (p = buf; p < buf + st.st_size; p += strlen(p) + 1) {
		char *value = strchr(p, '=');

		if (!value)
			lose("bad record in /job: %s", p);
		value++;
		if (!strncmp(p, "cwd=", 4))
			job.cwd = value;
		else if (!strncmp(p, "tty=", 4))
			job.tty = value;
		else if (!strncmp(p, "rw=", 3))
			add_word(job.rw, &job.nr_rw, value);
		else if (!strncmp(p, "arg=", 4))
			add_word(job.arg, &job.nr_arg, value);
		else if (!strncmp(p, "env=", 4))
			add_word(job.env, &job.nr_env, value);
		else
			lose("bad record in /job: %s", p);
	}
	if (!job.cwd || !job.nr_arg)
		lose("/job has no cwd or no command");
}

/* ------------------------- the file systems -------------------------- */

static void open_port(void)
{
	char path[300], name[32];
	struct dirent *e;
	DIR *d = opendir("/sys/class/virtio-ports");
	ssize_t n;
	int fd;

	while (d && port < 0 && (e = readdir(d))) {
		snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, name, sizeof(name));
		close(fd);
		if (n == 6 && !memcmp(name, "epcvm\n", 6)) {
			snprintf(path, sizeof(path), "/dev/%s", e->d_name);
			port = open(path, O_RDWR | O_CLOEXEC);
		}
	}
	if (d)
		closedir(d);
	if (port < 0)
		lose("no virtio port called epcvm");
}

/* The host's files, read-only, under a tmpfs that takes what is written. */
static void mount_root(void)
{
	must_mount("root", "/lower", "9p", MS_RDONLY, ROOT_OPTS ",cache=loose");
	must_mount("tmpfs", "/upper", "tmpfs", 0, "mode=0755");
	mkdir("/upper/files", 0755);
	mkdir("/upper/work", 0755);
	must_mount("overlay", "/root", "overlay", 0,
		   "lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work");
}

/* What CMD finds in /proc, /sys, /dev and where --rw put a folder. */
static void mount_rest(void)
{
	char tag[16], where[4200];
	int i;

	must_mount("proc", "/root/proc", "proc", 0, NULL);
	must_mount("sysfs", "/root/sys", "sysfs", 0, NULL);
	must_mount("devtmpfs", "/root/dev", "devtmpfs", 0, NULL);
	must_mount("devpts", "/root/dev/pts", "devpts", 0, "mode=0620,ptmxmode=0666");
	must_mount("tmpfs", "/root/dev/shm", "tmpfs", 0, "mode=1777");
	must_mount("cgroup2", "/root/sys/fs/cgroup", "cgroup2", 0, NULL);
	must_mount("debugfs", "/root/sys/kernel/debug", "debugfs", 0, NULL);
	if (symlink("/proc/self/fd", "/root/dev/fd") && errno != EEXIST)
		lose("/dev/fd: %s", strerror(errno));
	for (i = 0; i < job.nr_rw; i++) {
		snprintf(tag, sizeof(tag), "rw%d", i);
		snprintf(where, sizeof(where), "/root%s", job.rw[i]);
		must_mount(tag, where, "9p", 0, ROOT_OPTS ",cache=mmap");
	}
}

/* Whatever of these the kernel has; cgroup_disable= may have taken one away. */
static void enable_controllers(void)
{
	static const char * const names[] = { "+memory", "+misc", "+pids", "+cpu", "+cpuset" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		write_file("/sys/fs/cgroup/cgroup.subtree_control", names[i]);
}

static void enter_root(void)
{
	if (chdir("/root") || mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".") || chdir("/"))
		lose("cannot enter the root file system: %s", strerror(errno));
	if (chdir(job.cwd))
		lose("working directory %s: %s", job.cwd, strerror(errno));
}

/* ------------------------- the command ------------------------------- */

static void child_tty(void)
{
	struct winsize ws = { 0 };
	int fd = open("/dev/hvc0", O_RDWR);

	if (fd < 0)
		lose("/dev/hvc0: %s", strerror(errno));
	ioctl(fd, TIOCSCTTY, 0);
	if (sscanf(job.tty, "%hu %hu", &ws.ws_row, &ws.ws_col) == 2)
		ioctl(fd, TIOCSWINSZ, &ws);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	if (fd > 2)
		close(fd);
}

__attribute__((noreturn))
static void run_child(int out, int err)
{
	int null = open("/dev/null", O_RDWR);
	int error;

	setsid();
	dup2(null, 0);
	if (job.tty) {
		child_tty();
	} else {
		dup2(out, 1);
		dup2(err, 2);
	}
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	clearenv();
	for (int i = 0; i < job.nr_env; i++)
		putenv(job.env[i]);
	execvp(job.arg[0], job.arg);
	error = errno;
	dprintf(2, "epcvm: %s: %s\n", job.arg[0], strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

/* One read of @fd into a frame; false when there is nothing now. */
static int pump(int fd, char type)
{
	static char buf[65536];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		send_frame(type, buf, n);
	return n > 0;
}

static void show_tasks(void)
{
	char order;

	if (read(port, &order, 1) == 1 && order == 'T') {
		write_file("/proc/sysrq-trigger", "l");
		write_file("/proc/sysrq-trigger", "w");
	}
}

/* Reap whatever has died; true, with its status, when @cmd is among it. */
static int reap(pid_t cmd, int *status)
{
	int st, found = 0;
	pid_t pid;

	while ((pid = waitpid(-1, &st, WNOHANG)) > 0) {
		if (pid == cmd) {
			*status = WIFSIGNALED(st) ? 128 + WTERMSIG(st) : WEXITSTATUS(st);
			found = 1;
		}
	}
	return found;
}

static void on_sigchld(int sig)
{
	(void)sig;
}

/* Run the command, pass on what it prints, return its status as a shell would. */
static int run_command(void)
{
	int out[2], err[2], status = 0;
	struct timespec long_time = { .tv_sec = 3600 };
	struct pollfd fds[3];
	sigset_t none, chld;
	pid_t pid;

	if (pipe2(out, O_CLOEXEC | O_NONBLOCK) || pipe2(err, O_CLOEXEC | O_NONBLOCK))
		lose("pipe: %s", strerror(errno));
	sigemptyset(&none);
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	signal(SIGCHLD, on_sigchld);

	send_frame('S', "", 0);
	pid = fork();
	if (pid < 0)
		lose("fork: %s", strerror(errno));
	if (!pid) {
		/* Only our ends are non-blocking: the flag is the file's, not the pipe's. */
		fcntl(out[1], F_SETFL, 0);
		fcntl(err[1], F_SETFL, 0);
		sigprocmask(SIG_SETMASK, &none, NULL);
		run_child(out[1], err[1]);
	}
	close(out[1]);
	close(err[1]);

	fds[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = err[0], .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = port, .events = POLLIN };
	while (!reap(pid, &status)) {
		if (ppoll(fds, 3, &long_time, &none) < 0)
			continue;
		if (fds[0].revents && !pump(out[0], 'O') && (fds[0].revents & POLLHUP))
			fds[0].fd = -1;
		if (fds[1].revents && !pump(err[0], 'E') && (fds[1].revents & POLLHUP))
			fds[1].fd = -1;
		if (fds[2].revents & POLLIN)
			show_tasks();
	}
	while (pump(out[0], 'O') || pump(err[0], 'E'))
		;
	return status;
}

/* Kill what the command left behind, so that the kernel's clean-up is judged too. */
static void kill_rest(void)
{
	const struct timespec tick = { .tv_nsec = 10 * 1000 * 1000 };
	int i;

	kill(-1, SIGKILL);
	for (i = 0; i < REAP_SECONDS * 100; i++) {
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		nanosleep(&tick, NULL);
	}
	write_file("/proc/sysrq-trigger", "w");
	lose("a killed process is still there after %d seconds", REAP_SECONDS);
}

/* Memory leaks go to the console, where the judge reads. */
static void look_for_leaks(void)
{
	static const char path[] = "/sys/kernel/debug/kmemleak";
	FILE *leaks, *console;
	char line[256];

	if (access(path, W_OK))
		return;
	/* An object is suspected only once it is a few seconds old. */
	sleep(6);
	write_file(path, "scan");
	write_file(path, "scan");
	leaks = fopen(path, "r");
	console = fopen("/dev/kmsg", "w");
	while (leaks && console && fgets(line, sizeof(line), leaks)) {
		fprintf(console, "<3>epcvm: leak: %s", line);
		fflush(console);
	}
}

int main(void)
{
	char end[64];
	int status;

	must_mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	must_mount("sysfs", "/sys", "sysfs", 0, NULL);
	must_mount("proc", "/proc", "proc", 0, NULL);
	signal(SIGPIPE, SIG_IGN);
	open_port();
	read_job();
	mount_root();
	mount_rest();
	enter_root();
	enable_controllers();
	/* All of the kernel's lines go to the console, whoever writes how many. */
	write_file("/proc/sys/kernel/printk_devkmsg", "on");

	status = run_command();
	kill_rest();
	look_for_leaks();
	snprintf(end, sizeof(end), "<5>epcvm: end of run, status %d\n", status);
	write_file("/dev/kmsg", end);
	snprintf(end, sizeof(end), "exit %d tainted %ld", status,
		 read_number("/proc/sys/kernel/tainted"));
	send_frame('X', end, strlen(end));
	power_off();
}
