# SPDX-License-Identifier: GPL-2.0
"""What tests of epcctl are made of.

A module test_*.py (on the host) or vm_*.py (in a machine) has functions with @case; one that
returns has passed, fail() and the checks below end it. In a machine there are cgroups, and
holders of enclaves in them.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import tree

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(os.path.abspath(os.environ.get("O", HERE + "/../../build")), "epcctl")
EPCCTL = os.environ.get("EPCCTL", os.path.join(OUT, "epcctl"))
CGROUP = "/sys/fs/cgroup"
UTF8 = {"LC_ALL": "C.UTF-8"}
# The machine may be busy: EPC_PATIENCE=N stretches all limits.
PATIENCE = max(1, int(os.environ.get("EPC_PATIENCE") or 1))


class Failed(Exception):
    """A test has failed; says what was seen."""


class Skipped(Exception):
    """A test cannot run here; says why."""


def case(function):
    """Marks a test."""
    function.is_case = True
    return function


def fail(text):
    """Ends the test."""
    raise Failed(text)


def equal(what, seen, wanted):
    """Ends the test unless the two are the same."""
    if seen != wanted:
        fail(f"{what}: {seen!r}, wanted {wanted!r}")


def contains(what, seen, wanted):
    """Ends the test unless @wanted is in @seen."""
    if wanted not in seen:
        fail(f"{what}: {seen!r}, wanted in it {wanted!r}")


class Result:
    """What a run of epcctl left behind."""

    def __init__(self, arguments, status, stdout, stderr):
        self.arguments = arguments
        self.status = status
        self.out = stdout.decode("utf-8", "backslashreplace")
        self.err = stderr.decode("utf-8", "backslashreplace")

    def ended(self, status, *words):
        """Checks the exit status, and that stderr has these words."""
        what = f"epcctl {' '.join(map(str, self.arguments))}"
        if self.status != status:
            fail(f"{what}: status {self.status}, wanted {status}; {self.err}{self.out}")
        for word in words:
            contains(f"{what}: stderr", self.err, word)
        return self


def epcctl(*arguments, root=None, env=None, stdin=None, program=(EPCCTL,), **more):
    """Runs it; a sanitizer's complaint is a failure, whatever the test expects."""
    command = [*program, *arguments] + (["--root", root] if root else [])
    done = subprocess.run(command, stdin=subprocess.DEVNULL if stdin is None else None,
                          input=stdin, env={**os.environ, **UTF8, **(env or {})},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                          timeout=120 * PATIENCE, **more)
    result = Result(arguments, done.returncode, done.stdout, done.stderr)
    if "Sanitizer" in result.err or "runtime error:" in result.err or done.returncode < 0:
        fail(f"{command} ended with {done.returncode}:\n{result.err}")
    return result


@contextlib.contextmanager
def started(*arguments, **more):
    """epcctl in the background; whatever the test finds, it does not outlive it."""
    with subprocess.Popen([EPCCTL, *arguments], text=True, env={**os.environ, **UTF8},
                          **more) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def stored(name):
    """The directory of a stored tree, for --root."""
    top = tempfile.mkdtemp(prefix="epctest-")
    try:
        tree.unpack(os.path.join(HERE, "trees", name + ".tree"), os.fsencode(top))
        yield top
    finally:
        shutil.rmtree(os.fsencode(top))


def group_file(group, name):
    """The path of a file of a cgroup."""
    return os.path.join(CGROUP, group.strip("/"), name)


