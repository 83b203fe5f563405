# SPDX-License-Identifier: GPL-2.0
"""top and replay on a terminal: keys are sent, the screen is read."""
import contextlib
import re

from epctest import case, contains, equal, fail
from recordings import recording, story
from terminal import Terminal, names_of, rows_of
from trees import MIB, Tree, tenants

BY_CURRENT = ("/", "/tenants", "/tenants/a", "/tenants/b", "/web")
SLOW = ("top", "-d", "60")


@contextlib.contextmanager
def top(*arguments, **more):
    """top on the terminal, with its table there."""
    with tenants() as tree, Terminal(*(arguments or SLOW), root=tree.root, **more) as terminal:
        terminal.until_names(*BY_CURRENT)
        yield tree, terminal


def selected(terminal):
    """The names in rows that are bold and reverse; attributes last until the next change."""
    now, found = set(), []
    for line in terminal.lines(colours=True):
        name = re.match(r"(\x1b\[[0-9;]*m)*", line).end()
        for codes in re.findall(r"\x1b\[([0-9;]*)m", line[:name]):
            for code in codes.split(";"):
                now = set() if code in ("", "0") else now | {code}
        if {"1", "7"} <= now:
            found.append(line[name:].split()[0])
        for codes in re.findall(r"\x1b\[([0-9;]*)m", line[name:]):
            now = set() if codes in ("", "0") else now | set(codes.split(";"))
    return found


def until_selected(terminal, name):
    """Waits for it."""
    terminal.until(f"cursor on {name}", lambda lines: selected(terminal) == [name])


@case
def fits_80x24():
    with top() as (_, terminal):
        lines = terminal.lines()
        equal("lines", len(lines), 24)
        equal("too wide", [line for line in lines if len(line) > 80], [])
        contains("first line", lines[0], "EPC 48.0M of 64.0M  5 of 5 cgroups")
        contains("first line", lines[0], "every 60 s")
        contains("meter", lines[1], "] 48.0M of 64.0M (75 %)")
        equal("bar", round(lines[1].count("|") / 32, 2), 0.75)
        equal("heading", lines[3].split(), ["CGROUP", "CURRENT", "MAX", "USE%", "OUT/s", "IN/s",
                                            "WAIT/s", "MAXED/s", "KILLS"])
        equal("row", lines[6].split(), ["/tenants/a", "30.0M", "30.0M", "100", "-", "-", "-", "-",
                                        "1"])
        contains("last line", lines[23], "q quit")


@case
def q_and_signals_end_it():
    for key in ("q", "F10", "C-c", "C-\\"):
        with top() as (_, terminal):
            equal(f"status after {key}", terminal.end(key), 0)


@case
def keys_sort():
    with top() as (_, terminal):
        terminal.keys("k")
        terminal.until_names("/web", "/tenants/a", "/tenants", "/tenants/b", "/")
        terminal.keys("m")
        terminal.until_names("/tenants/b", "/tenants", "/tenants/a", "/web", "/")
        contains("foot", terminal.lines()[23], "sort: MAX")
        terminal.keys("r")
        terminal.until_names("/", "/web", "/tenants/a", "/tenants", "/tenants/b")
        contains("foot", terminal.lines()[23], "sort: MAX (reverse)")
        terminal.keys("p")
        terminal.until_names(*BY_CURRENT)
        terminal.keys("I")
        terminal.until_names(*reversed(BY_CURRENT))
        terminal.keys("u")
        terminal.until_names("/tenants/a", "/tenants", "/web", "/", "/tenants/b")
        for key, column in (("<", "MAX"), ("<", "CURRENT"), ("<", "CGROUP"), ("<", "KILLS"),
                            (">", "CGROUP"), ("F6", "CURRENT"), ("o", "OUT/s"), ("i", "IN/s"),
                            ("w", "WAIT/s"), ("x", "MAXED/s"), ("c", "CURRENT")):
            terminal.keys(key)
            terminal.until_text(f"sort: {column}")


@case
def keys_sort_by_what_is_not_shown():
    with top("top", "-d", "0.2", "--output", "cgroup,current") as (_, terminal):
        terminal.keys("m")
        terminal.until_names("/tenants/b", "/tenants", "/tenants/a", "/web", "/")
        terminal.keys("k")
        terminal.until_names("/web", "/tenants/a", "/tenants", "/tenants/b", "/")


