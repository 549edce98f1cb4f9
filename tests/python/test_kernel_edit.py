# SPDX-License-Identifier: GPL-2.0-only
"""Edit scripts of bugs/kernel/: what they say, and what they do to a file."""
from pathlib import Path

from fixture import FolderCase
from spb import tree
from spb.kernel import edit
from spb.status import Usage

HEAD = "what: it is wrong\ncommit: none\ntarget: alloc\nfile: mm/some.c\n"
SOURCE = """\
static int other(int x);
#define LIMIT(x) ((x) + 1)

static __always_inline int
some(struct zone *zone, int n)
{
	int a = { 0 }, i;

	/* if (zone) a comment */
	if (!zone)
		return 0;
	if (zone->first &&
	    n > LIMIT(2)) {
		a = first(zone);
		for_each_thing(i, zone)  {
			if (i == n)
				goto out;
			else if (n)
				continue;
		}
	}
	do {
		a = second(zone, n);
	} while (a > n);
	switch (n) {
	case 1:
		a = n ? first(zone) : 2;
		break;
	default:
		a = "; }"[n];
	}
out:
	return other(a);
}
"""


class Edits(FolderCase):
    def script(self, text, head=HEAD):
        Path("one.edit").write_text(head + text)
        return edit.read("one.edit")

    def lines(self, text):
        """Those that are others than before, by number."""
        after = edit.apply(self.script(text), SOURCE).split("\n")
        before = SOURCE.split("\n")
        self.assertEqual(len(after), len(before))
        return {number: new for number, (new, old) in enumerate(zip(after, before), 1)
                if new != old}

    def test_drop(self):
        self.assertEqual(self.lines("in some\ndrop statement first #2\ndrop if zone #1\n"),
                         {10: "\t{ }", 11: "", 27: "\t\t{ }"})

    def test_change(self):
        self.assertEqual(self.lines("in some\nchange statement return other\n"
                                    "\ta++;\n\treturn a;\n"),
                         {33: "\t{ a++; return a; }"})

    def test_body_and_condition(self):
        self.assertEqual(self.lines("in some\nchange body of if i n\n\tbreak;\n"
                                    "change condition of while a\n\tfalse\n"),
                         {17: "\t\t\t\t{ break; }", 24: "\t} while (false);"})

    def test_beside(self):
        self.assertEqual(self.lines("in some\nadd before statement second\n\tn--;\n"
                                    "add after statement second\n\tn++;\n"),
                         {23: "\t\tn--; a = second(zone, n); n++;"})

    def test_what_does_not_fit(self):
        for text, why in (("in none\ndrop if zone\n", r"mm/some\.c.*no function none\(\)"),
                          ("in other\ndrop if zone\n", r"no function other\(\)"),
                          ("in some\ndrop if zone\n", r"one\.edit:6: .*2 fit: if zone in some"),
                          ("in some\ndrop if zone #3\n", "2 fit: if zone #3"),
                          ("in some\ndrop statement third\n", "0 fit")):
            with self.subTest(text), self.assertRaisesRegex(edit.DoesNotFit, why):
                edit.apply(self.script(text), SOURCE)

    def test_overlap(self):
        with self.assertRaisesRegex(Usage, "two edits of the same statement"):
            edit.apply(self.script("in some\ndrop if zone n\ndrop statement first #1\n"), SOURCE)

    def test_scripts_that_say_nothing(self):
        for text, head, why in (("in some\ndrop it\n", HEAD, "one.edit:6: 'drop it' is no edit"),
                                ("drop if zone\n", HEAD, "before the first"),
                                ("in some\nchange if zone\n", HEAD, "the code is missing"),
                                ("in some\ndrop if zone\n\tcode;\n", HEAD, "takes no code"),
                                ("in some\n", HEAD, "it edits nothing"),
                                ("in some\ndrop if zone\n", "what: wrong\ncommit: none\n",
                                 "no target: line, no file: line")):
            with self.subTest(text), self.assertRaisesRegex(Usage, why):
                self.script(text, head)


class Catalogue(FolderCase):
    def test_each_can_be_read(self):
        scripts = sorted(Path(tree.ROOT, "bugs/kernel").glob("*.edit"))
        self.assertGreater(len(scripts), 10)
        for path in scripts:
            with self.subTest(path.name):
                self.assertIn(edit.read(path).head["target"], ("alloc", "race", "callers"))
