# SPDX-License-Identifier: GPL-2.0
"""top, record, replay and plot with real enclaves."""
import json
import os
import time

from epctest import Scene, case, contains, epcctl, equal, fail, key, started, write
from recordings import folder
from terminal import Terminal
from test_plot import Picture
from test_top import replayed

KERNELS = ("epc",)
MIB = 1 << 20


def pages(group, name):
    return int(key(group, "misc.stat", f"sgx_epc.{name}"))


def top(*arguments):
    """The last of two samples, by path."""
    done = epcctl("top", "--json", "-n2", "-d1", *arguments).ended(0)
    last = done.out[done.out.rindex('{\n   "cgroups"'):]
    return {group["cgroup"]: group for group in json.loads(last)["cgroups"]}


@case
def numbers_are_those_of_the_files():
    """A group at rest: what top says is what its files say."""
    with Scene() as scene:
        scene.group("rest", max="8M")
        scene.holder("rest", "enclave 512", "enclave 256")
        found = top("/rest")["/rest"]
        equal("current", found["current"], int(key("rest", "misc.current", "sgx_epc")))
        equal("max", found["max"], 8 * MIB)
        equal("evicted", found["evicted"], pages("rest", "evicted"))
        equal("rates", (found["evicted_per_second"], found["wait_usec_per_second"]), (0, 0))
        equal("peak", found["peak"], int(key("rest", "misc.peak", "sgx_epc")))


@case
def rates_are_those_of_an_enclave_that_pages():
    """4 MiB that are touched all the time below a limit of 2 MiB."""
    with Scene() as scene:
        scene.group("busy", max="2M")
        scene.holder("busy", "enclave 1024", "work")
        start, before = time.monotonic(), pages("busy", "evicted")
        found = top("/busy")["/busy"]
        rate = (pages("busy", "evicted") - before) * 4096 / (time.monotonic() - start)
        for name in ("evicted_per_second", "loaded_per_second"):
            if not rate / 4 < found[name] < rate * 4:
                fail(f"{name} {found[name]}, by the file {rate}")
        for name in ("wait_usec_per_second", "events_max_per_second"):
            if found[name] <= 0:
                fail(f"{name} {found[name]}")
        if found["current"] > 2 * MIB:
            fail(f"current {found['current']}")


@case
def the_screen_is_there():
    with Scene() as scene:
        scene.group("shown")
        scene.holder("shown", "enclave 512")
        with Terminal("top", "-d", "0.5") as terminal:
            lines = terminal.until_text("/shown")
            contains("meter", lines[1], "of 32.0M")
            equal("status", terminal.end("q"), 0)


@case
def a_kill_is_recorded_replayed_and_drawn():
    """The only enclave of a group is killed: the group has nothing left, the kill is seen."""
    with Scene() as scene, folder() as work:
        scene.group("victim", max="8M")
        scene.holder("victim", "enclave 512")
        with started("record", work + "/r", "-d", "0.5") as run:
            while not os.path.exists(work + "/r") or not os.path.getsize(work + "/r"):
                time.sleep(0.1)
            time.sleep(1)
            write("victim", "misc.reclaim", "sgx_epc max kill=enclaves")
            time.sleep(2)
            run.terminate()
            equal("status", run.wait(60), 0)
        samples = replayed(work + "/r")
        seen = [(sample["/victim"]["current"], sample["/victim"]["events_kill"])
                for sample in samples if "/victim" in sample]
        if seen[0][0] < 512 * 4096 or seen[0][1]:
            fail(f"the first: {seen[0]}")
        equal("the last", seen[-1], (0, 1))
        picture = Picture(work + "/r")
        # One in the picture, one to explain it.
        equal("kills", len(picture.marks("enclave killed")), 2)
        picture.has("/victim: at most")
