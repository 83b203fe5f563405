# SPDX-License-Identifier: GPL-2.0
"""Manual pages, --help and completions say the same, and of every command."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

from epctest import EPCCTL, HERE, Skipped, case, epcctl, equal, fail

MAN = os.path.join(HERE, "../man")
COMPLETIONS = os.path.join(HERE, "../completions")
WITH_EPCCTL = {**os.environ, "PATH": os.path.dirname(EPCCTL) + ":" + os.environ["PATH"],
               "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": "/nonexistent"}
SCREEN = (80, 24)


def commands():
    """The commands, as the tool tells them."""
    text = epcctl("--help").ended(0).out
    names = re.findall(r"^  ([a-z]+) ", text, re.M)
    if len(names) < 2:
        fail(f"no commands in {text!r}")
    return names


def source(name):
    """A manual page."""
    with open(os.path.join(MAN, name), encoding="utf-8") as f:
        return f.read()


def section(page, name):
    """What is below a heading, to the next one."""
    found = re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh |\Z)", page, re.M | re.S)
    return found.group(1) if found else fail(f"there is no section {name}")


def flags(text):
    """The options that mdoc has there: {"--all", "-a"}."""
    return {"-" + word for word in re.findall(r"\bFl (-?[A-Za-z]+)", text)}


def help_options(command):
    """Of --help: [("-a", "--all"), ("", "--json")]."""
    text = epcctl(command, "--help").ended(0).out
    return re.findall(r"^  +(?:(-[A-Za-z]), )?(--[a-z]+)", text, re.M)


def need(program):
    """Skips where the package is not installed."""
    if not shutil.which(program):
        raise Skipped(f"no {program}: scripts/install-deps epcctl-tests")


@case
def each_command_has_a_page():
    """And epcctl(1) names it."""
    overview = source("epcctl.1")
    for name in commands():
        page = source(f"epcctl-{name}.1")
        if ".Nd " not in page or f".Xr epcctl-{name} 1" not in overview:
            fail(f"epcctl-{name}(1) has no .Nd, or epcctl(1) does not name it")
    equal("pages", sorted(f for f in os.listdir(MAN) if f.startswith("epcctl-")),
          sorted(f"epcctl-{name}.1" for name in commands()))


@case
def mandoc_has_nothing_to_say():
    """But for pages of other packages, which need not be there."""
    need("mandoc")
    for name in sorted(os.listdir(MAN)):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", name], cwd=MAN, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        said = [line for line in done.stdout.splitlines()
                if not re.search(r"outdated mandoc.db|not found: Xr (?!epcctl|libepc)", line)]
        equal(name, said, [])


@case
def options_of_pages_and_help_agree():
    """Each is described, and in the synopsis in one form at least."""
    for name in commands():
        page = source(f"epcctl-{name}.1")
        options = help_options(name)
        equal(f"options in the description of {name}", flags(section(page, "DESCRIPTION")),
              {form for both in options for form in both if form})
        synopsis = flags(section(page, "SYNOPSIS"))
        letters = {"-" + c for word in synopsis if word[1] != "-" for c in word[1:]}
        for short, long in options:
            if long != "--help" and long not in synopsis and short not in letters:
                fail(f"epcctl-{name}(1): {long} is not in the synopsis")


@case
def columns_of_pages_and_output_help_agree():
    """Of the commands that print tables, but for replay, which has those of top."""
    for name in commands():
        if name == "replay" or "--output" not in dict(map(reversed, help_options(name))):
            continue
        listed = re.findall(r"^[ *] (\S+) +(\S+)", epcctl(name, "--output", "help").ended(0).out,
                            re.M)
        page = re.findall(r"^\.It (\S+) Ta (\S+) Ta ", source(f"epcctl-{name}.1"), re.M)
        equal(f"columns of {name}", page, [pair for pair in listed if pair[0] != "COLUMN"])


@case
def arrays_and_findings_are_named():
    """What JSON calls its array, and all that status may find."""
    for name, array in (("ls", "cgroups"), ("top", "cgroups"), ("ps", "enclaves"),
                        ("get", "settings"), ("status", "nodes")):
        if f".Li {array}" not in source(f"epcctl-{name}.1"):
            fail(f"epcctl-{name}(1) does not name the array {array}")
    with open(os.path.join(HERE, "../libepc/diagnose.c"), encoding="utf-8") as f:
        names = re.findall(r'= \{ EPC_(\w+), "([a-z0-9-]+)"', f.read())
    equal("findings", re.findall(r"^\.It Li (\S+) Ta (\w+)", source("epcctl-status.1"), re.M),
          [(name, severity.lower()) for severity, name in names])


@case
def help_fits_a_screen():
    """80x24."""
    for name in ["", *commands()]:
        lines = epcctl(*filter(None, [name]), "--help").ended(0).out.splitlines()
        if len(lines) > SCREEN[1] or max(map(len, lines)) > SCREEN[0]:
            fail(f"epcctl {name} --help: {len(lines)} lines, the longest of "
                 f"{max(map(len, lines))} characters")


def complete_in_bash(*words):
    """What bash offers for the last of the words."""
    script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; '
              '_epcctl; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "--norc", "-c", script, "bash",
                           os.path.join(COMPLETIONS, "epcctl.bash"), *words],
                          env=WITH_EPCCTL, capture_output=True, text=True, check=True)
    equal("stderr of bash", done.stderr, "")
    return set(done.stdout.split())


def complete_in_fish(*words):
    """What fish offers for the last of the words."""
    script = f"source {os.path.join(COMPLETIONS, 'epcctl.fish')}; complete -C $argv[1]"
    done = subprocess.run(["fish", "--no-config", "-c", script, " ".join(words)], env=WITH_EPCCTL,
                          capture_output=True, text=True, check=True)
    equal("stderr of fish", done.stderr, "")
    return {line.split("\t")[0] for line in done.stdout.splitlines()}


@case
def bash_completes():
    """Commands, options, words and settings."""
    need("bash")
    equal("commands", complete_in_bash("epcctl", ""), {*commands(), "--help", "--version"})
    equal("r", complete_in_bash("epcctl", "re"), {c for c in commands() if c.startswith("re")})
    for name in commands():
        equal(f"options of {name}", complete_in_bash("epcctl", name, "--"),
              {long for _, long in help_options(name)})
    equal("--exhausted", complete_in_bash("epcctl", "run", "--exhausted", ""), {"kill", "fail"})
    equal("exhausted=", complete_in_bash("epcctl", "set", "/a", "exhausted", "=", "k"), {"kill"})
    equal("settings", complete_in_bash("epcctl", "set", "/a", ""), {"max=", "low=", "exhausted="})


@case
def fish_completes():
    """Commands, options, words and settings."""
    need("fish")
    equal("commands", complete_in_fish("epcctl", ""), set(commands()))
    for name in commands():
        equal(f"options of {name}", complete_in_fish("epcctl", name, "--"),
              {long for _, long in help_options(name)})
    offered = complete_in_fish("epcctl", "run", "--exhausted", "")
    if not {"kill", "fail"} <= offered:
        fail(f"--exhausted: {offered}")
    equal("settings", complete_in_fish("epcctl", "set", "/a", "exhausted="),
          {"exhausted=kill", "exhausted=fail"})


class Zsh:
    """zsh completes for a person at a terminal only: this is one."""

    PROMPT = b"READY> "

    def __enter__(self):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(shutil.which("zsh"), ["zsh", "-f", "-i"], WITH_EPCCTL)
        self.command(f"fpath=({COMPLETIONS} $fpath); autoload -U compinit; compinit -D -u; "
                     "PROMPT='READY> '; setopt no_beep no_list_ambiguous; LISTMAX=1000; clear")
        return self

    def __exit__(self, *_):
        os.close(self.fd)
        os.waitpid(self.pid, 0)

    def read_until(self, wanted, seconds=20):
        """All that comes until it has come."""
        seen = b""
        end = time.monotonic() + seconds
        while not re.search(wanted, seen):
            if not select.select([self.fd], [], [], end - time.monotonic())[0]:
                fail(f"zsh: {wanted!r} does not come, but {seen!r}")
            seen += os.read(self.fd, 65536)
        return seen

    def command(self, line):
        """Runs it."""
        os.write(self.fd, line.encode() + b"\n")
        return self.read_until(rb"(?s)\n.*" + self.PROMPT)

    def becomes(self, typed, line):
        """Checks what the line is after a tab."""
        os.write(self.fd, b"\x15" + typed.encode() + b"\t")
        self.read_until(re.escape(line.encode()) + b"$")


@case
def zsh_completes():
    """Commands, options, words and settings."""
    need("zsh")
    with Zsh() as zsh:
        for name in commands():
            if sum(other.startswith(name[:-1]) for other in commands()) == 1:
                zsh.becomes(f"epcctl {name[:-1]}", f"epcctl {name} ")
        zsh.becomes("epcctl run --exh", "epcctl run --exhausted ")
        zsh.becomes("epcctl run --exhausted k", "epcctl run --exhausted kill ")
        zsh.becomes("epcctl set / exhausted=f", "epcctl set / exhausted=fail ")
        zsh.becomes("epcctl ls --nohe", "epcctl ls --noheadings ")
