// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: steps that tenants and operators take, done in the real code and in
 * the model, which must come to the same.
 *
 * A step is four bytes: what it is, and three numbers that are taken modulo what there
 * is, so that each input is a valid sequence. What cannot be done just now is left out.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "fuzz.h"
#include "model.h"
#include "world.h"

#define STEP_SIZE	4

static struct model model;
static unsigned int nr_steps;

/* The @nth of those for which @ok says so, or NONE. */
static int pick(unsigned int nth, int among, bool (*ok)(int i))
{
	int i, nr = 0;

	for (i = 0; i < among; i++)
		nr += ok(i);
	if (!nr)
		return NONE;
	nth %= nr;
	for (i = 0; !ok(i) || nth--; i++)
		;
	return i;
}

static bool group_exists(int i)
{
	return model.group[i].used && !model.group[i].removed;
}

static bool group_has_limit(int i)
{
	return i != ROOT && group_exists(i);
}

static bool group_is_empty(int i)
{
	return group_has_limit(i) && !model_busy(&model, i);
}

static bool is_unused(int i)
{
	return model.holder[i].state == UNUSED;
}

static bool is_open(int i)
{
	return model.holder[i].state != UNUSED;
}

static bool is_opened(int i)
{
	return model.holder[i].state == OPENED;
}

static bool is_building(int i)
{
	return model.holder[i].state == BUILDING;
}

static bool is_mapped(int i)
{
	return model.holder[i].state > OPENED;
}

static bool is_running_enclave(int i)
{
	return model.holder[i].state == RUNNING && !model.holder[i].vepc;
}

static bool is_vepc(int i)
{
	return model.holder[i].state == RUNNING && model.holder[i].vepc;
}

static int pick_group(unsigned int nth)
{
	return pick(nth, NR_GROUPS, group_exists);
}

/* Before the model does what the world has just done: what did it choose? */
static const struct seen *look(void)
{
	static struct seen seen;

	memset(&seen, 0, sizeof(seen));
	world_look(&model, &seen);
	return &seen;
}

static struct model before;

static void begin(void)
{
	before = model;
}

static void check(const char *what, int is, int should_be)
{
	if (is != should_be)
		differ("%s returned %d, not %d", what, is, should_be);
}

/* After each thing that was done. */
static void end(const char *what, int is, int should_be, const struct seen *seen)
{
	check(what, is, should_be);
	model_compare(&model, &before, seen);
}

static void step_mkdir(const uint8_t *arg)
{
	int parent = pick_group(arg[0]);
	int group = model_mkdir(&model, parent);
	bool failed;
	int ret;

	if (group == NONE)
		return;
	/* SAFE-3: without memory there is no group, and that is all. */
	ret = world_mkdir(group, parent, arg[1] % 8, &failed);
	check("mkdir", ret, failed ? -ENOMEM : 0);
	if (failed)
		model.group[group].used = false;
}

static void step_rmdir(const uint8_t *arg)
{
	int group = pick(arg[0], NR_GROUPS, group_is_empty);

	if (group == NONE)
		return;
	check("rmdir", world_rmdir(group), 0);
	model_rmdir(&model, group);
}

/* CHARGE-2: moves no charge. */
static void step_move(const uint8_t *arg)
{
	int task = arg[0] % NR_TASKS;
	int group = pick_group(arg[1]);

	check("moving a task", world_move(task, group), 0);
	model.task[task].group = group;
}

/* An amount as it is written: so many pages and some bytes, or the word. */
static void amount_text(char *buf, size_t size, const uint8_t *arg)
{
	if (arg[0] == 255)
		snprintf(buf, size, "sgx_epc max");
	else
		snprintf(buf, size, "sgx_epc %llu", (arg[0] & 127) * EPC_PAGE + arg[1] % 4 * 1024);
}

/* MAX-1: the write of a limit does nothing but that. */
static void write_amount(const uint8_t *arg, enum line_file file)
{
	int group = pick(arg[0], NR_GROUPS, group_has_limit);
	struct line line;
	char text[64];

	if (group == NONE)
		return;
	amount_text(text, sizeof(text), arg + 1);
	line = line_read(file, text, 1U << RES_EPC);
	check(text, world_write(group, file, text, false), line.result);
	*(file == MISC_MAX ? &model.group[group].max : &model.group[group].low) = line;
}

static void step_max(const uint8_t *arg)
{
	write_amount(arg, MISC_MAX);
}

static void step_low(const uint8_t *arg)
{
	write_amount(arg, MISC_LOW);
}

static void step_exhausted(const uint8_t *arg)
{
	int group = pick(arg[0], NR_GROUPS, group_has_limit);
	const char *text = arg[1] & 1 ? "sgx_epc fail" : "sgx_epc kill";

	if (group == NONE)
		return;
	check(text, world_write(group, MISC_EXHAUSTED, text, false), 0);
	model.group[group].fails = arg[1] & 1;
}

