# SPDX-License-Identifier: GPL-2.0
"""Walks over so many cgroups that several threads read them."""
import contextlib
import os
import resource
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


def listed(root, program, **more):
    """What ls shows, by this build of epcctl."""
    return epcctl("ls", "--raw", "--noheadings", "--output", "cgroup,current", root=root,
                  program=program, **more).ended(0).out.splitlines()


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


@contextlib.contextmanager
def deep_tree(levels, name):
    """Each cgroup has one below it, made without its path: that is longer than PATH_MAX."""
    top = tempfile.mkdtemp(prefix="epctest-")
    put(top + "/sys/fs/cgroup", 1)
    with open(top + "/sys/fs/cgroup/cgroup.controllers", "w", encoding="ascii"):
        pass
    above = os.open(top + "/sys/fs/cgroup", os.O_RDONLY)
    try:
        for level in range(2, levels + 2):
            os.mkdir(name, dir_fd=above)
            below = os.open(name, os.O_RDONLY, dir_fd=above)
            os.close(above)
            above = below
            put(f"/proc/self/fd/{above}", level)
        yield top, [f"{('/' + name) * level or '/'} {level + 1}" for level in range(levels + 1)]
    finally:
        os.close(above)
        shutil.rmtree(top)


@case
def a_deep_tree_takes_no_file_for_each_level():
    with deep_tree(300, "a-tenants-own-choice") as (root, wanted):
        equal("lines", listed(root, (EPCCTL,), preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (16, 16))), wanted)


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
