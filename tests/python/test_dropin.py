# SPDX-License-Identifier: GPL-2.0-only
import contextlib
import io
import os
import re
from pathlib import Path

from fixture import Case
from spb.ctext import dropin
from spb.status import Usage

# A core of three files and a header. Both one.c and two.c have a pick() of their own.
FILES = {
    "scripts/afl-counted": "*core/*.c\n",
    "include/shim/types.h": "typedef unsigned int u32;\n",
    "include/shim/list.h": "#define list_next(l) ((l)->next)\n"
                           "static inline int list_empty(int l)\n{\n}\n",
    "core/internal.h": """/* A header. */
#ifndef INTERNAL_H
#define INTERNAL_H
static inline int opposite(int mt)
{
	return !mt;
}

int total(u32 pfn);
int walk(struct zone *zone);
#define for_each_zone(z) for (;;)
#endif
""",
    "core/one.c": """// One.
#include "core/internal.h"

static int pick(struct zone *zone)
{
	return 1;
}

/**
 * total - all of it
 */
int total(u32 pfn)
{
	return pick(0) + helper(pfn);
}

static int last(int a)
{
	return total(a);
}
""",
    "core/two.c": """// Two.
#include "core/internal.h"

static int pick(int a, int b)
{
	return 2;
}

int walk(struct zone *zone)
{
	return pick(1, 2);
}
#if 1
static int maybe(int a)
{
}
#endif
""",
    "core/three.c": "// Three.\nstatic int alone(void)\n{\n}\n",
}


