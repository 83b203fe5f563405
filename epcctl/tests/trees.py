# SPDX-License-Identifier: GPL-2.0
"""Trees of cgroups that change while they are read, for --root."""
import contextlib
import os
import shutil
import tempfile

MIB = 1 << 20
EVENTS = ("max", "exhausted", "kill", "revoke")


class Tree:
    """A machine with 64 MiB of EPC and no cgroup but the root."""

    def __init__(self, capacity=64 * MIB):
        self.root = tempfile.mkdtemp(prefix="epctest-")
        os.mkdir(self.root + "/proc")
        self.group("/", current=0)
        self.put("/", "cgroup.controllers", "misc\n")
        if capacity:
            self.put("/", "misc.capacity", f"sgx_epc {capacity}\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(os.fsencode(self.root))

    def path(self, group):
        """The directory of a group; names may be bytes."""
        return os.fsencode(self.root) + b"/sys/fs/cgroup/" + os.fsencode(group).strip(b"/")

    def put(self, group, name, text):
        """A file, whole at any time, as those of the kernel are."""
        path = os.path.join(self.path(group), os.fsencode(name))
        with open(path + b".new", "w", encoding="ascii") as f:
            f.write(text)
        os.rename(path + b".new", path)

    def group(self, group, current=0, limit="max", stat=True, **counts):
        """A group, or other values of one: evicted, loaded, wait_usec, and events by name."""
        os.makedirs(self.path(group), exist_ok=True)
        events = "".join(f"sgx_epc.{name} {counts.get(name, 0)}\n" for name in EVENTS)
        if stat:
            self.put(group, "misc.stat", "".join(f"sgx_epc.{key} {value}\n" for key, value in (
                ("reclaimable", current), ("vepc", 0), ("unreclaimable", 0),
                ("evicted", counts.get("evicted", 0)), ("loaded", counts.get("loaded", 0)),
                ("scanned", 0), ("skipped", 0), ("wait_usec", counts.get("wait_usec", 0)))))
        if os.fsencode(group) != b"/":
            self.put(group, "misc.max", f"sgx_epc {limit}\n")
            self.put(group, "misc.low", "sgx_epc 0\n")
            self.put(group, "misc.exhausted", "sgx_epc kill\n")
            self.put(group, "misc.events", events)
            self.put(group, "misc.events.local", events)
        self.put(group, "misc.peak", f"sgx_epc {counts.get('peak', current)}\n")
        self.put(group, "misc.current", f"sgx_epc {current}\n")

    def remove(self, group):
        """With all below it."""
        shutil.rmtree(self.path(group))


@contextlib.contextmanager
def tenants():
    """Five groups with EPC, one without:

        /  48 MiB
        |-- idle     0
        |-- tenants  40 MiB of 48
        |   |-- a    30 MiB of 30
        |   `-- b    10 MiB
        `-- web       8 MiB of 16
    """
    with Tree() as tree:
        tree.group("/", 48 * MIB)
        tree.group("/idle", 0, 8 * MIB)
        tree.group("/tenants", 40 * MIB, 48 * MIB, max=7)
        tree.group("/tenants/a", 30 * MIB, 30 * MIB, max=7, kill=1)
        tree.group("/tenants/b", 10 * MIB)
        tree.group("/web", 8 * MIB, 16 * MIB, kill=3)
        yield tree
