"""Look at the page that is open: with axe, on a wide and on a small screen."""

from __future__ import annotations

import re
from pathlib import Path

from browser.person import NARROW, WIDE, Person


def problems_of(person: Person, name: str, pictures: Path) -> list[str]:
    """Return what is wrong with the page that is open, in words."""
    from axe_playwright_python.sync_playwright import Axe

    page = person.page
    page.set_viewport_size(WIDE)
    found = [
        f"{name}: {v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}"
        for v in Axe().run(page).response["violations"]
    ]
    file = re.sub(r"\W+", "-", name)
    page.screenshot(path=pictures / f"{file}-1280.png", full_page=True)
    page.set_viewport_size(NARROW)
    # A page in which some box is wider than the screen scrolls sideways as a whole.
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW["width"]:
        found.append(f"{name}: {width} px wide on a screen of {NARROW['width']} px")
    page.screenshot(path=pictures / f"{file}-320.png", full_page=True)
    page.set_viewport_size(WIDE)
    return found
