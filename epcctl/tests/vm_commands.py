# SPDX-License-Identifier: GPL-2.0
"""Each command against real enclaves: what it says is what the kernel's files say."""
import json
import os
import threading

from epctest import (CGROUP, Scene, case, contains, epcctl, equal, fail, group_file, key, read,
                     write)

KERNELS = ("epc",)
MIB = 256
STAT = {"reclaimable": "reclaimable", "vepc": "vepc", "unreclaimable": "unreclaimable",
        "evicted": "evicted", "loaded": "loaded", "scanned": "scanned", "skipped": "skipped",
        "wait_usec": "wait_usec"}
EVENTS = ("max", "exhausted", "kill", "revoke")


def tenants(scene):
    """Two tenants, one of which pages, and a machine with vEPC."""
    scene.group("t")
    epcctl("enable", "/t").ended(0)
    scene.group("t/a", max="4M", low="1M", exhausted="fail")
    scene.group("t/b", max="8M")
    scene.group("t/vm")
    scene.holder("t/a", "name pages a lot", "enclave 1500", "touch")
    scene.holder("t/b", "enclave 300", "building 20", "enclave 100")
    scene.holder("t/vm", "vepc 200")


def number(text):
    """As JSON of epcctl has it."""
    return text if text in (None, "max") else int(text)


def wanted_group(path):
    """What ls should say of a cgroup, from its files."""
    group = {"cgroup": path}
    for name in ("current", "peak", "max", "low", "exhausted"):
        exists = os.path.exists(group_file(path, "misc." + name))
        group[name] = key(path, "misc." + name, "sgx_epc") if exists else None
        if name != "exhausted":
            group[name] = number(group[name])
    for name, stat in STAT.items():
        group[name] = number(key(path, "misc.stat", "sgx_epc." + stat))
    for prefix, name in (("events_", "misc.events"), ("events_local_", "misc.events.local")):
        exists = os.path.exists(group_file(path, name))
        for event in EVENTS:
            group[prefix + event] = number(key(path, name, "sgx_epc." + event)) if exists else None
    return group


@case
def ls_is_what_the_files_say():
    with Scene() as scene:
        tenants(scene)
        seen = json.loads(epcctl("ls", "--json").ended(0).out)["cgroups"]
        equal("cgroups", [g["cgroup"] for g in seen], ["/", "/t", "/t/a", "/t/b", "/t/vm"])
        for group in seen:
            equal(group["cgroup"], group, wanted_group(group["cgroup"]))
        evicted = {g["cgroup"]: g["evicted"] for g in seen}
        if not evicted["/t/a"] or evicted["/t/b"]:
            fail(f"the scene does not page as it should: {evicted}")


@case
def ls_leaves_out_what_is_idle():
    with Scene() as scene:
        scene.group("idle")
        scene.group("busy")
        scene.holder("busy", "enclave 10")
        out = epcctl("ls", "--raw", "--noheadings", "--output", "cgroup").ended(0).out
        equal("cgroups", out.split(), ["/", "/busy"])
        out = epcctl("ls", "--all", "--raw", "--noheadings", "--output", "cgroup").ended(0).out
        equal("all cgroups", out.split(), ["/", "/busy", "/idle"])


@case
def status_is_what_the_files_say():
    with Scene() as scene:
        tenants(scene)
        seen = json.loads(epcctl("status", "--json").ended(0).out)
        used = int(key("/", "misc.current", "sgx_epc"))
        equal("total", seen["total"], int(key("/", "misc.capacity", "sgx_epc")))
        equal("used", seen["used"], used)
        equal("free", seen["free"], seen["total"] - used)
        for node in seen["nodes"]:
            top = f"/sys/devices/system/node/node{node['node']}/x86/sgx_"
            for name in ("total", "free"):
                with open(f"{top}{name}_bytes", encoding="ascii") as f:
                    equal(f"node {node['node']}: {name}", node[name], int(f.read()))
        equal("nodes", sum(node["used"] for node in seen["nodes"]), used)
        equal("findings", seen["findings"], [])
        equal("features", set(seen["features"].values()), {True})


def enclaves(group):
    """misc.enclaves as a list of dictionaries."""
    result = []
    for line in read(group, "misc.enclaves").splitlines():
        first, *words = line.split()
        result.append({"id": int(first), **dict(word.split("=") for word in words)})
    return result


