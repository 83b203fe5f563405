# SPDX-License-Identifier: GPL-2.0
"""epcctl watch: no event is lost and none told twice, whatever comes and goes meanwhile."""
import json
import os
import signal
import subprocess
import tempfile
import time

from epctest import (EPCCTL, OUT, PATIENCE, Scene, case, contains, epcctl, equal, fail, group_file,
                     key, write)

KERNELS = ("epc", "stock")
EVENTS = ("max", "exhausted", "kill", "revoke")
SECONDS = 30 * PATIENCE
# More than a process may have open files before it asks for more.
MANY = 1100


def on_epc(function):
    """Marks a test that needs cgroups for EPC."""
    return case(function) if os.environ.get("EPCVM") != "stock" else function


if os.environ.get("EPCVM") == "stock":
    @case
    def a_kernel_without_events_is_told():
        """It does not wait for what will never come."""
        done = epcctl("watch").ended(1, "epcctl watch: ")
        if len(done.err) < 40:
            fail(f"that says little: {done.err!r}")


def waits_in(process):
    """The kernel's word, or the system call if it does not say."""
    try:
        with open(f"/proc/{process.pid}/syscall", encoding="ascii") as f:
            return "ep_poll" if f.read().split()[0] in ("232", "281") else ""
    except (OSError, IndexError):
        return ""


def begun(process):
    """It is there when it waits for events, and not before: all that it opens comes first."""
    end = time.monotonic() + SECONDS
    while waits_in(process) != "ep_poll":
        if time.monotonic() > end or process.poll() is not None:
            fail(f"watch does not begin: {waits_in(process)} {process.poll()}")
        time.sleep(0.05)


class Watch:
    """A running epcctl watch whose lines are JSON."""

    def __init__(self, *arguments):
        self.lines = []
        self.out = tempfile.TemporaryFile("a+", encoding="utf-8")
        self.process = subprocess.Popen([EPCCTL, "watch", "--json", *arguments], text=True,
                                        stdout=self.out, stderr=subprocess.PIPE)
        begun(self.process)

    def read(self):
        """The lines so far, each of which is written at once."""
        self.out.seek(0)
        self.lines = [json.loads(line) for line in self.out]
        return self.lines

    def until(self, event, times):
        """Waits for so many lines of an event."""
        end = time.monotonic() + SECONDS
        while len([line for line in self.read() if line["event"] == event]) < times:
            if time.monotonic() > end:
                fail(f"no {times} lines of {event} in {SECONDS} s: {self.lines}")
            time.sleep(0.05)

    def end(self):
        """All lines, after a signal; those of what happened before it are among them."""
        self.process.terminate()
        err = self.process.communicate(timeout=SECONDS)[1]
        self.read()
        self.out.close()
        equal("watch", (err, self.process.returncode), ("", 0))
        return self

    def sum(self, event, *groups, removed=None):
        """Of the counts of some cgroups, or all."""
        return sum(line["count"] for line in self.lines if line["event"] == event and
                   (not groups or line["cgroup"] in groups) and
                   removed in (None, line["removed"]))


def refused(group, times):
    """That many max and exhausted events of a cgroup whose max is 0."""
    subprocess.run([os.path.join(OUT, "refused"), str(times)], check=True,
                   preexec_fn=lambda: write(group, "cgroup.procs", "0"))


def counted(group, event, name="misc.events.local"):
    """What the kernel says."""
    return int(key(group, name, f"sgx_epc.{event}"))


def enable(group):
    """Its children have misc."""
    write(group, "cgroup.subtree_control", "+misc")


