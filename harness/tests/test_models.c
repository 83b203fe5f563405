// SPDX-License-Identifier: GPL-2.0
/*
 * The models themselves: what they promise, and that they catch what they say they catch.
 * Locks, sleeping, RCU, memory, tasks; trees and texts are in test_models_data.c.
 */
#include <sched.h>
#include <harness/harness.h>
#include <linux/delay.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "death.h"

static DEFINE_SPINLOCK(a);
static DEFINE_SPINLOCK(b);
static DEFINE_SPINLOCK(c);
static DEFINE_MUTEX(m);
static struct mutex never_initialized;

static void take_both(spinlock_t *outer, spinlock_t *inner)
{
	spin_lock(outer);
	spin_lock(inner);
	spin_unlock(inner);
	spin_unlock(outer);
}

static void invert(void)
{
	take_both(&a, &b);
	take_both(&b, &a);
}

static void invert_by_a_third(void)
{
	take_both(&a, &b);
	take_both(&b, &c);
	take_both(&c, &a);
}

static void take_a_then_b(void *unused)
{
	take_both(&a, &b);
}

static void invert_by_another_thread(void)
{
	harness_thread_join(harness_thread_start(take_a_then_b, NULL, NULL));
	take_both(&b, &a);
}

static void an_inverted_order_of_locks_is_caught(struct kunit *test)
{
	take_both(&a, &b);
	take_both(&a, &c);
	take_both(&b, &c);
	KUNIT_EXPECT_DEATH(test, invert, "b and a are taken in both orders");
	KUNIT_EXPECT_DEATH(test, invert, "before: a (tests/test_models.c:");
	KUNIT_EXPECT_DEATH(test, invert_by_a_third, "a are taken in both orders");
	KUNIT_EXPECT_DEATH(test, invert_by_another_thread, "b and a are taken in both orders");
}

static void nest_a_class(void)
{
	spinlock_t pair[2];
	int i;

	for (i = 0; i < 2; i++)
		spin_lock_init(&pair[i]);
	take_both(&pair[0], &pair[1]);
}

static void take_twice(void)
{
	mutex_lock(&m);
	mutex_lock(&m);
}

static void give_what_is_not_held(void)
{
	spin_unlock(&a);
}

static void give_twice(void)
{
	spin_lock(&a);
	spin_unlock(&a);
	spin_unlock(&a);
}

static void take_uninitialized(void)
{
	mutex_lock(&never_initialized);
}

static void misuse_of_a_lock_is_caught(struct kunit *test)
{
	KUNIT_EXPECT_DEATH(test, nest_a_class, "is taken inside");
	KUNIT_EXPECT_DEATH(test, take_twice, "m is held already");
	KUNIT_EXPECT_DEATH(test, give_what_is_not_held, "a is given back but not held");
	KUNIT_EXPECT_DEATH(test, give_twice, "a is given back but not held");
	KUNIT_EXPECT_DEATH(test, take_uninitialized, "never initialized");
}

static void assert_free(void)
{
	lockdep_assert_held(&a);
}

static void assert_with_another_lock(void)
{
	spin_lock(&b);
	lockdep_assert_held(&a);
}

static int step;

static void hold_a(void *unused)
{
	spin_lock(&a);
	__atomic_store_n(&step, 1, __ATOMIC_SEQ_CST);
	harness_unpark(&step);
	while (__atomic_load_n(&step, __ATOMIC_SEQ_CST) != 2)
		harness_park(&step, 1, 1);
	spin_unlock(&a);
}

static struct harness_thread *start_holding_a(void)
{
	struct harness_thread *thread = harness_thread_start(hold_a, NULL, NULL);

	while (!__atomic_load_n(&step, __ATOMIC_SEQ_CST))
		harness_park(&step, 0, 1);
	return thread;
}

static void assert_held_by_another(void)
{
	start_holding_a();
	lockdep_assert_held(&a);
}

static void lockdep_assert_held_asks_for_the_owner(struct kunit *test)
{
	spin_lock(&a);
	lockdep_assert_held(&a);
	spin_unlock(&a);
	KUNIT_EXPECT_DEATH(test, assert_free, "a should be held here");
	KUNIT_EXPECT_DEATH(test, assert_with_another_lock, "a should be held here");
	KUNIT_EXPECT_DEATH(test, assert_held_by_another, "a should be held here");
}

