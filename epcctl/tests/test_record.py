# SPDX-License-Identifier: GPL-2.0
"""record and replay: what is written is what is read, whatever happened to the file between."""
import json
import os
import random
import re
import resource
import signal
import subprocess
import time

from epctest import EPCCTL, OUT, PATIENCE, case, contains, epcctl, equal, fail, started
from recordings import HEADER, START, folder, group, recording, sample, story, text_of
from test_top import replayed
from trees import MIB, Tree, tenants


def recorded(tree, name, *arguments):
    """Records and gives the lines, each of which has to be JSON and end."""
    epcctl("record", name, "-d", "0.1", *arguments, root=tree.root).ended(0)
    with open(name, encoding="utf-8") as f:
        text = f.read()
    equal("the last byte", text[-1], "\n")
    return [json.loads(line) for line in text.split("\n")[:-1]]


def write(name, text):
    with open(name, "w", encoding="utf-8") as f:
        f.write(text)


@case
def lines_are_documented_json():
    with folder() as work, tenants() as tree:
        header, first, second = recorded(tree, work + "/r", "-n", "2")
    equal("header of a stored tree", header,
          {"epcctl_record": 1, "path": "/", "interval_usec": 100000})
    equal("keys", list(first), ["usec", "time_usec", "capacity", "groups"])
    if not 90000 < second["usec"] - first["usec"] < 60000000:
        fail(f"{first['usec']} and {second['usec']} are not 0.1 s apart")
    web = first["groups"][4]
    equal("an inode", web.pop("id") > 0, True)
    events = {f"events_{local}{event}": 3 if event == "kill" else 0
              for local in ("", "local_") for event in ("max", "exhausted", "kill", "revoke")}
    equal("/web", web, {
        "cgroup": "/web", "current": 8 * MIB, "peak": 8 * MIB, "max": 16 * MIB, "low": 0,
        "reclaimable": 8 * MIB, "vepc": 0, "unreclaimable": 0, "evicted": 0, "loaded": 0,
        "scanned": 0, "skipped": 0, "wait_usec": 0, "exhausted": "kill", **events})
    equal("no limit", first["groups"][3]["max"], "max")


@case
def this_machine_is_named():
    """On a kernel without EPC nothing is recorded, on one with it the header has its name."""
    with folder() as work:
        done = epcctl("record", work + "/r", "-n", "1")
        if done.status == 0:
            with open(work + "/r", encoding="utf-8") as f:
                equal("host", json.loads(f.readline())["host"], os.uname().nodename)
        else:
            equal("a file", os.path.exists(work + "/r"), False)


@case
def replay_shows_what_top_showed():
    with folder() as work, tenants() as tree:
        recorded(tree, work + "/r", "-n", "1")
        seen = epcctl("replay", "-b", work + "/r").ended(0).out.split("\n", 1)[1]
        equal("table", seen, epcctl("top", "-b", "-n", "1",
                                    root=tree.root).out.split("\n", 1)[1])
        seen = epcctl("replay", "-b", "--tree", "--filter", "tenants/b", "--output", "cgroup,max",
                      "--noheadings", work + "/r").ended(0).out
        equal("options", seen.split(), ["/", "-", "tenants", "48.0M", "b", "max"])


@case
def replay_in_batch_knows_the_times():
    with recording(*story()) as name:
        lines = epcctl("replay", "-b", "-n", "3", name, env={"TZ": "UTC"}).ended(0).out.split("\n")
    equal("summaries", [line for line in lines if "EPC" in line],
          ["2023-11-14 22:13:20  EPC 9.0M of 64.0M  3 of 3 cgroups",
           "2023-11-14 22:13:22  EPC 13.0M of 64.0M  3 of 3 cgroups",
           "2023-11-14 22:13:24  EPC 17.0M of 64.0M  3 of 3 cgroups"])


