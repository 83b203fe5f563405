// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a cgroup and of its controller's state (css).
 *
 * A removed cgroup's css is killed: dying at once, offline later, after all below it.
 * When the last reference is gone it is taken off the tree, and after a grace period
 * freed, and only then drops its parent.
 */
#include <stdlib.h>
#include <harness/harness.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/rculist.h>
#include "cgroup.h"
#include "guard.h"

DEFINE_MUTEX(cgroup_mutex);

static struct cgroup *root;
static int tasks_guard;
static atomic_t nr_css;
static u64 last_id;

int percpu_ref_init(struct percpu_ref *ref, void (*release)(struct percpu_ref *ref))
{
	ref->data = kzalloc(64, GFP_KERNEL);
	if (!ref->data)
		return -ENOMEM;
	atomic_long_set(&ref->count, 1);
	ref->dead = false;
	ref->release = release;
	return 0;
}

void percpu_ref_exit(struct percpu_ref *ref)
{
	kfree(ref->data);
	ref->data = NULL;
}

void percpu_ref_get(struct percpu_ref *ref)
{
	if (atomic_long_inc_return(&ref->count) < 2)
		harness_fail("reference taken to a css that is released");
}

bool percpu_ref_tryget(struct percpu_ref *ref)
{
	long old = atomic_long_read(&ref->count);
	long seen;

	for (; old > 0; old = seen) {
		seen = atomic_long_cmpxchg(&ref->count, old, old + 1);
		if (seen == old)
			return true;
	}
	return false;
}

bool percpu_ref_tryget_live(struct percpu_ref *ref)
{
	return !READ_ONCE(ref->dead) && percpu_ref_tryget(ref);
}

void percpu_ref_put(struct percpu_ref *ref)
{
	long left = atomic_long_sub_return(1, &ref->count);

	if (left < 0)
		harness_fail("more references to a css given back than taken");
	if (!left)
		ref->release(ref);
}

void percpu_ref_kill(struct percpu_ref *ref)
{
	if (ref->dead)
		harness_fail("css is killed twice");
	WRITE_ONCE(ref->dead, true);
}

static void cgroup_get(struct cgroup *cgrp)
{
	atomic_inc(&cgrp->refs);
}

static void cgroup_put(struct cgroup *cgrp)
{
	struct cgroup *parent;

	for (; cgrp && atomic_dec_and_test(&cgrp->refs); cgrp = parent) {
		parent = cgrp->parent;
		free(cgrp);
	}
}

static struct cgroup *cgroup_new(struct cgroup *parent, const char *name)
{
	struct cgroup *cgrp = calloc(1, sizeof(*cgrp));

	strscpy(cgrp->name, name, sizeof(cgrp->name));
	cgrp->id = ++last_id;
	cgrp->enabled = true;
	cgrp->parent = parent;
	cgrp->self.flags = CSS_ONLINE;
	atomic_set(&cgrp->refs, 1);
	init_rwsem(&cgrp->active);
	INIT_LIST_HEAD(&cgrp->children);
	if (parent) {
		cgroup_get(parent);
		list_add_tail(&cgrp->sibling, &parent->children);
	}
	return cgrp;
}

static void css_free(struct cgroup_subsys_state *css)
{
	struct cgroup_subsys_state *parent = css->parent;
	struct cgroup *cgrp = css->cgroup;

	percpu_ref_exit(&css->refcnt);
	css->ss->css_free(css);
	atomic_dec(&nr_css);
	css_put(parent);
	cgroup_put(cgrp);
}

static void css_free_rcu(struct rcu_head *head)
{
	css_free(container_of(head, struct cgroup_subsys_state, rcu));
}

static void css_release_work(struct harness_work *work)
{
	struct cgroup_subsys_state *css = container_of(work, struct cgroup_subsys_state, work);

	mutex_lock(&cgroup_mutex);
	WRITE_ONCE(css->flags, css->flags | CSS_RELEASED);
	list_del_rcu(&css->sibling);
	mutex_unlock(&cgroup_mutex);
	call_rcu(&css->rcu, css_free_rcu);
}