@on_epc
def a_burst_of_1000():
    """Notifications coalesce; the sum of the lines equals what the counter has grown by."""
    with Scene() as scene:
        scene.group("burst", max="0")
        refused("burst", 3)
        for stopped, arguments in ((1, []), (900, ["/burst"])):
            before = {event: counted("burst", event) for event in EVENTS}
            watch = Watch(*arguments)
            refused("burst", 1000 - stopped)
            # A watch that is quick enough sees each event by itself.
            watch.process.send_signal(signal.SIGSTOP)
            refused("burst", stopped)
            watch.process.send_signal(signal.SIGCONT)
            watch.end()
            for event in EVENTS:
                equal(f"lines of {event}", watch.sum(event, "/burst"),
                      counted("burst", event) - before[event])
            equal("events", (watch.sum("max"), watch.sum("exhausted")), (1000, 1000))
            last = [line for line in watch.lines if line["event"] == "max"][-1]
            equal("total", last["total"], counted("burst", "max"))
            if stopped > 500 and len(watch.lines) > 1000:
                fail(f"{len(watch.lines)} lines: nothing has coalesced, the test shows nothing")


@on_epc
def what_was_before_is_not_told():
    """Also not the events of cgroups that are gone."""
    with Scene() as scene:
        scene.group("old")
        enable("old")
        scene.group("old/gone", max="0")
        refused("old/gone", 5)
        scene.remove("old/gone")
        scene.group("old/here", max="0")
        refused("old/here", 5)
        watch = Watch()
        time.sleep(2.5)
        equal("lines", watch.end().lines, [])


@on_epc
def cgroups_come_and_go():
    """Each counts and is removed at once; all their events are told, once."""
    with Scene() as scene:
        scene.group("busy")
        enable("busy")
        scene.group("busy/stays", max="0")
        for path in ("/", "/busy"):
            before = counted("busy", "max", "misc.events")
            watch = Watch(path)
            for i in range(10):
                name = f"busy/{i % 3}"
                scene.group(name, max="0")
                refused(name, 20)
                scene.remove(name)
                refused("busy/stays", 5)
            watch.end()
            grown = counted("busy", "max", "misc.events") - before
            equal("events", (grown, watch.sum("max"), watch.sum("exhausted")), (250, 250, 250))
            equal("of the one that stays", watch.sum("max", "/busy/stays"), 50)
            if not watch.sum("max", "/busy/0", "/busy/1", "/busy/2") + watch.sum("max", "/busy",
                                                                               removed=True):
                fail("nothing of the others")


@on_epc
def what_could_not_be_read_in_time():
    """A cgroup that is gone before watch runs again: misc.events above it has its events."""
    with Scene() as scene:
        scene.group("above")
        enable("above")
        watch = Watch("/")
        watch.process.send_signal(signal.SIGSTOP)
        scene.group("above/short", max="0")
        refused("above/short", 20)
        scene.remove("above/short")
        watch.process.send_signal(signal.SIGCONT)
        watch.end()
        equal("events", [watch.sum(event, "/above", removed=True) for event in EVENTS],
              [20, 20, 0, 0])
        equal("others", len([line for line in watch.lines if not line["removed"]]), 0)


@on_epc
def new_cgroups_are_followed():
    """Below new ones too, and where misc is enabled later."""
    with Scene() as scene:
        watch = Watch()
        for name in ("new", "new/a", "new/a/b"):
            scene.group(name)
        time.sleep(1)
        enable("new")
        enable("new/a")
        write("new/a/b", "misc.max", "sgx_epc 0")
        refused("new/a/b", 7)
        watch.end()
        equal("events", watch.sum("max", "/new/a/b"), 7)


@on_epc
def kill_and_revoke():
    """With the cgroup for which it was done."""
    with Scene() as scene:
        scene.group("victims")
        scene.holder("victims", "enclave 50", "vepc 50")
        watch = Watch("/victims")
        epcctl("reclaim", "/victims", "max", "--kill", "--revoke", "--yes")
        watch.end()
        equal("events", (watch.sum("kill", "/victims"), watch.sum("revoke", "/victims")), (1, 1))
        equal("counters", (counted("victims", "kill"), counted("victims", "revoke")), (1, 1))


