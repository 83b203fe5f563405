# SPDX-License-Identifier: GPL-2.0
"""epcctl ps: what it may not see, what it could overlook."""
import os
import re
import shutil
import subprocess

from epctest import EPCCTL, Skipped, case, epcctl, equal, stored


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
        finally:
            sleep.kill()
    equal("hidden", re.findall(r"files of (\d+) process", done.err), ["1"])