@case
def filter_follows_what_is_typed():
    with top() as (_, terminal):
        terminal.keys("/", "TEN")
        terminal.until_names("/tenants", "/tenants/a", "/tenants/b")
        contains("foot", terminal.lines()[23], "Filter: TEN_")
        terminal.keys("q", "x")
        terminal.until_text("No cgroup matches the filter.")
        terminal.keys("BSpace", "BSpace", "Enter")
        terminal.until_text("/ filter: TEN ")
        terminal.until_names("/tenants", "/tenants/a", "/tenants/b")
        terminal.keys("p")
        terminal.until_text("sort: CGROUP")
        terminal.keys("Escape")
        terminal.until_names(*BY_CURRENT)
        terminal.keys("F4", "web", "Escape")
        terminal.until_names(*BY_CURRENT)


@case
def filter_survives_other_prompts():
    with top() as (_, terminal):
        terminal.keys("/", "ten", "Enter", "d", "5", "Enter")
        terminal.until_text("every 5 s")
        terminal.until_text("/ filter: ten ")
        terminal.until_names("/tenants", "/tenants/a", "/tenants/b")
        terminal.keys("/", "ants/a", "Enter")
        terminal.until_text("/ filter: tenants/a ")
        terminal.until_names("/tenants/a")


@case
def tree_and_all():
    with top() as (_, terminal):
        terminal.keys("t")
        lines = terminal.until_names("/", "tenants", "a", "b", "web")
        equal("indented", [row.index(row.strip()) for row in rows_of(lines)], [0, 2, 4, 4, 2])
        terminal.keys("k")
        terminal.until_names("/", "web", "tenants", "a", "b")
        terminal.keys("F5", "p", "a")
        terminal.until_names("/", "/idle", *BY_CURRENT[1:])
        terminal.keys("a")
        terminal.until_names(*BY_CURRENT)


@case
def samples_come_until_paused():
    with top("top", "-d", "0.2") as (tree, terminal):
        tree.group("/web", 9 * MIB, 16 * MIB)
        terminal.until_text(" 9.0M")
        terminal.keys("Space")
        terminal.until_text("paused")
        shown = terminal.lines()
        tree.group("/web", 10 * MIB, 16 * MIB)
        tree.group("/more", MIB)
        # Five samples would have come.
        terminal.keys("h")
        terminal.until_text("any key")
        terminal.keys("h")
        terminal.until_names(*BY_CURRENT)
        equal("the screen while paused", terminal.lines(), shown)
        terminal.keys("Space")
        terminal.until_names(*BY_CURRENT, "/more")


@case
def interval_changes():
    with top() as (_, terminal):
        terminal.keys("-")
        terminal.until_text("every 30 s")
        terminal.keys("+", "+")
        terminal.until_text("every 120 s")
        terminal.keys("d", "x", "BSpace", "0.5")
        terminal.until_text("Seconds between samples: 0.5_")
        terminal.keys("Enter")
        terminal.until_text("every 0.5 s")
        terminal.keys("d", "no", "Enter")
        terminal.until_text("that is no number of seconds")
        terminal.keys("d", "0.000001", "Enter")
        terminal.until_text("every 0.1 s")
        terminal.until_text("written out 0/s")


@case
def exact_numbers_and_help():
    with top() as (_, terminal):
        terminal.keys("b")
        terminal.until_text("31457280")
        terminal.keys("b", "?")
        lines = terminal.until_text("filter: part of the path")
        equal("too wide", [line for line in lines if len(line) > 80], [])
        contains("last line", lines[23], "any key")
        terminal.keys("Down")
        terminal.until_names(*BY_CURRENT)
        terminal.keys("Z")
        terminal.until_text("? shows what keys there are")


@case
def cursor_scrolls_and_stays_with_its_group():
    with Tree() as tree:
        tree.group("/", 4096 * 1000)
        for i in range(100):
            tree.group(f"/g{i:02}", 4096 * (i + 1))
        with Terminal("top", "-d", "60", "-s", "cgroup", root=tree.root) as terminal:
            terminal.until("first page", lambda lines: names_of(lines)[:2] == ["/", "/g00"])
            equal("rows", len(rows_of(terminal.lines())), 19)
            until_selected(terminal, "/")
            terminal.keys("Down", "Down", "Down", "Up")
            until_selected(terminal, "/g01")
            terminal.keys("NPage")
            until_selected(terminal, "/g20")
            terminal.keys("End")
            until_selected(terminal, "/g99")
            equal("last row", names_of(terminal.lines())[-1], "/g99")
            terminal.keys("PPage")
            until_selected(terminal, "/g80")
            terminal.keys("c")
            until_selected(terminal, "/g80")
            contains("foot", terminal.lines()[23], "sort: CURRENT")
            terminal.keys("Home")
            until_selected(terminal, "/")
            terminal.keys("/", "g5", "Enter")
            terminal.until("ten rows", lambda lines: len(rows_of(lines)) == 10)


