"""Every page: nothing that axe finds, nothing wider than a small screen, pictures to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from browser.live_desk import LiveDesk, routes
from browser.looking import problems_of
from browser.page_samples import BUTTONS, EXAMPLES, FILES, LINKS, MAIN, SAMPLES, WALKED
from browser.person import Person

pytestmark = pytest.mark.browser

# Demo accounts that together may see everything, the most frequent visitor first.
PEOPLE = {
    "officer": "officer", "decider": "decider", "auditor": "auditor", "holder": "holder",
    "analyst": "analyst", "customs": "customs",
}  # fmt: skip


@pytest.fixture(scope="module")
def listed(sqlite_desk: LiveDesk) -> list[dict]:
    """Pages of the desk."""
    skipped = BUTTONS | FILES | WALKED
    return [route for route in routes(sqlite_desk) if route["name"] not in skipped]


@pytest.fixture(scope="module")
def table(sqlite_desk: LiveDesk) -> dict[str, set[str]]:
    """What every demo account may do."""
    code = (
        "import json, django; django.setup()\n"
        "from coercivity.desk.accounts.models import User\n"
        "from coercivity.desk.accounts.roles import Permission\n"
        "print(json.dumps({u.username: [p.value for p in Permission if u.may(p)]"
        " for u in User.objects.select_related('organisation')}))"
    )
    said = json.loads(sqlite_desk.run("-c", code))
    return {name: set(permissions) for name, permissions in said.items()}


def visits(listed: list[dict], table: dict[str, set[str]]) -> list[tuple[str, str, str]]:
    """Return name, person and address of every page; fail where there is no example."""
    found, without = [], []
    for route in listed:
        name, demanded = route["name"], set(route["permissions"])
        if name in SAMPLES:
            found.append((name, *SAMPLES[name]))
        elif "<" in route["address"]:
            without.append(name)
        elif name == "accounts:sign_in":
            found.append((name, "", route["address"]))
        else:
            person = next(p for p in PEOPLE if demanded <= table[p] or demanded & table[p])
            found.append((name, person, route["address"]))
    assert not without, f"add an example to browser/page_samples.py: {without}"
    return found


def examples(people: dict[str, Person]) -> dict[str, str]:
    """Look the examples up in the demo data."""
    found = {}
    for key, (username, address, column) in EXAMPLES.items():
        rows = people[username].data(address)["rows"]
        assert rows, f"the demo data have no example: {username} sees nothing at {address}"
        found[key] = rows[0][column]
    for key, (username, address, selector) in LINKS.items():
        person = people[username]
        person.go(address)
        found[key] = person.page.locator(f"main {selector}").first.get_attribute("href")
    return found


def look(desk, somebody, wanted, pictures: Path) -> list[str]:
    """Visit pages and return everything that is wrong."""
    asked = (*EXAMPLES.values(), *LINKS.values())
    names = {username for _, username, _ in wanted} | {who for who, _, _ in asked}
    people = {name: somebody(desk, name) for name in sorted(names)}
    known, found = examples(people), []
    for name, username, address in wanted:
        person = people[username]
        person.go(address.format(**known))
        found += problems_of(person, name, pictures)
    return found


def test_main_pages(sqlite_desk, somebody, listed, table, pictures) -> None:
    wanted = [visit for visit in visits(listed, table) if visit[0] in MAIN]
    assert {name for name, _, _ in wanted} == MAIN
    assert look(sqlite_desk, somebody, wanted, pictures) == []


@pytest.mark.slow
def test_all_other_pages(sqlite_desk, somebody, listed, table, pictures) -> None:
    wanted = [visit for visit in visits(listed, table) if visit[0] not in MAIN]
    assert wanted
    assert look(sqlite_desk, somebody, wanted, pictures) == []


def test_errors_are_pages_too(sqlite_desk, somebody, pictures) -> None:
    officer, holder = somebody(sqlite_desk, "officer"), somebody(sqlite_desk, "holder")
    found = []
    officer.go("/applications/A9999999", status=404)
    found += problems_of(officer, "not found", pictures)
    officer.go("/audit", status=403)
    found += problems_of(officer, "forbidden", pictures)
    holder.go("/applications/new")
    holder.press("Begin")
    assert "There is a problem" in holder.text()
    found += problems_of(holder, "form with errors", pictures)
    assert found == []


def test_an_unlabelled_field_and_a_wide_box_are_found(sqlite_desk, somebody, tmp_path) -> None:
    """The checks themselves can fail."""
    person = somebody(sqlite_desk, "")
    person.go("/sign-in")
    person.page.evaluate(
        "() => { const i = document.createElement('input'); i.id = 'bare';"
        " const b = document.createElement('img'); b.alt = ''; b.width = 700;"
        " document.querySelector('main').append(i, b); }"
    )
    found = " ".join(problems_of(person, "broken", tmp_path))
    assert "label: " in found
    assert "px wide" in found
