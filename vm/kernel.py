# SPDX-License-Identifier: GPL-2.0
"""The kernels of the VM: from the prepared tree and the config fragments to a bzImage."""
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(HERE)
OUT = os.path.abspath(os.environ.get("O") or os.path.join(TOP, "build"))

# name: prepared tree, object folder in it, config fragments.
KERNELS = {
    "epc": ("epc", "obj", ["base"]),
    "stock": ("stock", "obj", ["base"]),
    "debug": ("epc", "obj-debug", ["base", "debug"]),
    "kcsan": ("epc", "obj-kcsan", ["base", "kcsan"]),
    "product": ("product", "obj", ["base", "product"]),
    "nomisc": ("epc", "obj-nomisc", ["base", "nomisc"]),
    "kunit": ("epc", "obj-kunit", ["base", "kunit"]),
    "breaks": ("breaks", "obj", ["base", "kunit"]),
}
# Those that check themselves are several times slower than the others.
SLOW = ("debug", "kcsan")
PROGRESS_SECONDS = 10
BUILT = ".epcvm-built"


class BuildError(Exception):
    """A kernel cannot be built; the message says why, the log has the rest."""


def say(text):
    print(f"epcvm: {text}", file=sys.stderr, flush=True)


def cache_folder():
    """
    The compiler's cache. All clones of the project share it, for the paths in a
    kernel build are relative; where the home folder is not ours, it is in build/.
    """
    shared = os.path.join(os.path.expanduser("~"), ".cache/epccg-ccache")
    try:
        os.makedirs(shared, exist_ok=True)
    except OSError:
        pass
    return shared if os.access(shared, os.W_OK) else os.path.join(OUT, "ccache")


class Kernel:
    """One kernel by name."""

    def __init__(self, name):
        tree, obj, fragments = KERNELS[name]
        self.name, self.variant = name, tree
        self.tree = os.path.join(OUT, tree)
        self.obj = os.path.join(self.tree, obj)
        self.fragments = [os.path.join(HERE, "config", f"{f}.config") for f in fragments]
        self.bzimage = os.path.join(self.obj, "arch/x86/boot/bzImage")
        self.log = os.path.join(self.obj, "build.log")

    def ensure(self):
        """Build what is not up to date; the path of the image."""
        os.makedirs(OUT, exist_ok=True)
        with open(os.path.join(OUT, f".{self.variant}.lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run([os.path.join(TOP, "scripts/prepare-tree"), self.variant],
                                  env={**os.environ, "O": OUT}, check=False)
            if done.returncode:
                raise BuildError(f"scripts/prepare-tree {self.variant} failed")
            if not self._is_built():
                self._build()
        return self.bzimage

    def _inputs(self):
        """What the image was made of: the tree's stamp, the fragments and this file."""
        h = hashlib.sha256()
        for path in [os.path.join(self.tree, ".epccg-tree"), *self.fragments, __file__]:
            with open(path, "rb") as f:
                h.update(f.read())
        return h.hexdigest()

    def _is_built(self):
        try:
            with open(os.path.join(self.obj, BUILT), encoding="utf-8") as f:
                return f.read() == self._inputs() and os.path.exists(self.bzimage)
        except FileNotFoundError:
            return False

    def _build(self):
        os.makedirs(self.obj, exist_ok=True)
        stamp = os.path.join(self.obj, BUILT)
        if os.path.exists(stamp):
            os.unlink(stamp)
        inputs = self._inputs()
        self._configure()
        self._compile()
        with open(stamp, "w", encoding="utf-8") as f:
            f.write(inputs)

    def _environment(self):
        """The same for every kernel, so that one's objects serve the next from the cache."""
        env = {k: v for k, v in os.environ.items()
               if k in ("PATH", "HOME", "TERM", "USER") or k.startswith("CCACHE_")}
        env.update(LC_ALL="C", KBUILD_BUILD_TIMESTAMP="@0", KBUILD_BUILD_USER="epccg",
                   KBUILD_BUILD_HOST="epccg", KBUILD_BUILD_VERSION="1", CCACHE_NOHASHDIR="1", CCACHE_DEPEND="1",
                   CCACHE_COMPILERCHECK="content")
        env.setdefault("CCACHE_DIR", cache_folder())
        return env

    def _make(self, *words):
        return ["make", "-C", self.tree, f"O={os.path.basename(self.obj)}", "CC=ccache gcc",
                f"-j{os.cpu_count() + 1}", *words]

    def _configure(self):
        """Merge the fragments over allnoconfig; no asked-for symbol may get lost."""
        config = os.path.join(self.obj, ".config")
        with open(self.log, "w", encoding="utf-8") as log:
            before = self._read_config(config)
            # merge_config.sh of the tree, run where it expects to be.
            done = subprocess.run(
                ["scripts/kconfig/merge_config.sh", "-n", "-O", os.path.basename(self.obj),
                 *self.fragments], cwd=self.tree, env=self._environment(),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise BuildError(f"merge_config.sh failed, see {self.log}")
        after = self._read_config(config)
        # The same configuration keeps its time: nothing is compiled for its sake.
        if before and before[1] == after[1]:
            os.utime(config, ns=(before[0], before[0]))
        self._check_config(dict(re.findall(r"^CONFIG_(\w+)=(.*)$", after[1], re.M)))

    @staticmethod
    def _read_config(path):
        try:
            with open(path, encoding="utf-8") as f:
                return os.stat(path).st_mtime_ns, f.read()
        except FileNotFoundError:
            return None

    def _check_config(self, got):
        asked = {}
        for fragment in self.fragments:
            with open(fragment, encoding="utf-8") as f:
                asked.update(re.findall(r"^CONFIG_(\w+)=(.*)$", f.read(), re.M))
        lost = [f"CONFIG_{k}={v} (is {got.get(k, 'n')})" for k, v in asked.items()
                if got.get(k, "n") != v]
        if lost:
            raise BuildError("config symbols that did not survive merging: " + ", ".join(lost))

    def _compile(self):
        start = shown = time.monotonic()
        compiled = 0
        say(f"building kernel {self.name}, log in {os.path.relpath(self.log)}")
        with open(self.log, "a", buffering=1, encoding="utf-8") as log, \
             subprocess.Popen(self._make("bzImage"), env=self._environment(), text=True,
                              errors="replace", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as make:
            for line in make.stdout:
                log.write(line)
                compiled += line.startswith(("  CC ", "  AS "))
                if not line.startswith(("  ", "make")) and re.search("error|warning", line):
                    print(line, end="", file=sys.stderr)
                if time.monotonic() - shown >= PROGRESS_SECONDS:
                    shown = time.monotonic()
                    say(f"kernel {self.name}: {compiled} files, {shown - start:.0f} s")
        if make.returncode:
            raise BuildError(f"make failed, see {self.log}")
        say(f"kernel {self.name}: built in {time.monotonic() - start:.0f} s, {compiled} files")