static void step_reclaim(const uint8_t *arg)
{
	int group = pick_group(arg[0]);
	bool signal = arg[2] & 16;
	const struct seen *seen;
	struct line line;
	char text[64];
	int ret;

	amount_text(text, sizeof(text), arg + 1);
	if (arg[2] & 4)
		strcat(text, " kill=enclaves");
	if (arg[2] & 8)
		strcat(text, " revoke=vepc");
	line = line_read(MISC_RECLAIM, text, 1U << RES_EPC);

	begin();
	ret = world_write(group, MISC_RECLAIM, text, signal);
	seen = look();
	end(text, ret, model_reclaim(&model, group, &line, signal, seen), seen);
}

static void create(int i, const uint8_t *arg)
{
	int task = arg[0] % NR_TASKS;
	bool signal = arg[1] & 1;
	const struct seen *seen;
	int ret;

	begin();
	ret = world_create(i, task, signal);
	seen = look();
	end("CREATE", ret, model_create(&model, i, task, signal, seen), seen);
}

static void step_open(const uint8_t *arg)
{
	int i = pick(0, NR_HOLDERS, is_unused);

	if (i == NONE)
		return;
	world_open(i, arg[0] % NR_TASKS, false);
	model.holder[i] = (struct holder) { .state = OPENED, .held = NONE };
	create(i, arg);
}

/* Once more, for one for which there was no room. */
static void step_create(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_opened);

	if (i != NONE)
		create(i, arg + 1);
}

static void step_add(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_building);
	int page = arg[1] % NR_PAGES, last = page + arg[2] % 16;
	bool signal = arg[2] & 16;
	const struct seen *seen;
	int ret;

	if (i == NONE)
		return;
	for (; page < NR_PAGES && page <= last; page++) {
		if (model.holder[i].exists & 1U << page)
			continue;
		begin();
		ret = world_add(i, page, signal);
		seen = look();
		end("ADD_PAGES", ret, model_add(&model, i, page, signal, seen), seen);
	}
}

static void step_init(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_building);

	if (i != NONE)
		check("INIT", world_init(i), model_init(&model, i));
}

static void step_touch(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_mapped);
	int page = arg[1] % NR_PAGES, last = page + arg[2] % 16;
	enum touch how = arg[1] / NR_PAGES % NR_TOUCHES;
	bool signal = arg[2] & 16 && how == TOUCH_USER;
	const struct seen *seen;
	int ret;

	if (i == NONE)
		return;
	for (; page < NR_PAGES && page <= last; page++) {
		begin();
		ret = world_touch(i, page, how, signal);
		seen = look();
		end("a touch", ret, model_touch(&model, i, page, how, signal, seen), seen);
	}
}

/* An SGX2 ioctl on one page. */
static void change_page(const uint8_t *arg, const char *what,
			int (*in_world)(int i, int page, bool signal),
			int (*in_model)(struct model *m, int i, int page, bool signal,
					const struct seen *seen))
{
	int i = pick(arg[0], NR_HOLDERS, is_running_enclave);
	int page = arg[1] % NR_PAGES;
	bool signal = arg[2] & 16;
	const struct seen *seen;
	int ret;

	if (i == NONE || model.holder[i].held != NONE)
		return;
	begin();
	ret = in_world(i, page, signal);
	seen = look();
	end(what, ret, in_model(&model, i, page, signal, seen), seen);
}

static void step_hold(const uint8_t *arg)
{
	change_page(arg, "an ioctl in the middle", world_hold, model_hold);
}

static void step_release(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_running_enclave);

	if (i == NONE || model.holder[i].held == NONE)
		return;
	world_release(i);
	model.holder[i].held = NONE;
}

static void step_remove(const uint8_t *arg)
{
	change_page(arg, "REMOVE_PAGES", world_remove, model_remove);
}

static void step_peek(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_running_enclave);
	int page = arg[1] % NR_PAGES;
	const struct seen *seen;
	int ret;

	if (i == NONE)
		return;
	begin();
	ret = world_peek(i, page);
	seen = look();
	end("a debugger", ret, model_peek(&model, i, page, seen), seen);
}

static void step_vepc(const uint8_t *arg)
{
	int i = pick(0, NR_HOLDERS, is_unused);

	if (i == NONE)
		return;
	world_open(i, arg[0] % NR_TASKS, true);
	model_open_vepc(&model, i, arg[0] % NR_TASKS);
}

static void step_remove_all(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_vepc);

	if (i != NONE)
		check("REMOVE_ALL", world_remove_all(i), model_remove_all(&model, i));
}

static void close_one(int i)
{
	if (model.holder[i].held != NONE)
		world_release(i);
	world_close(i);
	model_close(&model, i);
}

static void step_close(const uint8_t *arg)
{
	int i = pick(arg[0], NR_HOLDERS, is_open);

	if (i != NONE)
		close_one(i);
}

