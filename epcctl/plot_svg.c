// SPDX-License-Identifier: GPL-2.0
/*
 * Draws what plot_read() gathered as SVG: on top all use, stacked; below it a lane for each
 * group with a limit, with its limit as a line and its events as marks; then the paging.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "epcctl.h"
#include "plot.h"
#include "svg.h"

#define WIDTH		1060
#define LEFT		84
#define RIGHT		(LEFT + PLOT_COLUMNS)
#define LEGEND		(RIGHT + 22)
#define TOP		66
#define STACK_HEIGHT	260
#define LANE_PITCH	62
#define LANE_HEIGHT	30
#define PAGING_HEIGHT	56
#define LEGEND_CHARS	21
#define LANE_CHARS	60

/* Paul Tol's "muted": told apart also by the colour-blind. The last is for all others. */
static const char *const colours[PLOT_MAX_BANDS + 1] = {
	"#88ccee", "#332288", "#ddcc77", "#44aa99", "#cc6677", "#117733", "#aa4499", "#999933",
	"#882255", "#cccccc",
};

/* Marks: a stroke, a triangle, a cross and a diamond around 0,0. */
static const struct mark {
	const char	*path;
	const char	*colour;
	const char	*text;
} marks[EPC_NR_EVENTS] = {
	[EPC_EVENT_MAX] = { "M0,-4V4", "#555555", "limit reached" },
	[EPC_EVENT_EXHAUSTED] = { "M-4,4L0,-4L4,4Z", "#ee7733", "nothing left to reclaim" },
	[EPC_EVENT_KILL] = { "M-4,-4L4,4M-4,4L4,-4", "#cc0000", "enclave killed" },
	[EPC_EVENT_REVOKE] = { "M0,-5L5,0L0,5L-5,0Z", "#7700cc", "vEPC revoked" },
};

struct drawing {
	const struct plot	*plot;
	FILE			*out;
	/* Bytes at the top of the current panel, and where that is. */
	double			scale;
	double			top, height;
};

/* ---- Places ---- */

static double x_of(const struct plot *p, double time)
{
	double length = p->end - p->start;

	return LEFT + (length > 0 ? (time - p->start) / length * PLOT_COLUMNS : 0);
}

static double y_of(const struct drawing *d, double value)
{
	double part = d->scale > 0 ? value / d->scale : 0;

	return d->top + d->height * (1 - (part > 1 ? 1 : part));
}

/* The next filled column behind @i, or PLOT_COLUMNS. */
static int next_column(const struct plot *p, int i)
{
	do
		i++;
	while (i < PLOT_COLUMNS && !p->columns[i].filled);
	return i;
}

/*
 * Samples in a row without a gap: calls @fn for each such run with its columns. A run of one is
 * drawn, too.
 */
static void each_run(const struct drawing *d, const void *arg,
		     void (*fn)(const struct drawing *d, const int *run, int nr, const void *arg))
{
	int run[PLOT_COLUMNS], nr = 0;

	for (int i = next_column(d->plot, -1); i < PLOT_COLUMNS; i = next_column(d->plot, i)) {
		if (d->plot->columns[i].gap && nr) {
			fn(d, run, nr, arg);
			nr = 0;
		}
		run[nr++] = i;
	}
	if (nr)
		fn(d, run, nr, arg);
}

/* An area between two values of each column. */
struct area {
	double		(*low)(const struct plot_column *column, int which);
	double		(*high)(const struct plot_column *column, int which);
	int		which;
	const char	*style;
};

