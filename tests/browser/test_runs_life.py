"""A run that is watched, cancelled and resumed; own tables with bad rows, put right."""

from __future__ import annotations

import pytest

from browser.live_desk import LiveDesk
from browser.looking import problems_of
from browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARTS = """product,output_per_day,component,item,amount,unit
scooter,100,magnet,ndfeb_magnet_heavy,0.5,kg
scooter,100,bearing,,2,unit
"""
STOCK = "component,quantity,unit\nmagnet,1000,kg\nbearing,900,unit\n"
SUPPLIERS = """component,supplier,origin,share_percent,lead_days,spare_percent
magnet,Supplier A,CN,100,35,0
bearing,Supplier B,IN,100,5,0
"""
TABLES = {
    "Bill of materials (CSV)": PARTS,
    "Stock (CSV)": STOCK,
    "Suppliers (CSV)": SUPPLIERS,
}
RUN_MS = 240_000


@pytest.fixture(autouse=True)
def _is_there(sqlite_desk: LiveDesk) -> None:
    found = sqlite_desk.run("-m", "browser.list_routes")
    if "explorer:start" not in found or "runs:hand_in" not in found:
        pytest.skip("this desk has no runs")


def files(**changes: str) -> dict[str, object]:
    given = {**TABLES, **changes}
    return {
        label: {"name": "table.csv", "mimeType": "text/csv", "buffer": text.encode()}
        for label, text in given.items()
    }


def start(person: Person, seed: int, members: str) -> str:
    person.go("/explorer")
    person.fill({"Pack": "rare_earth_magnets", "Members": members, "Seed": str(seed)})
    person.press("Take this choice")
    assert f"seed={seed}" in person.page.url
    person.press("Run it")
    assert "/runs/" in person.page.url
    return person.page.url


def test_a_run_is_watched_cancelled_and_resumed(sqlite_desk, somebody) -> None:
    person = somebody(sqlite_desk, "analyst")
    page, address = person.page, start(person, 7, "1000")
    assert page.locator("[data-state]").inner_text() == "Queued"
    with sqlite_desk.worker():
        # No reload: the stream writes into the page.
        page.wait_for_function(
            "() => Number(document.querySelector('[data-percent]').innerText) > 0", timeout=RUN_MS
        )
        person.press("Cancel the run")
        page.wait_for_selector("main .tag:has-text('Cancelled')", timeout=RUN_MS)
    person.go(address)
    assert page.locator("progress").count() == 0
    person.press("Let it go on")
    person.go(address)
    assert "Queued" in person.text()


def test_a_run_ends_and_its_figures_are_shown(sqlite_desk, somebody, pictures) -> None:
    person = somebody(sqlite_desk, "analyst")
    page, found = person.page, []
    start(person, 9, "8")
    found += problems_of(person, "run in the queue", pictures)
    with sqlite_desk.worker():
        # The last word of the stream puts this in the place of the progress.
        page.get_by_role("link", name="Show what came out").click(timeout=RUN_MS)
    page.get_by_role("link", name="Look at the figures").click()
    for view in ("Chart", "Table", "Sources", "Download"):
        page.get_by_role("link", name=view, exact=True).click()
        page.wait_for_load_state()
        assert "Model output, not a fact" in person.text()
        found += problems_of(person, f"result {view}", pictures)
    assert page.get_by_role("link", name="netCDF").count() >= 1
    assert found == []


def test_without_a_script_a_run_is_looked_at_again(sqlite_desk, somebody) -> None:
    person = somebody(sqlite_desk, "holder", script=False)
    address = start(person, 8, "8")
    assert person.page.locator("noscript meta[http-equiv=refresh]").count() == 1
    person.press("Cancel the run")
    person.go(address)
    assert "Cancelled" in person.text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_own_tables_with_two_bad_rows(sqlite_desk, somebody, pictures, script: bool) -> None:
    person = somebody(sqlite_desk, "importer", script=script)
    person.go("/exposure")
    person.press("Hand in tables")
    person.page.get_by_label("rare-earth magnet").first.check()
    person.press("Continue")
    bad = STOCK.replace("1000", "many")
    worse = SUPPLIERS.replace(",5,0", ",0,0")
    said = {"Name": "November", "Country of your lines": "IN", "What your products": "ev"}
    day = {"Day on which": "2025-11-01"}
    person.fill({**said, **day, **files(**{"Stock (CSV)": bad, "Suppliers (CSV)": worse})})
    person.press("Check and keep")
    text = person.page.locator(".errors").inner_text()
    assert "stock.csv:2" in text, text
    assert "suppliers.csv:3" in text, text
    assert person.page.get_by_label("Name").first.input_value() == "November"
    person.fill(files())
    person.press("Check and keep")
    assert "Your tables are kept." in person.text()
    row = person.page.get_by_role("row").filter(has_text="magnet").first
    # 1000 kg over 100 scooters of half a kilogram a day.
    assert "20" in row.inner_text()
    found = problems_of(person, "own chain", pictures) if script else []
    person.press("Examine scenarios and licences")
    found += problems_of(person, "examine own chain", pictures) if script else []
    assert found == []