class DropIn(Case):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        for name, text in FILES.items():
            self.write(f"root/{name}", text)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.dir)

    def write(self, name, text):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def prepare(self, text, words="mine.c"):
        self.write("mine.c", text)
        with contextlib.redirect_stderr(io.StringIO()):
            self.folder = self.root / dropin.prepare(words, self.root)
        return self.folder

    def read(self, name):
        return (self.folder / name).read_text()

    def refused(self, text, why, words="mine.c"):
        with self.assertRaisesRegex(Usage, why):
            self.prepare(text, words)

    # ---- what is cut --------------------------------------------------------

    def test_one_function(self):
        self.prepare("static int last(int a)\n{\n\treturn 3;\n}\n")
        copy, ours = self.read("core/one.c").split("\n"), FILES["core/one.c"].split("\n")
        place = ours.index("static int last(int a)")
        self.assertEqual(copy[0], '#line 2 "core/one.c"')
        self.assertEqual(copy[1:place], ours[1:place])
        self.assertEqual(copy[place:], [f'#include "{self.dir}/mine.c"', "", "", "", ""])
        self.assertIn("dropin_core := one\n", self.read("dropin.mk"))
        self.assertFalse((self.folder / "dropin").exists())

    def test_static_goes_where_others_call(self):
        """In a copy whose lines and columns are those of the file."""
        text = "static inline int total(u32 pfn);\nstatic inline int total(u32 pfn)\n{\n}\n"
        self.prepare("/* mine */\n" + text)
        copy = self.read("dropin/0-one-c-mine.c")
        self.assertEqual(copy, f'#line 2 "{self.dir}/mine.c"\n' +
                         text.replace("static inline", " " * len("static inline")))
        self.assertIn('\n#include "dropin/0-one-c-mine.c"\n', self.read("core/one.c"))
        self.assertIn(f"{self.folder.name}/dropin/0-one-c-mine.c={self.dir}/mine.c ",
                      self.read("dropin.mk"))

    def test_first_line_is_code(self):
        self.prepare("static int total(u32 pfn)\n{\n}\n")
        copy = self.read("dropin/0-one-c-mine.c")
        self.assertTrue(copy.startswith(f'#line 1 "{self.dir}/mine.c"\n   '), copy)

    def test_several_functions_of_a_file(self):
        """Included where the last one stood; a prototype is left where the others did."""
        self.prepare("static int last(int a)\n{\n}\nstatic int pick(struct zone\n*zone)\n{\n}\n")
        copy = self.read("core/one.c").split("\n")
        self.assertEqual(copy[3:7], ["static int pick(struct zone *zone);", "", "", ""])
        self.assertEqual(copy[16], f'#include "{self.dir}/mine.c"')
        self.assertEqual(len(copy), len(FILES["core/one.c"].split("\n")))

    def test_several_files_of_the_core(self):
        """Each gets what is its own, and the helpers that this needs."""
        self.prepare("""#define TWICE 2
static int mine(int a) { return a; }
static int more(int a) { return mine(a); }
int walk(struct zone *zone) { return more(1); }
static int last(int a) { return TWICE; }
""")
        one, two = ([line.strip() for line in self.read(f"dropin/0-{name}-c-mine.c").split("\n")]
                    for name in ("one", "two"))
        self.assertEqual(one, [f'#line 1 "{self.dir}/mine.c"', "#define TWICE 2", "", "", "",
                               "static int last(int a) { return TWICE; }", ""])
        self.assertEqual(two, [one[0], one[1], "static int mine(int a) { return a; }",
                               "static int more(int a) { return mine(a); }",
                               "int walk(struct zone *zone) { return more(1); }", "", ""])
        self.assertIn("dropin_core := one two\n", self.read("dropin.mk"))

    def test_two_files(self):
        self.write("other.c", "static int pick(struct zone *zone)\n{\n}\n")
        self.prepare("static int last(int a)\n{\n}\n", "mine.c other.c")
        copy = self.read("core/one.c").split("\n")
        self.assertEqual((copy[3], copy[16]),
                         (f'#include "{self.dir}/other.c"', f'#include "{self.dir}/mine.c"'))

    def test_many_files(self):
        """Together they are longer than a name may be."""
        self.write("a" * 250 + ".c", "int total(u32 pfn)\n{\n}\n")
        self.prepare("static int last(int a)\n{\n}\n", f"mine.c {'./' * 2000}{'a' * 250}.c")

    def test_header(self):
        """Each file of the core that includes it is compiled anew, with the copy first."""
        self.prepare("static inline int opposite(int mt)\n{\n}\n")
        self.assertEqual(self.read("core/internal.h").split("\n")[3],
                         f'#include "{self.dir}/mine.c"')
        self.assertIn("dropin_core := one two\n", self.read("dropin.mk"))
        self.assertIn(f"dropin_flags := -iquote {self.folder.relative_to(self.root)} ",
                      self.read("dropin.mk"))
        self.assertEqual(self.read("core/two.c"),
                         FILES["core/two.c"].replace("// Two.", '#line 2 "core/two.c"'))

    def test_counted_by_afl(self):
        self.prepare("static int own(int a) { }\nstatic int last(int a) { return own(a); }\n")
        self.assertEqual(self.read("afl-counted"), "*core/*.c\nfun: last\nfun: own\n")

    def test_unchanged_files_stay(self):
        """Else make would compile them again."""
        text = "static int last(int a)\n{\n}\n"
        before = (self.prepare(text) / "core/one.c").stat().st_mtime_ns
        self.assertEqual((self.prepare(text) / "core/one.c").stat().st_mtime_ns, before)
        stale = self.folder / "core/old.c"
        stale.write_text("")
        self.prepare(text)
        self.assertFalse(stale.exists())

    def test_folder_is_of_the_content(self):
        one = self.prepare("static int last(int a)\n{\n}\n")
        self.assertNotEqual(one, self.prepare("static int last(int a)\n{\n\treturn 1;\n}\n"))
        self.assertEqual(one, self.prepare("static int last(int a)\n{\n}\n"))

    # ---- which function is meant --------------------------------------------

    def test_parameters_tell_which(self):
        self.prepare("static int pick(int x, int y)\n{\n}\n")
        self.assertIn("dropin_core := two\n", self.read("dropin.mk"))

    def test_same_name_beside_another(self):
        """pick() is called by the file: of walk()'s file it is ours, of another a helper."""
        self.prepare("static int pick(int a, int b) { }\n"
                     "int walk(struct zone *zone) { return pick(1, 2); }\n")
        self.assertIn("dropin_core := two\n", self.read("dropin.mk"))
        self.assertIn("static int pick(int a, int b);", self.read("core/two.c"))
        self.prepare("static int pick(int a) { }\n"
                     "static int alone(void) { return pick(1); }\n")
        self.assertIn("dropin_core := three\n", self.read("dropin.mk"))
        self.assertIn("taken for a helper, and that of core/one.c and core/two.c stays",
                      self.read("notes"))

    def test_recursion_is_no_use(self):
        self.prepare("static int last(int a)\n{\n\treturn a ? last(a - 1) : 0;\n}\n")
        self.assertIn("dropin_core := one\n", self.read("dropin.mk"))

    def test_notes(self):
        self.prepare("int last(unsigned long a)\n{\n}\n")
        self.assertIn("mine.c:1: last() is not static, ours in core/one.c is", self.read("notes"))
        self.assertIn("yours: int last(unsigned long a)\n  core/one.c: static int last(int a)",
                      self.read("notes"))

    def test_a_walk_goes_past_the_chooser(self):
        self.write("walk.c", "static bool tainted_pool_has_free(struct zone *zone)\n"
                             "{\n\treturn zone->nr_tainted;\n}\n")
        self.write("keeps.c", "void spb_update_list(struct superpageblock *sb)\n{\n}\n")
        said = dropin.match(dropin.Core(), dropin.open_files("walk.c keeps.c"))
        self.assertIn("tainted_pool_has_free() goes past the chooser: in programs with bitmaps it "
                      "walks as you wrote it", said)
        self.assertIn("spb_update_list() goes past the chooser: in programs with bitmaps their "
                      "summary is not kept, which is then found", said)

    # ---- what is refused ----------------------------------------------------

    def test_names_of_files(self):
        self.write("my file.c", "int x;\n")
        self.write("dir/x.c", "int x;\n")
        for words, why in (("", "no file is named"),
                           ("none.c", "none.c: cannot be read: No such file"),
                           ("dir", "dir: cannot be read: Is a directory"),
                           ("my file.c", "'my file.c': names with spaces"),
                           ("mine.c ./mine.c", "mine.c: is named twice"),
                           ("a$b.c", r"a\$b.c: make and compilers trip"),
                           ("'a.c'", "trip over such a name")):
            self.refused("static int last(int a)\n{\n}\n", why, words)

    def test_sentences(self):
        for text, why in (
                ("", "mine.c: defines no function of core/"),
                ("struct x { int a; };\n", "mine.c: defines no function of core/"),
                ("static int h(void) { }\nstatic int g(void) { return h() + g(); }\n",
                 r"mine.c: g\(\) is no function of core/, and nothing in the file calls it"),
                ("int totals(u32 pfn)\n{\n}\n",
                 r"totals\(\) is no function of core/, and a helper must be static; names like"),
                ("int for_each_zone(int z) { }\n",
                 r"for_each_zone\(\) is a macro of core/internal.h here: a drop-in replaces"),
                ("#define for_each_zone(z) x\n",
                 "for_each_zone is a macro of core/internal.h: a drop-in replaces functions"),
                ("int list_empty(int l) { }\n",
                 r"list_empty\(\) is a function of include/shim/list.h, which the harness"),
                ("#ifdef A\nint total(u32 pfn) { }\n#endif\n",
                 r"total\(\) stands in a branch of an #if: leave only"),
                ("static int maybe(int a) { }\n",
                 r"maybe\(\) stands in a branch of an #if in core/two.c"),
                ("int total(u32 pfn) { }\nint total(u32 pfn) { }\n", r"total\(\) is defined twice"),
                ("static int pick(void) { }\n",
                 r"pick\(\) is a function of core/one.c and core/two.c: which one is"),
                ("int total(void)\n{\n}\n",
                 r"mine.c:1: total\(\) is not declared as ours:\n"
                 r"  yours: int total\(void\)\n  core/one.c: int total\(u32 pfn\)\n"),
                ("int total(unsigned long pfn)\n{\n}\n", r"total\(\) is not declared as ours"),
                ("static int last(int a, int b)\n{\n}\n", r"last\(\) is not declared as ours"),
                ("int opposite(int mt) { }\n",
                 r"opposite\(\) is not static, ours in core/internal.h is: .* write static inline"),
                ("static inline int opposite(int mt) { }\nint total(u32 pfn) { }\n",
                 r"replaces opposite\(\) in core/internal.h and total\(\) in core/one.c: .* "
                 "needs a file of its own"),
                ("static int opposite(int mt) { }\nint total(u32 pfn) { return opposite(0); }\n",
                 r"replaces opposite\(\) in core/internal.h and total\(\)"),
                ("int total(u32 pfn)\n{\n\tif (pfn) {\n}\n",
                 "mine.c:2: this brace is never closed")):
            self.refused(text, why)

    def test_twice_in_two_files(self):
        self.write("other.c", "int total(u32 pfn)\n{\n}\n")
        self.refused("int total(u32 pfn)\n{\n}\n",
                     r"other.c: total\(\) is replaced by mine.c already", "mine.c other.c")

    def test_shared_line(self):
        self.write("root/core/three.c", "int x; static int alone(void)\n{\n}\n")
        self.refused("static int alone(void)\n{\n}\n", r"core/three.c:1: alone\(\) shares a line")


class OurCore(Case):
    """Of the real core everything can be told apart."""

    def test_every_function(self):
        core = dropin.Core()
        found = {(ours.file, name) for name, several in core.functions.items() for ours in several}
        # Kernel style: the name of a function stands before its brace in the first column.
        for file, source in core.sources.items():
            heads = re.findall(r"^[a-z](?:[^;{}#]|\n(?!\n))*?\b(\w+)\((?:[^;{}#]|\n(?!\n))*\)\n\{",
                               source.text, re.MULTILINE)
            self.assertEqual(sorted(heads),
                             sorted(name for where, name in found if where == file), file)
        self.assertGreater(len(found), 300)
        self.assertFalse([name for name, several in core.functions.items()
                          for ours in several if ours.item.conditional])

    def test_same_name_is_told_apart(self):
        core = dropin.Core()
        for name, several in core.functions.items():
            parameters = {core.signature(ours.item).parameters for ours in several}
            self.assertEqual(len(parameters), len(several), name)

    def test_files_of_the_tests(self):
        for path in Path("tests/data").glob("dropin-*.c"):
            if path.name != "dropin-unknown.c":
                dropin.match(dropin.Core(), dropin.open_files(str(path)))
