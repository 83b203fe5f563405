// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of "epcctl watch": as text, raw, and as JSON; and --exec.
 *
 * They come one by one, so there is no table with columns as wide as their contents.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>

#include "epcctl.h"
#include "jsonline.h"
#include "watch_line.h"

#define TEXT_LINE	"%-23s %-14s %8s %10s %s\n"
#define TIME_LEN	64
#define NUMBER_LEN	24

static const char *const event_words[EPC_NR_EVENTS] = {
	[EPC_EVENT_MAX]		= "limit reached",
	[EPC_EVENT_EXHAUSTED]	= "exhausted",
	[EPC_EVENT_KILL]	= "enclave killed",
	[EPC_EVENT_REVOKE]	= "vEPC revoked",
};

/* Local for people, UTC for programs. */
static void format_time(enum watch_format format, char text[TIME_LEN])
{
	struct timespec now;
	char date[TIME_LEN / 2];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	if (format == WATCH_TEXT)
		localtime_r(&now.tv_sec, &tm);
	else
		gmtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof(date), format == WATCH_TEXT ? "%F %T" : "%FT%T", &tm);
	snprintf(text, TIME_LEN, "%s.%03ld%s", date, now.tv_nsec / 1000000,
		 format == WATCH_TEXT ? "" : "Z");
}

static char *format_number(char text[NUMBER_LEN], uint64_t number)
{
	snprintf(text, NUMBER_LEN, "%" PRIu64, number);
	return text;
}

static const char *event_key(const struct watch_line *line)
{
	return line->above ? "above" : epc_event_name(line->event);
}

void watch_line_heading(const struct watch_style *style)
{
	if (style->noheadings || style->format == WATCH_JSON)
		return;
	if (style->format == WATCH_RAW)
		puts("TIME EVENT COUNT TOTAL CGROUP");
	else
		printf(TEXT_LINE, "TIME", "EVENT", "COUNT", "TOTAL", "CGROUP");
	fflush(stdout);
}

static void print_text(const struct watch_style *style, const struct watch_line *line)
{
	char time[TIME_LEN], event[32], count[NUMBER_LEN] = "-", total[NUMBER_LEN];
	bool raw = style->format == WATCH_RAW;
	auto_string char *path = raw ? raw_name(line->path) : safe_name(line->path);

	format_time(style->format, time);
	snprintf(event, sizeof(event), "%s", raw ? event_key(line) : event_words[line->event]);
	if (line->above && !raw)
		snprintf(event, sizeof(event), "above %u%%", line->above);
	if (!line->above)
		format_number(count, line->count);
	format_number(total, line->above ? line->current : line->total);
	if (line->above && !raw && !style->bytes)
		epc_format_size(line->current, total);
	printf(raw ? "%s %s %s %s %s\n" : TEXT_LINE, time, event, count, total, path ?: "");
}

static void print_json(const struct watch_line *line)
{
	struct json_object *object = json_object_new_object();
	char time[TIME_LEN];

	format_time(WATCH_JSON, time);
	json_object_object_add(object, "time", json_object_new_string(time));
	json_object_object_add(object, "event", json_object_new_string(event_key(line)));
	json_object_object_add(object, "cgroup", jsonline_name(line->path));
	if (line->above) {
		json_object_object_add(object, "percent", jsonline_number(line->above));
		json_object_object_add(object, "current", jsonline_number(line->current));
		json_object_object_add(object, "max", jsonline_number(line->max));
	} else {
		json_object_object_add(object, "count", jsonline_number(line->count));
		json_object_object_add(object, "total", jsonline_number(line->total));
		json_object_object_add(object, "removed", json_object_new_boolean(line->removed));
	}
	jsonline_print(object, stdout);
}

bool watch_line_print(const struct watch_style *style, const struct watch_line *line)
{
	if (style->format == WATCH_JSON)
		print_json(line);
	else
		print_text(style, line);
	return !fflush(stdout);
}

static void set_number(const char *name, uint64_t number)
{
	char text[NUMBER_LEN];

	setenv(name, format_number(text, number), true);
}

static void __attribute__((noreturn))
become_command(const struct watch_style *style, const struct watch_line *line)
{
	sigprocmask(SIG_SETMASK, &style->mask, NULL);
	setenv("EPCCTL_EVENT", event_key(line), true);
	setenv("EPCCTL_CGROUP", line->path, true);
	if (line->above) {
		set_number("EPCCTL_PERCENT", line->above);
		set_number("EPCCTL_CURRENT", line->current);
		set_number("EPCCTL_MAX", line->max);
	} else {
		set_number("EPCCTL_COUNT", line->count);
		set_number("EPCCTL_TOTAL", line->total);
	}
	execl("/bin/sh", "sh", "-c", style->command, NULL);
	_exit(127);
}

/* A signal to epcctl is heeded also when the command does not come back. */
void watch_line_exec(const struct watch_style *style, const struct watch_line *line)
{
	struct pollfd pfd[] = { { .events = POLLIN }, { .fd = style->signals, .events = POLLIN } };
	pid_t pid = fork();
	auto_fd int fd = -1;
	int status = 0;

	if (!pid)
		become_command(style, line);
	if (pid < 0) {
		complain("--exec: %s", strerror(errno));
		return;
	}
	fd = pfd[0].fd = pidfd_open(pid, 0);
	while (fd >= 0 && !pfd[0].revents && !pfd[1].revents)
		poll(pfd, ARRAY_SIZE(pfd), -1);
	if (pfd[1].revents)
		return;
	if (waitpid(pid, &status, 0) == pid && status)
		complain("--exec: the command ended with status %d",
			 WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}
