# SPDX-License-Identifier: GPL-2.0
"""Mistakes in the command line are status 2, failures 1, and both name what it was about."""
import os
import resource
import tempfile
import threading

from epctest import case, contains, epcctl, equal, stored

COMMANDS = ("status", "ls", "ps", "get", "set", "reclaim", "enable", "top",
            "record", "replay", "plot")


@case
def no_command_is_usage():
    epcctl().ended(2, "Usage: epcctl COMMAND")
    epcctl("lss").ended(2, "no command 'lss'", "Usage")
    epcctl("l").ended(2, "no command 'l'")
    epcctl("").ended(2)


@case
def help_and_version_are_no_errors():
    contains("--help", epcctl("--help").ended(0).out, "\n  reclaim ")
    contains("--version", epcctl("--version").ended(0).out, "epcctl 1.")
    for command in COMMANDS:
        done = epcctl(command, "--help").ended(0)
        equal(f"{command} --help on stderr", done.err, "")
        contains(command, done.out, f"Usage: epcctl {command}")


@case
def unknown_options_are_usage():
    for command in COMMANDS:
        epcctl(command, "--nonsense").ended(2, f"epcctl {command}", "--nonsense",
                                            f"Try 'epcctl {command} --help'")
        epcctl(command, "-Z").ended(2, "'Z'")
    epcctl("ls", "--root").ended(2, "requires an argument")
    epcctl("set", "--json", "/", "max=1").ended(2, "--json")


@case
def operands_too_few_or_too_many_are_usage():
    epcctl("ls", "/a", "/b").ended(2, "'/b' is one operand too many")
    epcctl("status", "x").ended(2, "'x' is one operand too many")
    epcctl("ps", "/a", "/b").ended(2, "'/b'")
    epcctl("get").ended(2, "PATH... is missing")
    epcctl("set", "/a").ended(2, "PATH SETTING... is missing")
    epcctl("reclaim", "/a").ended(2, "PATH SIZE is missing")
    epcctl("reclaim", "/a", "1", "2").ended(2, "'2'")
    epcctl("enable", "/a", "/b").ended(2, "'/b'")


@case
def output_names_columns():
    epcctl("ls", "--output", "nonsense").ended(2, "no column 'nonsense'")
    epcctl("ls", "--output", "").ended(2, "no column ''")
    epcctl("ls", "--output", "+").ended(2, "no column ''")
    epcctl("ls", "--output", "max,").ended(2, "no column ''")
    epcctl("ls", "--json", "--raw").ended(2, "--json and --raw")


@case
def settings_are_understood_before_any_is_written():
    with stored("epc") as root:
        before = state(root)
        for bad, why in (("max=", "max ''"), ("max=1X", "'1X' is no size"), ("max=-1", "'-1'"),
                         ("max=64MB", "'64MB'"), ("max= 1", "' 1'"), ("max=maxx", "'maxx'"),
                         ("low=16777216T", "more than 64 bits"), ("MAX=1", "'MAX=1' is none of"),
                         ("exhausted=oom", "kill or fail, not 'oom'"), ("max", "'max' is none of"),
                         ("high=1", "'high=1'")):
            epcctl("set", "/tenants/alice", "low=1M", bad, root=root).ended(2, why)
        equal("the tree", state(root), before)


def state(root):
    """All settings of a cgroup."""
    result = {}
    for name in ("max", "low", "exhausted"):
        with open(f"{root}/sys/fs/cgroup/tenants/alice/misc.{name}", encoding="ascii") as f:
            result[name] = f.read()
    return result


@case
def settings_are_written():
    with stored("epc") as root:
        epcctl("set", "tenants/alice/", "max=64MiB", "low=16k", "exhausted=fail", root=root).ended(0)
        equal("settings", {name: text.split("\n")[0] for name, text in state(root).items()},
              {"max": "sgx_epc 67108864", "low": "sgx_epc 16384", "exhausted": "sgx_epc fail"})
        epcctl("set", "/sys/fs/cgroup/tenants/alice", "max=max", root=root).ended(0)
        contains("max", state(root)["max"], "sgx_epc max")


@case
def what_was_set_before_a_failure_stays():
    """And is told, with what has failed: a way back could fail, too."""
    with stored("epc") as root:
        alice = f"{root}/sys/fs/cgroup/tenants/alice"
        os.unlink(alice + "/misc.max")
        os.mkdir(alice + "/misc.max")
        epcctl("set", "/tenants/alice", "max=1G", "exhausted=fail", "low=16k", root=root).ended(
            1, "/tenants/alice", "misc.max", "(exhausted and low were set)")
        for name, wanted in (("low", "sgx_epc 16384"), ("exhausted", "sgx_epc fail")):
            with open(f"{alice}/misc.{name}", encoding="ascii") as f:
                equal(name, f.read().split("\n")[0], wanted)


@case
def a_max_below_current_is_warned_of_and_written():
    with stored("epc") as root:
        done = epcctl("set", "/tenants/alice", "max=1M", root=root).ended(
            0, "warning: /tenants/alice uses", "more than its new max of 1.0M",
            "Nothing is taken away now", "epcctl reclaim")
        contains("max", state(root)["max"], "sgx_epc 1048576")
        equal("stdout", done.out, "")
        equal("no warning", epcctl("set", "/tenants/alice", "max=1G", root=root).ended(0).err, "")


