# SPDX-License-Identifier: GPL-2.0
"""One QEMU machine that runs one command: layout, command line, life and death."""
import ctypes
import os
import selectors
import signal
import socket
import struct
import subprocess
import time

MIB = 1 << 20
PR_SET_PDEATHSIG = 1
# From power on to the command. An idle host needs 5 s, and 20 s with KASAN.
BOOT_SECONDS = 120
SLOW_BOOT_SECONDS = 600
# From the command's end to power off, at most; vm/init.c waits REAP_SECONDS for killed processes.
TASKS_SECONDS = 3
OFF_SECONDS = 20
# QEMU's q35 puts RAM below this address where all of it fits below LOW_MAX ...
LOW_MAX = 0xB0000000
# ... and otherwise this much of it, the rest at 4 GiB.
LOW_SPLIT = 0x80000000


class RigError(Exception):
    """The machine cannot be built as asked."""


def cpio(files):
    """An initramfs (cpio "newc") of {name: (mode, content)}."""
    out = bytearray()
    entries = [*files.items(), ("TRAILER!!!", (0, b""))]
    for number, (name, (mode, content)) in enumerate(entries, 1):
        raw = name.encode() + b"\0"
        fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)
        out += b"070701" + b"".join(b"%08X" % f for f in fields) + raw
        out += b"\0" * (-len(out) % 4)
        out += content
        out += b"\0" * (-len(out) % 4)
    return bytes(out)


def job_file(command, cwd, rw, env, tty):
    records = [f"cwd={cwd}", *(f"rw={d}" for d in rw), *(f"arg={a}" for a in command),
               *(f"env={k}={v}" for k, v in env.items())]
    if tty:
        records.append("tty={1} {0}".format(*tty))
    return b"".join(os.fsencode(r) + b"\0" for r in records)


