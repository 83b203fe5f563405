// SPDX-License-Identifier: GPL-2.0
/* Processes that take orders. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "tenant.h"

/* Nothing that a test does takes longer, even under emulation. */
#define ANSWER_MS	60000

struct order {
	tenant_fn	fn;
	uint64_t	arg[4];
};

struct answer {
	long	ret;
	char	why[EPC_MSG_MAX];
};

static void say(int sock, long ret)
{
	struct answer answer = { .ret = ret };

	if (ret < 0)
		memcpy(answer.why, epc_why(), sizeof(answer.why));
	if (write(sock, &answer, sizeof(answer)) != sizeof(answer))
		_exit(1);
}

static void __attribute__((noreturn)) tenant_main(int sock, const char *group)
{
	static struct tenant_self self = { .vepc = VEPC_NONE };
	struct order order;
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < TENANT_ENCLAVES; i++)
		self.encl[i].fd = -1;
	say(sock, cg_enter(group, 0));
	while (read(sock, &order, sizeof(order)) == sizeof(order))
		say(sock, order.fn(&self, order.arg));
	_exit(0);
}

int tenant_start(struct tenant *t, const char *group)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return epc_fail(errno, "socketpair");
	t->pid = fork();
	if (t->pid < 0)
		return epc_fail(errno, "fork");
	if (!t->pid) {
		close(pair[0]);
		tenant_main(pair[1], group);
	}
	close(pair[1]);
	t->sock = pair[0];
	return tenant_answer(t, ANSWER_MS);
}

int tenant_send(struct tenant *t, tenant_fn fn, const uint64_t arg[4])
{
	struct order order = { .fn = fn };

	memcpy(order.arg, arg, sizeof(order.arg));
	if (send(t->sock, &order, sizeof(order), MSG_NOSIGNAL) != sizeof(order))
		return epc_fail(errno, "order to tenant %d", t->pid);
	return 0;
}

long tenant_answer(struct tenant *t, long timeout_ms)
{
	struct pollfd ready = { .fd = t->sock, .events = POLLIN };
	struct answer answer;
	int ret;

	do {
		ret = poll(&ready, 1, epc_patience(timeout_ms));
	} while (ret < 0 && errno == EINTR);
	if (!ret)
		return epc_fail(ETIMEDOUT, "tenant %d has no answer after %ld ms",
				t->pid, epc_patience(timeout_ms));
	if (read(t->sock, &answer, sizeof(answer)) != sizeof(answer))
		return epc_fail(ECHILD, "tenant %d has died", t->pid);
	if (answer.ret < 0)
		epc_set_why(answer.why);
	return answer.ret;
}

long tenant_order(struct tenant *t, tenant_fn fn, const uint64_t arg[4])
{
	int ret = tenant_send(t, fn, arg);

	return ret ? ret : tenant_answer(t, ANSWER_MS);
}

static int reap(struct tenant *t)
{
	int status;

	/* Tenants started later have a copy of the descriptor: close() is not the end. */
	if (t->sock >= 0) {
		shutdown(t->sock, SHUT_RDWR);
		close(t->sock);
	}
	t->sock = -1;
	if (!t->pid)
		return 0;
	while (waitpid(t->pid, &status, 0) < 0)
		if (errno != EINTR)
			return epc_fail(errno, "wait for tenant %d", t->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return epc_fail(ECHILD, "tenant %d ended with wait status %#x",
				t->pid, status);
	t->pid = 0;
	return 0;
}

int tenant_stop(struct tenant *t)
{
	return reap(t);
}

void tenant_kill(struct tenant *t)
{
	if (t->pid)
		kill(t->pid, SIGKILL);
	reap(t);
	t->pid = 0;
}

static struct encl_geometry geometry(const uint64_t arg[4])
{
	return (struct encl_geometry){
		.heap = arg[1],
		.hole = arg[2],
		.threads = arg[3],
	};
}

long tn_build(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = geometry(arg);

	return encl_build(&self->encl[arg[0]], &geo);
}

long tn_open(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl_geometry geo = geometry(arg);

	return encl_open(&self->encl[arg[0]], &geo);
}

long tn_create(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_create(&self->encl[arg[0]]);
}

long tn_destroy(struct tenant_self *self, const uint64_t arg[4])
{
	encl_destroy(&self->encl[arg[0]]);
	return 0;
}

long tn_nop(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_nop(&self->encl[arg[0]]);
}

long tn_fill(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_fill(&self->encl[arg[0]], arg[1], arg[2], arg[3]);
}

long tn_verify(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_verify(&self->encl[arg[0]], arg[1], arg[2], arg[3]);
}

long tn_touch(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_touch(&self->encl[arg[0]], arg[1], arg[2]);
}

long tn_try(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];
	int ret = arg[2] ? encl_touch(e, arg[1], arg[2]) : encl_nop(e);

	if (ret != -EFAULT)
		return ret;
	return TN_EXCEPTION(e->run[0].exception_vector, e->run[0].exception_error_code);
}

long tn_peek(struct tenant_self *self, const uint64_t arg[4])
{
	struct encl *e = &self->encl[arg[0]];
	int sig;

	mem_touch((void *)(e->base + e->heap_off + arg[1] * SGX_PAGE_SIZE), false, &sig);
	return sig;
}

long tn_grow(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_accept_new(&self->encl[arg[0]], arg[1], arg[2]);
}

long tn_trim(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_trim(&self->encl[arg[0]], arg[1], arg[2]);
}

long tn_worker_touch(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_worker_touch(&self->worker[arg[1]], &self->encl[arg[0]],
				 arg[1], arg[2], arg[3]);
}

long tn_worker_spin(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_worker_spin(&self->worker[arg[1]], &self->encl[arg[0]],
				arg[1]);
}

long tn_worker_stop(struct tenant_self *self, const uint64_t arg[4])
{
	return encl_worker_stop(&self->worker[arg[1]]);
}

long tn_worker_done(struct tenant_self *self, const uint64_t arg[4])
{
	return self->worker[arg[0]].req.done;
}

long tn_vepc_open(struct tenant_self *self, const uint64_t arg[4])
{
	return vepc_open(&self->vepc, arg[0]);
}

long tn_vepc_touch(struct tenant_self *self, const uint64_t arg[4])
{
	uint64_t touched;

	vepc_touch(&self->vepc, arg[0], arg[1], &touched);
	return touched;
}

long tn_vepc_remove_all(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	return vepc_remove_all(&self->vepc);
}

long tn_vepc_close(struct tenant_self *self, const uint64_t arg[4])
{
	(void)arg;
	vepc_close(&self->vepc);
	return 0;
}