static void css_release(struct percpu_ref *ref)
{
	struct cgroup_subsys_state *css = container_of(ref, struct cgroup_subsys_state, refcnt);

	harness_queue_work(&css->work, css_release_work);
}

static void css_offline_work(struct harness_work *work)
{
	struct cgroup_subsys_state *css = container_of(work, struct cgroup_subsys_state, work);
	struct cgroup_subsys_state *parent;
	bool last;

	mutex_lock(&cgroup_mutex);
	do {
		parent = css->parent;
		if (css->ss->css_offline)
			css->ss->css_offline(css);
		WRITE_ONCE(css->flags, css->flags & ~CSS_ONLINE);
		css_put(css);
		css = parent;
		last = css && atomic_dec_and_test(&css->online_cnt);
	} while (last);
	mutex_unlock(&cgroup_mutex);
}

/* Nobody gets into it any more; whoever writes to one of its files is waited for. */
static void css_kill(struct cgroup_subsys_state *css)
{
	struct cgroup *cgrp = css->cgroup;

	WRITE_ONCE(css->flags, css->flags | CSS_DYING);
	harness_guard(&tasks_guard);
	cgrp->misc = NULL;
	harness_unguard(&tasks_guard);
	down_write(&cgrp->active);
	up_write(&cgrp->active);
	percpu_ref_kill(&css->refcnt);
	if (atomic_dec_and_test(&css->online_cnt))
		harness_queue_work(&css->work, css_offline_work);
}

static void css_init(struct cgroup_subsys_state *css, struct cgroup *cgrp,
		     struct cgroup_subsys_state *parent)
{
	memset(css, 0, sizeof(*css));
	css->cgroup = cgrp;
	css->ss = &misc_cgrp_subsys;
	css->parent = parent;
	INIT_LIST_HEAD(&css->sibling);
	INIT_LIST_HEAD(&css->children);
	atomic_set(&css->online_cnt, 1);
	atomic_inc(&nr_css);
}

static struct cgroup_subsys_state *effective_css(struct cgroup *cgrp)
{
	while (!cgrp->misc)
		cgrp = cgrp->parent;
	return cgrp->misc;
}

static int css_create(struct cgroup *cgrp)
{
	struct cgroup_subsys_state *parent = effective_css(cgrp->parent);
	struct cgroup_subsys_state *css;

	lockdep_assert_held(&cgroup_mutex);

	css = misc_cgrp_subsys.css_alloc(parent);
	if (IS_ERR(css))
		return PTR_ERR(css);
	css_init(css, cgrp, parent);
	css_get(parent);
	cgroup_get(cgrp);
	if (percpu_ref_init(&css->refcnt, css_release)) {
		call_rcu(&css->rcu, css_free_rcu);
		return -ENOMEM;
	}
	atomic_inc(&parent->online_cnt);
	list_add_tail_rcu(&css->sibling, &parent->children);
	css->flags |= CSS_ONLINE;
	harness_guard(&tasks_guard);
	cgrp->misc = css;
	harness_unguard(&tasks_guard);
	return 0;
}

static void root_init(void)
{
	struct cgroup_subsys_state *css = misc_cgrp_subsys.css_alloc(NULL);

	css_init(css, root, NULL);
	css->flags = CSS_NO_REF | CSS_ONLINE;
	root->misc = css;
}

void harness_init(void)
{
	root = cgroup_new(NULL, "");
	root_init();
	harness_task_move(current, root);
}

void harness_reinit(size_t size)
{
	harness_run_work();
	if (harness_nr_css() != 1 || !list_empty(&root->children))
		harness_fail("cgroups are left where the harness should begin anew");
	memset(root->misc, 0, size);
	atomic_set(&nr_css, 0);
	root_init();
}

struct cgroup *harness_cgroup_root(void)
{
	return root;
}

unsigned int harness_nr_css(void)
{
	return atomic_read(&nr_css);
}

struct cgroup *harness_cgroup_make(struct cgroup *parent, const char *name)
{
	struct cgroup *cgrp;
	int ret = 0;

