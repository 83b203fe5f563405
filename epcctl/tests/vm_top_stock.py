# SPDX-License-Identifier: GPL-2.0
"""On a kernel that counts no EPC, top and record say so and leave nothing behind."""
import os

from epctest import case, epcctl, equal
from recordings import folder

KERNELS = ("stock",)


@case
def top_and_record_say_why():
    with folder() as work:
        for command in (("top", "-b", "-n1"), ("top", "--json", "-n1"),
                        ("record", work + "/r", "-n1")):
            epcctl(*command).ended(1, "does not know sgx_epc")
        equal("files", os.listdir(work), [])
