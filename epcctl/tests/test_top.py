# SPDX-License-Identifier: GPL-2.0
"""top --batch on trees that change, and the rates of recordings whose times are known."""
import json
import os
import re
import signal
import subprocess

from epctest import PATIENCE, case, contains, epcctl, equal, fail, started
from recordings import group, recording, sample
from trees import MIB, Tree, tenants

# Between two samples, a test changes what the second one reads.
EVERY = f"-d{PATIENCE}"

TABLE = """\
CGROUP     CURRENT   MAX USE% OUT/s IN/s WAIT/s MAXED/s KILLS
/            48.0M     -    -     -    -      -       -     -
/tenants     40.0M 48.0M   83     -    -      -       -     0
/tenants/a   30.0M 30.0M  100     -    -      -       -     1
/tenants/b   10.0M   max    -     -    -      -       -     0
/web          8.0M 16.0M   50     -    -      -       -     3
"""

TREE = """\
CGROUP    CURRENT   MAX USE% OUT/s IN/s WAIT/s MAXED/s KILLS
/           48.0M     -    -     -    -      -       -     -
  web        8.0M 16.0M   50     -    -      -       -     3
  tenants   40.0M 48.0M   83     -    -      -       -     0
    a       30.0M 30.0M  100     -    -      -       -     1
    b       10.0M   max    -     -    -      -       -     0
"""


def batch(tree, *arguments):
    """The cgroups of one sample, in order."""
    done = epcctl("top", "-n", "1", "--raw", "--noheadings", "--output", "cgroup", *arguments,
                  root=tree.root).ended(0)
    return done.out.split()


def replayed(name, *arguments):
    """The samples of a recording, each a dictionary of groups by path."""
    out = epcctl("replay", "--json", *arguments, name).ended(0).out
    decoder, samples = json.JSONDecoder(), []
    while out.strip():
        found, end = decoder.raw_decode(out.lstrip())
        samples.append({group["cgroup"]: group for group in found["cgroups"]})
        out = out.lstrip()[end:]
    return samples


@case
def batch_prints_a_summary_and_a_table():
    with tenants() as tree:
        head, table = epcctl("top", "-b", "-n", "1", root=tree.root).ended(0).out.split("\n", 1)
        contains("the summary", head, "EPC 48.0M of 64.0M  5 of 5 cgroups")
        equal("the table", table, TABLE)
        done = epcctl("top", "-b", "-n", "1", "--tree", "--sort", "max", "--reverse",
                      root=tree.root).ended(0)
        equal("the tree", done.out.split("\n", 1)[1], TREE)


@case
def files_are_read_for_what_is_shown():
    """A directory in place of a file is an error to who reads it."""
    with tenants() as tree:
        for name in ("misc.max", "misc.stat", "misc.events"):
            path = os.fsdecode(tree.path("/web")) + "/" + name
            os.unlink(path)
            os.mkdir(path)
        for columns in ("cgroup,current", "cgroup,current,out/s,in/s,wait/s,maxed/s"):
            epcctl("top", "-b", "-n1", "--output", columns, root=tree.root).ended(0)
        for columns in ("max", "use%", "kills", "maxed", "evicted", "wait", "vepc"):
            epcctl("top", "-b", "-n1", "--output", columns, root=tree.root).ended(1, "/web")
        for columns in ("out/s", "maxed/s"):
            epcctl("top", "-b", "-n2", "--output", columns, root=tree.root).ended(1, "/web")
        epcctl("top", "-b", "-n1", "--output", "current", "--sort", "max",
               root=tree.root).ended(1, "/web")


@case
def batch_has_the_common_options():
    with tenants() as tree:
        equal("--noheadings", epcctl("top", "-b", "-n1", "--noheadings", root=tree.root).out,
              TABLE.split("\n", 1)[1])
        done = epcctl("top", "-n1", "--json", root=tree.root).ended(0)
        web = json.loads(done.out)["cgroups"][4]
        when = web.pop("time")
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", when):
            fail(f"time: {when}")
        equal("JSON of /web", web, {
            "cgroup": "/web", "current": 8 * MIB, "max": 16 * MIB, "use_percent": 50,
            "evicted_per_second": None, "loaded_per_second": None,
            "wait_usec_per_second": None, "events_max_per_second": None, "events_kill": 3,
            "peak": 8 * MIB, "low": 0, "reclaimable": 8 * MIB, "vepc": 0, "unreclaimable": 0,
            "evicted": 0, "loaded": 0, "wait_usec": 0, "events_max": 0, "events_exhausted": 0,
            "events_revoke": 0})
        done = epcctl("top", "-b", "-n1", "--bytes", "/tenants/a", root=tree.root).ended(0)
        contains("--bytes", done.out, "/tenants/a 31457280 31457280  100")