static void area_run(const struct drawing *d, const int *run, int nr, const void *arg)
{
	const struct plot_column *columns = d->plot->columns;
	const struct area *area = arg;
	double last = x_of(d->plot, columns[run[nr - 1]].time);
	int i;

	fputs("<path d=\"", d->out);
	for (i = 0; i < nr; i++)
		fprintf(d->out, "%c%.1f,%.1f", i ? 'L' : 'M', x_of(d->plot, columns[run[i]].time),
			y_of(d, area->high(&columns[run[i]], area->which)));
	/* One sample alone would be an area without width. */
	if (nr == 1)
		fprintf(d->out, "h2V%.1f", y_of(d, area->low(&columns[run[0]], area->which)));
	else
		fprintf(d->out, "L%.1f,%.1f", last,
			y_of(d, area->low(&columns[run[nr - 1]], area->which)));
	while (i-- > 0)
		fprintf(d->out, "L%.1f,%.1f", x_of(d->plot, columns[run[i]].time),
			y_of(d, area->low(&columns[run[i]], area->which)));
	fprintf(d->out, "Z\" %s/>\n", area->style);
}

/* A line through a value of each column, in steps; columns without a value are left out. */
struct steps {
	uint64_t	(*value)(const struct plot_column *column, int which);
	int		which;
	const char	*class;
};

static void steps_run(const struct drawing *d, const int *run, int nr, const void *arg)
{
	const struct steps *steps = arg;
	bool drawing = false;

	fprintf(d->out, "<path class=\"%s\" d=\"M%d,%.1f", steps->class, LEFT, d->top);
	for (int i = 0; i < nr; i++) {
		const struct plot_column *column = &d->plot->columns[run[i]];
		uint64_t value = steps->value(column, steps->which);
		double x = x_of(d->plot, column->time);

		if (value >= EPC_UNKNOWN || value > d->scale) {
			if (drawing)
				fprintf(d->out, "H%.1f", x);
			drawing = false;
		} else if (drawing) {
			fprintf(d->out, "H%.1fV%.1f", x, y_of(d, value));
		} else {
			fprintf(d->out, "M%.1f,%.1fh1", x, y_of(d, value));
			drawing = true;
		}
	}
	fputs("\"/>\n", d->out);
}

/* ---- Axes ---- */

static void horizontal(const struct drawing *d, double value, const char *class)
{
	fprintf(d->out, "<path class=\"%s\" d=\"M%d,%.1fH%d\"/>\n", class, LEFT,
		y_of(d, value), RIGHT);
}

/* Bytes, at powers of two: at most five steps. */
static void value_axis(const struct drawing *d, const char *per)
{
	double step = 4096;

	while (step * 5 < d->scale)
		step *= 2;
	for (double value = 0; value <= d->scale; value += step) {
		horizontal(d, value, "grid");
		svg_begin_text(d->out, LEFT - 6, y_of(d, value) + 4, "left");
		svg_put_bytes(d->out, value);
		fputs(per, d->out);
		svg_end_text(d->out);
	}
}

static double time_step(double length)
{
	static const double steps[] = {
		1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
		86400, 2 * 86400, 7 * 86400, 28 * 86400,
	};
	unsigned int i = 0;

	while (i + 1 < ARRAY_SIZE(steps) && steps[i] * 8 < length)
		i++;
	/* Whoever recorded for years gets more years between the marks. */
	return fmax(steps[i], ceil(length / 8));
}

/* The clock on the wall, as this machine has it. */
static void time_axis(const struct drawing *d, double bottom)
{
	const struct plot *p = d->plot;
	double step = time_step(p->end - p->start), offset = 0;
	time_t start = p->start;
	struct tm tm;

	if (localtime_r(&start, &tm))
		offset = tm.tm_gmtoff;
	for (double t = ceil((p->start + offset) / step) * step - offset; t <= p->end; t += step) {
		fprintf(d->out, "<path class=\"grid\" d=\"M%.1f,%dV%.1f\"/>\n", x_of(p, t), TOP,
			bottom);
		svg_begin_text(d->out, x_of(p, t), bottom + 15, "middle");
		svg_put_time(d->out, t, step < 60 ? "%H:%M:%S" : step < 86400 ? "%H:%M" :
			     "%Y-%m-%d");
		svg_end_text(d->out);
	}
}

/* ---- The stack ---- */

static double base_of(const struct plot_column *column, int band)
{
	double base = 0;

	for (int i = 0; i < band; i++)
		base += column->own[i];
	return base;
}

