/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model: read sections are counted by thread; a grace period waits for those that are
 * in one. What call_rcu() and kfree_rcu() were given is done by harness_run_work().
 */
#ifndef HARNESS_LINUX_RCUPDATE_H
#define HARNESS_LINUX_RCUPDATE_H

#include <linux/slab.h>
#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
bool rcu_read_lock_held(void);
void synchronize_rcu(void);
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));

#endif /* HARNESS_LINUX_RCUPDATE_H */
