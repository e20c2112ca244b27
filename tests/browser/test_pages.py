"""Every page: nothing that axe finds, nothing wider than a small screen, pictures to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from browser.live_desk import LiveDesk, routes
from browser.looking import problems_of
from browser.page_samples import BUTTONS, EXAMPLES, FILES, LINKS, SAMPLES, WALKED
from browser.person import Person

pytestmark = pytest.mark.browser

# Demo accounts that together may see everything, the most frequent visitor first.
PEOPLE = {
    "officer": "officer", "decider": "decider", "auditor": "auditor", "holder": "holder",
    "analyst": "analyst", "customs": "customs",
}  # fmt: skip
APPS = ("accounts", "licensing", "register", "explorer", "runs")


@pytest.fixture(scope="module")
def listed(sqlite_desk: LiveDesk) -> list[dict]:
    """Pages of the desk, from its URL configuration."""
    return routes(sqlite_desk)


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


@pytest.fixture(scope="module")
def known(sqlite_desk: LiveDesk, chromium) -> dict[str, str]:
    """Examples, looked up in the demo data."""
    found = {}
    for key, (username, address, column) in EXAMPLES.items():
        person = Person(chromium, sqlite_desk, username)
        rows = person.data(address)["rows"]
        assert rows, f"the demo data have no example: {username} sees nothing at {address}"
        found[key] = rows[0][column]
        person.close()
    person = Person(chromium, sqlite_desk, "analyst")
    for key, (address, selector) in LINKS.items():
        person.go(address)
        found[key] = person.page.locator(f"main {selector}").first.get_attribute("href")
    person.close()
    return found


def visits(listed: list[dict], table: dict[str, set[str]]) -> list[tuple[str, str, str]]:
    """Return name, person and address of every page; fail where there is no example."""
    found, without = [], []
    for route in listed:
        name, demanded = route["name"], set(route["permissions"])
        if name in BUTTONS | FILES | WALKED:
            continue
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


def app_of(name: str) -> str:
    """Return the app of a page; those of the desk itself go with the accounts."""
    app = name.partition(":")[0]
    return app if app in APPS else "accounts"


def test_every_route_is_a_page_a_button_or_a_file(listed) -> None:
    """No list names a route that is gone, and every page left to a walk is named in one."""
    names = {route["name"] for route in listed}
    assert (BUTTONS | FILES | WALKED | set(SAMPLES)) - names == set()
    walks = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in sorted(WALKED) if f'"{name}"' not in walks] == []


@pytest.mark.parametrize("app", APPS)
def test_pages(sqlite_desk, chromium, listed, table, known, pictures, app: str) -> None:
    wanted = [visit for visit in visits(listed, table) if app_of(visit[0]) == app]
    assert wanted
    found, people = [], {}
    for name, username, address in wanted:
        if username not in people:
            people[username] = Person(chromium, sqlite_desk, username)
        people[username].go(address.format(**known))
        found += problems_of(people[username], name, pictures)
    for person in people.values():
        person.close()
    assert found == []


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


def test_a_name_on_a_list_is_decided_on(sqlite_desk, somebody, pictures) -> None:
    """Screening has pages only where there is a list."""
    officer = somebody(sqlite_desk, "officer")
    case = officer.data("/applications.json?state=in_review")["rows"][0]
    content = f"name,id\n{case['applicant'].replace('(invented)', 'Limited')},D1\n".encode()
    file = {"name": "denied.csv", "mimeType": "text/csv", "buffer": content}
    officer.send(
        "/screening-lists/add",
        {"Name of the list": "Denied parties (invented)", "Version": "2026-01-01", "File": file},
        "Add the list",
        says="Denied parties (invented)",
    )
    found = problems_of(officer, "list of denied parties", pictures)
    officer.go(f"/applications/{case['reference']}/screening")
    found += problems_of(officer, "candidates", pictures)
    officer.page.get_by_role("link", name="Decide").first.click()
    found += problems_of(officer, "licensing:verdict", pictures)
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
