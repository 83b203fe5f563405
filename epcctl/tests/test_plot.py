# SPDX-License-Identifier: GPL-2.0
"""plot: the picture is well-formed, and what was recorded is in it."""
import os
import re
import xml.etree.ElementTree as ElementTree

from epctest import case, contains, epcctl, equal, fail
from recordings import HEADER, START, folder, group, recording, sample, story
from trees import MIB

SVG = "{http://www.w3.org/2000/svg}"
LEFT, WIDTH, TOP, HEIGHT = 84, 720, 66, 260
# From the top: all EPC is a line, a bit below the upper edge.
SCALE = 64 * MIB * 1.04
GREY = "#cccccc"


class Picture:
    """What plot makes of a recording."""

    def __init__(self, name, *arguments, env=None):
        done = epcctl("plot", name, *arguments, env={"TZ": "UTC", **(env or {})}).ended(0)
        self.told = done.err
        self.top = ElementTree.fromstring(done.out.encode())
        equal("root", self.top.tag, SVG + "svg")
        self.texts = ["".join(text.itertext()) for text in self.top.iter(SVG + "text")]

    def paths(self, **attributes):
        """The paths with these attributes, parsed: a list of commands with numbers each."""
        found = []
        for path in self.top.iter(SVG + "path"):
            if all(path.get(name.strip("_")) == value for name, value in attributes.items()):
                found.append([(c, [float(n) for n in re.findall(r"-?[\d.]+", numbers)])
                              for c, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)",
                                                           path.get("d"))])
        return found

    def has(self, text):
        """Fails unless a text has it."""
        if not any(text in line for line in self.texts):
            fail(f"no {text!r} in {self.texts}")

    def marks(self, word):
        """Where the marks are that say this."""
        return [path.get("transform") for path in self.top.iter(SVG + "path")
                if path.find(SVG + "title") is not None
                and path.find(SVG + "title").text.startswith(word)]


def y_of(used):
    return TOP + HEIGHT * (1 - used / SCALE)


