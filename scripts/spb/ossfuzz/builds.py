# SPDX-License-Identifier: GPL-2.0-only
""".clusterfuzzlite/build.sh in the environment that it has in an image of OSS-Fuzz: compilers and
flags are those of the base builder, as far as a machine without that image has them."""
from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from spb import jobs, tree

ALWAYS = ("-O1 -fno-omit-frame-pointer -gline-tables-only "
          "-DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION")
STOPPING = "array-bounds,bool,integer-divide-by-zero,return,shift,signed-integer-overflow,vla-bound"
SANITIZERS = {
    "address": "-fsanitize=address -fsanitize-address-use-after-scope",
    "undefined": f"-fsanitize={STOPPING},unsigned-integer-overflow "
                 f"-fno-sanitize-recover={STOPPING}",
    "coverage": "-fprofile-instr-generate -fcoverage-mapping -pthread",
}
SECONDS = 900


@dataclass(frozen=True)
class Combination:
    engine: str
    sanitizer: str
    clang: str  # of the core that counts accesses, and of all else where the engine has no own
    afl: str = ""

    @property
    def name(self) -> str:
        return f"{self.engine}-{self.sanitizer}-{os.path.basename(self.clang)}"

    def flags(self) -> str:
        edges = "-fsanitize=fuzzer-no-link" if self.engine == "libfuzzer" and \
            self.sanitizer != "coverage" else ""
        return f"{ALWAYS} {SANITIZERS[self.sanitizer]} {edges}".strip()

    def environment(self, folder: Path) -> dict[str, str]:
        compiler = self.afl or self.clang
        # clang-19 has a clang++-19 beside it, afl-clang-fast an afl-clang-fast++.
        plus = f"{compiler}++" if self.afl else compiler.replace("clang", "clang++")
        own = {"SRC": folder / "src", "OUT": folder / "out", "WORK": folder / "work",
               "CC": compiler, "CXX": plus, "CFLAGS": self.flags(), "CXXFLAGS": self.flags(),
               "FUZZING_ENGINE": self.engine, "SANITIZER": self.sanitizer,
               "ARCHITECTURE": os.uname().machine, "RACE_CLANG": self.clang,
               "LIB_FUZZING_ENGINE": "/usr/lib/libFuzzingEngine.a" if self.engine == "none"
               else "-fsanitize=fuzzer"}
        return {**bare(), **{name: str(value) for name, value in own.items()}}


def bare() -> dict[str, str]:
    """Nothing of ours. (A cache of compilers may be in the PATH.)"""
    return {name: value for name, value in os.environ.items()
            if name in ("PATH", "HOME", "LANG") or name.startswith("CCACHE_")}


def build(combination: Combination, folder: Path) -> jobs.Result:
    """Folder: for what is made; its out/ has what the image's $OUT would have."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    for name in ("src", "out", "work"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    link = folder / "src/spbfuzz"
    if not link.is_symlink():
        link.symlink_to(tree.ROOT)
    script = shutil.copy(tree.ROOT / ".clusterfuzzlite/build.sh", folder / "src/build.sh")
    return jobs.run(["bash", str(script)], env=combination.environment(folder.absolute()),
                    wall=SECONDS)
