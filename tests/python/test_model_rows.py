# SPDX-License-Identifier: GPL-2.0-only
"""A worked example: two steps of the search change places.

The core alone changed: a rule of conformance says so. The same change in the model, which is one
row of fuzz/harness/model/search.def in another place: every committed input passes."""
import subprocess
from pathlib import Path

from fixture import Case
from spb import build, tree

CORE, MODEL, ROWS = "core/search.c", "fuzz/harness/model/model_search.c", "search.def"
VARIANT = "gcc"
TARGETS = ("alloc", "relax", "callers")


def exchanged(text, one, other):
    """The lines that contain the two, which stand next to each other, the other way round."""
    lines = text.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if one in line or other in line]
    assert len(at) == 2 and at[1] == at[0] + 1, (one, other, at)
    lines[at[0]], lines[at[1]] = lines[at[1]], lines[at[0]]
    return "".join(lines)


class Rows(Case):
    def compile(self, line, source, *words):
        made = self.dir / f"{Path(source).stem}.o"
        subprocess.run([*line, *words, "-c", "-o", made, source], cwd=tree.ROOT, check=True)
        return str(made)

    def link(self, name, replaced):
        how = build.words(VARIANT)
        folder = f"{tree.build_folder()}/{VARIANT}/"
        objects = [*how.tool_objects, *(f"{folder}{file}.o" for file in how.core_files),
                   *how.host_objects]
        for source in replaced:
            self.assertEqual(sum(name.endswith(source[:-2] + ".o") for name in objects), 1)
        kept = [object for object in objects
                if not any(object.endswith(source[:-2] + ".o") for source in replaced)]
        subprocess.run([*how.link_line, "-o", self.dir / name, *kept, *replaced.values(),
                        *how.libs], cwd=tree.ROOT, check=True)
        return self.dir / name

    def findings(self, tool):
        """What it says of each target's corpus and seeds."""
        said = {}
        for target in TARGETS:
            done = subprocess.run([tool, "run", "--target", target, *tree.inputs(target)],
                                  cwd=tree.ROOT, capture_output=True, text=True, errors="replace",
                                  timeout=300)
            if done.returncode or done.stderr:
                said[target] = done.stderr
        return said

    def test_two_steps_change_places(self):
        build.make(f"{tree.build_folder()}/{VARIANT}/spbfuzz")
        how = build.words(VARIANT)
        core = self.dir / "core/search.c"
        core.parent.mkdir()
        core.write_text(exchanged((tree.ROOT / CORE).read_text(),
                                  "{ SPB_STEP_BORROW_OTHER,", "{ SPB_STEP_BORROW_MOVABLE,"))
        replaced = {CORE: self.compile(how.core_line, core)}
        said = self.findings(self.link("core-alone", replaced))
        self.assertTrue(said)
        for report in said.values():
            self.assertIn("FINDING search-order ", report)
            self.assertIn("group: conformance", report)

        rows = self.dir / "fuzz/harness/model" / ROWS
        rows.parent.mkdir(parents=True)
        before = (tree.ROOT / MODEL).with_name(ROWS).read_text()
        rows.write_text(exchanged(before, "STEP(BORROW_OTHER,", "STEP(BORROW_MOVABLE,"))
        replaced[MODEL] = self.compile(how.host_line, MODEL, "-iquote", self.dir)
        self.assertEqual(self.findings(self.link("both", replaced)), {})
