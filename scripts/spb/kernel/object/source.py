# SPDX-License-Identifier: GPL-2.0-only
"""make kernel-source VERSION=6.12: the kernel of Debian's package linux-source-6.12, below
build/kernel-source/6.12/, for who has no tree. No root is needed, and only what configuring ARCH=um
and compiling mm/ read is unpacked."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from spb import jobs, variables
from spb.kernel.object import linux
from spb.kernel.object.stage import stage
from spb.status import Inconclusive, Usage

FOLDER = Path("build/kernel-source")
# All that Kconfig and Kbuild read lies in files of these names, in every folder.
EVERYWHERE = ("*/Kconfig*", "*/Makefile*", "*/Kbuild*")
WHOLE = ("mm", "include", "scripts", "arch/um", "arch/x86", "lib", "kernel", "init",
         "tools/include", "tools/build", "tools/scripts", "usr", "certs", "rust", "LICENSES")
NEEDED_MB = 500  # package, and what is unpacked of it
# Package lists of our own, for a user who cannot refresh those of the machine.
APT = ("apt-get", "-q", "-o", "Debug::NoLocking=1")


def folder(version: str) -> Path:
    return FOLDER / version


def _own_lists() -> list[str]:
    state = (FOLDER / "apt").absolute()
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True, exist_ok=True)
    return [f"-oDir::State::Lists={state}/lists", f"-oDir::Cache={state}/cache",
            "-oAPT::Sandbox::User="]


def _apt(*words: str) -> jobs.Result:
    return jobs.run([*APT, *words], cwd=FOLDER)


def why_not(said: str, package: str) -> str:
    """A sentence for what apt-get has said."""
    if re.search(r"Could not (resolve|connect)|Unable to connect|Connection (failed|refused|timed)|"
                 r"Temporary failure|Failed to fetch", said):
        return f"{package} cannot be fetched: no network"
    if "No space left" in said:
        return "no space left on the device"
    if "Unable to locate package" in said:
        return (f"this distribution has no package {package}; give a tree with KERNEL=, or another "
                "VERSION=")
    return f"{package} cannot be fetched:\n{said.strip()}"


def _download(package: str) -> Path:
    if not shutil.which("apt-get"):
        raise Inconclusive("there is no apt-get here: give a kernel tree with KERNEL=")
    words = ["-oAPT::Sandbox::User=", "download", package]
    with stage(f"fetching {package}, some 150 MB"):
        got = _apt(*words)
    said = got.output
    if got.status:
        own = _own_lists()
        with stage("refreshing the list of packages"):
            said += _apt(*own, "update").output
        with stage(f"fetching {package}, some 150 MB"):
            got = _apt(*own, *words)
    if got.status:
        raise Inconclusive(why_not(said + got.output, package))
    return next(FOLDER.glob(f"{package}_*.deb"))


def patterns(top: str) -> list[str]:
    """What tar is asked for, of an archive whose names begin with @top."""
    return [*EVERYWHERE, *(f"{top}/{name}/*" for name in WHOLE), f"{top}/COPYING"]


def _pipe(*commands: list[str]) -> tuple[list[int], str]:
    """A pipeline. Return: how its programs ended, and what the last one said."""
    source, running = subprocess.DEVNULL, []
    for number, command in enumerate(commands):
        last = number == len(commands) - 1
        process = jobs.start(command, stdin=source, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT if last else subprocess.DEVNULL)
        if running:
            source.close()
        running.append(process)
        source = process.stdout
    said = source.read().decode(errors="replace")
    statuses = [process.wait() for process in running]
    for process in running:
        jobs.ended(process)
    return statuses, said


def complaints(said: str) -> list[str]:
    """Of tar's: a version need not have every folder that we would take."""
    return [line for line in said.splitlines()
            if not line.endswith((": Not found in archive", "due to previous errors"))]


def _unpack(package: Path, version: str, to: Path) -> None:
    top = f"linux-source-{version}"
    with stage(f"unpacking what is needed of {top}"):
        statuses, said = _pipe(
            ["dpkg-deb", "--fsys-tarfile", str(package)],
            ["tar", "-xO", f"./usr/src/{top}.tar.xz"],
            ["tar", "-xJ", "-C", str(to), "--strip-components=1", "--wildcards", *patterns(top)])
    if jobs.stopped():
        raise jobs.Stopped
    wrong = complaints(said)
    if any(statuses[:-1]) or wrong:
        raise Inconclusive(f"unpacking {package.name}: {(wrong or ['it is damaged'])[0]}")


def fetch(version: str) -> Path:
    """Return: the tree. It is there as a whole, or not at all."""
    if not re.fullmatch(r"[0-9]+\.[0-9]+", version):
        raise Usage(f"VERSION={version} is not like 6.12")
    to = folder(version)
    if to.is_dir():
        return to
    FOLDER.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(FOLDER).free >> 20
    if free < NEEDED_MB:
        raise Inconclusive(f"no space: {NEEDED_MB} MB are needed, {free} are there")
    part = FOLDER / f".{version}.{os.getpid()}"
    try:
        package = _download(f"linux-source-{version}")
        part.mkdir()
        _unpack(package, version, part)
        linux.opened(str(part))
        part.rename(to)
    finally:
        for path in (part, FOLDER / "apt"):
            shutil.rmtree(path, ignore_errors=True)
        for path in FOLDER.glob(f"linux-source-{version}_*.deb"):
            path.unlink()
    return to


def run(arguments: list[str]) -> int:
    tree = fetch(arguments[0] if arguments else variables.get("VERSION"))
    print(f"kernel: {linux.opened(str(tree)).version} is in {tree}")
    return 0