@case
def ps_is_what_the_files_say():
    with Scene() as scene:
        tenants(scene)
        rows = json.loads(epcctl("ps", "--json").ended(0).out)["enclaves"]
        equal("IDs", sorted(r["id"] for r in rows),
              sorted(e["id"] for g in ("t/a", "t/b", "t/vm") for e in enclaves(g)))
        for group in ("t/a", "t/b", "t/vm"):
            for enclave in enclaves(group):
                row = next(r for r in rows if r["id"] == enclave["id"])
                equal("cgroup", row["cgroup"], "/" + group)
                equal("via", row["via"], "created")
                for name in ("type", "state"):
                    equal(name, row[name], enclave[name])
                for name in ("size", "resident", "written_out", "pid"):
                    equal(name, row[name], int(enclave[name]))
                with open(f"/proc/{row['pid']}/comm", encoding="utf-8") as f:
                    equal("command", row["command"], f.read()[:-1])
        equal("states", sorted(r["state"] for r in rows), ["building"] + 4 * ["running"])
        total = sum(r["resident"] for r in rows)
        equal("resident of all", total, int(key("/", "misc.current", "sgx_epc")))


@case
def ps_of_a_path_is_only_that():
    with Scene() as scene:
        tenants(scene)
        rows = json.loads(epcctl("ps", "--json", "/t/b").ended(0).out)["enclaves"]
        equal("cgroups", {r["cgroup"] for r in rows}, {"/t/b"})
        equal("rows", len(rows), 3)


@case
def ps_shows_who_else_has_a_file_and_whose_cgroup_is_gone():
    with Scene() as scene:
        scene.group("t")
        holder = scene.holder("t", "enclave 20", "fork")
        rows = json.loads(epcctl("ps", "--json").ended(0).out)["enclaves"]
        equal("via", [r["via"] for r in rows], ["created", "open"])
        equal("id of the second", rows[1]["id"], None)
        equal("pid of the first", rows[0]["pid"], holder.pid)
        holder.order("name moved")
        for pid in read("t", "cgroup.procs").split():
            write("/", "cgroup.procs", pid)
        os.rmdir(group_file("t", ""))
        rows = json.loads(epcctl("ps", "--json").ended(0).out)["enclaves"]
        equal("cgroups", {r["cgroup"] for r in rows}, {"/t (deleted)"})
        for row in rows:
            if row["pid"] != holder.pid:
                os.kill(row["pid"], 9)


@case
def ps_tells_others_how_much_is_hidden():
    with Scene() as scene:
        tenants(scene)
        done = epcctl("ps", "--json", user=65534, group=65534, extra_groups=[]).ended(
            0, "you may not see the files of ")
        equal("rows", len(json.loads(done.out)["enclaves"]), 5)
        hidden = int(done.err.split(" files of ")[1].split()[0])
        # The three holders, and whoever runs this.
        if not 4 <= hidden <= 20:
            fail(f"{hidden} processes are hidden")
        equal("for root", epcctl("ps", "--json").ended(0).err, "")


@case
def set_and_get_are_what_the_files_say():
    with Scene() as scene:
        scene.group("t")
        epcctl("set", "t", "max=64M", "low=16MiB", "exhausted=fail").ended(0)
        equal("misc.max", key("t", "misc.max", "sgx_epc"), "67108864")
        equal("misc.low", key("t", "misc.low", "sgx_epc"), "16777216")
        equal("misc.exhausted", key("t", "misc.exhausted", "sgx_epc"), "fail")
        seen = json.loads(epcctl("get", "--json", "/t").ended(0).out)["settings"]
        equal("get", seen, [{"cgroup": "/t", "max": 67108864, "low": 16777216,
                             "exhausted": "fail", "current": 0}])
        epcctl("set", "/t", "max=max", "low=0", "exhausted=kill").ended(0)
        equal("misc.max", key("t", "misc.max", "sgx_epc"), "max")
        equal("misc.low", key("t", "misc.low", "sgx_epc"), "0")
        equal("misc.exhausted", key("t", "misc.exhausted", "sgx_epc"), "kill")


@case
def set_below_current_warns_and_takes_nothing():
    with Scene() as scene:
        scene.group("t")
        scene.holder("t", "enclave 1000")
        before = key("t", "misc.current", "sgx_epc")
        epcctl("set", "/t", "max=1M").ended(0, "warning: /t uses", "an enclave may be killed")
        equal("misc.max", key("t", "misc.max", "sgx_epc"), "1048576")
        equal("misc.current", key("t", "misc.current", "sgx_epc"), before)


@case
def set_is_not_for_everybody():
    with Scene() as scene:
        scene.group("t")
        epcctl("set", "/t", "max=1M", user=65534, group=65534, extra_groups=[]).ended(
            1, "misc.max", "not permitted")
        equal("misc.max", key("t", "misc.max", "sgx_epc"), "max")
        done = epcctl("status", user=65534, group=65534, extra_groups=[]).ended(0)
        contains("status", done.out, "note: You may look")


