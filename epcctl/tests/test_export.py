# SPDX-License-Identifier: GPL-2.0
"""epcctl export: what Prometheus makes of it, labels of strangers, files, HTTP."""
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request

from epctest import EPCCTL, PATIENCE, Skipped, case, contains, epcctl, equal, fail, started

SECONDS = 60 * PATIENCE
EVENTS = ("max", "exhausted", "kill", "revoke")
STAT = ("reclaimable", "vepc", "unreclaimable", "evicted", "loaded", "scanned", "skipped",
        "wait_usec")
# Bytes of a name, and what the label's value is.
NAMES = {
    b"plain": "plain",
    b'qu"ote': 'qu"ote',
    b"back\\slash": "back\\slash",
    b"new\nline": "new\\x0aline",
    b"esc\x1b[31m": "esc\\x1b[31m",
    "c1\x9b31m".encode(): "c1\\xc2\\x9b31m",
    "grün".encode(): "grün",
    b"latin\xfc1": "latin\\xfc1",
    b"a b{c=d}": "a b{c=d}",
}


def put(directory, name, text):
    """A file of a cgroup."""
    with open(os.path.join(directory, os.fsencode(name)), "w", encoding="ascii") as f:
        f.write(text)


def make_group(top, name, number, **more):
    """A cgroup with values that follow from its number."""
    path = os.path.join(os.fsencode(top), b"sys/fs/cgroup", name)
    os.makedirs(path)
    put(path, "misc.current", f"sgx_epc {number * 4096}\n")
    put(path, "misc.peak", f"sgx_epc {more.get('peak', number * 8192)}\n")
    put(path, "misc.stat", "".join(f"sgx_epc.{key} {number * (i + 1)}\n"
                                   for i, key in enumerate(STAT)))
    if name:
        put(path, "misc.max", f"sgx_epc {more.get('max', 'max')}\n")
        put(path, "misc.low", f"sgx_epc {number}\n")
        put(path, "misc.exhausted", "sgx_epc kill\n")
        for file, times in (("misc.events", 10), ("misc.events.local", 1)):
            put(path, file, "".join(f"sgx_epc.{key} {number * times + i}\n"
                                    for i, key in enumerate(EVENTS)))
    return path


@contextlib.contextmanager
def machine():
    """A tree for --root with the names above, one idle cgroup and one that never had EPC."""
    top = tempfile.mkdtemp(prefix="epctest-")
    root = make_group(top, b"", 1000)
    put(root, "cgroup.controllers", "misc\n")
    put(root, "cgroup.subtree_control", "misc\n")
    put(root, "misc.capacity", "sgx_epc 67108864\n")
    put(root, "misc.stat", "sgx_epc.exhausted 3\nsgx_epc.leaked 2\nsgx_epc.poisoned 1\n")
    node = os.path.join(os.fsencode(top), b"sys/devices/system/node/node0/x86")
    os.makedirs(node)
    put(node, "sgx_total_bytes", "67108864\n")
    put(node, "sgx_free_bytes", "63012864\n")
    for number, name in enumerate(NAMES, 1):
        make_group(top, name, number, max=str(number << 20))
    make_group(top, b"idle", 0, peak=4096)
    make_group(top, b"never", 0, peak=0)
    try:
        yield top
    finally:
        shutil.rmtree(os.fsencode(top))