@on_epc
def above():
    """Once when it comes above, again after it was below, and of the machine in the root."""
    with Scene() as scene:
        scene.group("full", max="1M")
        holder = scene.holder("full")
        watch = Watch("--above", "75%", "--interval", "1")
        for times in (1, 2):
            holder.order("enclave 220")
            watch.until("above", times)
            epcctl("reclaim", "/full", "512K").ended(0)
            # Long enough to be seen below; that is no event.
            time.sleep(2.5 * PATIENCE)
        watch.end()
        lines = [line for line in watch.lines if line["event"] == "above"]
        equal("lines", [(line["cgroup"], line["percent"], line["max"]) for line in lines],
              [("/full", 75, 1 << 20)] * 2)
        for line in lines:
            if not 0.75 * (1 << 20) <= line["current"] <= 1 << 20:
                fail(f"current: {line}")


@on_epc
def above_of_the_machine():
    """The root has no limit: it is all EPC."""
    with Scene() as scene:
        watch = Watch("--above", "1")
        scene.group("some")
        scene.holder("some", "enclave 400")
        watch.until("above", 1)
        lines = watch.end().lines
        equal("lines", [(line["event"], line["cgroup"], line["max"]) for line in lines],
              [("above", "/", 32 << 20)])


@on_epc
def exec_gets_the_event():
    """In its environment; a name cannot become part of the command."""
    with Scene() as scene:
        name = 'a b;$(touch stolen)"'
        scene.group(name, max="0")
        process = subprocess.Popen(
            [EPCCTL, "watch", "--noheadings", "--lines", "2", "--exec",
             'printf "%s\\n" "$EPCCTL_EVENT" "$EPCCTL_CGROUP" "$EPCCTL_COUNT" "$EPCCTL_TOTAL"'],
            stdout=subprocess.PIPE, text=True)
        begun(process)
        refused(name, 1)
        out = process.communicate(timeout=SECONDS)[0].splitlines()
        equal("max", out[1:5], ["max", "/" + name, "1", "1"])
        equal("exhausted", out[6:10], ["exhausted", "/" + name, "1", "1"])
        contains("line", out[0], "limit reached")


@on_epc
def exec_that_fails_or_hangs():
    """The first is told, the second does not keep a signal from ending it."""
    with Scene() as scene:
        scene.group("one", max="0")
        process = subprocess.Popen([EPCCTL, "watch", "--exec", "exit 3; #", "--lines", "1"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        begun(process)
        refused("one", 1)
        contains("stderr", process.communicate(timeout=SECONDS)[1], "status 3")
        process = subprocess.Popen([EPCCTL, "watch", "--exec", "exec sleep 30"],
                                   stdout=subprocess.DEVNULL)
        begun(process)
        refused("one", 1)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        equal("status", process.wait(SECONDS), 0)


@on_epc
def what_cannot_be_watched():
    """It says so."""
    epcctl("watch", "/none").ended(1, "/none")
    for arguments, word in ((["--above", "101"], "101"), (["--above", "x"], "x"),
                            (["--interval", "0"], "0"), (["--lines", "-1"], "-1"), (["a", "b"], "b")):
        epcctl("watch", *arguments).ended(2, word)


@on_epc
def the_topmost_is_removed():
    """Then there is nothing to watch any more."""
    with Scene() as scene:
        scene.group("top")
        process = subprocess.Popen([EPCCTL, "watch", "/top"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        begun(process)
        scene.remove("top")
        contains("stderr", process.communicate(timeout=SECONDS)[1], "/top was removed")
        equal("status", process.returncode, 0)


@on_epc
def more_cgroups_than_open_files():
    """The soft limit is raised, and an event of the last one is seen."""
    with Scene() as scene:
        scene.group("many")
        enable("many")
        for i in range(MANY):
            scene.group(f"many/{i}")
        write(f"many/{MANY - 1}", "misc.max", "sgx_epc 0")
        watch = Watch("/many")
        refused(f"many/{MANY - 1}", 2)
        for _ in range(3):
            scene.remove(f"many/{MANY // 2}")
            os.mkdir(group_file(f"many/{MANY // 2}", ""))
        watch.end()
        equal("events", watch.sum("max", f"/many/{MANY - 1}"), 2)
