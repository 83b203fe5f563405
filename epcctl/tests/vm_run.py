# SPDX-License-Identifier: GPL-2.0
"""epcctl run: exit status, signals, the terminal, limits, the report, and nothing left behind."""
import contextlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time

from epctest import (CGROUP, EPCCTL, OUT, PATIENCE, Scene, case, contains, epcctl, equal, fail,
                     group_file, write)

KERNELS = ("epc", "stock")
SECONDS = 20 * PATIENCE
NOBODY = 65534

# Prints each signal it gets, until it is told to end. A Python handler alone could be late: a
# signal just before read() waits for the end of that.
LISTENER = """
import os, select, signal
told, tell = os.pipe()
os.set_blocking(tell, False)
signal.set_wakeup_fd(tell)
for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1,
               signal.SIGUSR2, signal.SIGWINCH, signal.SIGALRM, signal.SIGCONT):
    signal.signal(number, lambda number, frame: None)
print("listening", flush=True)
while True:
    ready = select.select([0, told], [], [])[0]
    for number in os.read(told, 100) if told in ready else b"":
        print(signal.Signals(number).name, flush=True)
    if 0 in ready and os.read(0, 100).strip() == b"end":
        break
"""


def groups():
    """All cgroups."""
    return sorted(top for top, _, _ in os.walk(CGROUP))


@contextlib.contextmanager
def nothing_is_left():
    """No cgroup and no process that was not there before."""
    before = groups()
    yield
    equal("cgroups", groups(), before)


def run(*arguments, status=0, **more):
    """epcctl run, and what it may leave."""
    with nothing_is_left():
        return epcctl("run", *arguments, **more).ended(status)


def start(*arguments, **more):
    """The same, not waited for."""
    return subprocess.Popen([EPCCTL, "run", *arguments], text=True, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def next_line(stream):
    """The next line of a process, which comes in time."""
    if not select.select([stream], [], [], SECONDS)[0]:
        fail("a line does not come")
    return stream.readline()


def only_on_epc(function):
    """Marks a test that needs cgroups for EPC."""
    return case(function) if os.environ.get("EPCVM") != "stock" else function


if os.environ.get("EPCVM") == "stock":
    @case
    def a_kernel_without_limits_is_told():
        """And the command does not run."""
        with nothing_is_left():
            done = epcctl("run", "--max", "1M", "--", "echo", "ran")
            done.ended(1, "epcctl run: ")
            equal("stdout", done.out, "")
            if len(done.err) < 40:
                fail(f"that says little: {done.err!r}")


@only_on_epc
def exit_status_is_the_commands():
    """Also of one that a signal killed."""
    for status in (0, 1, 7, 125, 255):
        run("--", "sh", "-c", f"exit {status}", status=status)
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGPIPE):
        run("--", "sh", "-c", f"ulimit -c 0; kill -{int(number)} $$", status=128 + number)


@only_on_epc
def what_cannot_be_executed():
    """As shells have it, and not confused with what the command says."""
    with nothing_is_left():
        epcctl("run", "--", "/no/such").ended(127, "/no/such", "no such command")
        epcctl("run", "--", "no-such-word").ended(127, "no-such-word")
        epcctl("run", "--", "/etc/passwd").ended(126, "/etc/passwd", "denied")
        epcctl("run", "--", "/etc").ended(126, "/etc")


@only_on_epc
def the_command_line():
    """What is wrong is named, and nothing was made."""
    with nothing_is_left():
        epcctl("run").ended(2, "which command")
        for arguments, word in ((["--max", "12Q"], "12Q"), (["--max", ""], "--max"),
                                (["--low", "-1"], "-1"), (["--exhausted", "oom"], "oom"),
                                (["--name", "a/b"], "a/b"), (["--name", ".."], ".."),
                                (["--name", ""], "--name"), (["--none"], "--none")):
            epcctl("run", *arguments, "--", "echo", "ran").ended(2, word)


@only_on_epc
def the_command_is_in_its_cgroup_with_its_limits():
    """From its first instruction on."""
    script = ('cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) && pwd && '
              'cat misc.max misc.low misc.exhausted')
    done = run("--name", "own", "--max", "8MiB", "--low", "64K", "--exhausted", "fail", "--", "sh",
               "-c", script)
    equal("seen", done.out, f"{CGROUP}/own\nsgx_epc 8388608\nsgx_epc 65536\nsgx_epc fail\n")
    done = run("--", "cat", "/proc/self/cgroup")
    if not re.fullmatch(r"0::/epcctl-\d+\n", done.out):
        fail(f"the cgroup: {done.out!r}")