static double top_of(const struct plot_column *column, int band)
{
	return base_of(column, band) + column->own[band];
}

static double total_of(const struct plot_column *column, int nr_bands)
{
	return fmax(column->total, base_of(column, nr_bands));
}

static void draw_bands(const struct drawing *d)
{
	const struct plot *p = d->plot;
	char style[64];

	for (unsigned int i = 0; i < p->nr_bands; i++) {
		const struct area area = { base_of, top_of, i, style };

		snprintf(style, sizeof(style), "fill=\"%s\"", colours[i]);
		fputs("<g><title>", d->out);
		svg_put_name(d->out, p->bands[i]->path, 4096);
		fputs("</title>", d->out);
		each_run(d, &area, area_run);
		fputs("</g>\n", d->out);
	}
	snprintf(style, sizeof(style), "fill=\"%s\"", colours[PLOT_MAX_BANDS]);
	each_run(d, &(struct area){ base_of, total_of, p->nr_bands, style }, area_run);
}

static void legend_line(const struct drawing *d, double y, const char *colour, const char *name,
			uint64_t most)
{
	fprintf(d->out, "<rect x=\"%d\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
		LEGEND, y - 10, colour);
	svg_begin_text(d->out, LEGEND + 18, y, "name");
	fputs("<title>", d->out);
	svg_put_name(d->out, name, 4096);
	fputs("</title>", d->out);
	svg_put_name(d->out, name, LEGEND_CHARS);
	svg_end_text(d->out);
	if (most == EPC_UNKNOWN)
		return;
	svg_begin_text(d->out, WIDTH - 8, y, "left");
	svg_put_bytes(d->out, most);
	svg_end_text(d->out);
}

/* From top to bottom as the stack. */
static void draw_legend(const struct drawing *d)
{
	const struct plot *p = d->plot;
	double y = d->top + 10;

	svg_begin_text(d->out, WIDTH - 8, y, "left");
	fputs("at most", d->out);
	svg_end_text(d->out);
	y += 22;
	if (p->nr_groups > p->nr_bands) {
		legend_line(d, y, colours[PLOT_MAX_BANDS], "all others", EPC_UNKNOWN);
		y += 22;
	}
	for (int i = p->nr_bands - 1; i >= 0; i--, y += 22) {
		auto_string char *itself = NULL;

		if (p->bands[i]->is_parent &&
		    asprintf(&itself, "%s (itself)", p->bands[i]->path) < 0)
			itself = NULL;
		legend_line(d, y, colours[i], itself ? itself : p->bands[i]->path,
			    p->bands[i]->most_own);
	}
}

/* The capacity is a line unless it would press all else down to the floor. */
static void draw_stack(struct drawing *d)
{
	const struct plot *p = d->plot;
	bool line = p->capacity && p->capacity < 4 * p->most;

	d->scale = fmax(line ? fmax(p->capacity, p->most) * 1.04 : p->most * 1.1, 4096);
	d->top = TOP;
	d->height = STACK_HEIGHT;
	value_axis(d, "");
	draw_bands(d);
	draw_legend(d);
	if (!line)
		return;
	horizontal(d, p->capacity, "limit");
	svg_begin_text(d->out, RIGHT - 4, y_of(d, p->capacity) - 4, "left");
	fputs("all EPC of the machine", d->out);
	svg_end_text(d->out);
}

/* ---- Lanes ---- */

static double nothing(const struct plot_column *column, int lane)
{
	(void)column;
	(void)lane;
	return 0;
}

static double lane_use(const struct plot_column *column, int lane)
{
	return column->lane[lane];
}

static uint64_t lane_limit(const struct plot_column *column, int lane)
{
	return column->limit[lane];
}

