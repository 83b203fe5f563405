# SPDX-License-Identifier: GPL-2.0
"""Recordings made by hand, with times and counts that are known."""
import contextlib
import json
import os
import shutil
import tempfile

MIB = 1 << 20
START = 1700000000000000
HEADER = {"epcctl_record": 1, "host": "h", "kernel": "6.1.0", "path": "/",
          "interval_usec": 2000000}


def group(path, current, **more):
    """A group of a sample; keys are those of the format."""
    return {"cgroup": path, "current": current, **more}


def sample(seconds, *groups, capacity=64 * MIB):
    """A sample that many seconds after the start."""
    usec = int(seconds * 1000000)
    return {"usec": 5000000 + usec, "time_usec": START + usec, "capacity": capacity,
            "groups": list(groups)}


def text_of(*lines):
    """The lines of a recording; what is no string becomes JSON."""
    return "".join((line if isinstance(line, str) else json.dumps(line, separators=(",", ":")))
                   + "\n" for line in lines)


@contextlib.contextmanager
def folder():
    """A folder for files."""
    path = tempfile.mkdtemp(prefix="epctest-")
    try:
        yield path
    finally:
        shutil.rmtree(path)


@contextlib.contextmanager
def recording(*lines):
    """The path of a recording with these lines after its header."""
    with folder() as path:
        name = os.path.join(path, "recording")
        with open(name, "w", encoding="utf-8") as f:
            f.write(text_of(HEADER, *lines))
        yield name


def story():
    """Twenty samples, 2 s apart: /a grows to its limit of 32 MiB and pages, /b is killed."""
    lines = []
    for i in range(20):
        a, b = min(4 * i, 32) * MIB, (8 if i < 15 else 0) * MIB
        paging = max(0, i - 8)
        lines.append(sample(
            2 * i, group("/", a + b + MIB, evicted=512 * paging, loaded=256 * paging, wait_usec=0),
            group("/a", a, max=32 * MIB, evicted=512 * paging, loaded=256 * paging,
                  wait_usec=500000 * paging, events_max=3 * paging, events_local_max=3 * paging),
            group("/b", b, max="max", evicted=0, loaded=0, wait_usec=0, events_kill=int(i > 14),
                  events_local_kill=int(i > 14))))
    return lines