static void mutex_in_spinlock(void)
{
	spin_lock(&a);
	mutex_lock(&m);
}

static void memory_in_spinlock(void)
{
	spin_lock(&a);
	kfree(kmalloc(1, GFP_KERNEL));
}

static void memory_in_rcu(void)
{
	rcu_read_lock();
	kfree(kmalloc(1, GFP_KERNEL));
}

static void sleep_in_spinlock(void)
{
	spin_lock(&a);
	schedule_timeout_interruptible(1);
}

static void resched_in_rcu(void)
{
	rcu_read_lock();
	cond_resched();
}

static void freezable_with_a_lock(void)
{
	mutex_lock(&m);
	set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
	schedule_timeout(1);
}

static void grace_period_in_rcu(void)
{
	rcu_read_lock();
	synchronize_rcu();
}

static void sleeping_where_it_is_forbidden_is_caught(struct kunit *test)
{
	spin_lock(&a);
	kfree(kmalloc(1, GFP_ATOMIC));
	spin_unlock(&a);
	KUNIT_EXPECT_DEATH(test, mutex_in_spinlock, "may sleep, with a spinlock held");
	KUNIT_EXPECT_DEATH(test, mutex_in_spinlock, "held: a (tests/test_models.c:");
	KUNIT_EXPECT_DEATH(test, memory_in_spinlock, "may sleep, with a spinlock held");
	KUNIT_EXPECT_DEATH(test, memory_in_rcu, "may sleep, in an RCU read section");
	KUNIT_EXPECT_DEATH(test, sleep_in_spinlock, "may sleep, with a spinlock held");
	KUNIT_EXPECT_DEATH(test, resched_in_rcu, "may sleep, in an RCU read section");
	KUNIT_EXPECT_DEATH(test, freezable_with_a_lock, "freezable with a lock held");
	KUNIT_EXPECT_DEATH(test, grace_period_in_rcu, "may sleep, in an RCU read section");
}

#define ROUNDS	20000

static unsigned long plain;
static atomic64_t exact = ATOMIC64_INIT(0);
static DECLARE_RWSEM(rwsem);

static void count_under_locks(void *unused)
{
	int i;

	for (i = 0; i < ROUNDS; i++) {
		if (i % 3)
			spin_lock(&a);
		else
			while (!spin_trylock(&a))
				cpu_relax();
		plain++;
		spin_unlock(&a);
		atomic64_add(2, &exact);
		if (atomic64_add_return(-1, &exact) < 0)
			harness_fail("an atomic went below what was added");
	}
}

static void locks_exclude_and_atomics_are_exact(struct kunit *test)
{
	struct harness_thread *thread[3];
	int i;

	harness_clock_real();
	for (i = 0; i < 3; i++)
		thread[i] = harness_thread_start(count_under_locks, NULL, NULL);
	for (i = 0; i < 3; i++)
		harness_thread_join(thread[i]);
	KUNIT_EXPECT_EQ(test, 3UL * ROUNDS, plain);
	KUNIT_EXPECT_EQ(test, 3LL * ROUNDS, atomic64_read(&exact));
}

static void write_under_rwsem(void *unused)
{
	int i;

	for (i = 0; i < ROUNDS / 10; i++) {
		down_write(&rwsem);
		plain++;
		up_write(&rwsem);
		down_read(&rwsem);
		if (plain > 3 * ROUNDS)
			harness_fail("a reader saw what was never written");
		up_read(&rwsem);
	}
}

static void rwsem_lets_readers_in_together(struct kunit *test)
{
	struct harness_thread *thread[2];
	int i;

	harness_clock_real();
	for (i = 0; i < 2; i++)
		thread[i] = harness_thread_start(write_under_rwsem, NULL, NULL);
	for (i = 0; i < 2; i++)
		harness_thread_join(thread[i]);
	KUNIT_EXPECT_EQ(test, 2UL * ROUNDS / 10, plain);
	/* Another task reads while this one does. */
	down_read(&rwsem);
	harness_thread_join(harness_thread_start((void (*)(void *))harness_print_held, NULL, NULL));
	KUNIT_EXPECT_EQ(test, 1, rwsem.dep.word);
	up_read(&rwsem);
}

static void lock_interruptibly(void *ret)
{
	*(int *)ret = mutex_lock_interruptible(&m);
	if (!*(int *)ret)
		mutex_unlock(&m);
}

