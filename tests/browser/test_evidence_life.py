"""Two notes in, read, judged, on the timeline, and what a shipment needs according to them."""

from __future__ import annotations

import pytest

from browser.live_desk import LiveDesk
from browser.person import Person

pytestmark = pytest.mark.browser

# Written for this test after what was reported of one briefing; nothing is quoted.
FIRST = """date 2025-10-31

The Ministry of External Affairs said on Thursday that China has granted licences to some Indian \
companies to import rare earth magnets. Spokesperson Randhir Jaiswal gave no number.
"""
SECOND = """The Ministry of External Affairs said on Thursday that China has granted licences to \
four Indian companies to import rare earth magnets.
"""
SHIPMENT = {
    "What is shipped?": "rare_earth_magnets:ndfeb_magnet_heavy",
    "From": "CN",
    "To": "IN",
    "When does it leave?": "2025-11-15",
}


@pytest.fixture(autouse=True)
def _is_there(sqlite_desk: LiveDesk) -> None:
    if "register:" not in sqlite_desk.run("-m", "browser.list_routes"):
        pytest.skip("this desk has no register of evidence")


def hand_in(person: Person, name: str, text: str, **said: str) -> str:
    """Upload a note; return the address of its page."""
    note = {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
    person.go("/evidence/add")
    person.fill({"Which subject?": "rare_earth_magnets", "Document": note, **said})
    person.press("Add and read it")
    assert "/evidence/documents/" in person.page.url, person.text()[:1000]
    assert "granted licences" in person.text()
    return person.page.url


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_from_two_notes_to_a_determination(sqlite_desk, somebody, script: bool) -> None:
    # Each walk has an organisation of its own, so that the notes are new to it.
    person = somebody(sqlite_desk, "analyst" if script else "officer", script=script)
    hand_in(person, "first.txt", FIRST, **{"Who published it?": "First paper"})
    hand_in(person, "second.txt", SECOND, **{"Who published it?": "Second paper"})
    assert person.page.locator("mark").count() >= 1
    person.page.locator("main table a").first.click()
    assert "How it is read" in person.text()
    claim = person.page.url
    person.press("Reject")
    person.fill({"Why?": "The count is not in the other note."})
    person.press("Reject it")
    person.go(claim)
    assert "Rejected" in person.page.locator("main .tag").first.inner_text()
    person.page.get_by_role("link", name="Take back").first.click()
    person.press("Take it back")
    person.go(claim)
    person.press("Accept")
    person.press("Yes, accept it")
    person.go(claim)
    assert "Accepted" in person.page.locator("main .tag").first.inner_text()
    assert "taken back since" in person.text()
    person.go("/evidence/events")
    mine = person.page.get_by_role("listitem").filter(has_text="your documents")
    assert mine.count() >= 1, person.text()[:1500]
    mine.first.get_by_role("link").first.click()
    assert person.page.locator("main a[href*='/claims/']").count() >= 1
    person.go("/controls")
    person.fill({**SHIPMENT, "Count also": True})
    person.press("Show")
    assert "LICENCE_REQUIRED" in person.page.inner_text("main .tag")
    told = person.page.get_by_role("heading", name="What your documents tell")
    assert "Indian companies" in told.locator("xpath=following-sibling::ul[1]").inner_text()
    assert "Indicative analysis" in person.text()
    assert "origin=CN" in person.page.url
