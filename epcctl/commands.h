/* SPDX-License-Identifier: GPL-2.0 */
/* The commands, in the order of "epcctl --help"; COMMAND(NAME) is command_NAME of cmd_NAME.c. */
COMMAND(status)
COMMAND(ls)
COMMAND(ps)
COMMAND(get)
COMMAND(set)
COMMAND(reclaim)
COMMAND(enable)
COMMAND(run)
COMMAND(watch)
COMMAND(export)
COMMAND(top)
COMMAND(replay)