class Layout:
    """Where RAM and EPC lie: one NUMA node for each EPC section, --mem on top of the EPC."""

    def __init__(self, mem, sections, cpus):
        self.sections = sections
        nodes = max(1, len(sections))
        if cpus % nodes:
            raise RigError(f"{nodes} EPC sections are on {nodes} NUMA nodes: "
                           f"--cpus must be a multiple of {nodes}")
        share = mem // nodes // (2 * MIB) * 2 * MIB
        self.sizes = [share + -(-s // (2 * MIB)) * 2 * MIB for s in sections] or [share]
        self.total = sum(self.sizes)
        self.cpus = cpus
        self.low = self.total if self.total < LOW_MAX else LOW_SPLIT

    def address(self, node):
        """Physical start for the section in the middle of its node's RAM."""
        start, size = sum(self.sizes[:node]), self.sections[node]
        at = start + (self.sizes[node] - size) // 2 // (2 * MIB) * 2 * MIB
        if at < self.low < at + size:
            at = self.low
            if at + size > start + self.sizes[node]:
                raise RigError("an EPC section would lie across the hole below 4 GiB; change --mem")
        return at if at < self.low else at - self.low + (4 << 30)

    def boot_parameter(self):
        if not self.sections:
            return []
        if len(self.sections) == 1:
            return [f"swsgx={self.sections[0] >> 10}K"]
        return ["swsgx=" + ",".join(f"{s >> 10}K@{self.address(i):#x}"
                                    for i, s in enumerate(self.sections))]

    def qemu(self):
        nodes = len(self.sizes)
        args = ["-smp", f"{self.cpus},sockets={nodes},cores={self.cpus // nodes},threads=1",
                "-m", f"{self.total // MIB}M"]
        for i, size in enumerate(self.sizes):
            first, end = self.cpus * i // nodes, self.cpus * (i + 1) // nodes
            args += ["-object", f"memory-backend-ram,id=ram{i},size={size}",
                     "-numa", f"node,nodeid={i},memdev=ram{i},cpus={first}-{end - 1}"]
        return args


def die_with_parent():
    """In the child: SIGKILL when epcvm goes, however it goes."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def die_with_parent_only():
    """The same, and Ctrl-C at the terminal is for epcvm alone."""
    die_with_parent()
    os.setpgid(0, 0)


class Machine:
    """A started QEMU. Frames of vm/init.c arrive through run()."""

    def __init__(self, bzimage, initrd, layout, accel, console, rw, append, tty):
        self.host, guest = socket.socketpair()
        # A busy host may bring no timer interrupt while the kernel looks whether there is one.
        cmdline = ["console=ttyS0", "printk.time=1", "panic=-1", "oops=panic", "nokaslr",
                   "no_timer_check", "mitigations=off",
                   "rcupdate.rcu_cpu_stall_suppress_at_boot=1", append,
                   *layout.boot_parameter()]
        args = ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
                "-no-reboot", "-machine", "q35,hpet=off,vmport=off", "-cpu", "max", "-accel", accel,
                *layout.qemu(), "-kernel", bzimage, "-initrd", initrd, "-append", " ".join(cmdline),
                "-chardev", f"file,id=console,path={console}", "-serial", "chardev:console",
                "-device", "virtio-serial-pci",
                "-chardev", f"socket,id=io,fd={guest.fileno()}",
                "-device", "virtserialport,chardev=io,name=epcvm"]
        # The console at hvc0 before it has a user waits for none: only --tty has one.
        if tty:
            args += ["-chardev", "stdio,id=tty,signal=off", "-device", "virtconsole,chardev=tty"]
        args += self._share("/", "root", "readonly=on,multidevs=remap")
        for i, folder in enumerate(rw):
            args += self._share(folder, f"rw{i}", "multidevs=remap")
        self.errors = b""
        self.status = ["lost the VM ended without a word"]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            args, pass_fds=[guest.fileno()], preexec_fn=die_with_parent if tty else die_with_parent_only,
            stdin=None if tty else subprocess.DEVNULL,
            stdout=None if tty else subprocess.DEVNULL, stderr=subprocess.PIPE)
        guest.close()
        self.buffer = bytearray()

    @staticmethod
    def _share(path, tag, options):
        escaped = path.replace(",", ",,")
        return ["-fsdev", f"local,id={tag},path={escaped},security_model=none,{options}",
                "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]

    def _frames(self):
        """Complete frames that have arrived."""
        while len(self.buffer) >= 5:
            kind, size = struct.unpack_from("<cI", self.buffer)
            if len(self.buffer) < 5 + size:
                return
            yield kind.decode("latin-1"), bytes(self.buffer[5:5 + size])
            del self.buffer[:5 + size]

    def run(self, timeout, boot_seconds, sink):
        """
        Pass frames O and E to sink(kind, bytes) until the machine is off. The
        status lines for vm/judge: what was positively said, "lost" otherwise.
        """
        self.timeout = timeout
        self._enter("boot", boot_seconds)
        with selectors.DefaultSelector() as sel:
            sel.register(self.host, selectors.EVENT_READ)
            sel.register(self.process.stderr, selectors.EVENT_READ)
            while sel.get_map() and self._in_time():
                left = self.deadline - time.monotonic()
                for key, _ in sel.select(left if left < float("inf") else None):
                    data = self._read(key.fileobj)
                    if not data:
                        sel.unregister(key.fileobj)
                    elif key.fileobj is self.process.stderr:
                        self.errors += data
                    else:
                        self.buffer += data
                for kind, body in self._frames():
                    if kind in "OE":
                        sink(kind, body)
                    else:
                        self._report(kind, body)
        self.kill()
        return self.status

    def _enter(self, state, seconds):
        """boot, run, off (its status is known) or overdue: each has a time limit."""
        self.state = state
        self.deadline = time.monotonic() + seconds if seconds else float("inf")

    def _report(self, kind, body):
        """A frame about the run itself."""
        if kind == "L":
            self.status = ["lost " + body.decode("utf-8", "replace")]
        elif kind == "S":
            self._enter("run", self.timeout)
        elif kind == "X" and self.state == "run":
            self.status = body.decode().replace(" tainted", "\ntainted").split("\n")
            self._enter("off", OFF_SECONDS)

    def _in_time(self):
        """False when nothing is left to wait for; an overdue machine may still say why."""
        if time.monotonic() < self.deadline:
            return True
        if self.state == "overdue":
            return False
        self.status = {"run": ["timeout"], "boot": ["lost the VM did not boot in time"],
                       "off": ["lost the VM did not power off"]}[self.state]
        self._enter("overdue", TASKS_SECONDS)
        try:
            self.host.send(b"T", socket.MSG_DONTWAIT)
        except OSError:
            pass
        return True

    @staticmethod
    def _read(source):
        try:
            return os.read(source.fileno(), 1 << 18)
        except ConnectionResetError:
            return b""

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.host.close()
