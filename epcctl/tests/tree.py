#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Stored trees of machines: what epcctl reads of one, as a text file.

  tree.py capture >FILE     this machine
  tree.py unpack FILE DIR   for epcctl --root DIR

A line is one of

  PATH: TEXT        a file of one line
  PATH:             a file of the lines below that begin with a tab, or an empty one
  PATH/             a directory, where no file below it says so
  PATH -> TARGET    a symbolic link
  -PATH             away with it, and all below it
  include FILE      what that tree has

"%" and two hexadecimal digits are a byte, "#" begins a comment. Files end with a newline.
"""
import os
import shutil
import sys
from urllib.parse import quote_from_bytes, unquote_to_bytes

SAFE = "/ .,;:=_-+()[]{}<>@\"'!?*&$^~|\\"
CGROUP = b"sys/fs/cgroup"
NODES = b"sys/devices/system/node"
PROC_FILES = (b"comm", b"stat", b"cgroup")


def unpack(path, top):
    """Makes what the tree at @path describes below the directory @top (bytes)."""
    lines = open(path, encoding="ascii").read().split("\n")
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        text = []
        if line.endswith(":"):
            while at < len(lines) and lines[at].startswith("\t"):
                text.append(lines[at][1:])
                at += 1
            make_file(top, line[:-1], text)
        elif line and not line.startswith("#"):
            make(path, top, line)


def make(path, top, line):
    """One line that says all."""
    if line.startswith("include "):
        unpack(os.path.join(os.path.dirname(path), line[len("include "):]), top)
    elif line.startswith("-"):
        remove(inside(top, line[1:]))
    elif " -> " in line:
        name, target = line.split(" -> ", 1)
        name = inside(top, name)
        os.makedirs(os.path.dirname(name), exist_ok=True)
        os.symlink(unquote_to_bytes(target), name)
    elif ": " in line:
        name, text = line.split(": ", 1)
        make_file(top, name, [text])
    elif line.endswith("/"):
        os.makedirs(inside(top, line), exist_ok=True)
    else:
        raise ValueError(f"{path}: {line}")


def inside(top, name):
    return os.path.join(top, unquote_to_bytes(name))


def make_file(top, name, lines):
    name = inside(top, name)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "wb") as f:
        f.write(b"".join(unquote_to_bytes(line) + b"\n" for line in lines))


def remove(name):
    if os.path.isdir(name) and not os.path.islink(name):
        shutil.rmtree(name)
    else:
        os.unlink(name)


def quoted(data):
    return quote_from_bytes(data, SAFE)


def show_file(name):
    """A file as lines of a tree; one that cannot be read, as misc.reclaim, is empty."""
    try:
        with open(b"/" + name, "rb") as f:
            lines = f.read().split(b"\n")
    except OSError:
        lines = [b""]
    if lines[-1] == b"":
        lines.pop()
    if len(lines) == 1 and lines[0]:
        print(f"{quoted(name)}: {quoted(lines[0])}")
    else:
        print(f"{quoted(name)}:")
        for line in lines:
            print("\t" + quoted(line).replace("%09", "\t"))


def capture():
    """What epcctl reads of this machine."""
    show_file(b"proc/cgroups")
    if os.path.exists("/dev/sgx_enclave"):
        print("dev/sgx_enclave:")
    for top, dirs, files in os.walk(b"/" + CGROUP):
        dirs.sort()
        print(quoted(top[1:]) + "/")
        for name in sorted(files):
            if name.startswith(b"misc.") or name in (b"cgroup.controllers",
                                                     b"cgroup.subtree_control"):
                show_file(os.path.join(top, name)[1:])
    for node in sorted(os.listdir(b"/" + NODES)):
        for name in (b"sgx_total_bytes", b"sgx_free_bytes"):
            if os.path.exists(os.path.join(b"/", NODES, node, b"x86", name)):
                show_file(os.path.join(NODES, node, b"x86", name))
    for pid in sorted(filter(bytes.isdigit, os.listdir(b"/proc")), key=int):
        capture_process(b"proc/" + pid)


def capture_process(proc):
    """Only processes that have files of SGX."""
    try:
        fds = [(fd, os.readlink(b"/%s/fd/%s" % (proc, fd)))
               for fd in sorted(os.listdir(b"/%s/fd" % proc), key=int)]
    except OSError:
        return
    fds = [(fd, target) for fd, target in fds if b"sgx" in target]
    for fd, target in fds:
        print(f"{quoted(proc)}/fd/{quoted(fd)} -> {quoted(target)}")
        show_file(proc + b"/fdinfo/" + fd)
    for name in PROC_FILES if fds else ():
        show_file(proc + b"/" + name)


def main():
    """The command line."""
    if sys.argv[1:] == ["capture"]:
        capture()
    elif len(sys.argv) == 4 and sys.argv[1] == "unpack":
        unpack(sys.argv[2], os.fsencode(sys.argv[3]))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
