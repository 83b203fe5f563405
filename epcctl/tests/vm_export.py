# SPDX-License-Identifier: GPL-2.0
"""epcctl export on a machine with real enclaves: its numbers are those of the kernel's files."""
import os
import shutil
import subprocess
import time

from epctest import PATIENCE, Scene, case, contains, epcctl, equal, fail, key, read
from test_export import EVENTS, samples

KERNELS = ("epc", "stock")
SECONDS = 5 * PATIENCE
STOCK = os.environ.get("EPCVM") == "stock"


def scene_with_paging(scene):
    """Two cgroups, one of which pages, and one that never had EPC."""
    scene.group("quiet", low="1M")
    scene.group("pages", max="512K")
    scene.group("never")
    scene.holder("quiet", "enclave 100", "vepc 20")
    scene.holder("pages", "enclave 300", "touch")


if STOCK:
    @case
    def what_stock_knows_is_exported():
        """The size of the nodes, and a word on what is missing."""
        done = epcctl("export", "--once").ended(0, "no control groups for EPC")
        seen = samples(done.out)
        equal("metrics", {name[0] for name in seen},
              {"sgx_epc_capacity_bytes", "sgx_epc_node_size_bytes"})
        equal("capacity", seen[("sgx_epc_capacity_bytes",)], 32 << 20)


def on_epc(function):
    """Marks a test that needs cgroups for EPC."""
    return function if STOCK else case(function)


def files_of(group):
    """What the kernel's files say of a cgroup, by metric."""
    path = "/" + group
    said = {("sgx_epc_cgroup_current_bytes", path): key(group, "misc.current", "sgx_epc"),
            ("sgx_epc_cgroup_peak_bytes", path): key(group, "misc.peak", "sgx_epc")}
    for metric, name, factor in (
            ("reclaimable_bytes", "reclaimable", 1), ("vepc_bytes", "vepc", 1),
            ("unreclaimable_bytes", "unreclaimable", 1),
            ("written_out_bytes_total", "evicted", 4096), ("loaded_bytes_total", "loaded", 4096),
            ("scanned_bytes_total", "scanned", 4096), ("skipped_bytes_total", "skipped", 4096),
            ("wait_seconds_total", "wait_usec", 1e-6)):
        said["sgx_epc_cgroup_" + metric, path] = factor * float(key(group, "misc.stat",
                                                                    "sgx_epc." + name))
    if group:
        for metric in ("max", "low"):
            value = key(group, f"misc.{metric}", "sgx_epc")
            said[f"sgx_epc_cgroup_{metric}_bytes", path] = value.replace("max", "inf")
        for event in EVENTS:
            for metric, name in (("events", "misc.events"), ("local_events", "misc.events.local")):
                said[f"sgx_epc_cgroup_{metric}_total", path, event] = key(group, name,
                                                                          "sgx_epc." + event)
    return {name: float(value) for name, value in said.items()}


@on_epc
def numbers_are_those_of_the_files():
    """All of them, while nothing changes."""
    with Scene() as scene:
        scene_with_paging(scene)
        seen = samples(epcctl("export", "--once").ended(0).out)
        said = {**files_of(""), **files_of("quiet"), **files_of("pages")}
        for name, value in said.items():
            if name not in seen or abs(seen[name] - value) > 1e-6:
                fail(f"{name}: {seen.get(name)}, the file has {value}")
        equal("cgroups", {name[1] for name in seen if "_cgroup_" in name[0]},
              {"/", "/quiet", "/pages"})
        if not said["sgx_epc_cgroup_written_out_bytes_total", "/pages"]:
            fail("nothing was written out: the test shows little")
        contains("capacity", read("", "misc.capacity"),
                 f"sgx_epc {int(seen[('sgx_epc_capacity_bytes',)])}\n")
        nodes = [value for name, value in seen.items() if name[0] == "sgx_epc_node_free_bytes"]
        equal("in use and free", sum(nodes) + seen["sgx_epc_cgroup_current_bytes", "/"], 32 << 20)
        equal("nodes", len(nodes), 2)


@on_epc
def a_cgroup_that_is_idle_or_gone():
    """Counters of an idle one stay, those of one that is gone end, and above they go on."""
    with Scene() as scene:
        scene.group("top")
        epcctl("enable", "/top").ended(0)
        scene.group("top/a", max="512K")
        scene.holder("top/a", "enclave 300").end()
        # What a process had goes in the background when it ends.
        end = time.monotonic() + SECONDS
        while key("top/a", "misc.current", "sgx_epc") != "0" and time.monotonic() < end:
            time.sleep(0.05)
        name = "sgx_epc_cgroup_written_out_bytes_total"
        seen = samples(epcctl("export", "--once").ended(0).out)
        equal("in use", seen["sgx_epc_cgroup_current_bytes", "/top/a"], 0)
        counted = seen[name, "/top/a"]
        if not counted:
            fail("nothing was written out")
        scene.remove("top/a")
        seen = samples(epcctl("export", "--once").ended(0).out)
        equal("gone", (name, "/top/a") in seen, False)
        equal("above", seen[name, "/top"], counted)


@on_epc
def promtool_has_nothing_to_say_here_either():
    """With the names and values of a machine."""
    if not shutil.which("promtool"):
        fail("no promtool: scripts/install-deps epcctl-tests")
    with Scene() as scene:
        scene_with_paging(scene)
        text = epcctl("export", "--once").ended(0).out
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    equal("promtool", (done.stdout, done.returncode), ("", 0))
