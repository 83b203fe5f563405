// SPDX-License-Identifier: GPL-2.0
/* Recordings: writes and reads the format that record.h describes. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "epcctl.h"
#include "record.h"

#define HEADER_KEY	"epcctl_record"
/* How a header begins, so that finding the sessions needs no parsing of all samples. */
#define HEADER_START	"{\"" HEADER_KEY "\":"

/* The numbers of a group under their names in the file. */
static const struct field {
	const char	*key;
	size_t		offset;
} fields[] = {
#define FIELD(key, member)	{ key, offsetof(struct epc_group, member) }
	FIELD("id", id),
	FIELD("current", current),
	FIELD("peak", peak),
	FIELD("max", max),
	FIELD("low", low),
	FIELD("reclaimable", reclaimable),
	FIELD("vepc", vepc),
	FIELD("unreclaimable", unreclaimable),
	FIELD("evicted", nr_evicted),
	FIELD("loaded", nr_loaded),
	FIELD("scanned", nr_scanned),
	FIELD("skipped", nr_skipped),
	FIELD("wait_usec", wait_usec),
	FIELD("unserved", nr_unserved),
	FIELD("leaked", nr_leaked),
	FIELD("poisoned", nr_poisoned),
	FIELD("events_max", events[EPC_EVENT_MAX]),
	FIELD("events_exhausted", events[EPC_EVENT_EXHAUSTED]),
	FIELD("events_kill", events[EPC_EVENT_KILL]),
	FIELD("events_revoke", events[EPC_EVENT_REVOKE]),
	FIELD("events_local_max", events_local[EPC_EVENT_MAX]),
	FIELD("events_local_exhausted", events_local[EPC_EVENT_EXHAUSTED]),
	FIELD("events_local_kill", events_local[EPC_EVENT_KILL]),
	FIELD("events_local_revoke", events_local[EPC_EVENT_REVOKE]),
#undef FIELD
};

static uint64_t *field_of(struct epc_group *group, const struct field *field)
{
	return (uint64_t *)((char *)group + field->offset);
}

static const char *const exhausted_words[] = {
	[EPC_EXHAUSTED_KILL] = "kill",
	[EPC_EXHAUSTED_FAIL] = "fail",
};

__attribute__((format(printf, 3, 4)))
static int failure(char **error, int ret, const char *format, ...)
{
	va_list args;

	free(*error);
	va_start(args, format);
	if (vasprintf(error, format, args) < 0)
		*error = NULL;
	va_end(args);
	return ret;
}

/* ---- Names ---- */

/* A name as text that JSON can hold, to be undone by name_decode(). The caller frees it. */
static char *name_encode(const char *name)
{
	auto_string char *text = malloc(4 * strlen(name) + 1);
	char *out = text;

	for (; text && *name; name++) {
		if (*(unsigned char *)name < ' ' || *name == '\\' || *name == 0x7f)
			out += sprintf(out, "\\x%02x", *name);
		else
			*out++ = *name;
	}
	if (!text)
		return NULL;
	*out = '\0';
	return utf8_name(text);
}

/* In place; -EINVAL if it is not what name_encode() makes of some name. */
static int name_decode(char *text)
{
	char *out = text;

	while (*text) {
		char hex[3] = { 0 };

		if (*text != '\\') {
			*out++ = *text++;
			continue;
		}
		if (text[1] != 'x' || !isxdigit(text[2]) || !isxdigit(text[3]))
			return -EINVAL;
		memcpy(hex, text + 2, 2);
		*out = strtol(hex, NULL, 16);
		if (!*out++)
			return -EINVAL;
		text += 4;
	}
	*out = '\0';
	return 0;
}

/* ---- Writing ---- */

static struct json_object *number(uint64_t value)
{
	return value == EPC_MAX ? json_object_new_string("max") : json_object_new_uint64(value);
}

static struct json_object *group_object(const struct epc_group *group)
{
	struct json_object *object = json_object_new_object();
	char *name = name_encode(group->path);

	json_object_object_add(object, "cgroup", json_object_new_string(name ? name : ""));
	free(name);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		uint64_t value = *field_of((struct epc_group *)group, &fields[i]);

