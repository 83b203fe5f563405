# SPDX-License-Identifier: GPL-2.0
"""What epcctl prints of stored trees, word by word.

golden/NAME.txt has runs: "$ TREE [VARIABLE=VALUE]...: ARGUMENTS", the lines of stdout with "|" in
front, those of stderr with "!", and "= STATUS" where it is not 0. Words of ARGUMENTS are the
shell's. A new run: write its "$" line and tests/run --update, then read what came.
"""
import glob
import os
import shlex

from epctest import HERE, Failed, epcctl, stored

FILES = sorted(glob.glob(os.path.join(HERE, "golden", "*.txt")))


def lines_of(mark, text):
    """Each line of @text with @mark in front."""
    if text and not text.endswith("\n"):
        text += "[no newline]\n"
    return [f"{mark} {line}".rstrip() for line in text.split("\n")[:-1]]


def transcript(run):
    """What a "$" line does now, as lines of a golden file."""
    where, arguments = run[2:].split(":", 1)
    name, *variables = where.split()
    env = dict(variable.split("=", 1) for variable in variables)
    with stored(name) as root:
        done = epcctl(*shlex.split(arguments), root=root, env=env)
    out, err = (text.replace(root, "ROOT") for text in (done.out, done.err))
    status = [f"= {done.status}"] if done.status else []
    return [run, *lines_of("|", out), *lines_of("!", err), *status]


def runs_of(path):
    """The runs of a golden file, each a list of lines; comments before the first."""
    runs, head = [], []
    with open(path, encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line.startswith("$ "):
                runs.append([line])
            elif line and not runs:
                head.append(line)
            elif line:
                runs[-1].append(line.rstrip())
    return head, runs


def compare(wanted):
    """The case of one run."""
    def function():
        seen = transcript(wanted[0])
        if seen != wanted:
            raise Failed("\n".join(["wanted", *wanted, "seen", *seen]))
    return function


def more_cases():
    """Each run is a case."""
    cases = {}
    for path in FILES:
        name = os.path.basename(path)[:-4]
        for number, run in enumerate(runs_of(path)[1], 1):
            cases[f"{name}_{number}: {run[0][2:]}"] = compare(run)
    return cases


def update():
    """Writes all golden files anew."""
    for path in FILES:
        head, runs = runs_of(path)
        parts = ["\n".join(transcript(run[0])) for run in runs]
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join([*head, ""]) + "\n" + "\n\n".join(parts) + "\n")
    return 0
