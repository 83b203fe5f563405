/* SPDX-License-Identifier: GPL-2.0 */
/* model: looking up, making and removing directories of cgroups; lib/vfs.c. */
#ifndef HARNESS_LINUX_NAMEI_H
#define HARNESS_LINUX_NAMEI_H

#include <linux/fs.h>
#include <linux/mount.h>

struct dentry;
struct user_namespace;
extern struct user_namespace init_user_ns;

struct file *file_open_root_mnt(struct vfsmount *mnt, const char *name, int flags, umode_t mode);
struct dentry *lookup_one_len(const char *name, struct dentry *base, int len);
struct dentry *lookup_one_len_unlocked(const char *name, struct dentry *base, int len);
struct dentry *dget(struct dentry *dentry);
void dput(struct dentry *dentry);
struct inode *d_inode(struct dentry *dentry);
bool d_is_positive(struct dentry *dentry);
void inode_lock_nested(struct inode *inode, int nesting);
void inode_unlock(struct inode *inode);
int vfs_mkdir(struct user_namespace *ns, struct inode *dir, struct dentry *dentry, umode_t mode);
int vfs_rmdir(struct user_namespace *ns, struct inode *dir, struct dentry *dentry);

#endif /* HARNESS_LINUX_NAMEI_H */
