# SPDX-License-Identifier: GPL-2.0
"""Lists of what tests do not do, each with the reason.

Lines that begin a place, as "file.c function: text", and below one or more of them,
indented, why. Whoever reads such a list fails on a place that has no reason.
"""
import sys


def read(path, entry):
    """By place, as @entry matches it, the reason."""
    known, waiting, explained = {}, [], False
    with open(path, encoding="utf-8") as source:
        for line in source:
            match = entry.match(line)
            if line.startswith("#") or not line.strip():
                continue
            if match:
                if explained:
                    waiting, explained = [], False
                waiting.append(match.groups())
                known[match.groups()] = ""
            elif line[0].isspace() and waiting:
                explained = True
                for place in waiting:
                    known[place] += line.strip()
            else:
                sys.exit(f"{path}: not an entry: {line}")
    for place, reason in known.items():
        if not reason:
            sys.exit(f"{path}: no reason for {' '.join(place)}")
    return known