	mutex_lock(&cgroup_mutex);
	cgrp = cgroup_new(parent, name);
	if (parent->enabled)
		ret = css_create(cgrp);
	if (ret) {
		list_del(&cgrp->sibling);
		cgroup_put(cgrp);
	}
	mutex_unlock(&cgroup_mutex);
	return ret ? ERR_PTR(ret) : cgrp;
}

int harness_cgroup_remove(struct cgroup *cgrp)
{
	int ret = -EBUSY;

	mutex_lock(&cgroup_mutex);
	if (cgrp->parent && !cgrp->nr_tasks && list_empty(&cgrp->children)) {
		cgrp->self.flags &= ~CSS_ONLINE;
		list_del(&cgrp->sibling);
		if (cgrp->misc)
			css_kill(cgrp->misc);
		ret = 0;
	}
	mutex_unlock(&cgroup_mutex);
	if (!ret)
		cgroup_put(cgrp);
	return ret;
}

int harness_cgroup_enable(struct cgroup *cgrp, bool enable)
{
	struct cgroup *child;
	int ret = 0;

	mutex_lock(&cgroup_mutex);
	list_for_each_entry(child, &cgrp->children, sibling) {
		if (enable && !child->misc && !ret)
			ret = css_create(child);
		else if (!enable && child->misc)
			css_kill(child->misc);
	}
	cgrp->enabled = enable && !ret;
	mutex_unlock(&cgroup_mutex);
	return ret;
}

int harness_task_move(struct task_struct *task, struct cgroup *cgrp)
{
	struct cgroup *old = task->cgroup;

	if (cgrp)
		cgroup_get(cgrp);
	harness_guard(&tasks_guard);
	if (old)
		old->nr_tasks--;
	if (cgrp)
		cgrp->nr_tasks++;
	task->cgroup = cgrp;
	harness_unguard(&tasks_guard);
	cgroup_put(old);
	return 0;
}

struct cgroup_subsys_state *task_get_css(struct task_struct *task, int subsys_id)
{
	struct cgroup_subsys_state *css;
	bool got;

	harness_guard(&tasks_guard);
	css = effective_css(task->cgroup ?: root);
	got = READ_ONCE(css->flags) & CSS_NO_REF ||
	      __atomic_fetch_add(&css->refcnt.count.counter, 1, __ATOMIC_SEQ_CST) > 0;
	harness_unguard(&tasks_guard);
	if (!got)
		harness_fail("a task is in a cgroup whose css is released");
	return css;
}

/* Children of @css after @pos, the first if that is %NULL. */
static struct cgroup_subsys_state *next_child(struct cgroup_subsys_state *css,
					      struct cgroup_subsys_state *pos)
{
	struct list_head *next = harness_list_next_rcu(pos ? &pos->sibling : &css->children);

	return next == &css->children ? NULL :
	       list_entry(next, struct cgroup_subsys_state, sibling);
}

struct cgroup_subsys_state *css_next_descendant_pre(struct cgroup_subsys_state *pos,
						    struct cgroup_subsys_state *top)
{
	struct cgroup_subsys_state *next;

	if (!rcu_read_lock_held())
		harness_fail("css walk outside of an RCU read section");
	if (!pos)
		return top;
	next = next_child(pos, NULL);
	for (; !next && pos != top; pos = pos->parent)
		next = next_child(pos->parent, pos);
	return next;
}

static char *path_of(struct cgroup *cgrp, char *p, size_t size)
{
	if (!cgrp->parent)
		return p;
	p = path_of(cgrp->parent, p, size);
	return p + sprintf(p, "/%s", cgrp->name);
}

int cgroup_path(struct cgroup *cgrp, char *buf, size_t size)
{
	char path[4096] = "/";

	path_of(cgrp, path, sizeof(path));
	return strscpy(buf, path, size);
}

int cgroup_path_ns(struct cgroup *cgrp, char *buf, size_t size, struct cgroup_namespace *ns)
{
	return cgroup_path(cgrp, buf, size);
}

void cgroup_file_notify(struct cgroup_file *file)
{
	atomic_inc(&file->notified);
}
