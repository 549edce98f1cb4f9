# SPDX-License-Identifier: GPL-2.0-only
"""The pages of spbfuzz export, in a browser without a window: each loads without an error or a
request, slider and keys move, both themes come, and what a program is called stays text.
Screenshots of what was looked at are left in the scratch folder."""
from __future__ import annotations

import shutil
from pathlib import Path

from spb import build, jobs, plant
from spb.lines import Lines, skip
from spb.programs import browser

# A finding of each kind that the page draws something of its own for, and words that it shows.
PAGES = {"steps": "borrow-opposite-never", "race": "race-stale-clear",
         "endless": "race-walk-endless"}
WORDS = {"steps": ["should have served", "__GFP_RECLAIMABLE", "ALLOC_NOFRAGMENT"],
         "race": ["zone of "], "endless": ["endless", "for ever"]}
HOSTILE = "</script><script>document.title='broken out'</script><!--<script>"


def _export(name: str, page: Path, *words: str) -> Path:
    bug = plant.one(PAGES[name])
    tool = bug.tool(build.bare(bug.target))
    made = jobs.run([tool, "export", "--target", bug.target, "-o", str(page), *words,
                     str(bug.program)])
    if made.status:
        raise browser.Failed(made.output)
    return page


def _loads(lines: Lines, chromium: browser.Browser, name: str, page: Path) -> None:
    chromium.prefer("light")
    chromium.open(page)
    said = [chromium.mark("error")] if chromium.mark("error") != "None" else []
    said += chromium.complaints
    lines.result(chromium.mark("ready").isdigit() and not said, f"pages: {name} loads", said)
    asked = [address for address in chromium.requests if not address.startswith("file:")]
    lines.result(not asked and len(chromium.requests) == 1, f"pages: {name} asks for nothing",
                 chromium.requests)
    text = chromium.value("document.querySelector('main').textContent")
    missing = [word for word in WORDS[name] if word not in text]
    lines.result(not missing, f"pages: {name} shows what it is about", f"not there: {missing}")
    for theme in ("light", "dark"):
        chromium.value(f"location.hash = 'theme={theme}'")
        chromium.shot(page.with_name(f"{name}-{theme}.png"))
    light, dark = (page.with_name(f"{name}-{theme}.png") for theme in ("light", "dark"))
    lines.result(light.read_bytes() != dark.read_bytes(), f"pages: {light} and {dark} differ")


def _moves(lines: Lines, chromium: browser.Browser, page: Path) -> None:
    chromium.prefer("dark")
    chromium.open(page)
    lines.result(chromium.mark("theme") == "dark", "pages: the theme that the reader prefers")
    last = int(chromium.mark("ready")) - 1
    wanted = [("Home", 0, "dark"), ("ArrowRight", 1, "dark"), ("ArrowRight", 2, "dark"),
              ("ArrowLeft", 1, "dark"), ("t", 1, "light"), ("b", last, "light"),
              ("Home", 0, "light"), ("End", last, "light")]
    for key, moment, theme in wanted:
        chromium.key(key)
        found = chromium.mark("moment"), chromium.mark("theme")
        lines.result(found == (str(moment), theme), f"pages: {key}: moment {moment}, {theme}",
                     str(found))
    chromium.value("(slider => { slider.value = 1; slider.dispatchEvent(new Event('input')) })"
                   "(document.getElementById('slider'))")
    lines.result(chromium.mark("moment") == "1", "pages: the slider goes to a moment")
    chromium.value("document.querySelector('#steps li').click()")
    lines.result(chromium.mark("step") == "0", "pages: a click on a step goes to it")


def _hostile(lines: Lines, chromium: browser.Browser, scratch: Path) -> None:
    page = _export("steps", scratch / "hostile.html", "--about", HOSTILE)
    chromium.open(page)
    lines.result("broken out" not in chromium.value("document.title") and
                 HOSTILE in chromium.value("document.getElementById('origin').textContent"),
                 "pages: text stays text", chromium.value("document.title"))
    # What the checks above would miss they must be seen to find.
    text = page.read_text()
    page.write_text(text.replace("<main>", '<main><img src="http://127.0.0.1:9/x.png">'))
    chromium.open(page)
    lines.result(len(chromium.complaints) > 0, "pages: a page that asks for something is found")
    page.write_text(text.replace("default-src 'none';", "").replace('id="map"', 'id="nap"').replace(
        "<main>", '<main><img src="http://127.0.0.1:9/x.png">'))
    chromium.open(page)
    lines.result(any("127.0.0.1" in address for address in chromium.requests) and
                 chromium.mark("error") != "None", "pages: and one that fails",
                 chromium.requests)


def run(lines: Lines, scratch: Path) -> None:
    if not shutil.which(browser.NAME):
        skip("pages", f"no {browser.NAME}, and it could not be installed (make setup PAGES=1)")
        return
    chromium = browser.Browser(scratch / "profile")
    try:
        for name in PAGES:
            _loads(lines, chromium, name, _export(name, scratch / f"{name}.html"))
        _moves(lines, chromium, scratch / "steps.html")
        _hostile(lines, chromium, scratch)
    finally:
        chromium.close()
        shutil.rmtree(scratch / "profile", ignore_errors=True)
