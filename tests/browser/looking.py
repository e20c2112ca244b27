"""Look at the page that is open: with axe, on a wide and on a small screen."""

from __future__ import annotations

import re
from pathlib import Path

from browser.person import NARROW, WIDE, Person

# What axe found, and not the thousands of rules that hold: handing those over takes most of the
# time. Nothing is loaded beforehand, because only rules about sounds and turned screens need it.
FIND = (
    "() => axe.run({resultTypes: ['violations'], preload: false}).then(r => r.violations.map("
    "v => `${v.id}: ${v.help}: ${v.nodes[0].html.slice(0, 200)}`))"
)


def problems_of(person: Person, name: str, pictures: Path | None) -> list[str]:
    """Return what is wrong with the page that is open, in words.

    Pictures are taken only where a folder is given for somebody to look at.
    """
    from axe_playwright_python.base import AXE_SCRIPT

    page, found = person.page, {}
    page.evaluate(AXE_SCRIPT)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        found |= dict.fromkeys(f"{name}: {problem}" for problem in page.evaluate(FIND))
        if pictures:
            file = re.sub(r"\W+", "-", name)
            page.screenshot(path=pictures / f"{file}-{size['width']}.png", full_page=True)
    # A page in which some box is wider than the screen scrolls sideways as a whole.
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW["width"]:
        found[f"{name}: {width} px wide on a screen of {NARROW['width']} px"] = None
    page.set_viewport_size(WIDE)
    return list(found)
