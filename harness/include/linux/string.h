/* SPDX-License-Identifier: GPL-2.0 */
/* model: strings of user space, and what the kernel has beside them. */
#ifndef HARNESS_LINUX_STRING_H
#define HARNESS_LINUX_STRING_H

#include <stdio.h>
#include <string.h>
#include <linux/kernel.h>
#include <linux/types.h>

ssize_t strscpy(char *to, const char *from, size_t size);
char *strim(char *s);
int match_string(const char *const *array, size_t n, const char *string);
int __sysfs_match_string(const char *const *array, size_t n, const char *string);
void *memchr_inv(const void *p, int c, size_t size);

#define sysfs_match_string(array, string) \
	__sysfs_match_string(array, ARRAY_SIZE(array), string)

static inline char *strstrip(char *s)
{
	return strim(s);
}

#endif /* HARNESS_LINUX_STRING_H */