@contextlib.contextmanager
def exporter(*arguments, port=0):
    """A running one; its port."""
    process = subprocess.Popen([EPCCTL, "export", "--listen", f"127.0.0.1:{port}", *arguments],
                               stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline()
        found = re.fullmatch(r"epcctl export: http://127\.0\.0\.1:(\d+)/metrics\n", line)
        if not found:
            fail(f"it says: {line!r}{process.stderr.read()}")
        yield int(found.group(1))
        process.terminate()
        rest = process.communicate(timeout=SECONDS)[1]
        equal("the end", (rest, process.returncode), ("", 0))
    finally:
        process.kill()
        process.wait()


def get(port, path="/metrics", method="GET"):
    """Status, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    connection.request(method, path)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, response.headers, body


def unescape(value):
    """What the label means."""
    return re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value)


def samples(text):
    """{(metric, label values...): value}"""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        match = re.fullmatch(r'([a-z_]+)(?:\{(.*)\})? (\S+)', line)
        if not match:
            fail(f"no sample: {line!r}")
        labels = re.findall(r'[a-z]+="((?:[^"\\]|\\.)*)"', match[2] or "")
        name = (match[1], *map(unescape, labels))
        if name in found:
            fail(f"twice: {line!r}")
        found[name] = float(match[3])
    return found


@case
def promtool_has_nothing_to_say():
    """Names, HELP, TYPE, units and suffixes are as Prometheus wants them."""
    if not shutil.which("promtool"):
        raise Skipped("no promtool: scripts/install-deps epcctl-tests")
    with machine() as root:
        text = epcctl("export", "--once", root=root).ended(0).out
    done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    equal("promtool", (done.stdout, done.returncode), ("", 0))


@case
def each_family_has_help_type_and_its_samples_together():
    """And every metric of the manual page is there."""
    with machine() as root:
        text = epcctl("export", "--once", root=root).ended(0).out
    families = re.findall(r"^# HELP (\S+) .*\n# TYPE (\S+) (?:gauge|counter)\n((?:[^#].*\n)+)", text,
                          re.M)
    equal("lines", sum(2 + body.count("\n") for _, _, body in families), text.count("\n"))
    for name, typed, body in families:
        equal("names", {name, typed} | set(re.findall(r"^([a-z_]+)", body, re.M)), {name})
    page = os.path.join(os.path.dirname(__file__), "../man/epcctl-export.1")
    with open(page, encoding="utf-8") as f:
        equal("metrics", sorted(re.findall(r"^\.It Li (\S+)$", f.read(), re.M)),
              sorted(name for name, _, _ in families))


@case
def values_are_those_of_the_files():
    """In base units."""
    with machine() as root:
        seen = samples(epcctl("export", "--once", root=root).ended(0).out)
    for number, name in enumerate(NAMES.values(), 1):
        path = "/" + name
        for metric, value in (("current_bytes", number * 4096), ("peak_bytes", number * 8192),
                              ("max_bytes", number << 20), ("low_bytes", number),
                              ("reclaimable_bytes", number), ("vepc_bytes", number * 2),
                              ("unreclaimable_bytes", number * 3),
                              ("written_out_bytes_total", number * 4 * 4096),
                              ("loaded_bytes_total", number * 5 * 4096),
                              ("scanned_bytes_total", number * 6 * 4096),
                              ("skipped_bytes_total", number * 7 * 4096),
                              ("wait_seconds_total", number * 8 / 1e6)):
            equal(f"{metric} of {name!r}", seen.get((f"sgx_epc_cgroup_{metric}", path)), value)
        for i, event in enumerate(EVENTS):
            equal(event, seen.get(("sgx_epc_cgroup_events_total", path, event)), number * 10 + i)
            equal(event, seen.get(("sgx_epc_cgroup_local_events_total", path, event)), number + i)
    equal("idle", seen.get(("sgx_epc_cgroup_max_bytes", "/idle")), float("inf"))
    equal("never", [key for key in seen if "/never" in key], [])
    equal("machine", [seen.get((name,)) for name in (
        "sgx_epc_capacity_bytes", "sgx_epc_unserved_requests_total", "sgx_epc_leaked_bytes_total",
        "sgx_epc_poisoned_bytes_total")], [67108864, 3, 8192, 4096])
    equal("node", (seen.get(("sgx_epc_node_size_bytes", "0")),
                   seen.get(("sgx_epc_node_free_bytes", "0"))), (67108864, 63012864))


@case
def one_part_of_the_tree():
    """PATH, and one that is not there."""
    with machine() as root:
        seen = samples(epcctl("export", "--once", "/plain", root=root).ended(0).out)
        equal("cgroups", {key[1] for key in seen if "cgroup" in key[0]}, {"/plain"})
        epcctl("export", "--once", "/none", root=root).ended(1, "/none")


@contextlib.contextmanager
def prometheus(port):
    """A real one that scrapes it; a function that asks it."""
    if not shutil.which("prometheus"):
        raise Skipped("no prometheus: scripts/install-deps epcctl-tests")
    work = tempfile.mkdtemp(prefix="epctest-prometheus-")
    with open(os.path.join(work, "config.yml"), "w", encoding="ascii") as f:
        f.write(f"scrape_configs:\n- job_name: epc\n  scrape_interval: 1s\n  static_configs:\n"
                f"  - targets: ['127.0.0.1:{port}']\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        own = free.getsockname()[1]
    with open(os.path.join(work, "log"), "wb") as log:
        process = subprocess.Popen(
            ["prometheus", f"--config.file={work}/config.yml", f"--storage.tsdb.path={work}/data",
             f"--web.listen-address=127.0.0.1:{own}"], stdout=log, stderr=log)

    def ask(query):
        url = f"http://127.0.0.1:{own}/api/v1/query?" + urllib.parse.urlencode({"query": query})
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return [(r["metric"], float(r["value"][1])) for r in json.load(answer)["data"]["result"]]
    try:
        yield ask
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(work)


def until(what, condition):
    """What it becomes, when that is something."""
    end = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(OSError):
            seen = condition()
            if seen:
                return seen
        if time.monotonic() > end:
            fail(f"waited in vain for {what}")
        time.sleep(0.3)


@case
def a_real_prometheus_scrapes_it():
    """All labels arrive as they are; a counter grows; a cgroup that is removed ends."""
    with machine() as root, exporter("--root", root) as port, prometheus(port) as ask:
        until("the target", lambda: ask("up == 1"))
        seen = until("samples", lambda: ask("sgx_epc_cgroup_current_bytes"))
        equal("cgroups", {metric["cgroup"]: value for metric, value in seen},
              {"/": 4096000, "/idle": 0,
               **{"/" + name: n * 4096 for n, name in enumerate(NAMES.values(), 1)}})
        equal("max", [v for _, v in ask('sgx_epc_cgroup_max_bytes{cgroup="/idle"}')], [float("inf")])
        group = os.path.join(os.fsencode(root), b"sys/fs/cgroup/plain")
        put(group, "misc.events", "sgx_epc.max 25\n")
        query = 'increase(sgx_epc_cgroup_events_total{cgroup="/plain",event="max"}[1m]) > 0'
        until("the counter to grow", lambda: ask(query))
        shutil.rmtree(group)
        until("the end of its series",
              lambda: not ask('sgx_epc_cgroup_current_bytes{cgroup="/plain"}'))
        if not ask('sgx_epc_cgroup_current_bytes{cgroup="/idle"}'):
            fail("others have ended too")


@case
def http_as_it_should_be():
    """Methods, paths, types, and a client that does nothing."""
    with machine() as root, exporter("--root", root) as port:
        status, headers, body = get(port)
        equal("GET", (status, headers["Content-Type"]),
              (200, "text/plain; version=0.0.4; charset=utf-8"))
        equal("HEAD", get(port, method="HEAD")[::2], (200, ""))
        equal("/", get(port, "/")[0], 200)
        equal("other paths", get(port, "/metrics/../../etc/passwd")[0], 404)
        status, headers, _ = get(port, method="POST")
        equal("POST", (status, headers["Allow"]), (405, "GET, HEAD"))
        with socket.create_connection(("127.0.0.1", port)):
            equal("beside one that says nothing", get(port)[0], 200)
        equal("again", get(port)[2], body)


@case
def a_port_has_one_exporter():
    """A second one is told so; a restart is not, though the old connection is not forgotten."""
    with machine() as root:
        with exporter("--root", root) as port:
            with subprocess.Popen([EPCCTL, "export", "--listen", f"127.0.0.1:{port}", "--root",
                                   root], stderr=subprocess.PIPE, text=True) as second:
                line = second.stderr.readline()
                second.terminate()
            equal("status", second.returncode, 1)
            contains("stderr", line, f"127.0.0.1:{port}: Address already in use")
            idle = socket.create_connection(("127.0.0.1", port))
            equal("before", get(port)[0], 200)
        with exporter("--root", root, port=port):
            equal("after a restart", get(port)[0], 200)
        idle.close()


@case
def a_tree_that_goes_away_is_an_error_and_not_empty():
    """Prometheus then shows the target as down, with the reason in the body."""
    with machine() as root, contextlib.ExitStack() as stack:
        process = subprocess.Popen([EPCCTL, "export", "--listen", "127.0.0.1:0", "--root", root,
                                    "/plain"], stderr=subprocess.PIPE, text=True)
        stack.callback(process.wait)
        stack.callback(process.kill)
        port = int(re.search(r":(\d+)/", process.stderr.readline())[1])
        equal("first", get(port)[0], 200)
        shutil.rmtree(os.path.join(root, "sys/fs/cgroup/plain"))
        status, _, body = get(port)
        equal("then", status, 503)
        contains("body", body, "/plain")


@case
def the_textfile_is_replaced_as_a_whole():
    """A reader has the old or the new one, may read it, and finds no half-written other."""
    with machine() as root, tempfile.TemporaryDirectory() as work:
        name = os.path.join(work, "epc.prom")
        epcctl("export", "--once", "--textfile", name, root=root).ended(0)
        first = os.stat(name)
        equal("mode", stat.S_IMODE(first.st_mode), 0o644)
        with open(name, encoding="utf-8") as f:
            text = f.read()
            epcctl("export", "--once", "--textfile", name, root=root).ended(0)
            f.seek(0)
            equal("the old one", f.read(), text)
        if os.stat(name).st_ino == first.st_ino:
            fail("it was written in place")
        equal("the same as on stdout", text, epcctl("export", "--once", root=root).out)
        equal("files", os.listdir(work), ["epc.prom"])
        epcctl("export", "--once", "--textfile", work + "/none/x.prom", root=root).ended(1, "none")
        os.mkdir(work + "/d.prom")
        epcctl("export", "--once", "--textfile", work + "/d.prom", root=root).ended(1, "d.prom")
        equal("files", sorted(os.listdir(work)), ["d.prom", "epc.prom"])


@case
def the_textfile_is_written_again():
    """Each --interval seconds, until a signal."""
    with machine() as root, tempfile.TemporaryDirectory() as work:
        name = os.path.join(work, "epc.prom")
        process = subprocess.Popen([EPCCTL, "export", "--textfile", name, "--interval", "1",
                                    "--root", root])
        first = until("the file", lambda: os.path.exists(name) and os.stat(name).st_ino)
        until("another one", lambda: os.stat(name).st_ino != first)
        process.send_signal(signal.SIGTERM)
        equal("status", process.wait(SECONDS), 0)


@case
def the_textfile_does_not_outlive_what_it_tells_of():
    """Old values would count as those of now; and who cannot begin does not wait for ever."""
    with machine() as root, tempfile.TemporaryDirectory() as work:
        name = os.path.join(work, "epc.prom")
        with started("export", "--textfile", name, "--interval", "1", "--root", root, "/plain",
                     stderr=subprocess.PIPE) as process:
            until("the file", lambda: os.path.exists(name))
            group = os.path.join(root, "sys/fs/cgroup/plain")
            os.rename(group, group + "-gone")
            until("its end", lambda: not os.path.exists(name))
            contains("stderr", process.stderr.readline(), "/plain")
            os.rename(group + "-gone", group)
            until("the file again", lambda: os.path.exists(name))
        epcctl("export", "--once", "--textfile", name, "/none", root=root).ended(1, "/none")
        equal("files", os.listdir(work), [])
        epcctl("export", "--textfile", work + "/none/x.prom", root=root).ended(1, "none/x.prom")
        epcctl("export", "--textfile", name, "/none", root=root).ended(1, "/none")


@case
def what_is_wrong_is_named():
    """On the command line, and where it cannot listen."""
    with machine() as root, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        epcctl("export", "--listen", f"127.0.0.1:{port}", root=root).ended(1, str(port), "in use")
        for listen in ("nonsense", "127.0.0.1:", ":1", "127.0.0.1:99999", "127.0.0.1:http"):
            epcctl("export", "--listen", listen, root=root).ended(2, "--listen", listen)
        epcctl("export", "--interval", "0", root=root).ended(2, "--interval")
        epcctl("export", "--listen", "1", "--once", root=root).ended(2, "--listen")
        epcctl("export", "/a", "/b", root=root).ended(2, "/b")
    with tempfile.TemporaryDirectory() as empty:
        epcctl("export", "--once", root=empty).ended(1)
        epcctl("export", "--listen", "nonsense", root=empty).ended(2, "--listen")
