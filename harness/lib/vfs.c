// SPDX-License-Identifier: GPL-2.0
/*
 * The file system of cgroups as kernel code reaches it: unit tests do. A directory
 * entry is a path, looked up anew each time.
 */
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/namei.h>
#include <linux/mutex.h>
#include <linux/string.h>

struct file_system_type {
	const char *name;
};

struct dentry {
	int		count;
	struct inode	inode;
	char		path[1024];
};

struct cgroup_open {
	struct cgroup	*cgrp;
	char		name[HARNESS_CGROUP_NAME];
};

/* There is one, and nothing in it. */
struct user_namespace {
	int unused;
} init_user_ns;

static struct file_system_type cgroup2 = { "cgroup2" };
static DEFINE_MUTEX(directory_lock);

struct file_system_type *get_fs_type(const char *name)
{
	return strcmp(name, cgroup2.name) ? NULL : &cgroup2;
}

static struct dentry *dentry_new(const char *path, const char *name, int len)
{
	struct dentry *dentry = calloc(1, sizeof(*dentry));
	size_t n = strscpy(dentry->path, path, sizeof(dentry->path) / 2);

	dentry->path[n++] = '/';
	strscpy(dentry->path + n, name, min((size_t)len + 1, sizeof(dentry->path) - n));
	dentry->count = 1;
	dentry->inode.private = dentry;
	return dentry;
}

struct vfsmount *kern_mount(struct file_system_type *type)
{
	struct vfsmount *mnt = calloc(1, sizeof(*mnt));

	mnt->mnt_root = dentry_new("", "", 0);
	return mnt;
}

void kern_unmount(struct vfsmount *mnt)
{
	dput(mnt->mnt_root);
	free(mnt);
}

struct dentry *dget(struct dentry *dentry)
{
	dentry->count++;
	return dentry;
}

void dput(struct dentry *dentry)
{
	if (!--dentry->count)
		free(dentry);
}

struct dentry *lookup_one_len_unlocked(const char *name, struct dentry *base, int len)
{
	return dentry_new(base->path, name, len);
}

struct dentry *lookup_one_len(const char *name, struct dentry *base, int len)
{
	lockdep_assert_held(&directory_lock);
	return lookup_one_len_unlocked(name, base, len);
}

struct inode *d_inode(struct dentry *dentry)
{
	return &dentry->inode;
}

bool d_is_positive(struct dentry *dentry)
{
	return harness_cgroup_find(dentry->path);
}

/* One lock for all directories: the kernel has one for each. */
void inode_lock_nested(struct inode *inode, int nesting)
{
	mutex_lock(&directory_lock);
}

void inode_unlock(struct inode *inode)
{
	mutex_unlock(&directory_lock);
}

int vfs_mkdir(struct user_namespace *ns, struct inode *dir, struct dentry *dentry, umode_t mode)
{
	return PTR_ERR_OR_ZERO(harness_mkdir(dentry->path));
}

int vfs_rmdir(struct user_namespace *ns, struct inode *dir, struct dentry *dentry)
{
	return harness_rmdir(dentry->path);
}

struct file *file_open_root_mnt(struct vfsmount *mnt, const char *name, int flags, umode_t mode)
{
	const char *slash = strrchr(name, '/');
	struct cgroup_open *open;
	struct cgroup *cgrp;
	struct file *file;
	char path[1024];

	strscpy(path, name, slash ? slash - name + 1 : 1);
	cgrp = harness_cgroup_find(path);
	if (!cgrp)
		return ERR_PTR(-ENOENT);
	file = kzalloc(sizeof(*file) + sizeof(*open), GFP_KERNEL);
	if (!file)
		return ERR_PTR(-ENOMEM);
	open = (struct cgroup_open *)(file + 1);
	open->cgrp = cgrp;
	strscpy(open->name, slash ? slash + 1 : name, sizeof(open->name));
	kref_init(&file->count);
	file->private_data = open;
	return file;
}

ssize_t kernel_read(struct file *file, void *buf, size_t size, loff_t *pos)
{
	struct cgroup_open *open = file->private_data;
	int ret = harness_read(open->cgrp, open->name, buf, size);

	return ret ?: (ssize_t)strlen(buf);
}

ssize_t kernel_write(struct file *file, const void *buf, size_t size, loff_t *pos)
{
	struct cgroup_open *open = file->private_data;
	int ret = harness_write_bytes(open->cgrp, open->name, buf, size);

	return ret ?: (ssize_t)size;
}
