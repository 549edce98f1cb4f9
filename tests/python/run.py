#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Unit tests of scripts/spb/, one "ok" or "not ok" line each: tests/python/run.py [MODULE...]"""
import os.path
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.pycache_prefix = os.path.join(ROOT, "build/pycache")
sys.path[:0] = [os.path.join(ROOT, "scripts"), HERE]
os.chdir(ROOT)


class Result(unittest.TestResult):
    def addSuccess(self, test):
        print(f"ok python: {test.id()}")

    def addSkip(self, test, reason):
        print(f"skip python: {test.id()}: {reason}")

    def _failed(self, test, said):
        print(f"not ok python: {test.id()}")
        print("".join(f"  {line}\n" for line in said.splitlines()), end="")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self.failures.append((subtest, self._exc_info_to_string(err, test)))
            self._failed(subtest, self.failures[-1][1])


def main() -> int:
    loader = unittest.TestLoader()
    if sys.argv[1:]:
        suite = loader.loadTestsFromNames(sys.argv[1:])
    else:
        suite = loader.discover(HERE, top_level_dir=HERE)
    result = Result()
    suite.run(result)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
