"""A licence from the application to its end, by everybody who takes part, each in a browser."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from browser.live_desk import LiveDesk
from browser.looking import problems_of
from browser.person import Person

pytest_plugins = ["support.postgres"]
pytestmark = pytest.mark.browser

ITEM = "ndfeb_magnet_heavy"
PDF = {"mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
DECISION = {
    "Approve": True,
    "Grounds": "End user and end use are in order.",
    "Quantity granted of line 1": "10",
    "no military use": True,
    "Largest single shipment": "6",
    "Unit of the shipment": "t",
}


def today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def apply(holder: Person) -> str:
    """Write an application by its task list and hand it in; return its reference."""
    holder.go("/applications")
    holder.press("Apply for a licence")
    holder.fill(
        {
            "Which subject": "rare_earth_magnets",
            "Individual: one item to one end user": True,
            "Which authority": "export-office",
        }
    )
    holder.press("Begin")
    reference = holder.page.url.split("/")[-2]
    root = f"/applications/{reference}"
    holder.press("Check and hand in")
    assert "The application is not complete" in holder.text()
    for role, name in (("consignee", "Buyer One"), ("end_user", "Maker Two")):
        party = {"Name": name, "Country": "IN"}
        holder.send(f"{root}/parties/{role}", party, "Save and continue", says=name)
    line = {"What is exported?": ITEM, "How much?": "ten", "Unit": "t"}
    holder.send(f"{root}/goods/add", line, "Save and continue", says="There is a problem")
    holder.page.get_by_role("link", name="Enter a number").click()
    assert holder.page.url.endswith("#id_quantity")
    holder.fill({"How much?": "10"})
    holder.press("Save and continue")
    use = {
        "Which country do the goods leave?": "CN",
        "Where do they end up?": "IN",
        "What are they for?": "ev",
        "Describe the end use": "Traction motors",
    }
    holder.send(f"{root}/use", use, "Save and continue", says="Application")
    holder.send(f"{root}/certificate", certificate(), "Save and continue", says="Application")
    for kind in ("End-user certificate", "Contract"):
        upload = {kind: True, "File": {"name": f"{kind}.pdf", **PDF}}
        holder.send(f"{root}/documents", upload, "Add the document", says=f"{kind}.pdf")
    holder.go(f"{root}/tasks")
    assert "To do" not in holder.text()
    holder.press("Check and hand in")
    assert f"Application {reference} is handed in" in holder.text()
    return reference


def certificate() -> dict[str, object]:
    return {
        "Number of the certificate": "EUC-1",
        "Goods 1": ITEM,
        "Quantity of goods 1": "10",
        "Unit of goods 1": "t",
        "no military use": True,
        "no transfer": True,
        "Who signs?": "A. Person",
        "In which office?": "Head of purchasing",
        "Signed on": today(),
        "Valid from": today(),
        "Why is the consignee": "The buyer is the maker's purchasing arm.",
        "The original is handed in": True,
    }


def decide(people: dict[str, Person], reference: str, pictures: Path) -> str:
    """Review, ask, advise, decide and countersign; return the licence's reference."""
    root, officer = f"/applications/{reference}", people["officer"]
    officer.send(f"{root}/take", {}, "Take the case", says="The case is yours.")
    question = {"What do you need": "Which motor?", "Answer wanted": today() + timedelta(days=3)}
    officer.send(f"{root}/ask", question, "Ask the applicant", says="the clock stands")
    holder = people["holder"]
    holder.go(root)
    holder.press("Answer")
    found = problems_of(holder, "licensing:answer", pictures) if holder.script else []
    holder.fill({"Your answer": "A motor of 4 kW."})
    holder.press("Send the answer")
    asked = {"Which team?": "end use", "What do you ask them?": "Your view?"}
    officer.send(f"{root}/consult", asked, "Ask a team for advice", says="The team is asked.")
    adviser = people["adviser"]
    adviser.go(root)
    adviser.press("Give advice")
    found += problems_of(adviser, "licensing:advise", pictures) if holder.script else []
    assert found == []
    adviser.fill({"Approve": True, "Why?": "No objection."})
    adviser.press("Give the advice")
    officer.send(f"{root}/conclude", {"Why?": "Complete."}, "End the review", says="awaits")
    decider = people["decider"]
    decision = {
        **DECISION,
        "Valid from": today() - timedelta(days=5),
        "First day no longer valid": today() + timedelta(days=90),
    }
    too_much = {**decision, "Quantity granted of line 1": "11"}
    decider.send(f"{root}/propose", too_much, "Decide", says="There is a problem")
    decider.send(f"{root}/propose", decision, "Decide", says="awaits the countersignature")
    alone = "other than the person who decided"
    decider.send(f"{root}/countersign", {}, "Countersign", says=alone)
    second = people["countersigner"]
    second.send(f"{root}/countersign", {}, "Countersign", says="in effect")
    return second.page.locator("main a[href^='/licences/']").first.inner_text()


def use_up(people: dict[str, Person], licence: str) -> None:
    """Draw three times, one of them too much; then suspend, and let the days pass."""
    home, customs = f"/licences/{licence}", people["customs"]
    draw = {"Which line?": "1", "Goods left": True, "Day the goods left": today()}
    for number, (quantity, says) in enumerate(
        [("6", "in the ledger"), ("5", "exceeds what is left"), ("3.5", "in the ledger")]
    ):
        said = {**draw, "Quantity": quantity, "Reference": f"{licence}-{number}"}
        customs.send(f"{home}/draw", said, "Record a draw-down", says=says)
    customs.go(home)
    assert "0.5 t" in customs.page.locator("dl.summary", has_text="Authorised").inner_text()
    assert len(customs.data(f"{home}/ledger.json")["rows"]) == 2
    reason = {"Why?": "A new measure was announced."}
    people["decider"].send(f"{home}/suspend", reason, "Suspend", says="nothing more may leave")
    late = {**draw, "Quantity": "0.5", "Reference": f"{licence}-9"}
    customs.send(f"{home}/draw", late, "Record a draw-down", says="There is a problem")
    holder = people["holder"]
    holder.go(home)
    assert "Suspended" in holder.page.inner_text("main .tag")
    holder.later(91)
    holder.go(home)
    assert "Expired" in holder.page.inner_text("main .tag")
    assert holder.data(f"{home}.json")["licence"]["state"] == "expired"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no_script"])
def test_a_licence_from_application_to_expiry(
    desk: LiveDesk, somebody, pictures, script: bool
) -> None:
    names = ("holder", "officer", "adviser", "decider", "countersigner", "customs")
    people = {name: somebody(desk, name, script=script) for name in names}
    reference = apply(people["holder"])
    licence = decide(people, reference, pictures)
    use_up(people, licence)
