/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: a tree of cgroups with one controller, misc. Its states are created, online,
 * dying, offline, released and freed in the order and under the locks of the kernel's
 * core; what that does in the background is done by harness_run_work(). There are
 * no processes but the tasks of the harness, and no namespaces.
 */
#ifndef HARNESS_LINUX_CGROUP_H
#define HARNESS_LINUX_CGROUP_H

#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/percpu-refcount.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/types.h>

enum cgroup_subsys_id { misc_cgrp_id };

#define CSS_NO_REF		BIT(0)
#define CSS_ONLINE		BIT(1)
#define CSS_RELEASED		BIT(2)
#define CSS_DYING		BIT(3)

#define CFTYPE_ONLY_ON_ROOT	BIT(0)
#define CFTYPE_NOT_ON_ROOT	BIT(1)
#define CFTYPE_NS_DELEGATABLE	BIT(2)

#define HARNESS_CGROUP_NAME	64

struct cgroup_subsys;

/* Something to do later, see harness_run_work(). */
struct harness_work {
	struct harness_work	*next;
	void			(*fn)(struct harness_work *work);
};

struct cgroup_subsys_state {
	struct cgroup			*cgroup;
	struct cgroup_subsys		*ss;
	struct percpu_ref		refcnt;
	struct list_head		sibling;
	struct list_head		children;
	unsigned int			flags;
	atomic_t			online_cnt;
	struct harness_work		work;
	struct rcu_head			rcu;
	struct cgroup_subsys_state	*parent;
};

/* How often readers of a file were told that it has changed. */
struct cgroup_file {
	atomic_t notified;
};

/**
 * struct cgroup - a directory
 * @self:	its own state; only the flags are used
 * @id:		inode number
 * @name:	of the directory
 * @parent:	directory above; a reference to it is held
 * @refs:	directories below, states and tasks
 * @misc:	state of the controller, %NULL if that is not enabled
 * @enabled:	controllers of cgroups below it are: "+misc" in cgroup.subtree_control
 * @nr_tasks:	members
 * @active:	held to read by whoever reads or writes a file, to write by removal
 * @sibling:	member of @children of the parent, until it is removed
 * @children:	directories in it
 */
struct cgroup {
	struct cgroup_subsys_state	self;
	u64				id;
	char				name[HARNESS_CGROUP_NAME];
	struct cgroup			*parent;
	atomic_t			refs;
	struct cgroup_subsys_state	*misc;
	bool				enabled;
	unsigned int			nr_tasks;
	struct rw_semaphore		active;
	struct list_head		sibling;
	struct list_head		children;
};

struct cftype;

struct kernfs_open_file {
	struct cgroup_subsys_state	*css;
	struct cftype			*cft;
};

struct cftype {
	char		name[HARNESS_CGROUP_NAME];
	unsigned long	private;
	unsigned int	flags;
	unsigned int	file_offset;
	int		(*seq_show)(struct seq_file *sf, void *v);
	ssize_t		(*write)(struct kernfs_open_file *of, char *buf, size_t size,
				 loff_t offset);
};

struct cgroup_subsys {
	struct cgroup_subsys_state	*(*css_alloc)(struct cgroup_subsys_state *parent);
	int				(*css_online)(struct cgroup_subsys_state *css);
	void				(*css_offline)(struct cgroup_subsys_state *css);
	void				(*css_free)(struct cgroup_subsys_state *css);
	struct cftype			*dfl_cftypes;
	struct cftype			*legacy_cftypes;
};

extern struct cgroup_subsys misc_cgrp_subsys;

static inline struct cgroup_subsys_state *of_css(struct kernfs_open_file *of)
{
	return of->css;
}

static inline struct cgroup_subsys_state *seq_css(struct seq_file *sf)
{
	return sf->of->css;
}

static inline struct cftype *seq_cft(struct seq_file *sf)
{
	return sf->of->cft;
}

static inline u64 cgroup_id(const struct cgroup *cgrp)
{
	return cgrp->id;
}

static inline void css_get(struct cgroup_subsys_state *css)
{
	if (!(READ_ONCE(css->flags) & CSS_NO_REF))
		percpu_ref_get(&css->refcnt);
}

static inline bool css_tryget(struct cgroup_subsys_state *css)
{
	return READ_ONCE(css->flags) & CSS_NO_REF || percpu_ref_tryget(&css->refcnt);
}

static inline bool css_tryget_online(struct cgroup_subsys_state *css)
{
	return READ_ONCE(css->flags) & CSS_NO_REF || percpu_ref_tryget_live(&css->refcnt);
}

static inline void css_put(struct cgroup_subsys_state *css)
{
	if (!(READ_ONCE(css->flags) & CSS_NO_REF))
		percpu_ref_put(&css->refcnt);
}

struct cgroup_subsys_state *task_get_css(struct task_struct *task, int subsys_id);
struct cgroup_subsys_state *css_next_descendant_pre(struct cgroup_subsys_state *pos,
						    struct cgroup_subsys_state *root);
int cgroup_path(struct cgroup *cgrp, char *buf, size_t size);
int cgroup_path_ns(struct cgroup *cgrp, char *buf, size_t size, struct cgroup_namespace *ns);
void cgroup_file_notify(struct cgroup_file *file);

#endif /* HARNESS_LINUX_CGROUP_H */