@case
def resizes():
    with top() as (_, terminal):
        for columns, lines in ((120, 40), (80, 10), (200, 24), (40, 12), (80, 24)):
            terminal.resize(columns, lines)
            seen = terminal.until(
                f"screen of {columns}x{lines}",
                lambda seen, lines=lines: len(seen) == lines and "q quit" in seen[-1] and
                len(rows_of(seen)) == min(5, lines - 5))
            equal("too wide", [line for line in seen if len(line) > columns], [])
            if columns >= 80:
                equal("numbers to the right edge", len(rows_of(seen)[0]), columns)
        terminal.resize(15, 4)
        terminal.until_text("too small")
        terminal.resize(80, 24)
        terminal.until_names(*BY_CURRENT)


@case
def plain_terminals_work():
    for term in ("vt100", "linux", "xterm", "screen-256color"):
        with top(term=term) as (_, terminal):
            terminal.keys("k")
            terminal.until_names("/web", "/tenants/a", "/tenants", "/tenants/b", "/")
            if term == "vt100" and re.search(r"\x1b\[[0-9;]*3[0-7]m",
                                             "\n".join(terminal.lines(colours=True))):
                fail("colours on a vt100")
            equal("status", terminal.end("q"), 0)
    with top(env={"NO_COLOR": "1"}, term="xterm") as (_, terminal):
        if re.search(r"\x1b\[[0-9;]*3[0-7]m", "\n".join(terminal.lines(colours=True))):
            fail("colours with NO_COLOR")


@case
def terminals_that_cannot_are_told():
    with tenants() as tree:
        for term, words in (("dumb", "cannot move its cursor"), ("", "is not known"),
                            ("nonsense", "is not known")):
            with Terminal("top", root=tree.root, term=term) as terminal:
                equal(f"status on '{term}'", terminal.end(), 1)
                text = " ".join(terminal.lines())
                contains(f"'{term}'", text, words)
                contains(f"'{term}'", text, "--batch")


@case
def hostile_names_do_not_reach_the_terminal():
    with Tree() as tree:
        tree.group("/", 2 * MIB)
        tree.group(b"/\x1b[2J\x1b[31mred\x07\xff", MIB)
        tree.group("/%s%n" + "w" * 200, 4096)
        tree.group("/日本語", 8192)
        with Terminal(*SLOW, root=tree.root) as terminal:
            lines = terminal.until_text("/日本語")
            contains("escaped", "\n".join(lines), "/\\x1b[2J\\x1b[31mred")
            contains("as it is", "\n".join(lines), "/%s%nwwww")
            equal("rows", len(rows_of(lines)), 4)
            for line in rows_of(lines):
                if not line.endswith("0") and not line.endswith("-"):
                    fail(f"not cut to the width: {line}")


@case
def what_goes_away_ends_it_with_a_word():
    with Tree() as tree:
        tree.group("/", MIB)
        tree.group("/a", MIB)
        with Terminal("top", "-d", "0.2", "/a", root=tree.root) as terminal:
            terminal.until_names("/a")
            tree.remove("/a")
            equal("status", terminal.end(), 1)
            contains("screen", "\n".join(terminal.lines()), "epcctl top: ")


@case
def replay_steps_and_seeks():
    with recording(*story()) as name, Terminal("replay", "-d", "60", name) as terminal:
        terminal.until_text("sample 1 of 20")
        for key, position in (("Right", 2), ("]", 4), ("[", 2), ("Left", 1), ("Left", 1),
                              ("}", 20), ("Left", 19), ("]", 20), ("{", 1)):
            terminal.keys(key)
            terminal.until_text(f"sample {position} of 20  paused")
        terminal.keys("}")
        terminal.until_text("sample 20 of 20")
        # 512 pages in 2 s, whichever way one came here.
        row = [line for line in rows_of(terminal.lines()) if line.startswith("/a ")][0]
        equal("/a at the end", row.split()[1:],
              ["32.0M", "32.0M", "100", "1.0M", "512.0K", "250ms", "1.5", "-"])
        equal("status", terminal.end("q"), 0)


@case
def replay_plays():
    with recording(*story()) as name, Terminal("replay", "-d", "0.1", name) as terminal:
        terminal.until_text("sample 20 of 20  paused")
        terminal.keys("{", "Space")
        terminal.until_text("sample 20 of 20  paused")
        equal("status", terminal.end("q"), 0)
