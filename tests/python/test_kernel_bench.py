# SPDX-License-Identifier: GPL-2.0-only
"""make bench KERNEL=: what it reads, and its table."""
from fixture import Case
from spb.kernel import bench
from spb.status import Inconclusive

PERF = """# Overhead  Symbol
    20.50%  [.] __rmqueue_pcplist
     9.25%  [k] pvm_irq_enable
     2.25%  [.] free_one_page
     1.00%  [.] run_some
"""


class Bench(Case):
    def test_boots(self):
        said = "selftest: a boot of 16 MB takes 112.5 us, 99th percentile 150.0 us\n"
        self.assertEqual(bench.boots(said), {"boot-median-us": 112.5, "boot-99th-us": 150})
        with self.assertRaises(Inconclusive):
            bench.boots("selftest: x is as expected\n")

    def test_share(self):
        self.assertEqual(bench.share(PERF, {"__rmqueue_pcplist", "free_one_page", "other"}), 22.8)

    def test_table(self):
        text = bench.table({"plain": {"oracles-runs/s": 20123.4, "reset-median-us": 9.876},
                            "ASan+UBSan": {"oracles-runs/s": 5012.0}})
        self.assertIn("| | plain | aim | ASan+UBSan | aim |\n|---|---:|---:|---:|---:|\n", text)
        self.assertIn("| 64 requests, all rules on, programs/s | 20,123 | 20,000 | 5,012 | 5,000 |",
                      text)
        self.assertIn("| reset, median, µs | 9.9 | at most 10 | - | at most 10 |", text)
