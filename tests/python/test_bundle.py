# SPDX-License-Identifier: GPL-2.0-only
"""Bundles: what is taken from one that somebody else made."""
import hashlib
import io
import json
import os
import tarfile

from fixture import FolderCase
from spb import variables
from spb.programs import bundle, export
from spb.status import Usage


class Bundles(FolderCase):
    def bundle(self, **more):
        folder = self.dir / "one"
        folder.mkdir()
        (folder / "input").write_bytes(b"\x81")
        told = {"format": 1, "target": "walk", "signature": "lockset/f", "variables": {},
                "revision": "abc", "input": hashlib.sha1(b"\x81").hexdigest(), **more}
        (folder / bundle.FILE).write_text(json.dumps(told))
        return folder

    def take(self, name):
        with self.printed() as said:
            return bundle.take(str(name)), said.getvalue()

    def test_variables(self):
        folder = self.bundle(variables={"RACES": "0", "DROPIN": "dropin/0-a.c dropin/1-b.c",
                                        "TIME": "x", "HOME": "/nowhere"})
        os.environ["TIME"] = "7"
        home = os.environ.get("HOME")
        taken, said = self.take(folder)
        self.assertEqual(taken, (str(folder / "input"), "walk", "lockset/f"))
        self.assertIn("made at abc, this is", said)
        self.assertEqual(variables.get("RACES"), "0")
        self.assertEqual(variables.words("DROPIN"),
                         [f"{folder}/dropin/0-a.c", f"{folder}/dropin/1-b.c"])
        self.assertEqual((os.environ["TIME"], os.environ.get("HOME")), ("7", home))

    def test_what_is_none(self):
        for more in ({"format": 2}, {"input": "0"}, {"variables": {"KERNEL": "/none/linux"}}):
            with self.subTest(more):
                folder = self.bundle(**more)
                with self.assertRaises(Usage):
                    self.take(folder)
                for path in folder.iterdir():
                    path.unlink()
                folder.rmdir()
        (self.dir / "no.tar").write_text("text")
        for name in ("no.tar", "nothing"):
            with self.assertRaisesRegex(Usage, "is no bundle"):
                self.take(self.dir / name)

    def test_a_tar_stays_in_its_folder(self):
        folder = self.bundle()
        with tarfile.open(self.dir / "one.tar", "w") as tar:
            tar.add(folder, "one")
            for name in ("one/../../outside", "/one/absolute"):
                member = tarfile.TarInfo(name)
                member.size = 3
                tar.addfile(member, io.BytesIO(b"bad"))
            link = tarfile.TarInfo("one/link")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
        taken, _ = self.take(self.dir / "one.tar")
        place = self.dir / "build/bundles/opened/one"
        self.assertEqual(taken[0], "build/bundles/opened/one/input")
        self.assertEqual(sorted(path.name for path in place.rglob("*") if path.is_file()),
                         ["absolute", bundle.FILE, "input"])
        self.assertFalse((self.dir / "build/bundles/outside").exists())
        self.assertFalse((place / "link").is_symlink())


class Kinds(FolderCase):
    def test_names(self):
        for name, option in (("a.html", "--html"), ("a.c", "--c"), ("a_kunit.c", "--kunit"),
                             ("a.json", "--json")):
            self.assertEqual(export.kind_of(name), option)
        with self.assertRaisesRegex(Usage, r"OUT=a.txt does not say"):
            export.kind_of("a.txt")
