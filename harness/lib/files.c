// SPDX-License-Identifier: GPL-2.0
/* Files of cgroups, by the tables of the controller, and cgroups by their path. */
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/string.h>
#include "cgroup.h"

#define PREFIX	"misc."

bool harness_cgroup_v1;

static struct cftype *find_file(struct cgroup *cgrp, const char *file)
{
	struct cftype *cft = harness_cgroup_v1 ? misc_cgrp_subsys.legacy_cftypes :
						 misc_cgrp_subsys.dfl_cftypes;

	if (strncmp(file, PREFIX, strlen(PREFIX)))
		return NULL;
	for (; cft->name[0]; cft++) {
		if (cft->flags & (cgrp->parent ? CFTYPE_ONLY_ON_ROOT : CFTYPE_NOT_ON_ROOT))
			continue;
		if (!strcmp(cft->name, file + strlen(PREFIX)))
			return cft;
	}
	return NULL;
}

static int write_core_file(struct cgroup *cgrp, const char *file, const char *text)
{
	if (!strcmp(file, "cgroup.procs"))
		return strcmp(text, "0") ? -EINVAL : harness_task_move(current, cgrp);
	if (strcmp(file, "cgroup.subtree_control"))
		return -ENOENT;
	if (!strcmp(text, "+misc") || !strcmp(text, "-misc"))
		return harness_cgroup_enable(cgrp, *text == '+');
	return -EINVAL;
}

/* As user space does it: removal of the cgroup waits until it is done. */
static int write_misc_file(struct cgroup *cgrp, const char *file, char *buf, size_t size)
{
	struct cftype *cft = find_file(cgrp, file);
	struct kernfs_open_file of = { .cft = cft };
	ssize_t ret = -ENODEV;

	if (!cft)
		return -ENOENT;
	if (!cft->write)
		return -EINVAL;
	down_read(&cgrp->active);
	of.css = READ_ONCE(cgrp->misc);
	if (of.css)
		ret = cft->write(&of, buf, size, 0);
	up_read(&cgrp->active);
	if (ret >= 0 && (size_t)ret != size)
		harness_fail("%s: %zd of %zu bytes were taken", file, ret, size);
	return ret < 0 ? ret : 0;
}

int harness_write_bytes(struct cgroup *cgrp, const char *file, const void *bytes, size_t size)
{
	char *buf = malloc(size + 1);
	int ret;

	memcpy(buf, bytes, size);
	buf[size] = '\0';
	ret = strncmp(file, PREFIX, strlen(PREFIX)) ? write_core_file(cgrp, file, buf) :
						      write_misc_file(cgrp, file, buf, size);
	free(buf);
	return ret;
}

int harness_write(struct cgroup *cgrp, const char *file, const char *text)
{
	return harness_write_bytes(cgrp, file, text, strlen(text));
}

int harness_read(struct cgroup *cgrp, const char *file, char *buf, size_t size)
{
	struct cftype *cft = find_file(cgrp, file);
	struct kernfs_open_file of = { .cft = cft };
	struct seq_file sf = { .of = &of };
	int ret = -ENODEV;

	if (!cft)
		return -ENOENT;
	if (!cft->seq_show)
		return -EINVAL;
	down_read(&cgrp->active);
	of.css = READ_ONCE(cgrp->misc);
	if (of.css)
		ret = cft->seq_show(&sf, NULL);
	up_read(&cgrp->active);
	if (size)
		strscpy(buf, sf.count ? sf.buf : "", size);
	free(sf.buf);
	return ret;
}

u64 harness_value(struct cgroup *cgrp, const char *file, const char *key)
{
	size_t len = strlen(key);
	char text[4096];
	char *line, *rest;

	if (harness_read(cgrp, file, text, sizeof(text)))
		return ~1ULL;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, key, len) || line[len] != ' ')
			continue;
		return strcmp(line + len + 1, "max") ? strtoull(line + len + 1, NULL, 10) : U64_MAX;
	}
	return ~1ULL;
}

static struct cgroup *find_child(struct cgroup *cgrp, const char *name, size_t len)
{
	struct cgroup *child;

	list_for_each_entry(child, &cgrp->children, sibling) {
		if (!strncmp(child->name, name, len) && !child->name[len])
			return child;
	}
	return NULL;
}

/* Names separated by slashes, or with slashes to spare. */
struct cgroup *harness_cgroup_find(const char *path)
{
	struct cgroup *cgrp = harness_cgroup_root();
	size_t len;

	mutex_lock(&cgroup_mutex);
	for (; cgrp && *(path += strspn(path, "/")); path += len) {
		len = strcspn(path, "/");
		cgrp = find_child(cgrp, path, len);
	}
	mutex_unlock(&cgroup_mutex);
	return cgrp;
}

struct cgroup *harness_mkdir(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct cgroup *parent;
	char above[1024];

	strscpy(above, path, slash ? slash - path + 1 : 1);
	parent = harness_cgroup_find(above);
	if (!parent)
		return ERR_PTR(-ENOENT);
	if (harness_cgroup_find(path))
		return ERR_PTR(-EEXIST);
	return harness_cgroup_make(parent, slash ? slash + 1 : path);
}

int harness_rmdir(const char *path)
{
	struct cgroup *cgrp = harness_cgroup_find(path);

	return cgrp ? harness_cgroup_remove(cgrp) : -ENOENT;
}
