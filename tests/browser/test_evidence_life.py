"""Two articles in, read, judged, on the timeline, and what a shipment needs according to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser.live_desk import LiveDesk
from browser.looking import problems_of
from browser.person import Person

pytest_plugins = ["support.postgres"]
pytestmark = pytest.mark.browser

SHIPMENT = {
    "What is shipped?": "rare_earth_magnets:ndfeb_magnet_heavy",
    "From": "CN",
    "To": "IN",
    "When does it leave?": "2025-11-15",
}


def hand_in(person: Person, name: str, content: bytes, publisher: str) -> str:
    """Upload an article; return the address of its page."""
    file = {"name": name, "mimeType": "text/plain", "buffer": content}
    person.go("/evidence/add")
    person.fill(
        {
            "Which subject?": "rare_earth_magnets",
            "Document": file,
            "Who published it?": publisher,
        }
    )
    person.press("Add and read it")
    assert "/evidence/documents/" in person.page.url, person.text()[:1000]
    assert "Ministry" in person.text()
    assert person.page.locator("mark").count() >= 1
    return person.page.url


def review(person: Person, pictures: Path) -> list[str]:
    """Reject the first claim of the open document, think again, accept it; return problems."""
    person.page.locator("main table a").first.click()
    assert "How it is read" in person.text()
    claim = person.page.url
    person.press("Reject")
    person.fill({"Why?": "The count is not in the other article."})
    person.press("Reject it")
    person.go(claim)
    assert "Rejected" in person.page.locator("main .tag").first.inner_text()
    person.page.get_by_role("link", name="Take back").first.click()
    found = problems_of(person, "register:undo", pictures) if person.script else []
    person.press("Take it back")
    person.go(claim)
    person.press("Accept")
    person.press("Yes, accept it")
    person.go(claim)
    assert "Accepted" in person.page.locator("main .tag").first.inner_text()
    assert "taken back since" in person.text()
    return found


def find_on_the_timeline(person: Person, names: list[str]) -> None:
    """Both articles tell of one event, which the subject's own table has too."""
    person.go("/evidence/events")
    person.fill({"Search": "licenses some Indian"})
    person.press("Show")
    told = person.page.get_by_role("listitem").filter(has_text="your documents and the subject")
    assert told.count() == 1, person.text()[:1500]
    told.get_by_role("link").first.click()
    text = person.page.inner_text("main")
    for name in names:
        assert name in text, (name, text[:3000])
    assert person.page.locator("main a[href*='/claims/']").count() >= len(names)


def determine(person: Person) -> None:
    """Licences for some do not lift a control: whoever else ships needs one."""
    person.go("/controls")
    person.fill({**SHIPMENT, "Count also": True})
    person.press("Show")
    assert person.page.locator("main .tag").first.inner_text() == "Licence required"
    told = person.page.get_by_role("heading", name="What your documents tell")
    assert "Indian companies" in told.locator("xpath=following-sibling::ul[1]").inner_text()
    assert "Indicative analysis" in person.text()
    assert "origin=CN" in person.page.url
    data = person.page.get_by_role("link", name="JSON", exact=True).get_attribute("href")
    assert person.data(data)["answer"]["outcome"] == "LICENCE_REQUIRED"
    trace = person.page.get_by_role("row").filter(has_text="decides")
    assert "18/2025" in trace.inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_from_two_articles_to_a_determination(
    desk: LiveDesk, somebody, two_articles, pictures, script: bool
) -> None:
    # Each walk has an organisation of its own, so that the articles are new to it.
    person = somebody(desk, "analyst" if script else "officer", script=script)
    for (name, content), publisher in zip(
        two_articles, ("First paper", "Second paper"), strict=True
    ):
        hand_in(person, name, content, publisher)
    assert review(person, pictures) == []
    find_on_the_timeline(person, [name for name, _ in two_articles])
    determine(person)
