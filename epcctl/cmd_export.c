// SPDX-License-Identifier: GPL-2.0
/*
 * epcctl export: metrics for Prometheus, over HTTP on the loopback interface or as a file
 * for node_exporter's textfile collector.
 *
 * Every scrape reads the machine anew.  The web server has one thread, so the handle of
 * libepc has one user; the main thread waits for the signal that ends it all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <microhttpd.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "epcctl.h"
#include "metrics.h"

#define DEFAULT_LISTEN		"127.0.0.1:9752"
#define DEFAULT_INTERVAL	15
#define MAX_CONNECTIONS		16
#define CONNECTION_SECONDS	10
#define CONTENT_TYPE		"text/plain; version=0.0.4; charset=utf-8"

struct export {
	struct epc	*epc;
	const char	*path;
	const char	*listen;
	const char	*textfile;
	unsigned int	interval;
	bool		once;
};

/* All metrics in memory, so that nobody gets half of them; -errno if they cannot be read. */
static int render(struct export *e, char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);
	int err;

	if (!out)
		return -errno;
	err = metrics_write(e->epc, e->path, out);
	if (fclose(out) && !err)
		err = -ENOMEM;
	return err;
}

/* ---- a file ---- */

static int write_whole(int fd, const char *text, size_t len)
{
	FILE *out = fdopen(fd, "w");
	int err = 0;

	if (!out) {
		err = -errno;
		close(fd);
		return err;
	}
	/* mkstemp() made it for us alone, node_exporter is another user. */
	if (fchmod(fd, 0644) || fwrite(text, 1, len, out) != len)
		err = -errno;
	if (fclose(out) && !err)
		err = -errno;
	return err;
}

/*
 * A reader finds the old file or the new one.  The collector reads names that end in
 * .prom, which the file's name is while it is being written does not.
 */
static int replace_file(const char *name, const char *text, size_t len)
{
	auto_string char *temporary = NULL;
	int fd, err;

	if (asprintf(&temporary, "%s.XXXXXX", name) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = write_whole(fd, text, len);
	if (!err && rename(temporary, name))
		err = -errno;
	if (err)
		unlink(temporary);
	return err;
}

/* ---- the web server ---- */

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned int status,
			     const char *type, char *text, size_t len)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result reply_text(struct MHD_Connection *connection, unsigned int status,
				  const char *text)
{
	return reply(connection, status, "text/plain; charset=utf-8", (char *)text, strlen(text));
}

/* Prometheus takes any status but 200 as "the target is down", and shows it. */
static enum MHD_Result reply_metrics(struct export *e, struct MHD_Connection *connection)
{
	auto_string char *text = NULL, *why = NULL;
	size_t len;

	if (!render(e, &text, &len))
		return reply(connection, MHD_HTTP_OK, CONTENT_TYPE, text, len);
	complain_epc(e->epc);
	if (asprintf(&why, "epcctl export: %s\n", epc_error(e->epc)) < 0)
		why = NULL;
	return reply_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, why ?: "out of memory\n");
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *body,
			      size_t *body_len, void **state)
{
	(void)version;
	(void)body;
	(void)body_len;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return reply_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (!strcmp(url, "/metrics"))
		return reply_metrics(arg, connection);
	if (!strcmp(url, "/"))
		return reply_text(connection, MHD_HTTP_OK, "epcctl export: see /metrics\n");
	return reply_text(connection, MHD_HTTP_NOT_FOUND, "not here: see /metrics\n");
}

/* getaddrinfo() takes 65536 for 0. */
static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits && digits <= 5 && !text[digits] && atoi(text) <= 65535;
}

/* "ADDRESS:PORT", "[ADDRESS]:PORT" or "PORT"; NULL: the user was told. */
static struct addrinfo *parse_listen(const struct options *options, const char *listen)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	auto_string char *copy = strdup(listen);
	char *port = copy ? strrchr(copy, ':') : NULL, *host = copy;
	struct addrinfo *address = NULL;
	size_t len;
	int err;

	if (port)
		*port++ = 0;
	else
		port = copy, host = "127.0.0.1";
	len = host ? strlen(host) : 0;
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = 0;
		host++;
	}
	/* No host would be all of them: whoever wants that writes 0.0.0.0 or [::]. */
	err = len && is_port(port) ? getaddrinfo(host, port, &hints, &address) : EAI_NONAME;
	if (!err)
		return address;
	usage_error(options, "--listen: '%s' is no ADDRESS:PORT: %s", listen, gai_strerror(err));
	return NULL;
}

static struct MHD_Daemon *start_server(struct export *e, const struct addrinfo *address)
{
	unsigned int flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;

	if (address->ai_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	return MHD_start_daemon(flags, 0, NULL, NULL, answer, e,
				MHD_OPTION_SOCK_ADDR, address->ai_addr,
				MHD_OPTION_CONNECTION_LIMIT, MAX_CONNECTIONS,
				MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS,
				MHD_OPTION_END);
}

/* The port too, which is not the one asked for if that was 0. */
static void say_where(struct MHD_Daemon *server, const char *listen)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server, MHD_DAEMON_INFO_BIND_PORT);
	const char *colon = strrchr(listen, ':');

	fprintf(stderr, "epcctl export: http://%.*s:%u/metrics\n",
		colon ? (int)(colon - listen) : 9, colon ? listen : "127.0.0.1",
		info ? info->port : 0);
}

