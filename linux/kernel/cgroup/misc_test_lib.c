// SPDX-License-Identifier: GPL-2.0
/* Groups, files and guests for the unit tests of the misc controller. */

#include <linux/delay.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/string.h>
#include <kunit/test.h>
#include "misc_test.h"

/* The groups of a test, children last. */
static const char *const group[] = {
	"test-a", "test-b", "test-a/test-c", "test-a/test-d",
};

/* cgroup2, while a test runs. */
static struct vfsmount *cgroupfs;
static u64 capacity[MISC_CG_RES_TYPES];
static char text[4096];

int misc_put(const char *name, const char *what)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t ret;

	file = file_open_root_mnt(cgroupfs, name, O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	ret = kernel_write(file, what, strlen(what), &pos);
	fput(file);

	return ret < 0 ? ret : 0;
}

/* All of a file, or the reason why it cannot be read. */
static const char *get(const char *name)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t ret;

	file = file_open_root_mnt(cgroupfs, name, O_RDONLY, 0);
	if (IS_ERR(file))
		return "cannot be opened";
	ret = kernel_read(file, text, sizeof(text) - 1, &pos);
	fput(file);
	text[max_t(ssize_t, ret, 0)] = '\0';

	return ret < 0 ? "cannot be read" : text;
}

const char *misc_key(const char *name, const char *word)
{
	const char *all = get(name);
	size_t len = strlen(word);
	char *next = text;
	char *line;

	if (all != text)
		return all;
	while ((line = strsep(&next, "\n"))) {
		if (!strncmp(line, word, len) && line[len] == ' ')
			return line + len + 1;
	}
	return "absent";
}

int misc_group_change(const char *name, bool make)
{
	const char *last = strrchr(name, '/');
	struct dentry *parent;
	struct dentry *child;
	int ret;

	if (last)
		parent = lookup_one_len_unlocked(name, cgroupfs->mnt_root, last - name);
	else
		parent = dget(cgroupfs->mnt_root);
	if (IS_ERR(parent))
		return PTR_ERR(parent);
	last = last ? last + 1 : name;

	inode_lock_nested(d_inode(parent), I_MUTEX_PARENT);
	child = lookup_one_len(last, parent, strlen(last));
	ret = PTR_ERR_OR_ZERO(child);
	if (!ret && make)
		ret = vfs_mkdir(&init_user_ns, d_inode(parent), child, 0755);
	else if (!ret)
		ret = d_is_positive(child) ?
		      vfs_rmdir(&init_user_ns, d_inode(parent), child) : 0;
	inode_unlock(d_inode(parent));

	if (!IS_ERR(child))
		dput(child);
	dput(parent);
	return ret;
}

/* KVM makes these two calls for each guest, in the thread that creates it. */
int misc_guest_start(struct misc_guest *guest, enum misc_res_type type)
{
	int ret;

	guest->type = type;
	guest->cg = get_current_misc_cg();
	ret = misc_cg_try_charge(type, guest->cg, 1);
	if (ret) {
		put_misc_cg(guest->cg);
		guest->cg = NULL;
	}
	return ret;
}

void misc_guest_stop(struct misc_guest *guest)
{
	misc_cg_uncharge(guest->type, guest->cg, 1);
	put_misc_cg(guest->cg);
	guest->cg = NULL;
}

int misc_guest_start_in(struct misc_guest *guest, const char *where,
			  enum misc_res_type type)
{
	char name[64];
	int ret;

	snprintf(name, sizeof(name), "%scgroup.procs", where);
	ret = misc_put(name, "0");
	if (ret)
		return ret;
	ret = misc_guest_start(guest, type);
	misc_put("cgroup.procs", "0");
	return ret;
}

int misc_test_init(struct kunit *test)
{
	struct file_system_type *type = get_fs_type("cgroup2");
	int i, ret;

	for (i = 0; i < MISC_CG_RES_TYPES; i++) {
		capacity[i] = misc_capacity(i);
		misc_cg_set_capacity(i, 10);
	}
	cgroupfs = kern_mount(type);
	if (IS_ERR(cgroupfs))
		return PTR_ERR(cgroupfs);

	ret = misc_put("cgroup.subtree_control", "+misc");
	for (i = 0; !ret && i < ARRAY_SIZE(group); i++)
		ret = misc_group_change(group[i], true);
	return ret ?: misc_put(A "cgroup.subtree_control", "+misc");
}

void misc_test_exit(struct kunit *test)
{
	int i, tries;

	if (!IS_ERR_OR_NULL(cgroupfs)) {
		misc_put("cgroup.procs", "0");
		for (i = ARRAY_SIZE(group) - 1; i >= 0; i--) {
			/* A test that was given up may not be quite gone. */
			for (tries = 0; tries < MISC_TRIES; tries++) {
				if (misc_group_change(group[i], false) != -EBUSY)
					break;
				msleep(20);
			}
		}
		misc_put("cgroup.subtree_control", "-misc");
		kern_unmount(cgroupfs);
	}
	for (i = 0; i < MISC_CG_RES_TYPES; i++)
		misc_cg_set_capacity(i, capacity[i]);
}