static void a_signal_ends_the_wait_for_a_mutex(struct kunit *test)
{
	struct task_struct *task = harness_task_new("waiter", NULL);
	struct harness_thread *thread;
	int ret = 1;

	mutex_lock(&m);
	thread = harness_thread_start(lock_interruptibly, &ret, task);
	while (!__atomic_load_n(&task->parked, __ATOMIC_SEQ_CST))
		harness_park(&step, 0, 1);
	harness_signal(task, false);
	harness_thread_join(thread);
	mutex_unlock(&m);
	KUNIT_EXPECT_EQ(test, -EINTR, ret);
	harness_signal_clear(task);
	harness_task_free(task);
}

struct object {
	struct rcu_head rcu;
	bool *freed;
};

static void object_free(struct rcu_head *rcu)
{
	struct object *object = container_of(rcu, struct object, rcu);

	__atomic_store_n(object->freed, true, __ATOMIC_SEQ_CST);
	kfree(object);
}

static void run_work(void *unused)
{
	harness_run_work();
}

static void a_grace_period_waits_for_readers(struct kunit *test)
{
	struct object *object = kzalloc(sizeof(*object), GFP_KERNEL);
	struct harness_thread *thread;
	bool freed = false;
	int i;

	object->freed = &freed;
	rcu_read_lock();
	rcu_read_lock();
	call_rcu(&object->rcu, object_free);
	thread = harness_thread_start(run_work, NULL, NULL);
	for (i = 0; i < 20; i++)
		sched_yield();
	rcu_read_unlock();
	KUNIT_EXPECT_TRUE(test, rcu_read_lock_held());
	KUNIT_EXPECT_FALSE(test, __atomic_load_n(&freed, __ATOMIC_SEQ_CST));
	rcu_read_unlock();
	harness_thread_join(thread);
	KUNIT_EXPECT_TRUE(test, freed);
}

static void unlock_rcu_once_too_often(void)
{
	rcu_read_lock();
	rcu_read_unlock();
	rcu_read_unlock();
}

static void use_after_grace_period(void)
{
	bool freed = false;
	struct object *object = kzalloc(sizeof(*object), GFP_KERNEL);

	object->freed = &freed;
	call_rcu(&object->rcu, object_free);
	harness_run_work();
	object->freed = NULL;
}

static void misuse_of_rcu_is_caught(struct kunit *test)
{
	KUNIT_EXPECT_DEATH(test, unlock_rcu_once_too_often, "outside of a read section");
#ifdef __SANITIZE_ADDRESS__
	KUNIT_EXPECT_DEATH(test, use_after_grace_period, "heap-use-after-free");
#else
	(void)use_after_grace_period;
#endif
}

static void the_nth_allocation_is_refused_once(struct kunit *test)
{
	void *p[5];
	int i;

	harness_fail_nth_alloc(3);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, i > 2, harness_alloc_failed());
		p[i] = kmalloc(8, GFP_KERNEL);
		KUNIT_EXPECT_EQ(test, i == 2, !p[i]);
		kfree(p[i]);
	}
	harness_fail_nth_alloc(0);
	p[0] = kzalloc(8, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 0UL, *(unsigned long *)p[0]);
	kfree(p[0]);
}

static void free_twice(void)
{
	void *p = kmalloc(8, GFP_KERNEL);

	kfree(p);
	kfree(p);
}

static void a_leak_is_found(struct kunit *test)
{
	void *p, *before = kmalloc(8, GFP_KERNEL);

	harness_leak_mark();
	KUNIT_EXPECT_EQ(test, 0U, harness_leaks());
	p = kmalloc(8, GFP_KERNEL);
	KUNIT_EXPECT_EQ(test, 1U, harness_leaks());
	kfree(p);
	KUNIT_EXPECT_EQ(test, 0U, harness_leaks());
	kfree(before);
	KUNIT_EXPECT_DEATH(test, free_twice, "is free already");
}

static struct kunit *this_test;
static struct workqueue_struct *works;
static unsigned int nr_done, nr_again;
static struct task_struct *done_by;

static void do_and_ask_again(struct work_struct *work)
{
	nr_done++;
	done_by = current;
	if (nr_again) {
		nr_again--;
		KUNIT_EXPECT_TRUE(this_test, queue_work(works, work));
		/* While it is done there is nobody to do it a second time. */
		KUNIT_EXPECT_FALSE(this_test, harness_do_work());
	}
}

