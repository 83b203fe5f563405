// SPDX-License-Identifier: GPL-2.0
/* A thread that watches one number. */
#include <unistd.h>

#include "rest.h"
#include "sampler.h"

static void *sample(void *arg)
{
	struct sampler *s = arg;

	while (!s->stop) {
		uint64_t now = cg_pages(s->group);

		if (now == UINT64_MAX)
			s->errors++;
		else if (now > s->highest)
			s->highest = now;
		s->samples++;
		usleep(200);
	}
	return NULL;
}

int sampler_start(struct sampler *s, const char *group)
{
	int ret;

	*s = (struct sampler){ .group = group };
	ret = pthread_create(&s->tid, NULL, sample, s);
	return ret ? epc_fail(ret, "start a sampler") : 0;
}

void sampler_stop(struct sampler *s)
{
	s->stop = 1;
	pthread_join(s->tid, NULL);
}
