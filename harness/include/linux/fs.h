/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: files, of which there are four kinds: those of a cgroup (lib/vfs.c), of an
 * enclave, of a vEPC instance, and the backing memory of an enclave (driver/).
 */
#ifndef HARNESS_LINUX_FS_H
#define HARNESS_LINUX_FS_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#define O_RDONLY	0
#define O_WRONLY	1
#define I_MUTEX_PARENT	1

struct file;
struct vm_area_struct;
struct address_space_operations;

struct inode {
	void *private;
};

/* All VMAs that map the file: a list here, a tree of intervals in the kernel. */
struct address_space {
	struct inode				*host;
	const struct address_space_operations	*a_ops;
	struct list_head			i_mmap;
	struct rw_semaphore			i_mmap_rwsem;
};

struct file {
	struct kref		count;
	struct inode		*f_inode;
	struct address_space	*f_mapping;
	void			*private_data;
	int			(*mmap)(struct file *file, struct vm_area_struct *vma);
	void			(*release)(struct file *file);
};

static inline struct inode *file_inode(struct file *file)
{
	return file->f_inode;
}

static inline struct file *get_file(struct file *file)
{
	kref_get(&file->count);
	return file;
}

void fput(struct file *file);

#define address_space_init_once(mapping)					\
	do {									\
		INIT_LIST_HEAD(&(mapping)->i_mmap);				\
		init_rwsem(&(mapping)->i_mmap_rwsem);				\
	} while (0)

#define i_mmap_lock_read(mapping)	down_read(&(mapping)->i_mmap_rwsem)
#define i_mmap_trylock_read(mapping)	down_read_trylock(&(mapping)->i_mmap_rwsem)
#define i_mmap_assert_locked(mapping)	lockdep_assert_held(&(mapping)->i_mmap_rwsem)
#define i_mmap_unlock_read(mapping)	up_read(&(mapping)->i_mmap_rwsem)
#define i_mmap_lock_write(mapping)	down_write(&(mapping)->i_mmap_rwsem)
#define i_mmap_unlock_write(mapping)	up_write(&(mapping)->i_mmap_rwsem)

ssize_t kernel_read(struct file *file, void *buf, size_t size, loff_t *pos);
ssize_t kernel_write(struct file *file, const void *buf, size_t size, loff_t *pos);

#endif /* HARNESS_LINUX_FS_H */