@case
def failures_are_status_1():
    with stored("epc") as root:
        epcctl("ls", "/none", root=root).ended(1, "no cgroup /none")
        epcctl("ps", "/none", root=root).ended(1, "no cgroup /none")
        epcctl("get", "/none", root=root).ended(1, "no cgroup /none")
        epcctl("get", "/tenants/../web", root=root).ended(1, "without '..'")
        epcctl("set", "/none", "max=1", root=root).ended(1, "no cgroup /none")
        epcctl("set", "/", "max=1", root=root).ended(1, "misc.max", "topmost")
        epcctl("reclaim", "/none", "1", root=root).ended(1, "no cgroup /none")
        epcctl("enable", "/none", root=root).ended(1, "no cgroup /none")
    for command in ("ls", "ps", "status"):
        epcctl(command, root="/dev/null/none").ended(1, "/dev/null/none: Not a directory")


@case
def one_bad_path_does_not_hide_the_others():
    with stored("epc") as root:
        done = epcctl("get", "/none", "/tenants/alice", root=root).ended(1, "no cgroup /none")
        contains("stdout", done.out, "/tenants/alice")


@case
def output_that_cannot_be_written_is_a_failure():
    with stored("epc") as root, open("/dev/full", "wb") as full:
        import subprocess
        from epctest import EPCCTL
        for command in COMMANDS[:3]:
            done = subprocess.run([EPCCTL, command, "--root", root], stdout=full,
                                  stderr=subprocess.PIPE, check=False)
            equal(f"{command}: status", done.returncode, 1)
            contains(command, done.stderr.decode(), "No space left")
        epcctl("record", "-n", "2", "-d", "0.1", "/dev/full", root=root).ended(1, "No space left")
        with tempfile.TemporaryDirectory() as work:
            epcctl("record", "-n", "2", "-d", "0.1", work + "/r", root=root).ended(0)
            epcctl("plot", "--out", "/dev/full", work + "/r").ended(1, "No space left")


@case
def reclaim_writes_words_only_when_asked_for():
    with stored("epc") as root:
        name = f"{root}/sys/fs/cgroup/tenants/alice/misc.reclaim"
        for options, wanted in (([], "sgx_epc 2097152"),
                                (["--kill", "--yes"], "sgx_epc 2097152 kill=enclaves"),
                                (["--revoke", "--yes"], "sgx_epc 2097152 revoke=vepc"),
                                (["--kill", "--revoke", "--yes"],
                                 "sgx_epc 2097152 kill=enclaves revoke=vepc")):
            open(name, "w", encoding="ascii").close()
            epcctl("reclaim", "/tenants/alice", "2M", *options, root=root).ended(0)
            with open(name, encoding="ascii") as f:
                equal(f"misc.reclaim with {options}", f.read(), wanted)


@case
def reclaim_destroys_nothing_without_yes():
    with stored("epc") as root:
        name = f"{root}/sys/fs/cgroup/tenants/alice/misc.reclaim"
        open(name, "w", encoding="ascii").close()
        for option in ("--kill", "--revoke"):
            epcctl("reclaim", "/tenants/alice", "2M", option, root=root).ended(2, "add --yes")
            epcctl("reclaim", "/tenants/alice", "2M", option, root=root, stdin=b"y\n").ended(2)
        equal("misc.reclaim", os.stat(name).st_size, 0)


def at_terminal(answer, *arguments):
    """epcctl with a terminal as stdin on which somebody types; status and stderr."""
    import pty
    import subprocess
    from epctest import EPCCTL, PATIENCE
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answer)
        done = subprocess.run([EPCCTL, *arguments], stdin=theirs, capture_output=True,
                              timeout=60 * PATIENCE, check=False)
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stderr.decode()


@case
def reclaim_asks_at_a_terminal():
    with stored("epc") as root:
        name = f"{root}/sys/fs/cgroup/tenants/alice/misc.reclaim"
        for answer, status, wanted in ((b"\n", 1, ""), (b"n\n", 1, ""), (b"yo\n", 1, ""),
                                       (b"\x04", 1, ""),
                                       (b"y\n", 0, "sgx_epc 4096 kill=enclaves")):
            open(name, "w", encoding="ascii").close()
            seen, text = at_terminal(answer, "reclaim", "/tenants/alice", "4K", "--kill", "--root",
                                     root)
            equal(f"status after {answer}", seen, status)
            contains("question", text, "To take 4.0K from /tenants/alice")
            contains("question", text, "kill enclaves: 1 are there")
            with open(name, encoding="ascii") as f:
                equal(f"misc.reclaim after {answer}", f.read(), wanted)
        seen, text = at_terminal(b"y\n", "reclaim", "/none", "4K", "--kill", "--root", root)
        equal("/none", (seen, "no cgroup /none" in text, "kill enclaves" in text), (1, True, False))