@case
def hostile_names_come_back():
    names = [b"/a\x1b[31m\n\r\t\x07", b"/b\"'\\x41\\", b"/c\xff\xc3(\xed\xa0\x80", b"/d\xe2\x80\xae",
             "/eü日本\u0085".encode(), b"/f%s{}[],:", b"/g" + b"w" * 250, b"/h/\x01", b"/h\x01"]
    with folder() as work, Tree() as tree:
        for name in names:
            tree.group(os.path.dirname(name), 4096)
            tree.group(name, 4096)
        tree.group("/", MIB)
        recorded(tree, work + "/r", "-n", "1")
        with open(work + "/r", "rb") as f:
            equal("bytes that a terminal may obey", set(f.read()) - set(range(32, 127)), {10})
        wanted = epcctl("top", "-n1", "--json", "--output", "cgroup", root=tree.root).ended(0).out
        equal("JSON", epcctl("replay", "--json", "--output", "cgroup", work + "/r").out, wanted)
        found = epcctl("replay", "--raw", "--noheadings", "--output", "cgroup", work + "/r").out
        equal("how many", len(found.splitlines()), len(names) + 2)
        if b"\x1b" in found.encode() or "\x07" in found:
            fail(f"control characters in {found!r}")


@case
def a_file_that_ends_anywhere_can_be_read():
    """All that came before the cut is there, as after a crash or on a full disk."""
    lines = story()[:3]
    whole = text_of(HEADER, *lines)
    ends = [i for i, c in enumerate(whole) if c == "\n"]
    with folder() as work:
        for cut in [*range(len(whole) - len(text_of(lines[2])), len(whole), 53),
                    *(end + more for end in ends for more in (0, 1, 2) if end + more <= len(whole))]:
            write(work + "/r", whole[:cut])
            complete = sum(end < cut for end in ends) - 1
            done = epcctl("replay", "-b", "--noheadings", work + "/r")
            if complete < 1:
                done.ended(1, work)
                continue
            done.ended(0)
            equal(f"samples of {cut} bytes", done.out.count("/b "), complete)
            partial = cut not in [end + 1 for end in ends]
            equal(f"told at {cut} bytes", "cut off" in done.err, partial)


@case
def a_cut_file_can_be_added_to():
    with folder() as work, tenants() as tree:
        recorded(tree, work + "/r", "-n", "2")
        with open(work + "/r", "r+b") as f:
            f.truncate(os.path.getsize(work + "/r") - 100)
        epcctl("record", work + "/r", "-n", "2", "-d", "0.1", root=tree.root).ended(0)
        with open(work + "/r", encoding="utf-8") as f:
            lines = f.read().splitlines()
        equal("lines", len(lines), 6)
        equal("sessions", [i for i, line in enumerate(lines) if "epcctl_record" in line], [0, 3])
        done = epcctl("replay", "--json", "--output", "cgroup", work + "/r").ended(
            0, "1 line", "line 3")
        equal("samples", done.out.count('"/web"'), 3)


@case
def rates_do_not_reach_over_sessions():
    one, two = story()[10:12]
    with recording(one, two, HEADER, two, story()[12]) as name:
        rates = [found["/a"]["evicted_per_second"] for found in replayed(name)]
    equal("rates", rates, [None, MIB, None, MIB])


@case
def other_versions_are_refused():
    for version, words in ((2, "newer"), (0, "older"), (999, "newer")):
        with folder() as work, tenants() as tree:
            write(work + "/r", text_of({**HEADER, "epcctl_record": version}, *story()))
            for command in (("replay", "-b"), ("plot",)):
                epcctl(*command, work + "/r").ended(1, f"version {version}", "version 1", words,
                                                    "line 1", work)
            epcctl("record", work + "/r", "-n1", root=tree.root).ended(1, f"version {version}")
            with open(work + "/r", encoding="utf-8") as f:
                equal("samples in the file", len(f.readlines()), 21)
    # In the middle, where another version was used to add to it.
    with recording(*story()[:2], {**HEADER, "epcctl_record": 7}, *story()) as name:
        epcctl("replay", "-b", name).ended(1, "line 4", "version 7")


