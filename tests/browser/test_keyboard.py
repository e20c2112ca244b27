"""The desk without a mouse: only keys are pressed."""

from __future__ import annotations

import pytest

from browser.live_desk import PASSWORD
from browser.person import Person

pytestmark = pytest.mark.browser

MOST_STEPS = 60


def tab_to(person: Person, words: str) -> None:
    """Press Tab until something with these words has the focus."""
    said = []
    for _ in range(MOST_STEPS):
        person.page.keyboard.press("Tab")
        said.append(
            person.page.evaluate(
                "() => { const e = document.activeElement;"
                " const l = e.labels && e.labels[0];"
                " return (l ? l.innerText : e.innerText || '').trim(); }"
            )
        )
        if said[-1].startswith(words):
            return
    raise AssertionError(f"{words!r} cannot be reached; the focus went over {said}")


def focus_is_seen(person: Person) -> bool:
    """Whether what has the focus is marked by an outline."""
    return person.page.evaluate(
        "() => parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"
    )


def test_sign_in_and_take_a_case(sqlite_desk, somebody) -> None:
    person = somebody(sqlite_desk, "")
    reference = somebody(sqlite_desk, "officer").data("/applications.json?state=submitted")
    case = reference["rows"][0]["reference"]
    keys, page = person.page.keyboard, person.page
    person.go(f"/applications/{case}")
    assert "/sign-in" in page.url
    tab_to(person, "Skip to main content")
    assert focus_is_seen(person)
    keys.press("Enter")
    for label, text in (("Username", "officer"), ("Password", PASSWORD)):
        tab_to(person, label)
        assert focus_is_seen(person)
        keys.type(text)
    keys.press("Enter")
    # The skip link led into the content, and that part of the address outlives the sign-in.
    page.wait_for_url(f"**/applications/{case}*")
    tab_to(person, "Take the case")
    assert focus_is_seen(person)
    keys.press("Enter")
    page.wait_for_url("**/take*")
    tab_to(person, "Take the case")
    keys.press("Enter")
    page.wait_for_url(f"**/applications/{case}*")
    assert "The case is yours." in person.text()


def test_choices_and_folded_lists_answer_to_keys(sqlite_desk, somebody) -> None:
    person = somebody(sqlite_desk, "officer")
    person.go("/applications")
    tab_to(person, "State")
    person.page.keyboard.press("Enter")
    tab_to(person, "Refused")
    person.page.keyboard.press("Space")
    tab_to(person, "Show")
    person.page.keyboard.press("Enter")
    person.page.wait_for_url("**state=refused**")
    assert "State (1 chosen)" in person.text()