static void destroy_with_work_left(void)
{
	struct work_struct work;

	INIT_WORK(&work, do_and_ask_again);
	queue_work(works, &work);
	destroy_workqueue(works);
}

static void work_is_done_once_for_each_time_that_it_is_queued(struct kunit *test)
{
	struct work_struct work, other;

	this_test = test;
	INIT_WORK(&work, do_and_ask_again);
	INIT_WORK(&other, do_and_ask_again);
	works = alloc_workqueue("works", WQ_UNBOUND, 0);
	KUNIT_ASSERT_TRUE(test, !!works);
	KUNIT_EXPECT_TRUE(test, queue_work(works, &work));
	KUNIT_EXPECT_FALSE(test, queue_work(works, &work));
	KUNIT_EXPECT_EQ(test, 0U, nr_done);
	harness_run_work();
	KUNIT_EXPECT_EQ(test, 1U, nr_done);
	KUNIT_EXPECT_PTR_NE(test, current, done_by);

	nr_again = 2;
	KUNIT_EXPECT_TRUE(test, queue_work(works, &work));
	KUNIT_EXPECT_TRUE(test, queue_work(works, &other));
	/* Who sleeps has it done. */
	schedule_timeout_interruptible(1);
	KUNIT_EXPECT_EQ(test, 5U, nr_done);
	KUNIT_EXPECT_DEATH(test, destroy_with_work_left, "work is left in a queue that goes");
	destroy_workqueue(works);
}

static DECLARE_WAIT_QUEUE_HEAD(queue);

static long sleep_in(int state, long timeout)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&queue, &wait, state);
	timeout = schedule_timeout(timeout);
	finish_wait(&queue, &wait);
	return timeout;
}

static void wake_meanwhile(void)
{
	harness_clock_advance(2 * HARNESS_NSEC_PER_JIFFY);
	wake_up_all(&queue);
}

static void sleep_for_ever(void)
{
	sleep_in(TASK_UNINTERRUPTIBLE, MAX_SCHEDULE_TIMEOUT);
}

static void sleep_ends_by_time_waker_or_signal(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, 0L, sleep_in(TASK_KILLABLE, 5));
	KUNIT_EXPECT_EQ(test, begin + 5, jiffies);
	KUNIT_EXPECT_FALSE(test, wq_has_sleeper(&queue));

	harness_on_sleep = wake_meanwhile;
	KUNIT_EXPECT_EQ(test, 3L, sleep_in(TASK_KILLABLE, 5));
	harness_on_sleep = NULL;

	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, 5L, sleep_in(TASK_INTERRUPTIBLE, 5));
	KUNIT_EXPECT_EQ(test, 0L, sleep_in(TASK_KILLABLE, 5));
	harness_signal(current, true);
	KUNIT_EXPECT_EQ(test, 5L, sleep_in(TASK_KILLABLE, 5));
	KUNIT_EXPECT_EQ(test, 0L, sleep_in(TASK_UNINTERRUPTIBLE, 5));
	harness_signal_clear(current);
	/* Who is not asleep does not sleep. */
	KUNIT_EXPECT_EQ(test, 7L, schedule_timeout(7));
	KUNIT_EXPECT_DEATH(test, sleep_for_ever, "the only thread waits for another");
}

static bool come;

static void come_at_the_third_time(void)
{
	static unsigned int times;

	come = ++times == 3;
	wake_meanwhile();
}

static long wait_for_it(long timeout)
{
	return wait_event_interruptible_timeout(queue, come, timeout);
}

static void an_event_is_waited_for_until_its_time_is_up(struct kunit *test)
{
	unsigned long begin = jiffies;

	KUNIT_EXPECT_EQ(test, 0L, wait_for_it(5));
	KUNIT_EXPECT_EQ(test, begin + 5, jiffies);
	harness_signal(current, false);
	KUNIT_EXPECT_EQ(test, (long)-ERESTARTSYS, wait_for_it(5));
	harness_signal_clear(current);

	harness_on_sleep = come_at_the_third_time;
	KUNIT_EXPECT_EQ(test, 4L, wait_for_it(10));
	harness_on_sleep = NULL;
	KUNIT_EXPECT_EQ(test, 10L, wait_for_it(10));
	KUNIT_EXPECT_FALSE(test, wq_has_sleeper(&queue));
}