@case
def later_keys_are_passed_over():
    line = sample(0, group("/", MIB, colour="red", weight=[1, {"a": None}], peak=2 * MIB))
    with recording({**line, "weather": {"sun": 1}}) as name:
        found = replayed(name)[0]["/"]
    equal("peak", (found["current"], found["peak"]), (MIB, 2 * MIB))


@case
def what_is_no_recording_is_told():
    with folder() as work, tenants() as tree:
        for text in ("", "hello\n", "{}\n", '{"a":1}\n', "\0\0\0\n", "[]\n", '{"epcctl_record":'):
            write(work + "/r", text)
            for command in (("replay", "-b"), ("plot",)):
                epcctl(*command, work + "/r").ended(1, work + "/r", "recording")
            if text:
                epcctl("record", work + "/r", "-n1", root=tree.root).ended(1, work + "/r")
        epcctl("replay", work + "/none").ended(1, work + "/none", "No such file")
        epcctl("replay", "-b", work).ended(1, work)
        epcctl("replay").ended(2, "FILE")
        write(work + "/r", text_of(HEADER))
        epcctl("replay", "-b", work + "/r").ended(1, "no sample")


@case
def damaged_samples_are_passed_over():
    good = story()
    for damaged in ("{x}", "{}", "[]", '{"usec":1}', '{"usec":-1,"time_usec":1,"groups":[]}',
                    '{"usec":1,"time_usec":1,"groups":{}}',
                    '{"usec":1,"time_usec":1,"groups":[{"cgroup":"a","current":1}]}',
                    '{"usec":1,"time_usec":1,"groups":[{"cgroup":"/\\\\x0","current":1}]}',
                    '{"usec":1,"time_usec":1,"groups":[{"cgroup":"/\\\\x00","current":1}]}',
                    '{"usec":1,"time_usec":1,"groups":[{"cgroup":"/","current":"much"}]}',
                    '{"usec":1,"time_usec":1,"groups":[{"cgroup":"/","current":1.5}]}',
                    '{"usec":1,"time_usec":1,"groups":[null,7,"x"]}',
                    '{"usec":1e9,"time_usec":1,"groups":[]}', "{" + "[" * 5000 + "}"):
        with recording(good[0], damaged, good[1]) as name:
            done = epcctl("replay", "-b", name).ended(0)
            equal(f"samples around {damaged[:60]}", done.out.count("/b "), 2)
            epcctl("plot", name).ended(0)


@case
def random_damage_is_survived():
    seed = int(os.environ.get("SEED", time.time_ns() % 1000000))
    print(f"  # SEED={seed}")
    rng = random.Random(seed)
    whole = text_of(HEADER, *story()[:6]).encode()
    with folder() as work:
        for _ in range(40):
            data = bytearray(whole)
            for _ in range(rng.choice((1, 3, 20))):
                at = rng.randrange(len(data))
                data[at:at + rng.choice((0, 1, 1, 9))] = rng.choice(
                    (b"", bytes([rng.randrange(256)]), b"9" * 30, b"\\", b'"', b"\n", b"-", b"}"))
            with open(work + "/r", "wb") as f:
                f.write(data)
            for command in (("replay", "-b"), ("plot",)):
                done = epcctl(*command, work + "/r")
                if done.status not in (0, 1) or (done.status and not done.err):
                    fail(f"SEED={seed}: {command}: status {done.status}, {data!r}")