@only_on_epc
def a_name_that_is_taken():
    """That cgroup stays as it is."""
    with Scene() as scene, nothing_is_left_but(scene):
        scene.group("taken", max="1M")
        epcctl("run", "--name", "taken", "--max", "2M", "--", "echo", "ran").ended(1, "taken",
                                                                               "already")
        with open(group_file("taken", "misc.max"), encoding="ascii") as f:
            equal("its max", f.read(), "sgx_epc 1048576\n")


@contextlib.contextmanager
def nothing_is_left_but(scene):
    """Groups of the scene are its own matter."""
    before = groups()
    yield
    equal("cgroups", groups(), sorted(before + [group_file(g, "").rstrip("/") for g in scene.groups
                                                if os.path.isdir(group_file(g, ""))]))


@only_on_epc
def where_it_is_made():
    """In the parent that is named; else in the nearest that has no processes."""
    with Scene() as scene:
        scene.group("outer")
        done = epcctl("run", "--parent", "/outer", "--name", "x", "--", "cat", "/proc/self/cgroup")
        equal("with --parent", done.ended(0).out, "0::/outer/x\n")
        scene.group("outer/inner")
        done = epcctl("run", "--name", "x", "--", "cat", "/proc/self/cgroup",
                      preexec_fn=lambda: write("outer/inner", "cgroup.procs", "0"))
        equal("beside the caller", done.ended(0).out, "0::/outer/x\n")
        epcctl("run", "--parent", "/outer/none", "--", "true").ended(1, "/outer/none")
        write("outer", "cgroup.max.descendants", "1")
        epcctl("run", "--parent", "/outer", "--", "true").ended(1, "/outer", "max.descendants")
        equal("left", [g for g in groups() if "x" in os.path.basename(g)], [])


@only_on_epc
def a_parent_with_processes_cannot():
    """It is said which, and why."""
    with Scene() as scene:
        scene.group("busy")
        sleeper = subprocess.Popen(["sleep", "100"],
                                   preexec_fn=lambda: write("busy", "cgroup.procs", "0"))
        epcctl("run", "--parent", "/busy", "--", "true").ended(1, "/busy", "processes")
        sleeper.kill()
        sleeper.wait()


@only_on_epc
def whom_the_kernel_does_not_let():
    """Another user has no right to make cgroups, and is told."""
    def drop():
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    with nothing_is_left():
        epcctl("run", "--", "true", preexec_fn=drop).ended(1, "not permitted")


@only_on_epc
def a_delegated_cgroup_is_enough():
    """A user runs a command below the cgroup that is his."""
    def drop():
        write("his/shell", "cgroup.procs", "0")
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    with Scene() as scene:
        scene.group("his")
        write("his", "cgroup.subtree_control", "+misc")
        scene.group("his/shell")
        for name in ("", "cgroup.procs", "shell/cgroup.procs"):
            os.chown(group_file("his", name), NOBODY, NOBODY)
        done = epcctl("run", "--max", "1M", "--name", "x", "--", "cat", "/proc/self/cgroup",
                      preexec_fn=drop, cwd="/")
        equal("his", done.ended(0).out, "0::/his/x\n")


@only_on_epc
def signals_are_passed_on():
    """Each once; an ignored one is ignored."""
    process = start("--", sys.executable, "-c", LISTENER)
    equal("first", next_line(process.stdout), "listening\n")
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGWINCH",
                 "SIGALRM", "SIGCONT", "SIGTERM"):
        process.send_signal(getattr(signal, name))
        equal("signal", next_line(process.stdout), name + "\n")
    out, err = process.communicate("end\n", timeout=SECONDS)
    equal("what else came", (out, err, process.returncode), ("", "", 0))


@only_on_epc
def a_signal_ends_both():
    """The status says so, and the cgroup goes."""
    with nothing_is_left():
        process = start("--", "sh", "-c", "echo up; exec sleep 100")
        next_line(process.stdout)
        process.terminate()
        equal("status", process.wait(SECONDS), 128 + signal.SIGTERM)


@only_on_epc
def stop_and_continue():
    """SIGTSTP to epcctl stops both, SIGCONT continues both."""
    process = start("--", "sh", "-c", "echo $$; exec sleep 100", preexec_fn=os.setpgrp)
    child = int(next_line(process.stdout))
    process.send_signal(signal.SIGTSTP)
    wait_for("both to stop", lambda: state_of(child) == "T" and state_of(process.pid) == "T")
    os.kill(child, signal.SIGCONT)
    process.send_signal(signal.SIGCONT)
    wait_for("both to go on", lambda: state_of(child) == "S" and state_of(process.pid) == "S")
    process.terminate()
    equal("status", process.wait(SECONDS), 128 + signal.SIGTERM)