@case
def batch_takes_so_many_samples():
    with tenants() as tree:
        done = epcctl("top", "-b", "-n", "3", "-d", "0.1", root=tree.root).ended(0)
        equal("tables", done.out.count("CGROUP"), 3)
        equal("rates of the first", done.out.split("\n")[2].split()[4:8], ["-"] * 4)
        equal("rates of the second", done.out.split("\n")[10].split()[4:7], ["0", "0", "0"])


@case
def sort_filter_and_all():
    with tenants() as tree:
        everything = ["/", "/tenants", "/tenants/a", "/tenants/b", "/web"]
        equal("by current", batch(tree), everything)
        equal("by path, reverse", batch(tree, "-s", "CGROUP", "-r"), everything[::-1])
        equal("by kills", batch(tree, "--sort", "events_kill"),
              ["/web", "/tenants/a", "/tenants", "/tenants/b", "/"])
        # No limit is more than any.
        equal("by max", batch(tree, "--sort", "MAX"),
              ["/tenants/b", "/tenants", "/tenants/a", "/web", "/"])
        equal("filter", batch(tree, "--filter", "NANTS/"), ["/tenants/a", "/tenants/b"])
        equal("filter in a tree", batch(tree, "-t", "--filter", "nants/b"),
              ["/", "/tenants", "/tenants/b"])
        equal("filter of nothing", batch(tree, "--filter", "x"), [])
        equal("all", batch(tree, "--all", "-s", "CGROUP"), ["/", "/idle", *everything[1:]])
        equal("below a path", batch(tree, "/tenants"), everything[1:4])


@case
def mistakes_are_told():
    with tenants() as tree:
        for option in ("-d0", "-d0.01", "-dx", "-d1x", "-d-1", "-dnan", "-dinf", "-d1e9"):
            epcctl("top", "-b", option, root=tree.root).ended(2, "--delay", option[2:])
        for option in ("-n0", "-n-1", "-nx", "-n1x", "-n99999999999999999999"):
            epcctl("top", "-b", option, root=tree.root).ended(2, "--iterations", option[2:])
        epcctl("top", "-b", "--sort", "colour", root=tree.root).ended(2, "no column 'colour'")
        epcctl("top", "-b", "--output", "colour", root=tree.root).ended(2, "no column 'colour'")
        epcctl("top", "-b", "/a", "/b", root=tree.root).ended(2, "'/b'")
        epcctl("top", "-b", "-n1", "/nowhere", root=tree.root).ended(1, "/nowhere")
        epcctl("top", root=tree.root).ended(1, "no terminal", "--batch")
        tree.remove("/")
        epcctl("top", "-b", "-n1", root=tree.root).ended(1, "cgroup2")


@case
def path_orders_below_before_beside():
    with Tree() as tree:
        names = ["/a", "/a/b", "/a b", "/a-b", "/a.b", "/ab"]
        for name in ("/", *reversed(names)):
            tree.group(name, 4096)
        done = epcctl("top", "-n1", "--json", "--sort", "cgroup", root=tree.root).ended(0)
        equal("order", [g["cgroup"] for g in json.loads(done.out)["cgroups"]], ["/", *names])


@case
def stock_has_no_rates():
    with Tree() as tree:
        for name, used in (("/", 2 * MIB), ("/a", MIB)):
            tree.group(name, used)
            for gone in ("stat", "peak", "low", "exhausted", "events.local"):
                path = tree.path(name) + b"/misc." + gone.encode()
                if os.path.exists(path):
                    os.unlink(path)
        tree.put("/a", "misc.events", "sgx_epc.max 5\n")
        done = epcctl("top", "-b", "-n2", "-d0.1", root=tree.root).ended(0)
        last = done.out.split("\n")[-2]
        equal("the last row", last.split(),
              ["/a", "1.0M", "max", "-", "-", "-", "-", "0.0", "-"])


@case
def live_rates_follow_the_files():
    """1000 pages out and 500 in, between two samples that are EVERY apart at least."""
    with Tree() as tree:
        tree.group("/", MIB)
        tree.group("/a", MIB, 2 * MIB, evicted=10, loaded=20)
        with started("top", "-n2", EVERY, "--raw", "--noheadings", "--root", tree.root,
                     stdout=subprocess.PIPE) as top:
            first = [top.stdout.readline(), top.stdout.readline()]
            tree.group("/a", MIB, 2 * MIB, evicted=1010, loaded=520)
            last = top.stdout.read().splitlines()[-1].split()
        equal("the first", first[1].split()[4:6], ["-", "-"])
        out, loaded, most = int(last[4]), int(last[5]), 1000 * 4096 / PATIENCE
        if not most / 60 < out < most * 1.05 or abs(out - 2 * loaded) > 2:
            fail(f"{out} bytes per second out, {loaded} in")


