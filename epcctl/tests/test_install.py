# SPDX-License-Identifier: GPL-2.0
"""make install, and the library as others build against it."""
import os
import re
import subprocess
import tempfile

from epctest import HERE, OUT, case, contains, equal

EPCCTL = os.path.join(HERE, "..")
PROGRAM = r"""
#include <libepc.h>
#include <stdio.h>

static int show(const struct epc_group *group, void *arg)
{
	(void)arg;
	return puts(group->path) < 0;
}

int main(int argc, char **argv)
{
	struct epc *epc;
	int err = epc_open(&epc, argc > 1 ? argv[1] : "/");

	if (!err)
		err = epc_walk_groups(epc, "/", 0, 0, show, NULL);
	epc_close(epc);
	return err ? 1 : 0;
}
"""


def run(*command, **more):
    """Its stdout; it has to work."""
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **more).stdout


def install(destination, prefix):
    """As a packager does it."""
    run("make", "-s", "-C", EPCCTL, f"O={os.path.dirname(OUT)}", "install", f"DESTDIR={destination}",
        f"PREFIX={prefix}")


def header():
    """libepc.h without comments."""
    with open(os.path.join(EPCCTL, "libepc/libepc.h"), encoding="ascii") as f:
        return re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)


def exported(library):
    """Symbols and their versions."""
    symbols = {}
    for line in run("nm", "-D", "--defined-only", library).splitlines():
        name, _, version = line.split()[2].partition("@@")
        if not name.startswith("LIBEPC"):
            symbols[name] = version
    return symbols


@case
def files_are_under_prefix_and_destdir():
    with tempfile.TemporaryDirectory() as top:
        install(top, "/opt/epc")
        found = {os.path.relpath(os.path.join(at, name), top)
                 for at, _, names in os.walk(top) for name in names}
        for name in ("bin/epcctl", "lib/libepc.so", "lib/libepc.so.1", "lib/libepc.a",
                     "include/libepc.h", "lib/pkgconfig/libepc.pc",
                     "share/bash-completion/completions/epcctl",
                     "share/zsh/site-functions/_epcctl",
                     "share/fish/vendor_completions.d/epcctl.fish"):
            contains("files", found, "opt/epc/" + name)
        equal("manual pages", {name for name in found if "/man/" in name},
              {f"opt/epc/share/man/man{name[-1]}/{name}"
               for name in os.listdir(os.path.join(EPCCTL, "man"))})
        equal("elsewhere", {name for name in found if not name.startswith("opt/epc/")}, set())
        contains("version", run(f"{top}/opt/epc/bin/epcctl", "--version"), "epcctl ")


@case
def others_build_against_it():
    with tempfile.TemporaryDirectory() as top:
        install("", top)
        source, program = f"{top}/x.c", f"{top}/x"
        with open(source, "w", encoding="ascii") as f:
            f.write(PROGRAM)
        env = {**os.environ, "PKG_CONFIG_PATH": f"{top}/lib/pkgconfig"}
        flags = run("pkg-config", "--cflags", "--libs", "libepc", env=env).split()
        run("gcc", "-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-o", program, source,
            *flags)
        contains("needed", run("readelf", "-d", program), "libepc.so.1")
        with tempfile.TemporaryDirectory() as tree:
            os.makedirs(f"{tree}/sys/fs/cgroup/a")
            for name, text in (("cgroup.controllers", "misc\n"), ("a/misc.current", "sgx_epc 1\n")):
                with open(f"{tree}/sys/fs/cgroup/{name}", "w", encoding="ascii") as f:
                    f.write(text)
            equal("groups", run(program, tree, env={"LD_LIBRARY_PATH": f"{top}/lib"}), "/\n/a\n")


@case
def the_header_is_cxx_too():
    with tempfile.TemporaryDirectory() as top:
        source = f"{top}/x.cc"
        with open(source, "w", encoding="ascii") as f:
            f.write('#include "libepc.h"\nint main() { return epc_open(nullptr, nullptr); }\n')
        run("gcc", "-Wall", "-Werror", "-fsyntax-only", f"-I{EPCCTL}/libepc", source)


@case
def what_the_header_has_is_exported_and_versioned():
    declared = set(re.findall(r"\b(epc_\w+)\((?!\*)", re.sub(r"typedef[^;]*;", "", header())))
    symbols = exported(os.path.join(OUT, "libepc.so"))
    equal("exported", set(symbols), declared)
    equal("versions", set(symbols.values()), {"LIBEPC_1.0"})


@case
def data_is_not_exported():
    """Its size would be a promise."""
    symbols = run("nm", "-D", "--defined-only", os.path.join(OUT, "libepc.so"))
    equal("types of symbols", {line.split()[1] for line in symbols.splitlines()}, {"T", "A"})
