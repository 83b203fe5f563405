/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exhaustive interleavings: a small test of a few threads is run again and again, each
 * time with another schedule, until all schedules with at most so many preemptions were
 * tried (sched.c). The code that runs is the code that ships.
 */
#ifndef HARNESS_SCHED_H
#define HARNESS_SCHED_H

#define SCHED_MAX_THREADS	4

/**
 * struct sched_test - what is run under every schedule
 * @name:	what is tested, in the words of the contract
 * @setup:	make everything anew; runs alone
 * @threads:	run together, one at a time
 * @check:	is everything as it should be? Runs alone, and takes everything down.
 * @bound:	preemptions to allow, if the command line does not say
 */
struct sched_test {
	const char	*name;
	void		(*setup)(void);
	void		(*threads[SCHED_MAX_THREADS])(void *unused);
	void		(*check)(void);
	unsigned int	bound;
};

unsigned long sched_explore(const struct sched_test *test, unsigned int bound,
			    unsigned long limit);
void sched_replay(const struct sched_test *test, const char *schedule);

/* main.c: run the tests as KTAP; arguments as --help tells. Return the exit status. */
int sched_main(int argc, char **argv, const struct sched_test *tests, unsigned int nr);

#endif /* HARNESS_SCHED_H */