def state_of(pid):
    """The letter of /proc/PID/stat."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as f:
        return f.read().rsplit(")", 1)[1].split()[0]


def runs(comm):
    """Whether a command of that name runs in a cgroup and waits for something."""
    for top in groups():
        with contextlib.suppress(OSError):
            with open(os.path.join(top, "cgroup.procs"), encoding="ascii") as f:
                pids = f.read().split() if top != CGROUP else []
            for pid in pids:
                with open(f"/proc/{pid}/comm", encoding="utf-8") as f:
                    if f.read().strip() == comm and state_of(pid) == "S":
                        return True
    return False


def wait_for(what, condition):
    """Ends the test if it does not come true."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            fail(f"waited in vain for {what}")
        time.sleep(0.05)


class Terminal:
    """A shell at a terminal of its own."""

    def __enter__(self):
        self.rest = ""
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(PS1="READY> ", HISTFILE="", TERM="dumb")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
        self.expect("READY> ")
        self.type("bind 'set enable-bracketed-paste off'; set -b\n")
        self.expect("READY> ")
        return self

    def __exit__(self, *_):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def type(self, text):
        """As a person does."""
        os.write(self.fd, text.encode())

    def expect(self, wanted):
        """What comes up to that; the next one begins behind it."""
        seen, end = self.rest, time.monotonic() + SECONDS
        while not (found := re.search(wanted, seen)):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                fail(f"the terminal does not show {wanted!r}, but {seen!r}")
            seen += os.read(self.fd, 65536).decode("utf-8", "replace")
        self.rest = seen[found.end():]
        return seen[:found.end()]

    def status(self):
        """Of the last command."""
        self.type("echo status=$?.\n")
        return int(re.search(r"status=(\d+)\.", self.expect(r"status=\d+\.[^$]*READY> ")).group(1))


@only_on_epc
def ctrl_c_reaches_the_command_once():
    """It comes from the terminal, and epcctl does not pass it on."""
    with Terminal() as terminal, nothing_is_left(), tempfile.NamedTemporaryFile("w") as script:
        script.write(LISTENER)
        script.flush()
        terminal.type(f"{EPCCTL} run -- {sys.executable} {script.name}\n")
        terminal.expect("listening")
        terminal.type("\x03")
        seen = terminal.expect("SIGINT")
        terminal.type("\x1c")
        seen += terminal.expect("SIGQUIT")
        terminal.type("end\n")
        seen += terminal.expect("READY> ")
        equal("signals", re.findall(r"SIG[A-Z]+", seen), ["SIGINT", "SIGQUIT"])
        equal("status", terminal.status(), 0)
        terminal.type(f"{EPCCTL} run -- sleep 100\n")
        wait_for("the command", lambda: runs("sleep"))
        terminal.type("\x03")
        terminal.expect("READY> ")
        equal("status", terminal.status(), 128 + signal.SIGINT)


@only_on_epc
def ctrl_z_stops_the_job_and_fg_continues_it():
    """As without epcctl; in a pipeline too."""
    with Terminal() as terminal, nothing_is_left():
        for command in ("{} run -- cat", "{} run -- cat | cat"):
            terminal.type(command.format(EPCCTL) + "\n")
            wait_for("the command", lambda: runs("cat"))
            terminal.type("one\n")
            terminal.expect("one\r\none\r\n")
            terminal.type("\x1a")
            terminal.expect(r"Stopped[^$]*READY> ")
            terminal.type("fg\n")
            terminal.expect(r"fg\r\n[^$]*cat\r\n")
            terminal.type("two\n")
            terminal.expect("two\r\ntwo\r\n")
            terminal.type("\x04")
            terminal.expect("READY> ")
            equal("status", terminal.status(), 0)


@only_on_epc
def the_command_has_the_terminal():
    """It is in the foreground, and a shell in it has job control."""
    check = "import os; print('foreground', os.tcgetpgrp(0) == os.getpgrp())"
    with Terminal() as terminal, nothing_is_left():
        terminal.type(f'{EPCCTL} run -- {sys.executable} -c "{check}"\n')
        terminal.expect("foreground True")
        terminal.expect("READY> ")
        terminal.type(f"{EPCCTL} run -- bash --norc -i\n")
        terminal.expect("READY> ")
        terminal.type("sleep 100\n")
        wait_for("the command", lambda: runs("sleep"))
        terminal.type("\x1a")
        terminal.expect(r"Stopped[^$]*READY> ")
        terminal.type("fg\n")
        wait_for("it to go on", lambda: runs("sleep"))
        terminal.type("\x03")
        terminal.expect("READY> ")
        terminal.type("exit 5\n")
        terminal.expect("exit\r\nREADY> ")
        equal("status", terminal.status(), 5)