static void draw_mark(const struct drawing *d, double x, double y, int event, uint64_t count)
{
	const struct mark *mark = &marks[event];
	bool closed = strchr(mark->path, 'Z');

	fprintf(d->out, "<path transform=\"translate(%.1f,%.1f)\" d=\"%s\" stroke=\"%s\"",
		x, y, mark->path, mark->colour);
	fprintf(d->out, " fill=\"%s\"", closed ? mark->colour : "none");
	fprintf(d->out, " stroke-width=\"%s\"><title>%s", event == EPC_EVENT_KILL ? "2.5" : "1",
		mark->text);
	if (count > 1)
		fprintf(d->out, ", %" PRIu64 " times", count);
	fputs("</title></path>\n", d->out);
}

/* Strokes stand under the lane, where there may be hundreds; what is rarer, on its upper edge. */
static void draw_marks(const struct drawing *d, int lane)
{
	for (int event = 0; event < EPC_NR_EVENTS; event++) {
		double y = event == EPC_EVENT_MAX ? d->top + d->height + 5 : d->top;

		for (int i = 0; i < PLOT_COLUMNS; i++) {
			const struct plot_column *column = &d->plot->columns[i];

			if (column->filled && column->events[lane][event])
				draw_mark(d, x_of(d->plot, column->time), y, event,
					  column->events[lane][event]);
		}
	}
}

static void put_events(FILE *out, const uint64_t events[EPC_NR_EVENTS])
{
	for (int event = 0; event < EPC_NR_EVENTS; event++) {
		if (!events[event])
			continue;
		fprintf(out, ", %s ", marks[event].text);
		svg_put_count(out, events[event]);
		fputs(events[event] == 1 ? " time" : " times", out);
	}
}

static void draw_lane(struct drawing *d, int lane)
{
	const struct plot_group *group = d->plot->lanes[lane];
	bool line = group->limit && group->limit <= fmax(4 * group->most, 4096);
	char style[64];

	d->scale = fmax(line ? fmax(group->limit, group->most) * 1.1 : group->most * 1.1, 4096);
	snprintf(style, sizeof(style), "fill=\"%s\"",
		 colours[group->band >= 0 && !group->is_parent ? group->band : PLOT_MAX_BANDS]);
	svg_begin_text(d->out, LEFT, d->top - 7, "name");
	fputs("<tspan font-weight=\"bold\">", d->out);
	svg_put_name(d->out, group->path, LANE_CHARS);
	fputs("</tspan>: at most ", d->out);
	svg_put_bytes(d->out, group->most);
	if (group->limit) {
		fputs(", limit ", d->out);
		svg_put_bytes(d->out, group->limit);
	}
	put_events(d->out, group->events);
	svg_end_text(d->out);
	horizontal(d, 0, "axis");
	each_run(d, &(struct area){ nothing, lane_use, lane, style }, area_run);
	if (group->limit)
		each_run(d, &(struct steps){ lane_limit, lane, "limit" }, steps_run);
	draw_marks(d, lane);
}

/* ---- Paging ---- */

static uint64_t evicted(const struct plot_column *column, int which)
{
	(void)which;
	return column->evicted;
}

static uint64_t loaded(const struct plot_column *column, int which)
{
	(void)which;
	return column->loaded;
}

static void draw_paging(struct drawing *d)
{
	const struct plot *p = d->plot;
	uint64_t most = 0;

	for (int i = 0; i < PLOT_COLUMNS; i++)
		most = fmax(most, fmax(p->columns[i].evicted, p->columns[i].loaded));
	d->scale = fmax(most * 1.1, 4096);
	svg_begin_text(d->out, LEFT, d->top - 7, "name");
	fputs("<tspan font-weight=\"bold\">Paging</tspan>: ", d->out);
	svg_put_count(d->out, p->evicted);
	fputs(" pages <tspan fill=\"#cc0000\">written out</tspan>, ", d->out);
	svg_put_count(d->out, p->loaded);
	fputs(" <tspan fill=\"#0044cc\">loaded back</tspan>", d->out);
	svg_end_text(d->out);
	horizontal(d, 0, "axis");
	horizontal(d, most, "grid");
	svg_begin_text(d->out, LEFT - 6, y_of(d, most) + 4, "left");
	svg_put_bytes(d->out, most);
	fputs("/s", d->out);
	svg_end_text(d->out);
	each_run(d, &(struct steps){ evicted, 0, "out" }, steps_run);
	each_run(d, &(struct steps){ loaded, 0, "in" }, steps_run);
}

