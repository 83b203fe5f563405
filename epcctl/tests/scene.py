#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A machine with tenants to look at: for the README, stored trees, and trying things by hand.

  vm/epcvm run --epc 16M,16M -- epcctl/tests/scene.py COMMAND...

makes these cgroups with real enclaves and runs each COMMAND of the shell, epcctl being in PATH:

  /tenants            max 16M
   |-- alice          max 6M, low 2M, exhausted=fail: an enclave of 10M, which pages
   `-- bob            max 8M: two enclaves of 2M
  /machines/vm1       max 8M: a vEPC of 4M
  /web                an enclave of 1M, open in two processes
"""
import os
import subprocess
import sys

from epctest import OUT, Scene

MIB = 256


def build(scene):
    """The cgroups above."""
    for name, settings in (("tenants", {"max": "16M"}), ("machines", {}), ("web", {})):
        scene.group(name, **settings)
    for name in ("tenants", "machines"):
        subprocess.run([os.path.join(OUT, "epcctl"), "enable", name], check=True)
    scene.group("tenants/alice", max="6M", low="2M", exhausted="fail")
    scene.group("tenants/bob", max="8M")
    scene.group("machines/vm1", max="8M")
    scene.holder("tenants/bob", "name signer", f"enclave {2 * MIB}")
    scene.holder("tenants/bob", "name key vault", f"enclave {2 * MIB}")
    scene.holder("machines/vm1", "name qemu", f"vepc {4 * MIB}")
    scene.holder("web", "name web server", f"enclave {MIB}", "fork")
    scene.holder("tenants/alice", "name trainer", f"enclave {10 * MIB}", "touch")


def main(commands):
    """The status of the last command."""
    if not commands:
        sys.exit(__doc__)
    path = OUT + ":" + os.environ["PATH"]
    with Scene() as scene:
        build(scene)
        for command in commands:
            sys.stdout.flush()
            status = subprocess.run(command, shell=True, check=False,
                                    env={**os.environ, "PATH": path}).returncode
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
