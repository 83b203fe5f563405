#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Tenants whose use changes, with real enclaves, while a command looks on: for pictures.

  vm/epcvm run --epc 32M,32M --rw DIR -- epcctl/tests/story.py COMMAND...

begins with a web server of 4 MiB and with alice, whose enclave of 12 MiB pages below her limit of
8 MiB, starts each COMMAND of the shell in the background, epcctl being in PATH, and goes on:

   4 s  bob comes with 6 MiB
   8 s  bob takes 6 MiB more
  12 s  a virtual machine takes 10 MiB
  16 s  bob takes 6 MiB more, which is more than his 16 MiB
  24 s  alice's limit is raised to 16 MiB: she pages no more
  30 s  the operator takes all from bob, with his enclaves' lives
  36 s  the end, at which the commands get SIGTERM

Documentation/epcctl-plot.svg is "epcctl plot" of DIR/story.rec, COMMAND being
"epcctl record DIR/story.rec -d 0.5".
"""
import os
import subprocess
import sys
import time

from epctest import OUT, Scene, write

MIB = 256
EPCCTL = os.path.join(OUT, "epcctl")


def build(scene):
    """The groups, and who is there from the start."""
    for name in ("web", "tenants", "machines"):
        scene.group(name)
    write("tenants", "cgroup.subtree_control", "+misc")
    write("machines", "cgroup.subtree_control", "+misc")
    scene.group("tenants/alice", max="8M")
    scene.group("tenants/bob", max="16M")
    scene.group("machines/vm1", max="12M")
    scene.holder("web", f"enclave {4 * MIB}")
    scene.holder("tenants/alice", f"enclave {12 * MIB}", "work")


def acts(scene):
    """What happens, and when."""
    def bob(pages):
        return lambda: scene.holder("tenants/bob", f"enclave {pages}")
    return (
        (4, bob(6 * MIB)),
        (8, bob(6 * MIB)),
        (12, lambda: scene.holder("machines/vm1", f"vepc {10 * MIB}")),
        (16, bob(6 * MIB)),
        (24, lambda: write("tenants/alice", "misc.max", "sgx_epc 16M")),
        (30, lambda: subprocess.run([EPCCTL, "reclaim", "/tenants/bob", "max", "--kill", "--yes"],
                                    check=True)),
        (36, lambda: None),
    )


def main(commands):
    """The worst status of the commands."""
    if not commands:
        sys.exit(__doc__)
    path = {**os.environ, "PATH": OUT + ":" + os.environ["PATH"]}
    with Scene() as scene:
        build(scene)
        running = [subprocess.Popen("exec " + command, shell=True, env=path)
                   for command in commands]
        start = time.monotonic()
        for second, act in acts(scene):
            time.sleep(max(0, start + second - time.monotonic()))
            act()
        for process in running:
            process.terminate()
        return max(process.wait() for process in running)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