static int serve(struct export *e, const struct addrinfo *address, const sigset_t *end)
{
	struct MHD_Daemon *server = start_server(e, address);
	int sig;

	if (!server)
		return complain("--listen: %s: %s", e->listen,
				errno ? strerror(errno) : "the web server does not start");
	say_where(server, e->listen);
	sigwait(end, &sig);
	MHD_stop_daemon(server);
	return EXIT_SUCCESS;
}

/* ---- both, once or until a signal ends it ---- */

static int write_once(struct export *e)
{
	auto_string char *text = NULL;
	size_t len;
	int err;

	if (render(e, &text, &len)) {
		/* What it has would be taken for what is now. */
		if (e->textfile)
			unlink(e->textfile);
		return complain_epc(e->epc);
	}
	if (!e->textfile) {
		fwrite(text, 1, len, stdout);
		return EXIT_SUCCESS;
	}
	err = replace_file(e->textfile, text, len);
	return err ? complain("--textfile: %s: %s", e->textfile, strerror(-err)) : EXIT_SUCCESS;
}

/*
 * What fails at first is a mistake, and later is tried again: the disk may be full for a while, the
 * cgroup be made anew.
 */
static int write_again_and_again(struct export *e, const sigset_t *end)
{
	const struct timespec interval = { .tv_sec = e->interval };
	int status = write_once(e);

	while (!status && sigtimedwait(end, NULL, &interval) < 0)
		write_once(e);
	return status;
}

/* @address: where to serve, if that was asked for. */
static int export(struct export *e, const struct addrinfo *address)
{
	sigset_t end;

	if (e->once)
		return write_once(e);
	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGHUP);
	/* Before there is another thread that could get them. */
	sigprocmask(SIG_BLOCK, &end, NULL);
	signal(SIGPIPE, SIG_IGN);
	return e->textfile ? write_again_and_again(e, &end) : serve(e, address, &end);
}

/* Whether there is anything to tell, said before somebody waits for it. */
static int check_machine(struct epc *epc)
{
	uint64_t capacity, current = EPC_UNKNOWN;
	struct epc_group *root;

	if (epc_capacity(epc, &capacity))
		return complain_epc(epc);
	if (!epc_read_group(epc, "/", 0, &root)) {
		current = root->current;
		epc_group_free(root);
	}
	if (capacity == EPC_UNKNOWN && current == EPC_UNKNOWN)
		return complain_no_epc(epc, "nothing is known of EPC here");
	if (current == EPC_UNKNOWN)
		complain("this kernel has no control groups for EPC: only what is known of the machine "
			 "is exported");
	return EXIT_SUCCESS;
}

enum { OPT_LISTEN = 1, OPT_TEXTFILE, OPT_INTERVAL, OPT_ONCE };

static const struct option long_options[] = {
	{ "listen",	required_argument,	NULL, OPT_LISTEN },
	{ "textfile",	required_argument,	NULL, OPT_TEXTFILE },
	{ "interval",	required_argument,	NULL, OPT_INTERVAL },
	{ "once",	no_argument,		NULL, OPT_ONCE },
	{ 0 }
};

static bool parse_option(struct export *e, const struct options *options, int c)
{
	char *rest;

	switch (c) {
	case OPT_LISTEN:
		e->listen = optarg;
		return true;
	case OPT_TEXTFILE:
		e->textfile = optarg;
		return true;
	case OPT_INTERVAL:
		e->interval = strtoul(optarg, &rest, 10);
		if (*optarg >= '0' && *optarg <= '9' && (!*rest || !strcmp(rest, "s")) &&
		    e->interval >= 1 && e->interval <= 86400)
			return true;
		usage_error(options, "--interval: '%s' is not a number from 1 to 86400", optarg);
		return false;
	default:
		e->once = true;
		return true;
	}
}

static int cmd_export(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS_NO_TABLE(command);
	struct export e = { .interval = DEFAULT_INTERVAL };
	struct addrinfo *address = NULL;
	auto_epc struct epc *epc = NULL;
	int c, status;

	while ((c = options_next(&options, argc, argv)) != OPTIONS_END) {
		if (c == OPTIONS_STOP)
			return options.status;
		if (!parse_option(&e, &options, c))
			return EXIT_USAGE;
	}
	if (options_operands(&options, argc, argv, 0, 1))
		return EXIT_USAGE;
	if (e.listen && (e.textfile || e.once))
		return usage_error(&options, "--listen excludes --textfile and --once");
	e.listen = e.listen ?: DEFAULT_LISTEN;
	e.path = argv[optind] ?: "/";
	if (!e.textfile && !e.once && !(address = parse_listen(&options, e.listen)))
		return EXIT_USAGE;
	e.epc = epc = options_epc(&options);
	status = !epc || check_machine(epc) ? EXIT_FAILURE : export(&e, address);
	if (address)
		freeaddrinfo(address);
	return status;
}

const struct command command_export = {
	.name = "export",
	.run = cmd_export,
	.operands = "[PATH]",
	.summary = "metrics for Prometheus, over HTTP or as a file",
	.long_options = long_options,
	.no_common = true,
	.help = "      --listen ADDRESS:PORT\n"
		"                     where to serve /metrics (" DEFAULT_LISTEN ")\n"
		"      --textfile FILE\n"
		"                     write FILE for node_exporter's textfile collector instead\n"
		"      --interval S   write it each S seconds (15)\n"
		"      --once         write once, to FILE or standard output\n",
};