@case
def reclaim_frees_what_it_says():
    with Scene() as scene:
        scene.group("t")
        scene.holder("t", "enclave 1000")
        before = int(key("t", "misc.current", "sgx_epc"))
        epcctl("reclaim", "/t", "1M").ended(0)
        after = int(key("t", "misc.current", "sgx_epc"))
        equal("pages that left", (before - after) // 4096 >= MIB, True)
        equal("misc.events kill", key("t", "misc.events", "sgx_epc.kill"), "0")
        done = epcctl("reclaim", "/t", "1G").ended(1, "less than that could be taken")
        contains("stdout", done.out, "in use, now")


@case
def reclaim_kills_and_revokes_only_with_its_word():
    with Scene() as scene:
        scene.group("t")
        scene.holder("t", "enclave 100")
        scene.holder("t", "vepc 100")
        epcctl("reclaim", "/t", "1G").ended(1)
        equal("states", [e["state"] for e in enclaves("t")], ["running", "running"])
        epcctl("reclaim", "/t", "max", "--kill", "--yes").ended(0)
        equal("states", [e["state"] for e in enclaves("t")], ["killed", "running"])
        epcctl("reclaim", "/t", "max", "--revoke", "--yes").ended(0)
        equal("states", [e["state"] for e in enclaves("t")], ["killed", "revoked"])
        equal("misc.current", key("t", "misc.current", "sgx_epc"), "0")
        seen = json.loads(epcctl("ps", "--json").ended(0).out)["enclaves"]
        equal("ps", sorted(r["state"] for r in seen), ["killed", "revoked"])


@case
def enable_gives_the_files():
    with Scene() as scene:
        for name in ("e", "e/f", "e/f/g"):
            os.mkdir(group_file(name, ""))
            scene.groups.append(name)
        equal("before", os.path.exists(group_file("e/f", "misc.max")), False)
        epcctl("set", "/e/f/g", "max=1M").ended(1, "misc is not enabled")
        epcctl("get", "/e/f").ended(1, "misc controller is not enabled")
        epcctl("ls", "/e/f").ended(1, "misc controller is not enabled")
        epcctl("enable", "/e/f").ended(0)
        epcctl("set", "/e/f/g", "max=1M").ended(0)


@case
def enable_says_who_is_in_the_way():
    with Scene() as scene:
        for name in ("e", "e/f"):
            os.mkdir(group_file(name, ""))
            scene.groups.append(name)
        scene.holder("e")
        done = epcctl("enable", "/e/f").ended(1, "cgroup /e has processes of its own")
        equal("stdout", done.out, "")
        epcctl("enable", "/e").ended(0, "note: /e itself has the misc files")


@case
def status_finds_that_misc_is_not_enabled():
    write("/", "cgroup.subtree_control", "-misc")
    try:
        done = epcctl("status").ended(0)
        contains("status", done.out, "Mend it: epcctl enable --persist")
        epcctl("enable").ended(0)
        contains("status", epcctl("status").ended(0).out, "nothing is missing")
        contains("subtree_control", read("/", "cgroup.subtree_control"), "misc")
    finally:
        write("/", "cgroup.subtree_control", "+misc")


@case
def cgroups_and_processes_that_vanish_are_normal():
    stop = threading.Event()

    def come_and_go():
        while not stop.is_set():
            with Scene() as scene:
                scene.group("gone")
                scene.holder("gone", "enclave 1")

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        for command in ("ls", "ps", "status") * 20:
            equal(f"{command}: stderr", epcctl(command, "--json").ended(0).err, "")
    finally:
        stop.set()
        thread.join()


@case
def names_are_shown_safely():
    name = "\x1b[31mred \u202e\u4e2d"
    with Scene() as scene:
        scene.group(name)
        scene.holder(name, "name \x1b]0;x\x07", "enclave 10")
        for command in ("ls", "ps"):
            for options in ((), ("--raw",), ("--json",)):
                out = epcctl(command, *options).ended(0).out
                equal(f"{command} {options}: controls",
                      [c for c in out if c != "\n" and (c < " " or c in "\x7f\u202e")], [])
        rows = json.loads(epcctl("ps", "--json").ended(0).out)["enclaves"]
        equal("cgroup", rows[0]["cgroup"], "/" + name)
        equal("command", rows[0]["command"], "\x1b]0;x\x07")
        equal("ls of it", epcctl("ls", f"{CGROUP}/{name}").ended(0).err, "")
