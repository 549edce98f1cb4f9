# SPDX-License-Identifier: GPL-2.0-only
"""The model shares no words with the core: scripts/spb/ctext/apart.py."""
from fixture import Case
from spb import tree
from spb.ctext import apart


CORE = "/* Nothing is tainted before that. */\nint a(void)\n{\n}\n"


class Apart(Case):
    def found(self, model, core=CORE):
        for name, text in (("core/a.c", core), ("fuzz/harness/model/m.c", model)):
            path = self.dir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(apart.complaints(self.dir))

    def test_the_tree(self):
        self.assertEqual(list(apart.complaints(tree.ROOT)), [])

    def test_other_words(self):
        self.assertEqual(self.found("/* That taints nothing. */\nint b(void)\n{\n}\n"), [])

    def test_a_name(self):
        self.assertEqual(self.found("static int a(int b)\n{\n}\n"), [
            "fuzz/harness/model/m.c: a() is defined in core/a.c, too"])

    def test_a_sentence(self):
        self.assertEqual(self.found("/*\n * One. Nothing is\n * tainted before that.\n */\n"), [
            'fuzz/harness/model/m.c: "nothing is tainted before that" stands in core/a.c, too'])

    def test_most_of_a_sentence(self):
        core = "/* It goes to the head of its list, and stays. */\n"
        self.assertIn('"goes to the head of its list" stands',
                      self.found("/* Who goes to the head of its list is next */\n", core)[0])

    def test_short_sentences_may_meet(self):
        self.assertEqual(self.found("/* May sleep. */\n", "/* May sleep. */\n"), [])
