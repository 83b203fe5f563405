# SPDX-License-Identifier: GPL-2.0
"""A terminal for tests: epcctl runs in tmux, keys are sent to it, its screen is read."""
import os
import shlex
import shutil
import subprocess
import tempfile
import time

from epctest import EPCCTL, PATIENCE, UTF8, Failed, Skipped

# A key may take a while; who waits ends as soon as it has worked.
SECONDS = 20 * PATIENCE
STATUS = "ended with status"


class Terminal:
    """epcctl with these arguments on a terminal of that size and type."""

    def __init__(self, *arguments, root=None, size=(80, 24), term="screen", env=None):
        if not shutil.which("tmux"):
            raise Skipped("no tmux")
        self.folder = tempfile.mkdtemp(prefix="epctest-")
        command = [EPCCTL, *arguments] + (["--root", root] if root else [])
        setting = {**UTF8, **(env or {}), "TERM": term}
        words = ["env", *(f"{name}={value}" for name, value in setting.items()), *command]
        # C-c and C-\ are for epcctl; the shell has to live on.
        line = f"trap : INT QUIT; {shlex.join(words)}; echo '{STATUS}' $?; exec sleep 600"
        # tmux runs an argument of several words without a shell.
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]),
                  "sh", "-c", line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.folder + "/socket", "kill-server"], check=False,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(self.folder)

    def tmux(self, *words):
        """What a command of tmux prints."""
        return subprocess.run(["tmux", "-S", self.folder + "/socket", *words], check=True,
                              stdout=subprocess.PIPE, env={**os.environ, **UTF8}).stdout.decode()

    def lines(self, colours=False):
        """The screen."""
        return self.tmux("capture-pane", "-p", *(["-e"] if colours else [])).split("\n")[:-1]

    def keys(self, *keys):
        """Presses them, in the words of tmux: "q", "Down", "PPage", "C-c"."""
        self.tmux("send-keys", *keys)

    def resize(self, columns, lines):
        """Another size, as a window that is dragged."""
        self.tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def until(self, what, is_there):
        """Waits for a screen of which @is_there is true; that screen."""
        end = time.monotonic() + SECONDS
        while True:
            lines = self.lines()
            if is_there(lines):
                return lines
            if time.monotonic() > end:
                raise Failed("\n".join([f"{what} did not come:", *lines]))
            time.sleep(0.05)

    def until_text(self, text):
        """Waits for a line that has this text; the screen."""
        return self.until(repr(text), lambda lines: any(text in line for line in lines))

    def until_names(self, *names):
        """Waits until the table has exactly these rows; the screen."""
        return self.until(f"table of {names}", lambda lines: names_of(lines) == list(names))

    def end(self, *keys):
        """Presses them and waits for the end; the exit status."""
        self.keys(*keys)
        lines = self.until_text(STATUS)
        return int([line for line in lines if STATUS in line][0].split()[-1])


def rows_of(lines):
    """The rows of the table on a screen of top."""
    heads = [i for i, line in enumerate(lines) if line.startswith("CGROUP")]
    return [line for line in lines[heads[0] + 1:-1] if line.strip()] if heads else []


def names_of(lines):
    """The first words of the rows."""
    return [line.split()[0] for line in rows_of(lines)]
