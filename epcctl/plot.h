/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording as a picture. plot_read() gathers what is to be drawn, plot_draw() draws it.
 *
 * The recording is cut into as many columns of equal time as the picture has room for. Of each
 * column that sample is drawn in which most EPC was in use, so that heights that are stacked
 * were there at the same time, and peaks are not lost; events of a column are added up.
 */
#ifndef EPCCTL_PLOT_H
#define EPCCTL_PLOT_H

#include <stdio.h>

#include "record.h"

#define PLOT_COLUMNS	720
/* As many as there are colours that everybody can tell apart. */
#define PLOT_MAX_BANDS	9
#define PLOT_MAX_LANES	8

/* A cgroup somewhere in the recording. */
struct plot_group {
	char		*path;
	/* Without what is below it, at its highest, in bytes. */
	uint64_t	most_own;
	/* With all below it. */
	uint64_t	most;
	/* The highest limit it ever had, 0 if none. */
	uint64_t	limit;
	bool		is_parent;
	uint64_t	events[EPC_NR_EVENTS];
	/* Places in the picture, -1 for none. */
	int		band;
	int		lane;
};

/* One column of the picture; amounts in bytes, rates in bytes per second. */
struct plot_column {
	bool		filled;
	/* Nothing is known between this one and the one before. */
	bool		gap;
	double		time;
	uint64_t	total;
	uint64_t	own[PLOT_MAX_BANDS];
	uint64_t	lane[PLOT_MAX_LANES];
	uint64_t	limit[PLOT_MAX_LANES];
	uint64_t	events[PLOT_MAX_LANES][EPC_NR_EVENTS];
	uint64_t	evicted;
	uint64_t	loaded;
};

struct plot {
	/* What to draw; set by the caller. */
	const char		*title;
	unsigned int		nr_wanted;
	/* Deeper groups are part of the one above them; 0 for no limit. */
	unsigned int		depth;

	char			*host;
	/* Seconds since 1970. */
	double			start, end;
	uint64_t		capacity;
	uint64_t		most;
	uint64_t		evicted, loaded;
	uint64_t		events[EPC_NR_EVENTS];
	bool			knows_paging;
	struct plot_group	**groups;
	size_t			nr_groups;
	/* Largest first. */
	struct plot_group	*bands[PLOT_MAX_BANDS];
	unsigned int		nr_bands;
	struct plot_group	*lanes[PLOT_MAX_LANES];
	unsigned int		nr_lanes;
	/* Groups with a limit or an event for which there was no lane. */
	unsigned int		nr_more_lanes;
	struct plot_column	columns[PLOT_COLUMNS];
};

/* 0, -ENODATA for a recording without a sample that can be read, or -ENOMEM. */
int plot_read(struct plot *p, struct recording *r);
void plot_free(struct plot *p);

/* 0 or -ENOMEM; errors of @out are for the caller to find. */
int plot_draw(const struct plot *p, FILE *out);

#endif
