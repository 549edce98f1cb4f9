# SPDX-License-Identifier: GPL-2.0-only
"""Numbers of docs/specification.md, and who cites them: scripts/spb/documents/specification.py."""
from fixture import Case
from spb import tree
from spb.documents import specification

SPEC = """# It

| | statement | by |
|---|---|---|
| S1.1 | A word. | ours |
| S1.2 | What must hold. | posted |
| S1.3 | More of it. | Linux |

## Statements that no rule cites

| | why |
|---|---|
| S1.1 | says what a word means |
"""
RULES = """SECTION(ONE)
RULE(A, "a", SAFETY, "S1.2 to S1.3", "at once", A, FAR, "", "it holds")
RULE(OWN, "own", HARNESS, "design", "at once", A, FAR, "", "it holds")
SECTION(KERNEL)
RULE(B, "b", SAFETY, "mm.h", "at once", B, FAR, "", "it holds")
"""


class Specification(Case):
    def found(self, spec=SPEC, rules=RULES, source="/* See S1.2. */\n"):
        return list(specification.complaints([(specification.DOCUMENT, spec),
                                              (specification.RULES, rules),
                                              ("core/a.c", source)]))

    def test_the_tree(self):
        names = [name for name in tree.git_files(untracked=True)
                 if not name.endswith("tests/python/test_specification.py")]
        files = list(specification.tree_files(tree.ROOT, names))
        self.assertEqual(list(specification.complaints(files)), [])
        self.assertGreater(len(specification.Specification(dict(files)[specification.DOCUMENT])
                               .numbers), 100)

    def test_nothing_to_say(self):
        self.assertEqual(self.found(), [])

    def test_a_number_that_is_not_there(self):
        self.assertEqual(self.found(source="// S1.2, S1.4\n"),
                         ["core/a.c: S1.4 is not in docs/specification.md"])
        self.assertEqual(self.found(source="// S1.2 to S1.4\n"),
                         ["core/a.c: S1.4 is not in docs/specification.md"])

    def test_numbers_of_other_papers(self):
        self.assertIn("core/a.c: \"spec 5" + ".2\" is no statement",
                      self.found(source="// spec 5" + ".2\n")[0])

    def test_a_statement_without_a_rule(self):
        rules = RULES.replace("S1.2 to S1.3", "S1.2")
        self.assertEqual(self.found(rules=rules), ["docs/specification.md: S1.3 is cited by no "
                                                   "rule, and no reason is given"])

    def test_a_reason_that_is_none(self):
        rules = RULES.replace("S1.2 to S1.3", "S1.1 to S1.3")
        self.assertEqual(self.found(rules=rules), ["docs/specification.md: S1.1 is said to be "
                                                   "cited by no rule, and is"])

    def test_a_rule_without_a_statement(self):
        rules = RULES.replace('"own", HARNESS', '"own", BOOKS')
        self.assertEqual(self.found(rules=rules), [
            "fuzz/harness/rule/rules.def: own cites no statement of docs/specification.md"])

    def test_twice_and_by_nobody(self):
        spec = SPEC.replace("| S1.3 | More of it. | Linux |",
                            "| S1.3 | More of it. | |\n| S1.2 | Again. | ours |")
        self.assertEqual(self.found(spec=spec), [
            "docs/specification.md: S1.2 stands there twice",
            "docs/specification.md: S1.3 does not say by whom it is"])
