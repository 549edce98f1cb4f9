# SPDX-License-Identifier: GPL-2.0-only
"""Each command of make help is run by a test."""
import re
from pathlib import Path

from fixture import Case
from spb import commands, variables
from spb.checks import run_commands
from spb.status import Usage


class RunCommands(Case):
    def test_all_of_them(self):
        named = {name for name, command in commands.listed().items() if command.sentence}
        tested = {*run_commands.SHORTEST, *run_commands.ELSEWHERE}
        self.assertEqual(named, tested)

    def test_tests_elsewhere_are_there(self):
        for why in run_commands.ELSEWHERE.values():
            self.assertTrue(all(Path(path).exists() for path in re.findall(r"[\w./]+\.py", why)))

    def test_variables(self):
        for name in run_commands.SHORTEST:
            for word in run_commands.words_of(name, Path("x")):
                variables.listed()[word.split("=")[0]].check(
                    "Makefile" if word.startswith("CRASH=") else word.split("=", 1)[1])

    def test_another_name_is_refused(self):
        for name, why in (("same", "same is run elsewhere: tests/python/test_same.py"),
                          ("nothing", "there is no command nothing; make help")):
            with self.subTest(name), self.assertRaisesRegex(Usage, why):
                run_commands.run(["fuzz", name])