@only_on_epc
def in_the_background_it_stops_for_input():
    """The shell sees it, and fg brings it back."""
    with Terminal() as terminal, nothing_is_left():
        terminal.type(f"{EPCCTL} run -- cat &\n")
        terminal.expect("Stopped")
        terminal.type("fg\n")
        terminal.expect(r"fg\r\n[^$]*cat\r\n")
        terminal.type("three\n")
        terminal.expect("three\r\nthree\r\n")
        terminal.type("\x04")
        terminal.expect("READY> ")


@only_on_epc
def who_is_left_is_waited_for():
    """The status is still that of the command, and it is said what is waited for."""
    begin = time.monotonic()
    done = run("--", "sh", "-c", "sleep 2 >/dev/null 2>&1 & exit 3", status=3)
    contains("stderr", done.err, "waiting for processes")
    if time.monotonic() - begin < 1.5:
        fail("it did not wait")


@only_on_epc
def a_signal_kills_who_is_left():
    """Cgroups that they made go too."""
    script = ("cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); mkdir a a/b; "
              "sh -c 'echo 0 >a/b/cgroup.procs; exec sleep 100' & sleep 100 & "
              "while ! grep -q . a/b/cgroup.procs; do sleep 0.1; done; exit 4")
    with nothing_is_left():
        process = start("--", "sh", "-c", script)
        contains("stderr", next_line(process.stderr), "waiting for processes")
        process.send_signal(signal.SIGINT)
        equal("status", process.wait(SECONDS), 4)


@only_on_epc
def kill_does_not_wait():
    """--kill."""
    begin = time.monotonic()
    run("--kill", "--", "sh", "-c", "sleep 100 >/dev/null 2>&1 & exit 6", status=6)
    if time.monotonic() - begin > 50:
        fail("it waited")


@only_on_epc
def the_report_is_what_the_files_said():
    """An enclave larger than its limit pages; the numbers are those of the cgroup's own files."""
    files = os.path.join("/tmp", f"files-{os.getpid()}")
    script = (f"printf 'enclave 300\\ntouch\\n' | {OUT}/hold; "
              "cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup); "
              f"cat misc.peak misc.stat misc.events >{files}")
    done = run("--max", "512K", "--json", "--", "sh", "-c", script)
    report = json.loads(done.err)
    with open(files, encoding="ascii") as f:
        lines = [line.split() for line in f]
    os.unlink(files)
    seen = {key.removeprefix("sgx_epc."): int(value) for key, value in lines}
    equal("peak", (report["peak"], report["max"]), (seen["sgx_epc"], 512 * 1024))
    for key in ("evicted", "loaded", "scanned", "skipped", "wait_usec"):
        equal(key, report[key], seen[key])
    for key in ("max", "exhausted", "kill", "revoke"):
        equal(key, report["events_" + key], seen[key])
    if not report["evicted"] or not report["loaded"] or not report["events_max"]:
        fail(f"it did not page: {report}")
    equal("end", (report["exit_status"], report["signal"], report["command"]),
          (0, None, ["sh", "-c", script]))


@only_on_epc
def the_report_for_people_and_in_a_file():
    """It is on stderr, or in the file and nowhere else."""
    done = run("--report", "--max", "512K", "--", "sh", "-c",
               f"printf 'enclave 300\\n' | {OUT}/hold; kill -9 $$", status=137)
    for word in ("killed by signal 9", "512.0K", "written out", "waited"):
        contains("report", done.err, word)
    name = os.path.join("/tmp", f"report-{os.getpid()}")
    done = run(f"--report={name}", "--json", "--", "true")
    equal("stderr", done.err, "")
    with open(name, encoding="utf-8") as f:
        equal("status", json.load(f)["exit_status"], 0)
    os.unlink(name)
    done = run("--report=/dev/full", "--", "sh", "-c", "exit 3", status=3)
    contains("a full disk", done.err, "--report: /dev/full: No space left")
    with nothing_is_left():
        done = epcctl("run", "--report=/no/such/file", "--", "echo", "ran")
        equal("stdout", done.ended(1, "/no/such/file").out, "")


@only_on_epc
def one_in_another():
    """A run below a run: the caller's cgroup has processes, so it is made beside it."""
    done = run("--name", "outer", "--", EPCCTL, "run", "--name", "inner", "--", "cat",
               "/proc/self/cgroup")
    equal("cgroup", done.out, "0::/inner\n")


@only_on_epc
def many_at_once():
    """Each has its own cgroup."""
    with nothing_is_left():
        processes = [start("--", "sh", "-c", "cat /proc/self/cgroup; sleep 1") for _ in range(8)]
        seen = {process.communicate(timeout=SECONDS)[0] for process in processes}
        equal("cgroups", len(seen), 8)
        equal("status", {process.returncode for process in processes}, {0})
