// SPDX-License-Identifier: GPL-2.0
/* epcctl plot: a recording as a picture. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "epcctl.h"
#include "plot.h"

struct plot_run {
	struct recording	recording;
	struct plot		plot;
	const char		*out;
};

static int option(struct options *options, struct plot_run *run, int c)
{
	unsigned long number = 0;
	char *end;

	switch (c) {
	case 'o':
		run->out = optarg;
		return 0;
	case 'T':
		run->plot.title = optarg;
		return 0;
	case 'n':
	case 'D':
		number = strtoul(optarg, &end, 10);
		if (end == optarg || *end || *optarg == '-' || !number ||
		    number > (c == 'n' ? PLOT_MAX_BANDS : 1000))
			return usage_error(options, "%s: '%s' is no number from 1 to %d",
					   c == 'n' ? "--largest" : "--depth", optarg,
					   c == 'n' ? PLOT_MAX_BANDS : 1000);
		if (c == 'n')
			run->plot.nr_wanted = number;
		else
			run->plot.depth = number;
		return 0;
	default:
		return -1;
	}
}

/* The whole picture is made before the file is touched. */
static int write_picture(const struct plot_run *run)
{
	auto_string char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return complain("out of memory");
	plot_draw(&run->plot, out);
	if (fclose(out))
		return complain("out of memory");
	if (!run->out) {
		fwrite(text, 1, length, stdout);
		return EXIT_SUCCESS;
	}
	out = fopen(run->out, "we");
	if (!out)
		return complain("cannot open %s: %m", run->out);
	fwrite(text, 1, length, out);
	if (ferror(out) | fclose(out))
		return complain("cannot write %s: %m", run->out);
	return EXIT_SUCCESS;
}

static int plot(struct plot_run *run, const char *file)
{
	struct recording *r = &run->recording;
	int ret;

	if (recording_open(r, file))
		return complain("%s", r->error);
	ret = plot_read(&run->plot, r);
	if (ret == -ENODATA)
		return complain("%s has no sample that can be read", file);
	if (ret)
		return complain("%s", ret == -ENOMEM ? "out of memory" : r->error);
	if (r->nr_damaged)
		complain("%s: passed over %u damaged lines, the first is line %u", file,
			 r->nr_damaged, r->damaged_line);
	return write_picture(run);
}

static int parse(struct options *options, struct plot_run *run, int argc, char **argv)
{
	int c, status;

	while ((c = options_next(options, argc, argv)) != OPTIONS_END) {
		status = option(options, run, c);
		if (status)
			return status < 0 ? options->status : status;
	}
	if (options_operands(options, argc, argv, 1, 1))
		return EXIT_USAGE;
	if (!run->out && isatty(STDOUT_FILENO))
		return usage_error(options,
				   "a picture is nothing for a terminal: give -o FILE.svg");
	return plot(run, argv[optind]);
}

static int cmd_plot(const struct command *command, int argc, char **argv)
{
	struct options options = OPTIONS_NO_TABLE(command);
	struct plot_run *run = calloc(1, sizeof(*run));
	int status;

	if (!run)
		return complain("out of memory");
	run->plot.nr_wanted = 7;
	status = parse(&options, run, argc, argv);
	plot_free(&run->plot);
	recording_close(&run->recording);
	free(run);
	return status;
}

const struct command command_plot = {
	.name = "plot",
	.run = cmd_plot,
	.operands = "FILE",
	.summary = "a recording as a picture (SVG): usage, limits, events over time",
	.short_options = "o:n:",
	.long_options = (const struct option[]){
		{ "out", required_argument, NULL, 'o' },
		{ "largest", required_argument, NULL, 'n' },
		{ "depth", required_argument, NULL, 'D' },
		{ "title", required_argument, NULL, 'T' },
		{ 0 }
	},
	.help =
	"  -o, --out FILE     write the picture there, not to standard output\n"
	"  -n, --largest N    the N largest cgroups have a colour of their own (7)\n"
	"      --depth N      N levels of cgroups, deeper ones with those above them\n"
	"      --title TEXT   the heading\n",
	.no_common = true,
};
