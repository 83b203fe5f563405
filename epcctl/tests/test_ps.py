# SPDX-License-Identifier: GPL-2.0
"""epcctl ps: what it may not see, what it could overlook."""
import json
import os
import re
import shutil
import subprocess

from epctest import EPCCTL, Skipped, case, epcctl, equal, stored


FDINFO = """pos:\t0
sgx-type:\tenclave
sgx-state:\trunning
sgx-size:\t4096 KiB
sgx-resident:\t8 KiB
sgx-written-out:\t0 KiB
sgx-cgroup:\t{}
"""


def put_process(root, pid, target, cgroup):
    """With one open file."""
    proc = f"{root}/proc/{pid}"
    os.makedirs(proc + "/fd")
    os.mkdir(proc + "/fdinfo")
    os.symlink(target, proc + "/fd/3")
    for name, text in (("fdinfo/3", FDINFO.format(cgroup)), ("comm", "tenant\n"),
                       ("stat", f"{pid} (tenant) S 1 1 1 0 -1 4194304\n")):
        with open(f"{proc}/{name}", "w", encoding="ascii") as f:
            f.write(text)


@case
def root_without_ptrace_is_told_what_is_hidden():
    """It may list the files of others and not look at them."""
    without = ("setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace", "--")
    if os.getuid() or not shutil.which("setpriv"):
        raise Skipped("root, and setpriv of util-linux, are needed")
    with stored("epc") as root, subprocess.Popen(["sleep", "60"]) as sleep:
        try:
            if not subprocess.run([*without, "readlink", f"/proc/{sleep.pid}/fd/0"], check=False,
                                  stdout=subprocess.DEVNULL).returncode:
                raise Skipped("nothing is hidden from root here")
            shutil.rmtree(root + "/proc")
            os.mkdir(root + "/proc")
            for name in (str(sleep.pid), "2"):
                os.symlink(f"/proc/{name}", f"{root}/proc/{name}")
            done = epcctl("ps", root=root, program=(*without, EPCCTL)).ended(0)
            found = epcctl("ps", "--json", root=root, program=(*without, EPCCTL)).ended(0)
        finally:
            sleep.kill()
    equal("in JSON", json.loads(found.out).get("hidden_processes"), 1)
    equal("hidden", re.findall(r"files of (\d+) process", done.err), ["1"])


@case
def devices_are_found_under_any_name():
    """As the host sees those of a chroot, and of a container that has them elsewhere."""
    for target in ("/dev/sgx_enclave", "/srv/chroot/dev/sgx_enclave", "/proc/self/root/dev/null"):
        with stored("epc") as root:
            put_process(root, 90, target, "/web")
            put_process(root, 91, "/proc/self/status", "/web")
            put_process(root, 92, "socket:[1]", "/web")
            seen = epcctl("ps", "--raw", "--noheadings", "--output", "pid,command", root=root)
            equal(f"processes with {target}", [line for line in seen.ended(0).out.splitlines()
                                               if line.endswith(" tenant")], ["90 tenant"])
    with stored("stock") as root:
        os.unlink(root + "/proc/78/fd/3")
        os.symlink("/srv/chroot/dev/sgx_enclave", root + "/proc/78/fd/3")
        seen = epcctl("ps", "--raw", "--noheadings", "--output", "pid,type", root=root)
        equal("where fdinfo has nothing", seen.out, "78 enclave\n")


@case
def siblings_are_not_below():
    """A removed cgroup has " (deleted)" behind its path, another one has spaces in its name."""
    with stored("epc") as root:
        for pid, cgroup in ((90, "/web"), (91, "/web two"), (92, "/web (deleted)"),
                            (93, "/web (deleted) too"), (94, "/web/a"), (95, "/website")):
            put_process(root, pid, "/dev/sgx_enclave", cgroup)
        seen = epcctl("ps", "/web", "--raw", "--noheadings", "--output", "pid", root=root)
        equal("processes", sorted(pid for pid in seen.ended(0).out.split() if pid > "50"),
              ["90", "92", "94"])
