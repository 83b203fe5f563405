/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The real code under the same names as the model: groups, tasks, enclaves and vEPC
 * instances by number, in the world of the harness.
 */
#ifndef _FUZZ_WORLD_H
#define _FUZZ_WORLD_H

#include "model.h"

/* Before the first step and after the last: nothing may be left. */
void world_start(struct model *m);
void world_end(void);

/* All return 0 or -errno. */
int world_mkdir(int group, int parent, unsigned int nth, bool *failed);
int world_rmdir(int group);
int world_move(int task, int group);
int world_write(int group, enum line_file file, const char *text, bool signal);
void world_fill_memcg(int memcg, bool full);

void world_open(int i, int task, bool vepc);
int world_create(int i, int task, bool signal);
int world_add(int i, int page, bool signal);
int world_init(int i);
int world_touch(int i, int page, enum touch how, bool signal);
int world_hold(int i, int page, bool signal);
void world_release(int i);
int world_remove(int i, int page, bool signal);
int world_peek(int i, int page);
int world_remove_all(int i);
void world_close(int i);
void world_background(void);

/* What has become of it all. Removed groups are seen, too, as long as they exist. */
void world_look(const struct model *m, struct seen *seen);
void world_read(int group, enum shown file, char *buf, size_t size);
unsigned int world_groups(void);

#endif /* _FUZZ_WORLD_H */
