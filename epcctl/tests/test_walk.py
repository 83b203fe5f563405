# SPDX-License-Identifier: GPL-2.0
"""Walks over so many cgroups that several threads read them."""
import contextlib
import os
import shutil
import tempfile
import threading

from epctest import EPCCTL, OUT, case, epcctl, equal, fail

CHILDREN = 700
# TSan needs to know where memory is: no random addresses.
TSAN = ("setarch", "-R", os.path.join(OUT, "sanitizethread/epcctl"))


def put(path, value):
    """A cgroup that uses @value."""
    os.makedirs(path, exist_ok=True)
    with open(path + "/misc.current", "w", encoding="ascii") as f:
        f.write(f"sgx_epc {value}\n")


@contextlib.contextmanager
def wide_tree():
    """Three levels; each cgroup has another value, every third none. The tree and what ls shows."""
    top = tempfile.mkdtemp(prefix="epctest-")
    cgroup = top + "/sys/fs/cgroup"
    put(cgroup, 1)
    with open(cgroup + "/cgroup.controllers", "w", encoding="ascii") as f:
        f.write("misc\n")
    wanted = ["/ 1"]
    for number, name in enumerate(sorted(f"c{i}" for i in range(CHILDREN)), 2):
        used = number % 3 and number
        put(f"{cgroup}/{name}", used)
        wanted += [f"/{name} {used}"] if used else []
        for child in range(number % 50 == 0 and 40):
            put(f"{cgroup}/{name}/{child}", number * 1000 + child)
            wanted += [f"/{name}/{child} {number * 1000 + child}"] if used else []
    try:
        yield top, wanted
    finally:
        shutil.rmtree(top)


def listed(root, program):
    """What ls shows, by this build of epcctl."""
    return epcctl("ls", "--raw", "--noheadings", "--output", "cgroup,current", root=root,
                  program=program).ended(0).out.splitlines()


def check(program):
    """All of them, in order, each with its own value."""
    with wide_tree() as (root, wanted):
        seen = listed(root, program)
        for line, right in zip(seen, wanted):
            equal("line", line, right)
        equal("lines", len(seen), len(wanted))


@case
def many_children_come_in_order_with_their_own_values():
    check((EPCCTL,))


@case
def threads_do_not_race():
    check(TSAN)


@case
def children_that_vanish_are_left_out():
    with wide_tree() as (root, wanted):
        stop = threading.Event()

        def remove():
            for number in range(CHILDREN):
                if stop.is_set():
                    return
                shutil.rmtree(f"{root}/sys/fs/cgroup/c{number}")

        thread = threading.Thread(target=remove)
        before = set(wanted)
        thread.start()
        try:
            for program in ((EPCCTL,), TSAN) * 5:
                seen = set(listed(root, program))
                if not seen <= before:
                    fail(f"these were not there: {seen - before}")
        finally:
            stop.set()
            thread.join()
