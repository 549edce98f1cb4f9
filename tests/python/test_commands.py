# SPDX-License-Identifier: GPL-2.0-only
import ast
import re
import subprocess
from pathlib import Path
from unittest import mock

from fixture import Case
from spb import commands, help, tree, variables


class Package(Case):
    def test_python_3_9(self):
        """What Debian 11 has is enough, as far as the grammar says."""
        for name in tree.git_files("scripts/*.py", "scripts/run", "tests/python/*.py"):
            ast.parse(Path(name).read_text(), name, feature_version=(3, 9))


class Commands(Case):
    def test_each_has_a_module_or_a_script(self):
        for command in commands.listed().values():
            with self.subTest(command.name):
                module = command.module.split()[0].replace(".", "/")
                path = f"{command.name}.sh" if module == "-" else f"spb/{module}.py"
                self.assertTrue((tree.ROOT / "scripts" / path).is_file(), path)
                self.assertLessEqual(set(command.needs.split()),
                                     {"afl", "tsan", "measure", "pages"})

    def test_make_has_them(self):
        """Those with a sentence, and no others."""
        said = subprocess.run(["make", "-npq", "help"], env=variables.environment(),
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        made = re.search(r"^commands := (.*)$", said, re.MULTILINE)[1].split()
        listed = commands.listed().values()
        self.assertEqual(made, [command.name for command in listed if command.sentence])

    def test_help(self):
        text = help.text()
        for command in commands.listed().values():
            found = re.search(rf"^  make {command.name} ", text, re.MULTILINE)
            self.assertEqual(bool(found), bool(command.sentence), command.name)
        for name in variables.listed():
            self.assertRegex(text, rf"(?m)^  {name}= ")
        self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_unknown(self):
        with mock.patch("sys.stderr"):
            self.assertEqual(commands.main(["fozz"]), 2)

    def test_arguments_of_a_module(self):
        module = mock.Mock()
        with mock.patch("spb.jobs.begin"), \
                mock.patch.object(commands.importlib, "import_module",
                                  lambda name: {"spb.x.y": module}[name]):
            commands.Command("name", "x.y one", "", "").run(["two"])
        module.run.assert_called_once_with(["one", "two"])