		if (value != EPC_UNKNOWN)
			json_object_object_add(object, fields[i].key, number(value));
	}
	if (group->exhausted != EPC_EXHAUSTED_UNKNOWN)
		json_object_object_add(object, "exhausted",
				       json_object_new_string(exhausted_words[group->exhausted]));
	return object;
}

static struct json_object *sample_object(const struct sample *s)
{
	struct json_object *object = json_object_new_object();
	struct json_object *groups = json_object_new_array();

	json_object_object_add(object, "usec", json_object_new_uint64(s->usec));
	json_object_object_add(object, "time_usec", json_object_new_uint64(s->time_usec));
	if (s->capacity != EPC_UNKNOWN)
		json_object_object_add(object, "capacity", number(s->capacity));
	for (size_t i = 0; i < s->nr_groups; i++)
		json_object_array_add(groups, group_object(&s->groups[i]));
	json_object_object_add(object, "groups", groups);
	return object;
}

/* A stored tree is of another machine, which has no name here. */
static void add_machine(struct json_object *object)
{
	struct utsname uts;

	if (uname(&uts))
		return;
	/* As Linux calls a machine that nobody has given a name. */
	if (strcmp(uts.nodename, "(none)"))
		json_object_object_add(object, "host", json_object_new_string(uts.nodename));
	json_object_object_add(object, "kernel", json_object_new_string(uts.release));
}

static struct json_object *header_object(const struct record_header *header)
{
	struct json_object *object = json_object_new_object();
	char *name = name_encode(header->path);

	json_object_object_add(object, HEADER_KEY, json_object_new_int(RECORD_VERSION));
	if (header->is_this_machine)
		add_machine(object);
	json_object_object_add(object, "path", json_object_new_string(name ? name : ""));
	json_object_object_add(object, "interval_usec",
			       json_object_new_uint64(header->interval_usec));
	free(name);
	return object;
}

/* All of it as ASCII: some terminals obey what json-c leaves as it is. */
static char *line_of(struct json_object *object, size_t *length)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);
	char *line = NULL;
	FILE *stream = text ? open_memstream(&line, length) : NULL;

	if (!stream)
		return NULL;
	json_ascii(stream, text);
	putc('\n', stream);
	if (!fclose(stream))
		return line;
	free(line);
	return NULL;
}

/* In one write, so that a reader beside us sees whole lines, or the end of the file. */
static int write_line(struct recorder *r, struct json_object *object)
{
	size_t length, done = 0;
	auto_string char *line = line_of(object, &length);

	json_object_put(object);
	if (!line)
		return failure(&r->error, -ENOMEM, "no memory for a line of the recording");
	while (done < length) {
		ssize_t n = write(r->fd, line + done, length - done);

		if (n >= 0)
			done += n;
		else if (errno != EINTR)
			return failure(&r->error, -errno, "cannot write the recording: %m");
	}
	return 0;
}

/* The version that a header line has, or -EINVAL. */
static int header_version(const char *line)
{
	char *end;
	long version;

	if (strncmp(line, HEADER_START, strlen(HEADER_START)))
		return -EINVAL;
	version = strtol(line + strlen(HEADER_START), &end, 10);
	if ((*end != ',' && *end != '}') || version < 0 || version > 1000000)
		return -EINVAL;
	return version;
}

static int check_version(char **error, const char *file, unsigned int line, int version)
{
	if (version < 0)
		return failure(error, -EINVAL,
			       "%s is not a recording of epcctl: line %u is no header", file, line);
	if (version != RECORD_VERSION)
		return failure(error, -EINVAL,
			       "%s, line %u: a recording of version %d, but this epcctl reads only "
			       "version %d: use the %s epcctl that made it", file, line, version,
			       RECORD_VERSION,
			       version > RECORD_VERSION ? "newer" : "older");
	return 0;
}

