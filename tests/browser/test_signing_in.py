"""The door of the desk, with and without scripts; everywhere else people are signed in already."""

from __future__ import annotations

import pytest

from browser.live_desk import LiveDesk

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_in_and_out(sqlite_desk: LiveDesk, somebody, script: bool) -> None:
    person = somebody(sqlite_desk, "", script=script)
    person.sign_in("officer", "not the password")
    assert "There is a problem" in person.text()
    person.sign_in("officer")
    assert "Olga Officer" in person.page.inner_text("header")
    person.go("/applications")
    person.press("Sign out")
    person.go("/applications")
    assert "/sign-in" in person.page.url