@case
def run_names_its_parent_in_any_way():
    """No process can be put into a stored tree: what counts is whose limit was written before."""
    for parent, path in (("a", "/a/web"), ("a/", "/a/web"), ("", "/new"), ("//", "/new"),
                         ("/sys/fs/cgroup/a", "/a/web")):
        with stored("epc") as root:
            top = f"{root}/sys/fs/cgroup"
            os.mkdir(f"{top}/a")
            for name in ("controllers", "subtree_control"):
                with open(f"{top}/a/cgroup.{name}", "w", encoding="ascii") as f:
                    f.write("misc\n")
            with open(f"{top}/web/misc.max", encoding="ascii") as f:
                before = f.read()
            name = path.rsplit("/", 1)[1]
            done = epcctl("run", "--root", root, "--parent", parent, "--name", name,
                          "--max", "1M", "--", "true").ended(1)
            contains(f"run --parent '{parent}'", done.err, f"cgroup {path}")
            with open(f"{top}/web/misc.max", encoding="ascii") as f:
                equal(f"misc.max of /web after --parent '{parent}'", f.read(), before)


@case
def enable_writes_down_to_the_path():
    with stored("not-enabled") as root:
        top = f"{root}/sys/fs/cgroup"
        epcctl("enable", "/tenants", root=root).ended(0)
        for path in ("", "tenants/"):
            with open(f"{top}/{path}cgroup.subtree_control", encoding="ascii") as f:
                contains(path, f.read(), "+misc")
        with open(f"{top}/other/cgroup.subtree_control", encoding="ascii") as f:
            equal("other", f.read(), "\n")


@case
def enable_writes_nothing_twice():
    with stored("epc") as root:
        name = f"{root}/sys/fs/cgroup/cgroup.subtree_control"
        with open(name, encoding="ascii") as f:
            before = f.read()
        epcctl("enable", root=root).ended(0)
        with open(name, encoding="ascii") as f:
            equal("subtree_control", f.read(), before)


@case
def enable_persist_is_a_unit():
    with stored("not-enabled") as root:
        units = f"{root}/etc/systemd/system"
        epcctl("enable", "--persist", root=root).ended(1, "no /etc/systemd/system")
        os.makedirs(units)
        epcctl("enable", "--persist", root=root).ended(0)
        epcctl("enable", "--persist", "/tenants/a%b \"c", root=root).ended(0)
        for name, words in (("epcctl-enable.service", ' enable "/"'),
                            ("epcctl-enable-tenants-a\\x25b\\x20\\x22c.service",
                             ' enable "/tenants/a%%b \\x22c"')):
            with open(f"{units}/{name}", encoding="ascii") as f:
                contains(name, f.read(), words)
            link = f"{units}/multi-user.target.wants/{name}"
            equal(link, os.readlink(link), f"../{name}")


@case
def enable_persist_is_for_cgroups_to_come():
    """What is there of the path is enabled now; the unit tries until the rest is."""
    with stored("not-enabled") as root:
        units = f"{root}/etc/systemd/system"
        os.makedirs(units)
        epcctl("enable", "/tenants/later/on", root=root).ended(1, "no cgroup /tenants/later")
        epcctl("enable", "--persist", "tenants/later/on", root=root).ended(
            0, "/tenants/later/on is not there yet", "down to /tenants")
        for path in ("", "tenants/"):
            with open(f"{root}/sys/fs/cgroup/{path}cgroup.subtree_control", encoding="ascii") as f:
                contains(path, f.read(), "+misc")
        with open(f"{units}/epcctl-enable-tenants-later-on.service", encoding="ascii") as f:
            text = f.read()
        contains("unit", text, ' enable "/tenants/later/on"')
        contains("unit", text, "Restart=on-failure")
        epcctl("enable", "--persist", "/..", root=root).ended(1, "without '..'")


@case
def cgroups_that_vanish_are_normal():
    """Directories come and go all the time while ls reads them."""
    with stored("epc") as root:
        stop = threading.Event()
        thread = threading.Thread(target=come_and_go, args=(f"{root}/sys/fs/cgroup", stop))
        thread.start()
        try:
            for _ in range(100):
                done = epcctl("ls", "--all", root=root).ended(0)
                equal("stderr", done.err, "")
        finally:
            stop.set()
            thread.join()


def come_and_go(top, stop):
    """Cgroups with misc.current first and last, as they are half made and half removed."""
    while not stop.is_set():
        for name in ("tenants/x", "y", "y/z"):
            os.mkdir(f"{top}/{name}")
            with open(f"{top}/{name}/misc.current", "w", encoding="ascii") as f:
                f.write("sgx_epc 4096\n")
        for name in ("y/z", "y", "tenants/x"):
            os.unlink(f"{top}/{name}/misc.current")
            os.rmdir(f"{top}/{name}")


@case
def few_file_descriptors_are_an_error_not_a_short_list():
    with stored("epc") as root:
        done = epcctl("ls", root=root, preexec_fn=lambda: resource.setrlimit(
            resource.RLIMIT_NOFILE, (6, 6))).ended(1, "Too many open files")
        equal("stdout", done.out, "")