def heights(path):
    """Upper edge of an area: {x: y} of its first half."""
    points = [tuple(numbers) for command, numbers in path if command in "ML"]
    return dict(points[:len(points) // 2])


def near(what, seen, wanted):
    if abs(seen - wanted) > 0.11:
        fail(f"{what}: {seen}, wanted {wanted}")


@case
def heights_are_the_amounts():
    """/a is below, /b on it, the rest of the root above: 32, 8 and 1 MiB in the 10th sample."""
    with recording(*story()) as name:
        picture = Picture(name)
    x = round(LEFT + WIDTH * 10 / 19, 1)
    edges = []
    for colour in ("#88ccee", "#332288", "#ddcc77"):
        areas = [path for path in picture.paths(fill=colour)]
        edges.append(heights(areas[0])[x])
    for edge, used in zip(edges, (32, 40, 41)):
        near(f"{used} MiB", edge, y_of(used * MIB))
    limit = picture.paths(class_="limit")
    contains("EPC of the machine", str(limit), str(round(y_of(64 * MIB), 1)))


@case
def axes_legend_and_heading_say_what_it_is():
    with recording(*story()) as name:
        picture = Picture(name)
        titled = Picture(name, "--title", "<Mon & Tue>")
    for text in ("SGX enclave memory (EPC) by cgroup on h", "2023-11-14 22:13:20 UTC, 38 s",
                 "at most 41 MiB of 64 MiB in use", "16 MiB", "48 MiB", "22:13:25", "22:13:55",
                 "all EPC of the machine", "/a: at most 32 MiB, limit 32 MiB, limit reached 33 times",
                 "/b: at most 8 MiB, enclave killed 1 time", "/ (itself)", "limit reached",
                 "enclave killed", "Paging: 5,632 pages written out, 2,816 loaded back", "1 MiB/s"):
        picture.has(text)
    equal("others", "all others" in str(picture.texts), False)
    titled.has("<Mon & Tue>")


@case
def events_are_marks_where_they_were():
    with recording(*story()) as name:
        picture = Picture(name)
    # One of each in the explanation below the picture.
    equal("limit reached", len(picture.marks("limit reached")), 11 + 1)
    killed = picture.marks("enclave killed")
    equal("kills", len(killed), 1 + 1)
    near("kill", float(re.findall(r"[\d.]+", killed[0])[0]), LEFT + WIDTH * 15 / 19)
    equal("revokes", picture.marks("vEPC"), [])


@case
def limits_are_lines_that_change():
    lines = [sample(i, group("/", 8 * MIB),
                    group("/a", 8 * MIB, max=(16 if i < 5 else 12) * MIB if i != 8 else "max"))
             for i in range(11)]
    with recording(*lines) as name:
        picture = Picture(name)
    limit = [path for path in picture.paths(class_="limit") if len(path) > 5][0]
    levels = [round(numbers[-1], 1) for command, numbers in limit if command in "MV"]
    equal("levels after the first", len(set(levels[1:])), 2)
    # With no limit the line ends, and begins again.
    equal("parts", sum(command == "M" for command, _ in limit) - 1, 2)
    picture.has("/a: at most 8 MiB, limit 16 MiB")


@case
def the_largest_have_a_colour_and_others_share_one():
    groups = [group(f"/g{i}", (i + 1) * MIB) for i in range(10)]
    with recording(*(sample(i, group("/", 56 * MIB), *groups) for i in range(3))) as name:
        picture = Picture(name, "--largest", "3")
        every = Picture(name, "-n", "9")
    for text in ("/g9", "/g8", "/g7", "all others"):
        picture.has(text)
    equal("/g6", [text for text in picture.texts if text.startswith("/g6")], [])
    area = picture.paths(fill=GREY)[0]
    edge = heights(area)
    near("all", edge[LEFT], y_of(56 * MIB))
    near("largest three", min(y for x, y in [tuple(n) for c, n in area if c in "ML"][3:]),
         y_of(27 * MIB))
    every.has("/g2")


@case
def depth_adds_up():
    line = sample(0, group("/", 9 * MIB), group("/a", 9 * MIB), group("/a/b", 8 * MIB),
                  group("/a/b/c", 7 * MIB))
    with recording(line, {**line, "usec": line["usec"] + 1000000}) as name:
        deep, flat = Picture(name), Picture(name, "--depth", "1")
    for text in ("/a/b/c", "/a/b (itself)", "/a (itself)"):
        deep.has(text)
    equal("flat", [text for text in flat.texts if text.startswith("/a")], ["/a/a"])
    flat.has("9 MiB")


@case
def gaps_stay_empty():
    """Two sessions, and a machine that slept: nothing is drawn between."""
    one = [sample(i, group("/", MIB)) for i in range(5)]
    two = [sample(100 + i, group("/", MIB)) for i in range(5)]
    three = [{**line, "time_usec": START + 200000000 + 1000000 * i, "usec": 7 + 1000000 * i}
             for i, line in enumerate(one)]
    with recording(*one, *two, HEADER, *three) as name:
        picture = Picture(name)
    areas = picture.paths(fill="#88ccee")
    equal("areas", len(areas), 3)
    ends = [[numbers[0] for command, numbers in area if command in "ML"] for area in areas]
    near("end of the first", max(ends[0]), LEFT + WIDTH * 4 / 204)
    near("start of the second", min(ends[1]), LEFT + WIDTH * 100 / 204)
    near("start of the third", min(ends[2]), LEFT + WIDTH * 200 / 204)


@case
def peaks_are_not_lost():
    """10,000 samples in 720 columns: the one that used most is there."""
    lines = [sample(i, group("/", (60 if i == 5003 else 1) * MIB)) for i in range(10000)]
    with recording(*lines) as name:
        picture = Picture(name)
    picture.has("at most 60 MiB of 64 MiB")
    near("the peak", min(heights(picture.paths(fill="#88ccee")[0]).values()), y_of(60 * MIB))


@case
def odd_recordings_have_a_picture():
    root = group("/", MIB)
    for what, lines in {
            "one sample": [sample(0, root)],
            "nothing used": [sample(i, group("/", 0)) for i in range(3)],
            "no groups": [sample(0), sample(1, root)],
            "no capacity": [sample(i, root, capacity=0) for i in range(3)],
            "same time": [sample(0, root), sample(0, root)],
            "clock goes back": [sample(9, root), {**sample(5, root), "time_usec": 5}],
            "years": [sample(0, root), sample(3e9, root)],
            "much": [sample(i, group("/", 2**63), capacity=2**63) for i in range(3)],
            "all there is": [sample(i, group("/", 2**64 - 3, evicted=2**64 - 3)) for i in range(3)],
            "end of time": [{**sample(0, root), "time_usec": 2**63}, sample(1, root)],
            "stock": [sample(i, root, group("/a", MIB, max=2 * MIB, events_max=i))
                      for i in range(3)]}.items():
        with recording(*lines) as name:
            picture = Picture(name)
        if "nan" in str(picture.texts) or "inf" in str(picture.paths()):
            fail(f"{what}: {picture.texts}")


@case
def hostile_names_stay_text():
    name = "/<script>alert(1)</script>&amp;\"'\u202e\u061c\u200b\ufffe\x1b\x85]]>"
    quoted = name.replace("\x1b", "\\x1b")
    long = "/" + "日" * 300
    with recording(*(sample(i, group("/", 5 * MIB), group(quoted, 3 * MIB, max=4 * MIB),
                            group(long, 2 * MIB, max=3 * MIB)) for i in range(3))) as file:
        picture = Picture(file)
    shown = name.replace("\x1b", "\\x1b").replace("\u202e", "\\xe2\\x80\\xae") \
        .replace("\u061c", "\\xd8\\x9c").replace("\u200b", "\\xe2\\x80\\x8b") \
        .replace("\ufffe", "\\xef\\xbf\\xbe").replace("\x85", "\\xc2\\x85")
    picture.has(shown)
    equal("scripts", list(picture.top.iter(SVG + "script")), [])
    lines = [text for text in picture.texts if text.endswith("日")]
    equal("cut", max(map(len, lines)) > 300, True)
    legend = [text for text in picture.top.iter(SVG + "text")
              if text.find(SVG + "title") is not None and text.find(SVG + "title").tail]
    contains("cut", [text.find(SVG + "title").tail for text in legend], "…" + "日" * 20)


@case
def files_and_options():
    with folder() as work, recording(*story()) as name:
        epcctl("plot", name, "-o", work + "/x.svg").ended(0)
        ElementTree.parse(work + "/x.svg")
        before = os.path.getsize(work + "/x.svg")
        epcctl("plot", work + "/none", "-o", work + "/x.svg").ended(1, "none")
        equal("size after a failure", os.path.getsize(work + "/x.svg"), before)
        epcctl("plot", name, "-o", "/nowhere/x.svg").ended(1, "/nowhere/x.svg")
        epcctl("plot", name, "-o", "/dev/full").ended(1, "/dev/full", "No space")
        for option in ("-n0", "-n10", "-nx", "--depth=0", "--depth=1x"):
            epcctl("plot", name, option).ended(2, "is no number from 1")
        epcctl("plot").ended(2, "FILE")
        with open(name, "a", encoding="utf-8") as f:
            f.write('{"usec":')
        contains("cut off", Picture(name).told, "1 ")
