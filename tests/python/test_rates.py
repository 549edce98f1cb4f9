# SPDX-License-Identifier: GPL-2.0-only
import os
import subprocess
import time

from fixture import FolderCase
from spb.fuzzing import rates


class Rates(FolderCase):
    def test_rate_and_row(self):
        self.assertEqual(rates.rate(100, 4), "25")
        self.assertEqual(rates.rate(0, 4), "-")
        self.assertEqual(rates.rate(7, 0), "-")
        self.assertEqual(rates.row(["", "a", "b"]), "| | a | b |")

    def test_cpu_of_tree(self):
        """Also what a grandchild uses that nobody waits for."""
        process = subprocess.Popen(["sh", "-c", "(while :; do :; done) & wait"],
                                   start_new_session=True)
        deadline = time.monotonic() + 30
        while rates.cpu_of_tree(process.pid) < 0.2 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertGreaterEqual(rates.cpu_of_tree(process.pid), 0.2)
        os.killpg(process.pid, 9)
        process.wait()

    def test_line(self):
        for variant in ("fuzz", "plain", "afl", "race", "race-asan"):
            os.makedirs(f"build/{variant}")
        for variant in ("fuzz", "plain"):
            self.script(f"build/{variant}/walk", "#!/bin/sh\nfor i in 1 2 3 4 5; do "
                        "sh -c 'i=0; while [ $i -lt 9999 ]; do i=$((i + 1)); done'; done\n"
                        "echo stat::number_of_executed_units: 1000000\n")
        for variant in ("race", "race-asan"):
            self.script(f"build/{variant}/spbfuzz", "#!/bin/sh\necho 'model-runs/s 9'\n"
                        "echo 'detector-model-runs/s 5'\n")
        self.script("afl-fuzz", "#!/bin/sh\nmkdir -p build/engines/afl/default\n"
                    "printf 'execs_done : 90\\nstability : 99.00%%\\n' "
                    ">build/engines/afl/default/fuzzer_stats\ni=0\n"
                    "while [ $i -lt 200000 ]; do i=$((i + 1)); done\n")
        os.environ["PATH"] = f"{self.dir}:{os.environ['PATH']}"
        self.assertRegex(rates.Rates(2).line("walk"),
                         r"^\| walk \| \d+ \| \d+ \| \d+ \| \d+ \| 99.00% \| 5 \| 5 \|$")
