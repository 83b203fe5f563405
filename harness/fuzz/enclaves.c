// SPDX-License-Identifier: GPL-2.0
/* What becomes of enclaves and vEPC instances in the reference model, step by step. */

#include <errno.h>
#include "model.h"

static int request_group(const struct model *m, const struct request *rq)
{
	return m->holder[rq->holder].group;
}

/* A page that has no use yet. CHARGE-1: it counts all the same. */
static int fresh_page(struct model *m, struct request *rq, const struct seen *seen)
{
	int ret = request_page(m, rq, seen);

	if (ret)
		return ret;
	m->holder[rq->holder].fresh++;
	charged(m, request_group(m, rq));
	return 0;
}

static bool needs_va_page(const struct holder *h)
{
	return h->slots % VA_SLOTS == 0;
}

/* Room for one more version, which may take a VA page. */
static int version(struct model *m, struct request *rq, const struct seen *seen)
{
	struct holder *h = &m->holder[rq->holder];
	int ret;

	if (needs_va_page(h)) {
		ret = fresh_page(m, rq, seen);
		if (ret)
			return ret;
		h->fresh--;
		h->va_pages++;
	}
	h->slots++;
	return 0;
}

/*
 * The second of two requests of a step. The model has what the first one freed at once,
 * so it does not know whether that sufficed for both: see if a limit refused this too.
 */
static void refused_again(struct model *m, struct request *rq, const struct seen *seen)
{
	int g;

	for (g = request_group(m, rq); g != NONE && !rq->counted; g = m->group[g].parent) {
		if (!(m->asked & 1U << g) || seen->group[g].events_local[EVENT_MAX] !=
					     m->group[g].events_local[EVENT_MAX] + 1)
			continue;
		count_event(m, g, EVENT_MAX);
		rq->counted = true;
	}
}

/* CHARGE-2: the group of the task pays from here on. Two pages, two requests (REACH-7). */
int model_create(struct model *m, int i, int task, bool signal, const struct seen *seen)
{
	struct request va = { .holder = i, .needed = 2, .signal = signal };
	struct request secs = { .holder = i, .needed = 1, .signal = signal };
	struct holder *h = &m->holder[i];
	int ret;

	*h = (struct holder) {
		.state = BUILDING,
		.task = task,
		.group = m->task[task].group,
		.memcg = m->task[task].memcg,
		.id = ++m->last_id,
		.held = NONE,
	};
	request_begin(m, &va, seen);
	ret = version(m, &va, seen);
	if (!ret) {
		request_begin(m, &secs, seen);
		if (va.made_room)
			refused_again(m, &secs, seen);
		ret = fresh_page(m, &secs, seen);
	}
	if (ret) {
		*h = (struct holder) { .state = OPENED, .held = NONE };
		return ret;
	}
	h->fresh--;
	h->secs_in = true;
	return 0;
}

/* The page itself and what it needs besides, as one request. */
static int new_page(struct model *m, struct request *rq, int page, const struct seen *seen)
{
	struct holder *h = &m->holder[rq->holder];
	int ret;

	ret = fresh_page(m, rq, seen);
	if (ret)
		return ret;
	ret = version(m, rq, seen);
	h->fresh--;
	if (ret)
		return ret;
	h->exists |= 1U << page;
	h->in |= 1U << page;
	return 0;
}

/* EXHAUST-1: what makes an enclave larger kills nobody. */
int model_add(struct model *m, int i, int page, bool signal, const struct seen *seen)
{
	struct holder *h = &m->holder[i];
	struct request rq = { .holder = i, .needed = 1 + needs_va_page(h) };

	/* The driver asks before each page. */
	if (signal)
		return -EINTR;
	if (h->dead)
		return -ENOMEM;
	request_begin(m, &rq, seen);
	return new_page(m, &rq, page, seen);
}

int model_init(struct model *m, int i)
{
	if (m->holder[i].dead)
		return -ENOMEM;
	m->holder[i].state = RUNNING;
	return 0;
}

/* The SECS did not come back after all; the EPC never was as full as with it. */
static void forget_secs(struct model *m, struct holder *h, const struct model *before)
{
	int g;

	h->secs_in = false;
	count(m, h->group, COUNT_LOADED, -1);
	for (g = h->group; g != NONE; g = m->group[g].parent)
		m->group[g].peak = before->group[g].peak;
}

/*
 * Have as many fresh pages as are wanted, and the SECS in the EPC, which comes first. It
 * may go with the pages that make room for others, and has to come back then: but who
 * needs two pages at once may ask for these before the SECS, and fail there.
 */
static int gather(struct model *m, struct request *rq, unsigned int wanted,
		  const struct seen *seen)
{
	struct holder *h = &m->holder[rq->holder];
	const struct model before = *m;
	int ret = 0;

	rq->loads = true;
	rq->needed = wanted + !h->secs_in;
	request_begin(m, rq, seen);
	while (h->fresh < wanted || !h->secs_in) {
		ret = fresh_page(m, rq, seen);
		if (ret)
			break;
		if (h->secs_in)
			continue;
		h->fresh--;
		h->secs_in = true;
		count(m, h->group, COUNT_LOADED, 1);
	}
	if (ret)
		h->fresh = 0;
	if (ret && wanted > 1 && h->secs_in && !seen->holder[rq->holder].secs_in)
		forget_secs(m, h, &before);
	return ret;
}