@case
def what_was_emptied_shows_once_more():
    """A kill leaves a group without EPC: the walk passes it over, and the kill would not show."""
    with Tree() as tree:
        tree.group("/", MIB)
        tree.group("/a", MIB)
        tree.group("/b", 4096)
        with started("top", "-n3", EVERY, "--raw", "--noheadings", "--output",
                     "cgroup,current,kills", "--root", tree.root, stdout=subprocess.PIPE) as top:
            first = [top.stdout.readline() for _ in range(3)]
            tree.group("/", 4096)
            tree.group("/a", 0, kill=1)
            rest = top.stdout.read().splitlines()
        equal("before", first[1], f"/a {MIB} 0\n")
        equal("after", [line for line in rest if line.startswith("/a")], ["/a 0 1"])


@case
def groups_that_vanish_and_appear():
    with Tree() as tree:
        tree.group("/", MIB)
        tree.group("/a", MIB)
        with started("top", "-n2", EVERY, "--raw", "--noheadings", "--output", "cgroup", "--root",
                     tree.root, stdout=subprocess.PIPE) as top:
            first = [top.stdout.readline(), top.stdout.readline()]
            tree.remove("/a")
            tree.group("/new", MIB)
            rest = top.stdout.read().split()
        equal("before", first, ["/\n", "/a\n"])
        equal("after", rest, ["/", "/new"])


@case
def the_path_itself_vanishes():
    with Tree() as tree:
        tree.group("/", MIB)
        tree.group("/a", MIB)
        with started("top", "-n2", EVERY, "--raw", "/a", "--root", tree.root,
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE) as top:
            top.stdout.readline()
            top.stdout.readline()
            tree.remove("/a")
            told = top.stderr.read()
            equal("status", top.wait(20 * PATIENCE), 1)
        contains("stderr", told, "/a")


@case
def signals_end_batch_well():
    for number in (signal.SIGINT, signal.SIGTERM):
        with tenants() as tree, started("top", "-b", "-d", "60", "--root", tree.root,
                                        stdout=subprocess.PIPE) as top:
            while not top.stdout.readline().startswith("/web"):
                pass
            top.send_signal(number)
            equal(f"status after {number!r}", top.wait(20 * PATIENCE), 0)


@case
def rates_are_by_the_monotonic_clock():
    """Half as many pages per second as in the 2 s between, though the wall clock went back."""
    before, after = sample(0, group("/", MIB, evicted=100, loaded=10, wait_usec=0, events_max=0)), \
        sample(2, group("/", MIB, evicted=300, loaded=11, wait_usec=3000000, events_max=1))
    after["time_usec"] = before["time_usec"] - 3600 * 1000000
    with recording(before, after) as name:
        first, second = (found["/"] for found in replayed(name))
    rates = ("evicted_per_second", "loaded_per_second", "wait_usec_per_second",
             "events_max_per_second")
    equal("first", [first[rate] for rate in rates], [None] * 4)
    equal("second", [second[rate] for rate in rates], [100 * 4096, 2048, 1500000, 0.5])


@case
def a_new_group_of_the_same_name_has_no_rates():
    old = group("/a", MIB, id=7, evicted=100, loaded=100, wait_usec=0, peak=MIB)
    root = group("/", MIB, evicted=100, loaded=100)
    for what, new in (("number", {"id": 8, "evicted": 300}), ("counter", {"evicted": 99}),
                      ("peak", {"peak": 4096}), ("loaded", {"loaded": 0})):
        with recording(sample(0, root, old), sample(1, root, {**old, **new})) as name:
            found = replayed(name)[1]
        equal(f"another {what}", found["/a"]["evicted_per_second"], None)
        equal("the others", found["/"]["evicted_per_second"], 0)
    with recording(sample(0, root, old), sample(1, root, {**old, "evicted": 110})) as name:
        equal("the same", replayed(name)[1]["/a"]["evicted_per_second"], 40960)


@case
def names_are_shown_safely():
    hostile = b"/x\x1b[2J\x07\n\xff\xc3\xa9"
    with Tree() as tree:
        tree.group("/", MIB)
        tree.group(hostile, MIB)
        out = epcctl("top", "-b", "-n1", root=tree.root).ended(0).out
        contains("text", out, "/x\\x1b[2J\\x07\\x0a\\xffé")
        if "\x1b" in out or "\x07" in out:
            fail(f"control characters in {out!r}")
        groups = json.loads(epcctl("top", "-n1", "--json", root=tree.root).ended(0).out)["cgroups"]
        equal("JSON", groups[1]["cgroup"], "/x\x1b[2J\x07\n\\xffé")
        out = epcctl("top", "-b", "-n1", root=tree.root, env={"LC_ALL": "C"}).ended(0).out
        contains("without UTF-8", out, "\\xff\\xc3\\xa9")
