"""Draw the pictures of the tutorials from a running desk with demo data.

Usage: PYTHONPATH=tests python -m browser.docs_images [name …]

Everything shown is invented by the demo. The pictures go to docs/images/desk; a page needs no more
than 128 colours, which keeps a picture below 150 kB.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from browser.conftest import FLAGS, chromium_path
from browser.live_desk import LiveDesk, fill, serve
from browser.person import Person

TARGET = Path(__file__).resolve().parent.parent.parent / "docs" / "images" / "desk"
MOST_BYTES = 150_000
N_COLOURS = 128
NOTE = """date 2025-10-31

The Ministry of External Affairs said on Thursday that China has granted licences to some Indian \
companies to import rare earth magnets. Spokesperson Randhir Jaiswal gave no number.
"""


def first(person: Person, address: str) -> str:
    """Reference in the first row of a list."""
    return str(person.data(address)["rows"][0]["reference"])


def queue(person: Person) -> None:
    person.go("/applications")


def case(person: Person) -> None:
    person.go(f"/applications/{first(person, '/applications.json?state=pending_decision')}")


def propose(person: Person) -> None:
    name = first(person, "/applications.json?state=pending_decision")
    person.go(f"/applications/{name}/propose")


def licence(person: Person) -> None:
    for row in person.data("/licences.json?state=active")["rows"]:
        if len(person.data(f"/licences/{row['reference']}/ledger.json")["rows"]) > 1:
            person.go(f"/licences/{row['reference']}")
            heading = person.page.get_by_role("heading", name="What is left")
            heading.evaluate("e => e.scrollIntoView()")
            return
    raise AssertionError("no licence of the demo was drawn twice")


def task_list(person: Person) -> None:
    person.go("/applications/new")
    person.fill(
        {
            "Which subject": "rare_earth_magnets",
            "Individual": True,
            "Which authority": "export-office",
        }
    )
    person.press("Begin")
    person.press("Check and hand in")


def certificate(person: Person) -> None:
    person.go(f"/applications/{first(person, '/applications.json?state=draft')}/certificate")


def determination(person: Person) -> None:
    person.go(
        "/controls?item=rare_earth_magnets:ndfeb_magnet_heavy&origin=CN&destination=IN"
        "&on=2025-11-15&end_use=civil"
    )


def document(person: Person) -> None:
    note = {"name": "briefing.txt", "mimeType": "text/plain", "buffer": NOTE.encode()}
    person.go("/evidence/add")
    person.fill(
        {"Which subject?": "rare_earth_magnets", "Document": note, "Who published": "A paper"}
    )
    person.press("Add and read it")
    person.page.get_by_role("heading", name="Text").evaluate("e => e.scrollIntoView()")


def explorer(person: Person) -> None:
    person.go("/explorer")


PICTURES: dict[str, tuple[str, Callable[[Person], None]]] = {
    "queue": ("officer", queue),
    "case": ("decider", case),
    "propose": ("decider", propose),
    "licence": ("decider", licence),
    "certificate": ("holder", certificate),
    "tasks": ("holder", task_list),
    "determination": ("analyst", determination),
    "document": ("analyst", document),
    "explorer": ("analyst", explorer),
}


def draw(person: Person, path: Path) -> None:
    """Write what is on the screen."""
    from PIL import Image

    seen = Image.open(io.BytesIO(person.page.screenshot()))
    file = io.BytesIO()
    seen.convert("RGB").quantize(N_COLOURS).save(file, "PNG", optimize=True)
    assert file.tell() < MOST_BYTES, (path, file.tell())
    path.write_bytes(file.getvalue())


def draw_all(desk: LiveDesk, browser: object, names: list[str]) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in names:
        username, walk = PICTURES[name]
        person = Person(browser, desk, username)
        walk(person)
        draw(person, TARGET / f"{name}.png")
        print(f"drew {name}.png", flush=True)
        person.close()


def main() -> None:
    from playwright.sync_api import sync_playwright

    path = chromium_path()
    assert path, "chromium is not installed"
    with tempfile.TemporaryDirectory() as home:
        fill(Path(home), "", "36", "14", "--without-evidence")
        with serve(Path(home)) as desk, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            draw_all(desk, browser, sys.argv[1:] or list(PICTURES))
            browser.close()


if __name__ == "__main__":
    main()
