// SPDX-License-Identifier: GPL-2.0
/* Strings, numbers, messages, and output of files. */
#include <stdarg.h>
#include <stdlib.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ratelimit.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include "guard.h"

ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(to, from, size - 1);
		to[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, len + 1);
	return len;
}

/* Cut white space off both ends. */
char *strim(char *s)
{
	size_t len;

	while (isspace((unsigned char)*s))
		s++;
	for (len = strlen(s); len && isspace((unsigned char)s[len - 1]); len--)
		s[len - 1] = '\0';
	return s;
}

int match_string(const char *const *array, size_t n, const char *string)
{
	size_t i;

	for (i = 0; i < n && array[i]; i++) {
		if (!strcmp(array[i], string))
			return i;
	}
	return -EINVAL;
}

/* The same, but @string may end with a newline. */
int __sysfs_match_string(const char *const *array, size_t n, const char *string)
{
	size_t i, len;

	for (i = 0; i < n && array[i]; i++) {
		len = strlen(array[i]);
		if (!strncmp(array[i], string, len) && !strcmp(string + len + (string[len] == '\n'), ""))
			return i;
	}
	return -EINVAL;
}

void *memchr_inv(const void *p, int c, size_t size)
{
	const unsigned char *s = p;

	for (; size; s++, size--) {
		if (*s != (unsigned char)c)
			return (void *)s;
	}
	return NULL;
}

int hex_to_bin(unsigned char c)
{
	if (isdigit(c))
		return c - '0';
	return isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
}

/*
 * One number with a plus sign at most and a newline at most. Base 0 is octal after 0,
 * hexadecimal after 0x, decimal otherwise.
 */
int kstrtou64(const char *s, unsigned int base, u64 *value)
{
	bool overflow = false;
	const char *digits;
	u64 n = 0;
	int digit;

	if (*s == '+')
		s++;
	if (!base)
		base = *s != '0' ? 10 : tolower(s[1]) == 'x' && isxdigit(s[2]) ? 16 : 8;
	if (base == 16 && *s == '0' && tolower(s[1]) == 'x')
		s += 2;
	for (digits = s; (digit = hex_to_bin(*s)) >= 0 && digit < (int)base; s++)
		overflow |= __builtin_mul_overflow(n, (u64)base, &n) ||
			    __builtin_add_overflow(n, (u64)digit, &n);
	if (s == digits)
		return -EINVAL;
	/* Too large is found before what follows is looked at. */
	if (overflow)
		return -ERANGE;
	if (*s == '\n')
		s++;
	if (*s)
		return -EINVAL;
	*value = n;
	return 0;
}

/* What cannot be printed in octal, for %pE: '\' itself is left alone, as in the kernel. */
static int escape(char *to, size_t size, const char *from, int len)
{
	char *p = to, *end = to + size;

	for (; len > 0 && end - p > 5; from++, len--) {
		if (isprint((unsigned char)*from))
			*p++ = *from;
		else
			p += sprintf(p, "\\%03o", (unsigned char)*from);
	}
	*p = '\0';
	return p - to;
}

/* Copy one conversion of @fmt to @spec. Return where it ends. */
static const char *conversion(const char *fmt, char *spec, size_t size)
{
	const char *end = fmt + 1 + strspn(fmt + 1, "-+ #0123456789.*lhz");

	strscpy(spec, fmt, min(size, (size_t)(end + 2 - fmt)));
	return end + 1;
}

/* Print to @buf in the kernel's format. */
static void kernel_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	char spec[32], name[1024], *p = buf, *end = buf + size;
	int len;

	for (; *fmt && end - p > 1; p += strlen(p)) {
		if (*fmt != '%') {
			*p++ = *fmt++;
			*p = '\0';
			continue;
		}
		fmt = conversion(fmt, spec, sizeof(spec));
		len = strlen(spec);
		if (fmt[-1] == 'p' && *fmt == 'E') {
			fmt++;
			len = va_arg(args, int);
			escape(name, sizeof(name), va_arg(args, char *), len);
			snprintf(p, end - p, "%s", name);
		} else if (fmt[-1] == 's') {
			snprintf(p, end - p, "%s", va_arg(args, char *));
		} else if (len > 2 && spec[len - 2] == 'l') {
			snprintf(p, end - p, spec, va_arg(args, long));
		} else {
			snprintf(p, end - p, spec, va_arg(args, int));
		}
	}
}

static int text_guard;
static char last_message[2048], last_trace[512];
bool harness_tracing;

void harness_printk(const char *fmt, ...)
{
	va_list args;

	harness_guard(&text_guard);
	va_start(args, fmt);
	kernel_vsnprintf(last_message, sizeof(last_message), fmt, args);
	va_end(args);
	harness_unguard(&text_guard);
}

const char *harness_last_message(void)
{
	return last_message;
}

void harness_trace(const char *name, const char *fmt, ...)
{
	va_list args;
	int len;

	harness_guard(&text_guard);
	va_start(args, fmt);
	len = snprintf(last_trace, sizeof(last_trace), "%s: ", name);
	vsnprintf(last_trace + len, sizeof(last_trace) - len, fmt, args);
	va_end(args);
	harness_unguard(&text_guard);
}

const char *harness_last_trace(void)
{
	return last_trace;
}

int __ratelimit(struct ratelimit_state *rs)
{
	static int guard;
	int allowed;

	harness_guard(&guard);
	if (!rs->begin || time_after(jiffies, rs->begin + rs->interval)) {
		rs->begin = jiffies;
		rs->nr = 0;
	}
	allowed = rs->nr++ < rs->burst;
	harness_unguard(&guard);
	return allowed;
}

static void grow(struct seq_file *sf, size_t len)
{
	if (sf->count + len < sf->size)
		return;
	sf->size = 2 * (sf->count + len) + 4096;
	sf->buf = realloc(sf->buf, sf->size);
}

void seq_printf(struct seq_file *sf, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	grow(sf, len);
	va_start(args, fmt);
	sf->count += vsnprintf(sf->buf + sf->count, sf->size - sf->count, fmt, args);
	va_end(args);
}

void seq_puts(struct seq_file *sf, const char *s)
{
	seq_printf(sf, "%s", s);
}
