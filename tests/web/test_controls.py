"""Controls on a date: the address is the question, the answer is the library's, with its trace."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from coercivity.controls import Query, determine
from coercivity.desk import packs
from coercivity.desk.accounts.services import issue_token
from coercivity.desk.register.models import EventRow
from coercivity.desk.wording import outcome_words
from coercivity.events.model import PolicyEvent
from coercivity.licences import load_licences
from web.evidence import DATED, PACK, add_both, add_note

pytestmark = pytest.mark.django_db

ASKED = {
    "item": f"{PACK}:ndfeb_magnet_heavy",
    "origin": "CN",
    "destination": "IN",
    "on": "2025-10-31",
    "end_use": "ev",
}


def expected(**changes):
    said = {"item": "ndfeb_magnet_heavy", "origin": "CN", "destination": "IN", "end_use": "ev"}
    query = Query(**{**said, "on": date(2025, 10, 31), **changes})
    licences = load_licences(packs.opened(PACK))
    return determine(packs.register_of(PACK), query, licences=licences)


def test_the_answer_is_the_librarys_with_trace_and_sources(people, sign_in) -> None:
    client = sign_in(people.customs)
    found, told = expected(), client.get(reverse("register:controls.json"), ASKED).json()
    answer = told["answer"]
    assert {key: answer[key] for key in found.to_json()} == found.to_json()
    assert answer["sources"]
    page = client.get(reverse("register:controls"), ASKED)
    shown = page.content.decode()
    assert outcome_words(found.outcome.value) in shown
    assert found.deciding.text.split(",")[0] in shown
    for line in (*found.free_if, *found.exceptions):
        assert line.split("(")[0].strip()[:40] in shown
    assert "Indicative analysis, not legal advice" in shown
    assert page.context["others"]


def test_knowledge_and_contents_change_the_answer(people, sign_in) -> None:
    client, address = sign_in(people.holder), reverse("register:controls.json")
    early = client.get(address, {**ASKED, "known_at": "2025-01-01"}).json()["answer"]
    assert early["outcome"] == expected(known_at=date(2025, 1, 1)).outcome.value == "FREE"
    light = client.get(address, {**ASKED, "contains": "Nd, Fe"}).json()["answer"]
    assert light["query"]["contains"] == ["Nd", "Fe"]
    assert light["outcome"] == expected(contains=("Nd", "Fe")).outcome.value
    open_use = client.get(address, {**ASKED, "end_use": "unknown"}).json()["answer"]
    assert open_use["query"]["end_use"] is None


def test_wrong_questions_are_answered_in_words(people, sign_in) -> None:
    client = sign_in(people.holder)
    for changes, status in (
        ({"on": "soon"}, 422),
        ({"item": "x:y"}, 422),
        ({"destination": "XX"}, 422),
        ({"share": "140"}, 422),
        ({"on": ""}, 422),
        ({}, 200),
    ):
        answer = client.get(reverse("register:controls"), {**ASKED, **changes})
        assert answer.status_code == status, changes
        assert ("There is a problem" in answer.content.decode()) == (status == 422)
    empty = client.get(reverse("register:controls"))
    assert empty.status_code == 200
    assert "There is a problem" not in empty.content.decode()


def test_instruments_acts_and_states(people, sign_in) -> None:
    client = sign_in(people.customs)
    register = packs.register_of(PACK)
    n_all = sum(len(packs.register_of(name).instruments) for name in packs.names())
    listed = client.get(reverse("register:instruments.json")).json()
    assert listed["total"] == n_all
    one = client.get(reverse("register:instruments.json"), {"pack": PACK}).json()
    assert one["total"] == len(register.instruments)
    acts = client.get(reverse("register:acts.json"), {"pack": PACK}).json()
    assert acts["total"] == len(register.actions)
    lines = client.get(reverse("register:acts.csv")).content.decode("utf-8-sig").splitlines()
    n_acts = sum(len(packs.register_of(name).actions) for name in packs.names())
    assert len(lines) == 1 + n_acts
    for name in register.instruments:
        address = reverse("register:instrument", args=[PACK, name])
        assert client.get(address, {"on": "2025-10-31"}).status_code == 200
    wrong = reverse("register:instrument", args=[PACK, "no_such"])
    assert client.get(wrong).status_code == 404
    assert client.get(reverse("register:instrument", args=["x", "y"])).status_code == 404
    said = {"pack": PACK, "on": "2025-10-31"}
    states = client.get(reverse("register:in_force.json"), said).json()
    assert states["total"] == len(register.states(date(2025, 10, 31)))
    assert client.get(reverse("register:in_force"), {**said, "on": "x"}).status_code == 422


def test_changes_between_days_and_between_states_of_knowledge(people, sign_in) -> None:
    client, register = sign_in(people.customs), packs.register_of(PACK)
    said = {"pack": PACK, "before": "2025-10-01", "after": "2025-12-01"}
    told = client.get(reverse("register:changes.json"), said).json()
    days = (date(2025, 10, 1), date(2025, 12, 1))
    assert {row["measure"] for row in told["rows"]} == {
        change.measure for change in register.diff(*days)
    }
    same = {**said, "before": "2025-12-01"}
    assert client.get(reverse("register:changes.json"), same).json()["total"] == 0
    known = {**same, "known_before": "2025-11-01"}
    told = client.get(reverse("register:changes.json"), known).json()
    diff = register.diff(days[1], days[1], known_before=date(2025, 11, 1))
    assert told["total"] == len(diff) > 0
    shown = client.get(reverse("register:changes"), known).content.decode()
    assert "sources end" in shown or "not known of" in shown


def test_documents_count_only_if_asked_for_and_only_ones_own(people, sign_in) -> None:
    within = add_both(people.analyst)
    instrument = next(i for i in packs.register_of(PACK).instruments.values() if i.number)
    repeal = PolicyEvent(
        id="f" * 16,
        frame="LIFTED",
        title="Everything is lifted",
        when=None,
        actor=instrument.issuer,
        counterparties=(),
        items=(),
        place="",
        claims=(),
        supports=(),
        contradicts=(),
        questions=(),
        status="asserted",
        independent_families=1,
        slots=(("instrument", instrument.id),),
    )
    from coercivity.desk.register.apart import plain

    EventRow.objects.create(
        within=within,
        event=repeal.id,
        frame=repeal.frame,
        title=repeal.title,
        status=repeal.status,
        origin="documents",
        n_families=1,
        body=plain(repeal),
    )
    within.revision += 1
    within.save()
    asked = {**ASKED, "evidence": "on"}
    address = reverse("register:controls.json")
    own = sign_in(people.analyst).get(address, asked).json()["answer"]
    reasons = [flag["reason"] for flag in own["evidence"]]
    assert any("the day on which it takes effect is not given" in reason for reason in reasons)
    assert own["outcome"] == expected().outcome.value
    foreign = sign_in(people.officer).get(address, asked).json()["answer"]
    assert not any(flag["event"] == repeal.id for flag in foreign["evidence"])
    without = sign_in(people.analyst).get(address, ASKED).json()["answer"]
    assert without["evidence"] == []


class Caller:
    """Somebody with a token."""

    def __init__(self, user) -> None:
        self.headers = {"Authorization": f"Bearer {issue_token(user, name='test')}"}

    def get(self, path: str, **query):
        return Client().get(f"/api{path}", query, headers=self.headers)


def test_the_api_answers_as_the_pages_do(people) -> None:
    asked = {**ASKED, "pack": PACK, "item": "ndfeb_magnet_heavy"}
    told = Caller(people.customs).get("/determination", **asked)
    assert told.status_code == 200, told.content
    assert told.json()["outcome"] == expected().outcome.value
    assert told.json()["trace"][0]["text"] == expected().trace[0].text
    caller = Caller(people.customs)
    for changes, status in (
        ({"pack": "no_such"}, 404),
        ({"item": "no_such"}, 404),
        ({"destination": "XX"}, 404),
        ({"on": "soon"}, 422),
        ({"share": "101"}, 422),
        ({"item": "a\x00b"}, 400),
    ):
        assert caller.get("/determination", **{**asked, **changes}).status_code == status, changes


def test_the_api_gives_ones_own_evidence_and_no_other(people) -> None:
    within = add_both(people.analyst)
    document = within.documents.get(name="dated.txt")
    own, foreign = Caller(people.analyst), Caller(people.officer)
    assert own.get("/documents", q="spokesperson").json()["total"] == 1
    assert own.get(f"/documents/{document.pk}").json()["sha256"] == document.file_id
    asked = own.get("/claims", polarity="questioned").json()
    assert [row["claim"]["asserted"] for row in asked["rows"]] == [False]
    assert own.get("/claims", document=document.pk, limit=1).json()["total"] == 2
    events = own.get("/events", origin="both").json()
    assert events["rows"][0]["questions"]
    assert foreign.get("/documents").json()["total"] == 0
    assert foreign.get(f"/documents/{document.pk}").status_code == 404
    assert foreign.get("/claims").json()["total"] == 0
    assert foreign.get("/events").json()["total"] == 0
    assert Caller(people.customs).get("/documents").status_code == 403
    assert Client().get("/api/claims").status_code == 401
    assert own.get("/documents/99999999999999999999").status_code in (404, 422)


def test_a_known_act_of_the_documents_says_so(people, sign_in) -> None:
    text = DATED.replace(
        "Asked whether",
        "China’s Ministry of Commerce suspended its announcement 61 of 2025 on November 7, 2025 "
        "until November 10, 2026.\n\nAsked whether",
    )
    within = add_note(people.analyst, text, "suspended.txt").within
    told = within.events.filter(frame="SUSPENDED").exclude(origin="pack")
    assert told.exists()
    event = told.first()
    client = sign_in(people.analyst)
    address = reverse("register:event", args=[within.pk, event.event])
    assert "What the register makes of it" in client.get(address).content.decode()