/* Bring a page that the enclave has back, and its SECS before it. */
static int load(struct model *m, struct request *rq, int page, const struct seen *seen)
{
	struct holder *h = &m->holder[rq->holder];
	int ret = gather(m, rq, 1, seen);

	if (ret)
		return ret;
	h->fresh--;
	h->in |= 1U << page;
	count(m, h->group, COUNT_LOADED, 1);
	return 0;
}

/* EAUG: EXHAUST-1 wins over EXHAUST-2, the load of the SECS for it kills nobody either. */
static int augment(struct model *m, struct request *rq, int page, const struct seen *seen)
{
	struct holder *h = &m->holder[rq->holder];
	int ret = gather(m, rq, 1 + needs_va_page(h), seen);

	if (ret)
		return ret;
	h->va_pages += h->fresh - 1;
	h->fresh = 0;
	h->slots++;
	h->exists |= 1U << page;
	h->in |= 1U << page;
	return 0;
}

/* Return as harness_touch() does: -EFAULT is a SIGBUS. */
int model_touch(struct model *m, int i, int page, enum touch how, bool signal,
		const struct seen *seen)
{
	struct holder *h = &m->holder[i];
	bool exists = h->exists & 1U << page;
	struct request rq = {
		.holder = i,
		.signal = signal && how == TOUCH_USER,
		.may_kill = exists && h->state == RUNNING && !h->vepc,
		.may_not_wait = how == TOUCH_NO_RETRY || how == TOUCH_NO_WAIT,
		.no_reclaim = how == TOUCH_NO_WAIT,
	};
	int ret;

	m->hasty = rq.may_not_wait;
	if (h->dead || (!exists && h->state != RUNNING))
		return -EFAULT;
	if (h->in & 1U << page) {
		ret = 0;
	} else if (h->vepc) {
		rq.needed = 1;
		request_begin(m, &rq, seen);
		ret = fresh_page(m, &rq, seen);
		if (!ret) {
			h->fresh--;
			h->exists |= 1U << page;
			h->in |= 1U << page;
		}
	} else {
		ret = exists ? load(m, &rq, page, seen) : augment(m, &rq, page, seen);
	}
	if (!ret && !h->vepc)
		h->young |= 1U << page;
	/* VEPC-2, EXHAUST-2: SIGBUS. */
	if (ret == -ENOMEM)
		ret = -EFAULT;
	/* VEPC-2, in part: a vEPC fault that may not be retried fails when none is freed. */
	if (ret == -EAGAIN && h->vepc && how == TOUCH_NO_RETRY && !rq.made_room)
		ret = -EFAULT;
	return ret;
}

/* An SGX2 ioctl: EXHAUST-1, it kills nobody. The page stays until model_release(). */
int model_hold(struct model *m, int i, int page, bool signal, const struct seen *seen)
{
	struct request rq = { .holder = i, .signal = signal };
	struct holder *h = &m->holder[i];
	int ret = 0;

	if (h->dead)
		return -ENOMEM;
	if (!(h->exists & 1U << page))
		return -EFAULT;
	if (!(h->in & 1U << page))
		ret = load(m, &rq, page, seen);
	if (!ret)
		h->held = page;
	return ret;
}

/* CHARGE-1: the version of a removed page is not used again, as in the driver. */
int model_remove(struct model *m, int i, int page, bool signal, const struct seen *seen)
{
	struct holder *h = &m->holder[i];
	int ret;

	ret = model_hold(m, i, page, signal, seen);
	if (ret)
		return ret;
	h->held = NONE;
	h->exists &= ~(1U << page);
	h->in &= ~(1U << page);
	h->young &= ~(1U << page);
	h->slots--;
	return 0;
}

/* How often a debugger reclaims a batch. */
#define PEEK_BATCHES	8

/*
 * REACH-4: a debugger does not wait. He gets the page if he has made room for it in a
 * few batches, and may have got the SECS only.
 */
int model_peek(struct model *m, int i, int page, const struct seen *seen)
{
	bool got_it = seen->holder[i].in & 1U << page;
	struct request rq = { .holder = i, .may_not_wait = !got_it };
	struct request secs = { .holder = i };
	struct holder *h = &m->holder[i];
	int ret;

	if (!(h->exists & 1U << page))
		return -EFAULT;
	if (h->dead)
		return -ENOMEM;
	if (h->in & 1U << page)
		return 0;
	m->hasty = true;
	ret = load(m, &rq, page, seen);
	m->charges += PEEK_BATCHES;
	if (ret != -EAGAIN || h->secs_in || !seen->holder[i].secs_in)
		return ret;

	ret = fresh_page(m, &secs, seen);
	if (ret)
		return ret;
	h->fresh--;
	h->secs_in = true;
	count(m, h->group, COUNT_LOADED, 1);
	return -EAGAIN;
}

void model_open_vepc(struct model *m, int i, int task)
{
	m->holder[i] = (struct holder) {
		.state = RUNNING,
		.vepc = true,
		.task = task,
		.group = m->task[task].group,
		.id = ++m->last_id,
		.held = NONE,
	};
}

/* VEPC-3: it changes no charge. */
int model_remove_all(struct model *m, int i)
{
	return m->holder[i].dead ? -ENODEV : 0;
}

void model_close(struct model *m, int i)
{
	m->holder[i] = (struct holder) { .state = UNUSED };
}