@case
def fuzzed():
    """Any bytes; what can be read is written, read again and drawn. See fuzz_record.c."""
    seconds = max(1, int(os.environ.get("FUZZ_SECONDS", "60")) // 3)
    seed = int(os.environ.get("SEED", random.randrange(1, 2**31)))
    print(f"  # fuzzing for {seconds} s with SEED={seed}", flush=True)
    with folder() as corpus:
        for number in (1, 3, 9):
            write(f"{corpus}/{number}", text_of(HEADER, *story()[:number], HEADER,
                                                *story()[9:9 + number]))
        done = subprocess.run(
            [os.path.join(OUT, "sanitize/fuzzer-record"), corpus, f"-max_total_time={seconds}",
             f"-seed={seed}", "-max_len=8192", "-print_final_stats=1", "-timeout=20",
             f"-artifact_prefix={OUT}/sanitize/"], stderr=subprocess.PIPE, check=False)
    told = done.stderr.decode(errors="replace")
    runs = re.search(r"number_of_executed_units: (\d+)", told)
    if done.returncode or not runs or int(runs[1]) < 2 * seconds:
        fail(f"SEED={seed}: status {done.returncode}:\n" + "\n".join(told.splitlines()[-60:]))
    print(f"  # {runs[1]} runs", flush=True)


@case
def record_ends_well_with_a_signal():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with folder() as work, tenants() as tree:
            name = work + "/r"
            with started("record", name, "-d", "0.1", "--root", tree.root) as run:
                while not os.path.exists(name) or os.path.getsize(name) < 5000:
                    time.sleep(0.02)
                run.send_signal(number)
                equal(f"status after {number!r}", run.wait(20 * PATIENCE), 0)
            with open(name, encoding="utf-8") as f:
                equal("last line", f.read()[-2:], "}\n")


@case
def samples_are_there_when_it_is_killed():
    with folder() as work, tenants() as tree:
        name = work + "/r"
        with started("record", name, "-d", "0.1", "--root", tree.root) as run:
            while not os.path.exists(name) or len(open(name, "rb").readlines()) < 4:
                time.sleep(0.02)
            run.kill()
        done = epcctl("replay", "-b", name).ended(0)
        if done.out.count("/web") < 3:
            fail(f"3 samples were in the file: {done.out}")


@case
def one_at_a_time_writes_a_file():
    with folder() as work, tenants() as tree:
        name = work + "/r"
        with started("record", name, "-d", "60", "--root", tree.root) as run:
            while not os.path.exists(name) or not os.path.getsize(name):
                time.sleep(0.02)
            epcctl("record", name, "-n1", root=tree.root).ended(1, "another", name)
            run.terminate()
        epcctl("record", name, "-n1", root=tree.root).ended(0)


@case
def standard_output_and_full_disks():
    with tenants() as tree:
        lines = epcctl("record", "-", "-n1", root=tree.root).ended(0).out.splitlines()
        equal("lines", len(lines), 2)
        equal("header", json.loads(lines[0])["epcctl_record"], 1)
        epcctl("record", "/dev/full", "-n1", root=tree.root).ended(1, "No space")
        epcctl("record", "/nowhere/r", "-n1", root=tree.root).ended(1, "/nowhere/r")
        epcctl("record", root=tree.root).ended(2, "FILE")
        epcctl("record", "/tmp/x", "/a", "/b", root=tree.root).ended(2, "'/b'")


@case
def recorded_path_and_all():
    with folder() as work, tenants() as tree:
        header, line = recorded(tree, work + "/r", "-n1", "/tenants")
        equal("path", header["path"], "/tenants")
        equal("groups", [g["cgroup"] for g in line["groups"]],
              ["/tenants", "/tenants/a", "/tenants/b"])
        line = recorded(tree, work + "/s", "-n1", "--all")[1]
        contains("all", [g["cgroup"] for g in line["groups"]], "/idle")


@case
def many_samples_take_little_memory():
    """Only where they begin is kept: 2000 samples of 100 groups, 20 MB, in less than 30."""
    groups = [group(f"/g{i:03}", 4096, max="max", evicted=i, loaded=i) for i in range(100)]
    with recording(*(sample(i, group("/", MIB), *groups) for i in range(2000))) as name:
        size = os.path.getsize(name)
        if size < 10e6:
            fail(f"only {size} bytes")
        # A sanitizer takes more by itself.
        plain = EPCCTL.replace("/sanitize/", "/")
        limit = (30 << 20, 30 << 20)
        with subprocess.Popen([plain, "plot", name], stdout=subprocess.DEVNULL, preexec_fn=lambda:
                              resource.setrlimit(resource.RLIMIT_DATA, limit)) as run:
            equal("status", run.wait(120 * PATIENCE), 0)