static void step_memcg(const uint8_t *arg)
{
	model.memcg_full[arg[0] % NR_MEMCGS] = arg[1] & 1;
	world_fill_memcg(arg[0] % NR_MEMCGS, arg[1] & 1);
}

static void step_ksgxd(const uint8_t *arg)
{
	const struct seen *seen;

	(void)arg;
	begin();
	world_background();
	seen = look();
	model_background(&model, seen);
	end("ksgxd", 0, 0, seen);
}

/* In an order that stays: the corpus has these numbers. */
static const struct {
	const char	*name;
	void		(*step)(const uint8_t *arg);
} table[] = {
	{ "mkdir",	step_mkdir },
	{ "rmdir",	step_rmdir },
	{ "move",	step_move },
	{ "max",	step_max },
	{ "low",	step_low },
	{ "exhausted",	step_exhausted },
	{ "reclaim",	step_reclaim },
	{ "open",	step_open },
	{ "create",	step_create },
	{ "add",	step_add },
	{ "init",	step_init },
	{ "touch",	step_touch },
	{ "hold",	step_hold },
	{ "release",	step_release },
	{ "remove",	step_remove },
	{ "vepc",	step_vepc },
	{ "remove_all",	step_remove_all },
	{ "close",	step_close },
	{ "memcg",	step_memcg },
	{ "ksgxd",	step_ksgxd },
	{ "peek",	step_peek },
};

#define NR_TABLE	(sizeof(table) / sizeof(table[0]))

static void check_files(int group)
{
	static char real[8192], ours[8192];
	enum shown file;

	for (file = 0; file < NR_FILES; file++) {
		world_read(group, file, real, sizeof(real));
		model_text(&model, group, file, ours, sizeof(ours));
		if (strcmp(real, ours))
			differ("misc.%s of group %d is:\n%sand not:\n%s", file_name[file],
			       group, real, ours);
	}
}

static void after_step(void)
{
	unsigned int groups = 0;
	int i;

	model_free_groups(&model);
	for (i = 0; i < NR_GROUPS; i++)
		groups += model.group[i].used;
	if (world_groups() != groups)
		differ("CHARGE-4: there are %u groups, not %u", world_groups(), groups);
	end("", 0, 0, look());
	check_files(pick_group(nr_steps));
}

/* SAFE-4: when all are gone, nothing is left. */
static void close_all(void)
{
	int i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (group_exists(i))
			check_files(i);
	}
	for (i = 0; i < NR_HOLDERS; i++) {
		if (is_open(i))
			close_one(i);
	}
	for (i = 0; i < NR_TASKS; i++) {
		world_move(i, ROOT);
		model.task[i].group = ROOT;
	}
	while ((i = pick(0, NR_GROUPS, group_is_empty)) != NONE) {
		check("rmdir", world_rmdir(i), 0);
		model_rmdir(&model, i);
	}
	begin();
	after_step();
	check_files(ROOT);
	world_end();
}

static void run(const uint8_t *data, size_t size)
{
	model_start(&model, 0);
	world_start(&model);
	for (nr_steps = 0; size >= STEP_SIZE; nr_steps++) {
		begin();
		table[data[0] % NR_TABLE].step(data + 1);
		begin();
		after_step();
		data += STEP_SIZE;
		size -= STEP_SIZE;
	}
	close_all();
}

static void print(FILE *out, const uint8_t *data, size_t size)
{
	const char *separator = "";

	for (; size >= STEP_SIZE; size -= STEP_SIZE, data += STEP_SIZE) {
		fprintf(out, "%s%s %u %u %u", separator, table[data[0] % NR_TABLE].name,
			data[1], data[2], data[3]);
		separator = "; ";
	}
}

static bool parse_step(const char *text, uint8_t step[STEP_SIZE])
{
	unsigned int i, arg[3];
	char name[16];

	if (sscanf(text, " %15s %u %u %u", name, &arg[0], &arg[1], &arg[2]) != 4)
		return false;
	for (i = 0; i < NR_TABLE && strcmp(name, table[i].name); i++)
		;
	step[0] = i;
	step[1] = arg[0];
	step[2] = arg[1];
	step[3] = arg[2];
	return i < NR_TABLE;
}

static size_t parse(const char *text, uint8_t data[FUZZ_MAX_SIZE])
{
	size_t size;

	for (size = 0; size + STEP_SIZE <= FUZZ_MAX_SIZE; size += STEP_SIZE) {
		if (!parse_step(text, data + size))
			return 0;
		text = strchr(text, ';');
		if (!text)
			return size + STEP_SIZE;
		text++;
	}
	return 0;
}

const struct fuzz_target fuzz_target = {
	.name	= "steps",
	.unit	= STEP_SIZE,
	.run	= run,
	.print	= print,
	.parse	= parse,
};
