# SPDX-License-Identifier: GPL-2.0-only
"""Arrows between the folders below fuzz/: scripts/spb/ctext/layers.py."""
import itertools

from fixture import Case
from spb import tree
from spb.ctext import layers

OBSERVERS = ("check", "check/spb", "model", "refusal", "stats")
HEAD = "# {0}\n\nFor {0}.\n\nMay include: {1}\n\nBegin with: [{0}.h]({0}.h)\n"


class Layers(Case):
    def put(self, path, text):
        to = self.dir / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text)

    def folder(self, name, allowed, source=""):
        self.put(f"fuzz/{name}/README.md", HEAD.format(name, allowed))
        self.put(f"fuzz/{name}/{name}.h", source)

    def found(self):
        return "\n".join(layers.complaints(self.dir))

    def setUp(self):
        super().setUp()
        self.folder("low", "nothing")
        self.folder("high", "fuzz/low", '#include "fuzz/low/low.h"\n')
        self.assertEqual(self.found(), "")

    def test_the_tree(self):
        self.assertEqual(layers.complaints(tree.ROOT), [])

    def test_observers_do_not_know_each_other(self):
        for one, other in itertools.permutations(OBSERVERS, 2):
            folder = layers.Folder(layers.HARNESS + one)
            layers.read_head(tree.ROOT, folder)
            self.assertNotIn(other, folder.allowed, one)

    def test_links_of_the_map(self):
        """docs/architecture.md: each name is linked to its file."""
        text = (tree.ROOT / "docs/architecture.md").read_text()
        links = [link for link in layers.LINK.findall(text) if "://" not in link]
        self.assertGreater(len(links), 20)
        self.assertEqual([link for link in links if not (tree.ROOT / "docs" / link).exists()], [])

    def test_an_arrow_that_no_head_allows(self):
        self.put("fuzz/low/low.c", '  #  include "fuzz/high/high.h"\n')
        self.assertIn("low.c: the head of fuzz/low does not allow fuzz/high/high.h", self.found())

    def test_a_header_of_the_core(self):
        self.put("include/spb/mmzone.h", "")
        self.put("fuzz/low/low.c", '#include "spb/mmzone.h"\n')
        self.assertIn("does not allow include/spb/mmzone.h", self.found())
        self.folder("low", "include/spb/event.h, `include/spb/mm*.h`")
        self.assertEqual(self.found(), "fuzz/low/README.md: it allows include/spb/event.h, which "
                                       "nothing includes")

    def test_circles(self):
        self.folder("low", "fuzz/high", '#include "fuzz/high/high.h"\n')
        self.assertIn("folders in a circle: fuzz/high -> fuzz/low -> fuzz/high", self.found())
        self.assertIn("headers in a circle: fuzz/high/high.h -> fuzz/low/low.h", self.found())

    def test_circle_of_folders_alone(self):
        self.folder("low", "fuzz/high")
        self.put("fuzz/low/other.c", '#include "fuzz/high/high.h"\n')
        self.assertIn("folders in a circle", self.found())
        self.assertNotIn("headers in a circle", self.found())

    def test_heads(self):
        self.put("fuzz/new/new.c", "")
        self.assertIn("fuzz/new: no README.md", self.found())
        self.put("fuzz/new/README.md", "<!-- SPDX -->\n# new\n\nMay include: nothing\n")
        self.assertIn("does not say what the folder is for", self.found())
        self.assertIn('no line "Begin with: ..."', self.found())
        self.put("fuzz/new/README.md", HEAD.format("new", "nothing"))
        self.assertIn("new.h is not there", self.found())

    def test_room(self):
        for number in range(layers.MAX_FILES):
            self.put(f"fuzz/low/{number}.c", "")
        self.assertIn("fuzz/low: 17 files, 16 are room for", self.found())