/* What is there already has to be a recording, and to end with a whole line. */
static int check_old(struct recorder *r, const char *file)
{
	char start[64] = "", last = '\n';
	struct stat st;
	int ret;

	if (fstat(r->fd, &st) || !S_ISREG(st.st_mode) || !st.st_size)
		return 0;
	if (pread(r->fd, start, sizeof(start) - 1, 0) < 0 ||
	    pread(r->fd, &last, 1, st.st_size - 1) < 0)
		return failure(&r->error, -errno, "cannot read %s: %m", file);
	ret = check_version(&r->error, file, 1, header_version(start));
	if (!ret && last != '\n' && write(r->fd, "\n", 1) < 0)
		ret = failure(&r->error, -errno, "cannot write %s: %m", file);
	return ret;
}

static int open_file(struct recorder *r, const char *file)
{
	if (!strcmp(file, "-")) {
		r->fd = STDOUT_FILENO;
		return 0;
	}
	r->fd = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (r->fd < 0)
		return failure(&r->error, -errno, "cannot open %s: %m", file);
	if (flock(r->fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return failure(&r->error, -EBUSY, "another epcctl records into %s", file);
	return check_old(r, file);
}

int recorder_open(struct recorder *r, const char *file, const struct record_header *header)
{
	int ret;

	*r = (struct recorder){ .fd = -1 };
	ret = open_file(r, file);
	return ret ? ret : write_line(r, header_object(header));
}

int recorder_write(struct recorder *r, const struct sample *s)
{
	return write_line(r, sample_object(s));
}

void recorder_close(struct recorder *r)
{
	if (r->fd > STDOUT_FILENO)
		close(r->fd);
	free(r->error);
	*r = (struct recorder){ .fd = -1 };
}

/* ---- Reading ---- */

/* EPC_UNKNOWN where the key is missing. */
static int get_number(struct json_object *object, const char *key, uint64_t *value)
{
	struct json_object *member;

	*value = EPC_UNKNOWN;
	if (!json_object_object_get_ex(object, key, &member))
		return 0;
	if (json_object_is_type(member, json_type_string)) {
		*value = EPC_MAX;
		return strcmp(json_object_get_string(member), "max") ? -EINVAL : 0;
	}
	if (!json_object_is_type(member, json_type_int) || json_object_get_int64(member) < 0)
		return -EINVAL;
	*value = json_object_get_uint64(member);
	return 0;
}

/* The name under that key, decoded; NULL if there is none. */
static char *get_name(struct json_object *object, const char *key)
{
	struct json_object *member;
	char *name;

	if (!json_object_object_get_ex(object, key, &member) ||
	    !json_object_is_type(member, json_type_string))
		return NULL;
	name = strdup(json_object_get_string(member));
	if (name && name_decode(name)) {
		free(name);
		return NULL;
	}
	return name;
}

static enum epc_exhausted get_exhausted(struct json_object *object)
{
	struct json_object *member;
	const char *word;

	if (!json_object_object_get_ex(object, "exhausted", &member))
		return EPC_EXHAUSTED_UNKNOWN;
	word = json_object_get_string(member);
	if (word && !strcmp(word, "kill"))
		return EPC_EXHAUSTED_KILL;
	return word && !strcmp(word, "fail") ? EPC_EXHAUSTED_FAIL : EPC_EXHAUSTED_UNKNOWN;
}

static int parse_group(struct json_object *object, struct sample *s)
{
	struct epc_group group = { .path = get_name(object, "cgroup") };
	int ret = group.path && group.path[0] == '/' ? 0 : -EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(fields) && !ret; i++)
		ret = get_number(object, fields[i].key, field_of(&group, &fields[i]));
	group.exhausted = get_exhausted(object);
	if (!ret)
		ret = sample_add(s, &group);
	if (ret)
		free(group.path);
	return ret;
}

static int parse_sample(struct json_object *object, struct sample *s)
{
	struct json_object *groups;

	if (!json_object_is_type(object, json_type_object) ||
	    get_number(object, "usec", &s->usec) || s->usec >= EPC_UNKNOWN ||
	    get_number(object, "time_usec", &s->time_usec) || s->time_usec >= EPC_UNKNOWN ||
	    get_number(object, "capacity", &s->capacity) ||
	    !json_object_object_get_ex(object, "groups", &groups) ||
	    !json_object_is_type(groups, json_type_array))
		return -EINVAL;
	for (size_t i = 0; i < json_object_array_length(groups); i++) {
		int ret = parse_group(json_object_array_get_idx(groups, i), s);

		if (ret)
			return ret;
	}
	sample_sort(s);
	return 0;
}

static void replace(char **old, char *new)
{
	free(*old);
	*old = new;
}

static int begin_session(struct recording *r, const char *line, unsigned int nr)
{
	struct json_object *object;
	int ret;

	ret = check_version(&r->error, r->name, nr, header_version(line));
	if (ret)
		return ret;
	object = json_tokener_parse(line);
	replace(&r->host, get_name(object, "host"));
	replace(&r->kernel, get_name(object, "kernel"));
	replace(&r->path, get_name(object, "path"));
	json_object_put(object);
	r->nr_sessions++;
	return 0;
}

static int add_entry(struct recording *r, struct recording_entry entry)
{
	/* Grows at each power of two. */
	if (!(r->nr_samples & (r->nr_samples - 1))) {
		size_t room = r->nr_samples ? 2 * r->nr_samples : 1;
		void *entries = reallocarray(r->entries, room, sizeof(entry));

		if (!entries)
			return failure(&r->error, -ENOMEM, "no memory for %s", r->name);
		r->entries = entries;
	}
	r->entries[r->nr_samples++] = entry;
	return 0;
}

static void note_damage(struct recording *r, unsigned int line)
{
	if (!r->nr_damaged++)
		r->damaged_line = line;
}

/* Whether a line is whole is seen from its end; what is in it, when it is read. */
static bool is_whole(const char *line, size_t length)
{
	return length >= 3 && line[0] == '{' && line[length - 2] == '}' && line[length - 1] == '\n';
}

static int index_lines(struct recording *r)
{
	struct recording_entry entry = { 0 };
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int ret = 0;

	while (!ret && (length = getline(&line, &room, r->file)) >= 0) {
		entry.line++;
		if (entry.line == 1 || !strncmp(line, HEADER_START, strlen(HEADER_START)))
			ret = begin_session(r, line, entry.line);
		else if (is_whole(line, length))
			ret = add_entry(r, (struct recording_entry){ entry.offset, entry.line,
								      r->nr_sessions });
		else
			note_damage(r, entry.line);
		entry.offset += length;
	}
	free(line);
	if (!ret && ferror(r->file))
		return failure(&r->error, -EIO, "cannot read %s: %m", r->name);
	if (!ret && !entry.line)
		return failure(&r->error, -EINVAL, "%s is empty: no recording of epcctl", r->name);
	return ret;
}

int recording_open(struct recording *r, const char *file)
{
	*r = (struct recording){ .name = strdup(file) };
	if (!r->name)
		return failure(&r->error, -ENOMEM, "no memory");
	r->file = fopen(file, "re");
	if (!r->file)
		return failure(&r->error, -errno, "cannot open %s: %m", file);
	return index_lines(r);
}

void recording_close(struct recording *r)
{
	if (r->file)
		fclose(r->file);
	free(r->name);
	free(r->host);
	free(r->kernel);
	free(r->path);
	free(r->entries);
	free(r->error);
	*r = (struct recording){ 0 };
}

int recording_read(struct recording *r, size_t i, struct sample *s)
{
	const struct recording_entry *entry = &r->entries[i];
	struct json_object *object;
	char *line = NULL;
	size_t room = 0;
	int ret;

	sample_clear(s);
	if (fseeko(r->file, entry->offset, SEEK_SET) || getline(&line, &room, r->file) < 0) {
		free(line);
		return failure(&r->error, -EIO, "cannot read line %u of %s again", entry->line,
			       r->name);
	}
	object = json_tokener_parse(line);
	free(line);
	ret = object ? parse_sample(object, s) : -EINVAL;
	json_object_put(object);
	s->session = entry->session;
	if (ret) {
		sample_clear(s);
		return failure(&r->error, ret, "%s, line %u is damaged", r->name, entry->line);
	}
	return 0;
}
