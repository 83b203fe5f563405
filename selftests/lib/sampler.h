/* SPDX-License-Identifier: GPL-2.0 */
/* Reads misc.current of a group again and again while others charge it. */
#ifndef EPC_SAMPLER_H
#define EPC_SAMPLER_H

#include <pthread.h>
#include <stdint.h>

/**
 * struct sampler - one group under observation
 * @group:	which
 * @highest:	the highest number of pages seen
 * @samples:	how often it was read
 * @errors:	how often it could not be read
 */
struct sampler {
	const char	*group;
	uint64_t	highest;
	uint64_t	samples;
	uint64_t	errors;
	volatile int	stop;
	pthread_t	tid;
};

int sampler_start(struct sampler *s, const char *group);
void sampler_stop(struct sampler *s);

#endif
