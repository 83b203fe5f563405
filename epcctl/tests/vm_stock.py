# SPDX-License-Identifier: GPL-2.0
"""A kernel that has SGX and misc, and neither accounts nor limits EPC: all that is said of it."""
import json
import os

from epctest import Scene, case, contains, epcctl, equal, group_file

KERNELS = ("stock",)
WHY = "does not know sgx_epc"


@case
def status_says_why():
    seen = json.loads(epcctl("status", "--json").ended(0).out)
    equal("findings", [f["name"] for f in seen["findings"]], ["stock-kernel"])
    equal("total", seen["total"], 32 << 20)
    equal("used", seen["used"], None)
    equal("features", set(seen["features"].values()), {False})
    contains("status", epcctl("status").ended(0).out, f"problem: This kernel has SGX, but its misc")


@case
def ls_get_and_set_say_why():
    with Scene() as scene:
        scene.group("t")
        epcctl("ls").ended(1, WHY)
        epcctl("get", "/t").ended(1, WHY)
        epcctl("set", "/t", "max=1M").ended(1, "misc.max", "does not limit EPC")
        epcctl("set", "/t", "low=1M").ended(1, "misc.low", "this kernel has none")
        epcctl("reclaim", "/t", "1M").ended(1, "misc.reclaim", "this kernel has none")


@case
def ps_shows_who_has_files():
    with Scene() as scene:
        scene.group("t")
        epcctl("ps").ended(1, WHY)
        holder = scene.holder("t", "name tenant", "enclave 10")
        done = epcctl("ps", "--json").ended(0, WHY)
        equal("rows", [(r["pid"], r["command"], r["type"], r["size"], r["cgroup"])
                       for r in json.loads(done.out)["enclaves"]],
              [(holder.pid, "tenant", "enclave", None, None)])


@case
def enable_works_as_far_as_it_goes():
    with Scene() as scene:
        for name in ("e", "e/f"):
            os.mkdir(group_file(name, ""))
            scene.groups.append(name)
        epcctl("enable", "/e").ended(0)
        equal("misc.max", os.path.exists(group_file("e/f", "misc.max")), True)