def read(group, name):
    """All of it, as text."""
    with open(group_file(group, name), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


def write(group, name, text):
    """In one go."""
    with open(group_file(group, name), "w", encoding="ascii") as f:
        f.write(text)


def key(group, name, wanted):
    """The word behind a key of a flat-keyed file; None if it has no such key."""
    for line in read(group, name).splitlines():
        if line.startswith(wanted + " "):
            return line.split(" ", 1)[1]
    return None


def used():
    """All EPC in use, as the kernel tells it; None on one that does not."""
    try:
        return key("/", "misc.current", "sgx_epc")
    except FileNotFoundError:
        return None


class Holder:
    """A process with enclaves, in a cgroup of its own choosing. See hold.c."""

    def __init__(self, group):
        self.process = subprocess.Popen(
            [os.path.join(OUT, "hold")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            preexec_fn=lambda: write(group, "cgroup.procs", "0"))
        self.pid = self.process.pid

    def order(self, line):
        """Fails unless it is obeyed."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if answer != "ok":
            fail(f"holder: {line}: {answer or 'it died'}")

    def end(self):
        """At the latest by force."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


class Scene:
    """Cgroups and holders of a test, all gone when it ends, and their EPC as well."""

    def __init__(self):
        self.groups = []
        self.holders = []
        self.before = None

    def __enter__(self):
        self.before = used()
        return self

    def __exit__(self, *_):
        for holder in self.holders:
            holder.end()
        for group in reversed(self.groups):
            with contextlib.suppress(FileNotFoundError):
                self.remove(group)
        # An enclave goes a moment after its process.
        end = time.monotonic() + 60 * PATIENCE
        while used() != self.before and time.monotonic() < end:
            time.sleep(0.05)

    def group(self, name, **settings):
        """A cgroup whose children have misc; settings are written to misc.NAME."""
        os.mkdir(group_file(name, ""))
        self.groups.append(name)
        for setting, value in settings.items():
            write(name, "misc." + setting, f"sgx_epc {value}")
        return name

    def holder(self, group, *orders):
        """A process in this cgroup that has obeyed these orders."""
        holder = Holder(group)
        self.holders.append(holder)
        for order in orders:
            holder.order(order)
        return holder

    @staticmethod
    def remove(group):
        """Also whoever is left in there, as children of holders are."""
        for pid in read(group, "cgroup.procs").split():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        for _ in range(100 * PATIENCE):
            try:
                os.rmdir(group_file(group, ""))
                return
            except OSError:
                subprocess.run(["sleep", "0.05"], check=True)
        fail(f"cgroup {group} is still in use")


def run_case(function):
    """The word for KTAP and what there is to say."""
    try:
        function()
    except Failed as failed:
        return "not ok", "", str(failed)
    except Skipped as skipped:
        return "ok", f" # SKIP {skipped}", ""
    except Exception as error:  # a test that breaks has failed, the others go on
        return "not ok", "", f"{type(error).__name__}: {error}"
    return "ok", "", ""


def run_module(module, only):
    """Its cases as KTAP, two deep; how many failed, None if none was wanted."""
    cases = [(name, function) for name, function in vars(module).items()
             if getattr(function, "is_case", False)]
    cases += getattr(module, "more_cases", dict)().items()
    cases = [(name, function) for name, function in cases
             if not only or module.__name__ in only or name in only]
    if not cases:
        return None
    print(f"  KTAP version 1\n  1..{len(cases)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(cases, 1):
        verdict, note, text = run_case(function)
        failed += verdict != "ok"
        for line in text.splitlines():
            print(f"  # {line}")
        print(f"  {verdict} {number} {name}{note}", flush=True)
    return failed


def run_modules(modules, only):
    """KTAP of modules; the exit status."""
    print("KTAP version 1", flush=True)
    number = bad = 0
    for module in modules:
        failed = run_module(module, only)
        if failed is None:
            continue
        number += 1
        bad += bool(failed)
        print(f"{'not ok' if failed else 'ok'} {number} {module.__name__}", flush=True)
    print(f"1..{number}")
    return 1 if bad or not number else 0


def modules_of(prefix):
    """The modules of this folder that begin so, by name."""
    sys.path.insert(0, HERE)
    names = sorted(name[:-3] for name in os.listdir(HERE)
                   if name.startswith(prefix) and name.endswith(".py"))
    return [__import__(name) for name in names]
