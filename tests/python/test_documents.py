# SPDX-License-Identifier: GPL-2.0-only
"""Documents: measurements are in docs/results/ alone, and nothing is counted twice."""
import re
from pathlib import Path

from fixture import Case
from spb import tree
from spb.documents import result
from spb.parts import dropin

RESULTS = "docs/results/"
COMMIT = re.compile(r"\b(?:at|of|since|with) [0-9a-f]{7,12}\b(?![\w/])")
MACHINE = re.compile(r"\bEPYC\b|\bXeon\b|\bRyzen\b|Debian clang version")
# The catalogue and the corpus grow: tables and commands count them.
COUNT = re.compile(r"\b\d[\d,]* (?:of the \d+ )?(?:planted (?:races|bugs)|races of `bugs|"
                   r"bugs of `bugs/|committed programs|programs of `corpus)")
# How commits of the project look, in prose: at least one digit and one letter.
MIXED = re.compile(r"(?=\w*\d)(?=\w*[a-f])")
README_LINES = 120


def measured(name, text):
    """Lines that name a commit or a machine, or count what a table counts."""
    for number, line in enumerate(text.splitlines(), 1):
        commit = COMMIT.search(line)
        if commit and MIXED.match(commit[0].split()[1]) or MACHINE.search(line) or \
                COUNT.search(line):
            yield f"{name}:{number}: {line.strip()}"


class Documents(Case):
    def test_measurements_are_results(self):
        found = []
        for name in tree.git_files("README.md", "docs/*.md", "bugs/*.md", "fuzz/*.md",
                                   untracked=True):
            if not name.startswith(RESULTS):
                found += measured(name, Path(name).read_text())
        self.assertEqual(found, [])

    def test_what_is_one(self):
        for line in ("It took 3 s at 1b89077.", "2 x AMD EPYC, clang",
                     "33 of the 36 races of `bugs/`", "Of the 35 planted races of `bugs/`",
                     "the 953 programs of `corpus/alloc`"):
            self.assertEqual(len(list(measured("x", line))), 1, line)
        for line in ("at accesses of 1000000 bytes", "each planted race", "a table of defaced"):
            self.assertEqual(list(measured("x", line)), [], line)

    def test_results_are_listed_and_say_of_what(self):
        listed = Path(RESULTS, "README.md").read_text()
        for name in tree.git_files(RESULTS + "*.md", untracked=True):
            if name != RESULTS + "README.md":
                self.assertIn(f"]({Path(name).name})", listed)
                self.assertRegex(Path(name).read_text(), r"`?(make|scripts/run|spbfuzz)\b", name)

    def test_the_readme_is_short(self):
        self.assertLessEqual(Path("README.md").read_text().count("\n"), README_LINES)

    def test_the_finding_of_the_readme(self):
        """A line of three points stands for any number of lines, and nothing else for anything."""
        self.assertIn("\n...\n", dropin.readme_report())
        for told, right in (("a\nb.\nc\n", True), ("a\nc\nmore\n", True), ("a\nb\nd\n", False),
                            ("x\na\nc\n", False)):
            self.assertEqual(dropin.begins_as(told, "a\n...\nc\n"), right, told)

    def test_a_result(self):
        said = "building build/gcc/spbfuzz: 3 files are left to compile\n\nrow 1 \nrow 2\n"
        self.assertEqual(
            result.document(["policies", "TARGET=a b"], "1b89077", "2 x CPU, clang", said),
            "<!-- SPDX-License-Identifier: GPL-2.0-only -->\n# make policies\n\n"
            "The committed programs under changed policies (docs/policies.md).\n\n"
            "```\nmake policies 'TARGET=a b' at 1b89077\n2 x CPU, clang\n\nrow 1\nrow 2\n```\n")
