"""A run that is watched, cancelled and resumed; own tables with bad rows, put right."""

from __future__ import annotations

import pytest

from browser.looking import problems_of
from browser.person import Person

pytest_plugins = ["support.postgres"]
pytestmark = pytest.mark.browser

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
PERCENT = "Number(document.querySelector('[data-percent]')?.innerText)"


def files(**changes: str) -> dict[str, object]:
    given = {**TABLES, **changes}
    return {
        label: {"name": "table.csv", "mimeType": "text/csv", "buffer": text.encode()}
        for label, text in given.items()
    }


def start(person: Person, seed: int, members: str) -> str:
    """Choose a run in the explorer and start it; return the address of its page."""
    person.go("/explorer")
    person.fill({"Pack": "rare_earth_magnets", "Members": members, "Seed": str(seed)})
    person.press("Take this choice")
    assert f"seed={seed}" in person.page.url
    person.press("Run it")
    assert "/runs/" in person.page.url
    return person.page.url


def state_of(person: Person, address: str) -> dict:
    return person.data(f"{address}.json")["run"]


def test_a_run_is_watched_cancelled_resumed_and_read(desk, somebody, pictures) -> None:
    person = somebody(desk, "analyst")
    page, address = person.page, start(person, 7, "1000")
    assert page.locator("[data-state]").inner_text() == "Queued"
    found = problems_of(person, "run in the queue", pictures)
    with desk.worker():
        # No reload: the stream writes into the page.
        page.wait_for_function(f"() => {PERCENT} > 0", timeout=RUN_MS)
        person.press("Cancel the run")
        page.wait_for_selector("main .tag:has-text('Cancelled')", timeout=RUN_MS)
        person.go(address)
        assert page.locator("progress").count() == 0
        kept = state_of(person, address)["percent"]
        assert 0 < kept < 100
        found += problems_of(person, "run cancelled", pictures)
        person.press("Let it go on")
        # What was finished counts from the start.
        assert page.evaluate(PERCENT) >= kept
        # The last word of the stream puts this in the place of the progress.
        page.get_by_role("link", name="Show what came out").click(timeout=RUN_MS)
    assert state_of(person, address)["state"] == "done"
    found += problems_of(person, "runs:job", pictures)
    page.get_by_role("link", name="Look at the figures").click()
    assert found + look_at_figures(person, pictures) == []


def look_at_figures(person: Person, pictures) -> list[str]:
    """Open the four views of the first figure; return what is wrong with them."""
    page, found, result = person.page, [], "explorer:result"
    for view in ("Chart", "Table", "Sources", "Download"):
        page.get_by_role("link", name=view, exact=True).click()
        page.wait_for_load_state()
        assert "Model output, not a fact" in person.text()
        if view == "Chart":
            # A picture that does not load has no width.
            page.wait_for_function("() => document.querySelector('figure img').naturalWidth > 0")
        found += problems_of(person, f"{result} {view}", pictures)
    assert page.get_by_role("link", name="netCDF").count() >= 1
    return found


def test_no_script_run_cancelled_and_resumed(desk, somebody) -> None:
    person = somebody(desk, "holder", script=False)
    address = start(person, 8, "8")
    # The page loads itself again instead.
    assert person.page.locator("noscript meta[http-equiv=refresh]").count() == 1
    person.press("Cancel the run")
    person.go(address)
    assert "Cancelled" in person.text()
    person.press("Let it go on")
    assert state_of(person, address)["state"] == "queued"
    person.press("Cancel the run")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_own_tables_with_two_bad_rows(desk, somebody, pictures, script: bool) -> None:
    person = somebody(desk, "importer", script=script)
    person.go("/exposure")
    person.press("Hand in tables")
    person.page.get_by_label("rare-earth magnet").first.check()
    person.press("Continue")
    bad = STOCK.replace("1000", "many")
    worse = SUPPLIERS.replace(",5,0", ",0,0")
    name = "November" if script else "December"
    said = {"Name": name, "Country of your lines": "IN", "What your products": "ev"}
    day = {"Day on which": "2025-11-01"}
    person.fill({**said, **day, **files(**{"Stock (CSV)": bad, "Suppliers (CSV)": worse})})
    person.press("Check and keep")
    text = person.page.locator(".errors").inner_text()
    assert "stock.csv, row 2, column quantity" in text, text
    assert "suppliers.csv, row 3, column lead_days" in text, text
    assert person.page.get_by_label("Name").first.input_value() == name
    found = problems_of(person, "two bad rows", pictures) if script else []
    # Nothing is kept of tables with a bad row.
    assert name not in {row["name"] for row in person.data("/exposure.json")["rows"]}
    person.fill(files())
    person.press("Check and keep")
    assert "Your tables are kept." in person.text()
    row = person.page.get_by_role("row").filter(has_text="magnet").first
    # 1000 kg over 100 scooters of half a kilogram a day.
    assert "20" in row.inner_text()
    found += problems_of(person, "runs:chain", pictures) if script else []
    person.press("Examine scenarios and licences")
    found += problems_of(person, "runs:compute", pictures) if script else []
    assert found == []


def test_a_chain_and_a_licence_are_examined(sqlite_desk, somebody, pictures) -> None:
    """What a licence of so much by a day buys a firm, and what one changes in the pack."""
    importer, officer = somebody(sqlite_desk, "importer"), somebody(sqlite_desk, "officer")
    importer.go("/exposure")
    importer.page.get_by_role("link", name="Example of the templates").click()
    importer.press("Examine scenarios and licences")
    item = importer.page.get_by_label("A licence for").first.locator("option").nth(1)
    importer.fill(
        {
            "A licence for": item.get_attribute("value"),
            "Quantity of the licence": "1",
            "First day of the licence": "2025-12-01",
            "Members": "8",
        }
    )
    importer.press("Put it into the queue")
    assert "/runs/" in importer.page.url, importer.text()[:1500]
    rows = officer.data("/applications.json")["rows"]
    # What nobody in the pack buys cannot be simulated, and the run would say so.
    case = next(row["reference"] for row in rows if "NdFeB magnets" in row["items"])
    officer.go(f"/runs/licence-effect/{case}")
    officer.fill({"Members": "8"})
    officer.press("Put it into the queue")
    with sqlite_desk.worker():
        for person in (importer, officer):
            # Also where the run failed the last word of the stream is a link.
            person.page.locator("#progress a.button").click(timeout=RUN_MS)
            person.page.get_by_role("heading", name="About the run").wait_for()
    assert "When your lines go down" in importer.text(), importer.text()
    assert "Days of your lines that it saves" in importer.text()
    found = problems_of(importer, "exposure result", pictures)
    assert "The pack was simulated with and without the licence" in officer.text()
    found += problems_of(officer, "licence effect", pictures)
    officer.page.get_by_role("link", name="Back to what it was asked for").click()
    officer.page.get_by_role("heading", name="What this licence changes").wait_for()
    assert "The pack was simulated with and without the licence" in officer.text()
    assert found + problems_of(officer, "case with model output", pictures) == []