static void sleeper(void *left)
{
	*(long *)left = sleep_in(TASK_INTERRUPTIBLE, 10 * HZ);
}

static void a_thread_wakes_another(struct kunit *test)
{
	struct harness_thread *thread;
	long left = 0;

	harness_clock_real();
	thread = harness_thread_start(sleeper, &left, NULL);
	while (!wq_has_sleeper(&queue))
		sched_yield();
	wake_up_all(&queue);
	harness_thread_join(thread);
	KUNIT_EXPECT_GT(test, left, 0L);
}

static void kref_from_zero(void)
{
	struct kref kref = { ATOMIC_INIT(0) };

	kref_get(&kref);
}

static void no_release(struct kref *kref)
{
}

static void kref_put_twice(void)
{
	struct kref kref = { ATOMIC_INIT(0) };

	kref_init(&kref);
	kref_put(&kref, no_release);
	kref_put(&kref, no_release);
}

static void misuse_of_references_is_caught(struct kunit *test)
{
	struct kref kref = { ATOMIC_INIT(0) };

	kref_init(&kref);
	KUNIT_EXPECT_TRUE(test, kref_get_unless_zero(&kref));
	KUNIT_EXPECT_EQ(test, 0, kref_put(&kref, no_release));
	KUNIT_EXPECT_EQ(test, 1, kref_put(&kref, no_release));
	KUNIT_EXPECT_FALSE(test, kref_get_unless_zero(&kref));
	KUNIT_EXPECT_DEATH(test, kref_from_zero, "being released");
	KUNIT_EXPECT_DEATH(test, kref_put_twice, "more references given back");
}

static unsigned int nr_points[HARNESS_RESCHED + 1];

static void count_point(enum harness_point kind, const void *object)
{
	nr_points[kind]++;
}

static bool park_not(const void *object, long timeout)
{
	return false;
}

static void unpark_not(const void *object)
{
}

static const struct harness_scheduler counting = {
	.point = count_point, .park = park_not, .unpark = unpark_not,
};

static void every_kind_of_point_reaches_the_scheduler(struct kunit *test)
{
	int kind, word = 0;

	harness_scheduler = &counting;
	spin_lock(&a);
	spin_unlock(&a);
	atomic64_inc(&exact);
	WRITE_ONCE(word, READ_ONCE(word) + 1);
	KUNIT_EXPECT_EQ(test, 0L, sleep_in(TASK_INTERRUPTIBLE, 3));
	harness_wake(current, TASK_NORMAL);
	rcu_read_lock();
	rcu_read_unlock();
	cond_resched();
	harness_scheduler = NULL;
	for (kind = 0; kind <= HARNESS_RESCHED; kind++)
		KUNIT_EXPECT_GT(test, nr_points[kind], 0U);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE(an_inverted_order_of_locks_is_caught),
	KUNIT_CASE(misuse_of_a_lock_is_caught),
	KUNIT_CASE(lockdep_assert_held_asks_for_the_owner),
	KUNIT_CASE(sleeping_where_it_is_forbidden_is_caught),
	KUNIT_CASE(locks_exclude_and_atomics_are_exact),
	KUNIT_CASE(rwsem_lets_readers_in_together),
	KUNIT_CASE(a_signal_ends_the_wait_for_a_mutex),
	KUNIT_CASE(a_grace_period_waits_for_readers),
	KUNIT_CASE(misuse_of_rcu_is_caught),
	KUNIT_CASE(the_nth_allocation_is_refused_once),
	KUNIT_CASE(a_leak_is_found),
	KUNIT_CASE(work_is_done_once_for_each_time_that_it_is_queued),
	KUNIT_CASE(sleep_ends_by_time_waker_or_signal),
	KUNIT_CASE(an_event_is_waited_for_until_its_time_is_up),
	KUNIT_CASE(a_thread_wakes_another),
	KUNIT_CASE(misuse_of_references_is_caught),
	KUNIT_CASE(every_kind_of_point_reaches_the_scheduler),
	{ }
};

static struct kunit_suite model_suite = {
	.name		= "models",
	.test_cases	= model_cases,
};

kunit_test_suite(model_suite);

__attribute__((constructor)) static void boot(void)
{
	harness_init();
	harness_leak_mark();
}
