/* SPDX-License-Identifier: GPL-2.0 */
/* model: one file system can be mounted, that of cgroups; lib/vfs.c. */
#ifndef HARNESS_LINUX_MOUNT_H
#define HARNESS_LINUX_MOUNT_H

struct dentry;
struct file_system_type;

struct vfsmount {
	struct dentry *mnt_root;
};

struct file_system_type *get_fs_type(const char *name);
struct vfsmount *kern_mount(struct file_system_type *type);
void kern_unmount(struct vfsmount *mnt);

#endif /* HARNESS_LINUX_MOUNT_H */