/* ---- The whole ---- */

static void draw_heading(const struct drawing *d)
{
	const struct plot *p = d->plot;
	FILE *out = d->out;

	svg_begin_text(out, LEFT, 24, "title");
	if (p->title) {
		svg_put_name(out, p->title, 120);
	} else {
		fputs("SGX enclave memory (EPC) by cgroup", out);
		if (p->host) {
			fputs(" on ", out);
			svg_put_name(out, p->host, 40);
		}
	}
	svg_end_text(out);
	svg_begin_text(out, LEFT, 44, "name");
	svg_put_time(out, p->start, "%Y-%m-%d %H:%M:%S %Z, ");
	svg_put_duration(out, p->end - p->start);
	fputs(", at most ", out);
	svg_put_bytes(out, p->most);
	if (p->capacity) {
		fputs(" of ", out);
		svg_put_bytes(out, p->capacity);
	}
	fputs(" in use", out);
	put_events(out, p->events);
	svg_end_text(out);
}

/* What the marks mean: those that there are. */
static void draw_key(const struct drawing *d, double y)
{
	double x = LEFT + 6;

	for (int event = 0; event < EPC_NR_EVENTS; event++) {
		if (!d->plot->events[event])
			continue;
		draw_mark(d, x, y - 4, event, 1);
		svg_begin_text(d->out, x + 10, y, "name");
		fputs(marks[event].text, d->out);
		svg_end_text(d->out);
		x += 40 + 7 * strlen(marks[event].text);
	}
	if (!d->plot->nr_lanes && !d->plot->capacity)
		return;
	fprintf(d->out, "<path class=\"limit\" d=\"M%.1f,%.1fh24\"/>\n", x - 4, y - 4);
	svg_begin_text(d->out, x + 26, y, "name");
	fputs("limit", d->out);
	svg_end_text(d->out);
}

static void draw_start(const struct drawing *d, double height)
{
	fprintf(d->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" "
		"height=\"%.0f\">\n<style>\n"
		"text { font: 12px sans-serif; fill: #222222 }\n"
		".title { font-size: 17px; font-weight: bold }\n"
		".left { text-anchor: end }\n"
		".middle { text-anchor: middle }\n"
		".grid { stroke: #999999; stroke-opacity: 0.35; fill: none }\n"
		".axis { stroke: #666666; fill: none }\n"
		".limit { stroke: #aa0000; stroke-width: 1.5; stroke-dasharray: 6,3; fill: none }\n"
		".out { stroke: #cc0000; fill: none }\n"
		".in { stroke: #0044cc; fill: none }\n"
		"</style>\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n",
		WIDTH, height, WIDTH, height);
}

int plot_draw(const struct plot *p, FILE *out)
{
	struct drawing d = { .plot = p, .out = out };
	double lanes = TOP + STACK_HEIGHT + 50;
	double paging = lanes + p->nr_lanes * LANE_PITCH + (p->nr_more_lanes ? 18 : 0);
	double bottom = paging + (p->knows_paging ? PAGING_HEIGHT + 22 : -14);

	draw_start(&d, bottom + 58);
	draw_heading(&d);
	time_axis(&d, bottom);
	draw_stack(&d);
	for (unsigned int i = 0; i < p->nr_lanes; i++) {
		d.top = lanes + i * LANE_PITCH;
		d.height = LANE_HEIGHT;
		draw_lane(&d, i);
	}
	if (p->nr_more_lanes) {
		svg_begin_text(out, LEFT, paging - 22, "name");
		fprintf(out, "and %u more groups with limits", p->nr_more_lanes);
		svg_end_text(out);
	}
	d.top = paging;
	d.height = PAGING_HEIGHT;
	if (p->knows_paging)
		draw_paging(&d);
	draw_key(&d, bottom + 42);
	fputs("</svg>\n", out);
	return 0;
}
