# SPDX-License-Identifier: GPL-2.0-only
"""make repro CRASH=file: the program as text, then what happens when it runs, with the
sanitizers on. With V=1 the records are numbered as the report numbers its steps, and each
operation is told. The target is that of the folder, elsewhere TARGET=. The targets relax,
callers, walk and race shape records before they run: V=1 shows what ran. BUG=name runs it on
the core with that bug of bugs/ planted. BUNDLE=folder or tar in place of CRASH= replays what
make bundle made, on what that was made with.
"""
from __future__ import annotations

from spb import build, findings, jobs, plant, status, tree, variables
from spb.status import Inconclusive, Usage


def crash(name: str) -> str:
    """CRASH=, which must be there."""
    path = variables.get("CRASH")
    if not path:
        raise Usage(f"CRASH= names no file; make {name} CRASH=crashes/<target>/<name>")
    return path


def tool_for(target: str) -> str:
    """What runs a program with sanitizers on, with the bug of BUG=."""
    if variables.get("BUG"):
        return plant.one(variables.get("BUG")).tool()
    build.make(build.replayer(target))
    return build.replayer(target)


def _compare(wanted: str, said: str) -> None:
    found = findings.signature(said)
    if found == wanted:
        print(f"the same signature as in the bundle: {found}")
    else:
        print(f"another signature than in the bundle, which has {wanted}")


def run(arguments: list[str]) -> int:
    if arguments:
        raise Usage(f"no argument {arguments[0]}; variables are NAME=value")
    wanted = ""
    if variables.get("BUNDLE"):
        from spb.programs import bundle
        path, target, wanted = bundle.take(variables.get("BUNDLE"))
    else:
        path = crash("repro")
        target = tree.target_of(path)
    tool = tool_for(target)
    print(f"# {path} as target {target}")
    if jobs.show([tool, "show", "-n", path]):
        raise Usage(f"{path} is no program")
    print()
    verbose = ["--verbose"] if variables.flag("V") else []
    how = jobs.show([tool, "run", "--target", target, *verbose, path])
    if how == status.USAGE:
        raise Inconclusive(f"{path} could not be run")
    if how and wanted:
        _compare(wanted, jobs.run([tool, "run", "--target", target, path]).output)
    if how:
        return status.FINDING
    print(f"no finding: {path} runs to its end with target {target}")
    return status.PASS
