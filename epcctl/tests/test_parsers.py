# SPDX-License-Identifier: GPL-2.0
"""The parsers: by tables, and fuzzed."""
import os
import random
import re
import subprocess
import tempfile

from epctest import HERE, OUT, case, equal, fail

SANITIZE = os.path.join(OUT, "sanitize")
# A fuzzer that is slower than this fuzzes nothing.
LEAST_RUNS_PER_SECOND = 100


@case
def by_tables():
    done = subprocess.run([os.path.join(SANITIZE, "parse-test")], capture_output=True, text=True,
                          check=False)
    equal("parse-test", (done.returncode, [x for x in done.stdout.splitlines()
                                           if x.startswith(("#", "not ok"))] or done.stderr),
          (0, ""))


def seeds(directory):
    """Each line of input that the stored trees have, for each parser."""
    text = subprocess.run(["cat", *(os.path.join(HERE, "trees", name)
                                    for name in ("epc.tree", "half.tree", "hostile.tree"))],
                          capture_output=True, check=True).stdout
    blocks = [block.replace(b"\n\t", b"\n") for block in re.split(rb"\n(?!\t)", text)]
    inputs = {block.split(b":", 1)[1].lstrip(b" \n") for block in blocks if b":" in block}
    for number, data in enumerate(sorted(inputs)):
        for parser in range(6):
            with open(os.path.join(directory, f"{number}-{parser}"), "wb") as f:
                f.write(bytes([parser]) + data)


@case
def fuzzed():
    seconds = int(os.environ.get("FUZZ_SECONDS", "60"))
    seed = int(os.environ.get("SEED", random.randrange(1, 2**31)))
    print(f"  # fuzzing for {seconds} s with SEED={seed}", flush=True)
    with tempfile.TemporaryDirectory() as corpus:
        seeds(corpus)
        done = subprocess.run(
            [os.path.join(SANITIZE, "fuzzer"), corpus, f"-max_total_time={seconds}",
             f"-seed={seed}", "-max_len=4096", "-print_final_stats=1", "-timeout=20",
             f"-dict={HERE}/fuzz.dict", f"-artifact_prefix={SANITIZE}/"],
            capture_output=True, text=True, errors="replace", check=False)
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    if done.returncode or not runs:
        fail(f"SEED={seed}: status {done.returncode}:\n" + "\n".join(done.stderr.splitlines()[-60:]))
    print(f"  # {runs[1]} runs", flush=True)
    if int(runs[1]) < LEAST_RUNS_PER_SECOND * seconds:
        fail(f"SEED={seed}: only {runs[1]} runs in {seconds} s")
