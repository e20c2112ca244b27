"""Every page of licensing through the browser's eyes, without a script."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from coercivity.desk.licensing.models import (
    Application,
    Document,
    Licence,
    ScreeningDecision,
)
from coercivity.desk.licensing.services import deciding, issuing, review, tracking
from coercivity.desk.licensing.services.draws import post_entry
from coercivity.licences import EntryKind
from web.cases import certificate_form, draft, licensed, pdf, proposed, reviewed, submitted

pytestmark = pytest.mark.django_db


def follow(client, address: str, data: dict, *, errors: bool = False):
    answer = client.post(address, data, follow=True)
    shown = answer.context["form"].errors if answer.context and "form" in answer.context else ""
    assert answer.status_code == (422 if errors else 200), (address, answer.status_code, shown)
    return answer


def test_apply_by_the_task_list(people, sign_in) -> None:
    client = sign_in(people.holder)
    answer = follow(
        client,
        "/applications/new",
        {"pack": "rare_earth_magnets", "kind": "individual", "authority": "authority"},
    )
    reference = answer.context["reference"]
    root = f"/applications/{reference}"
    answer = follow(client, f"{root}/submit", {}, errors=True)
    assert b"The application is not complete" in answer.content
    assert answer.content.count(b"To do") == 5
    for role, name in (("consignee", "Buyer One"), ("end_user", "Maker Two")):
        follow(client, f"{root}/parties/{role}", {"name": name, "country": "IN"})
    values = {"item": "ndfeb_magnet_heavy", "quantity": "10", "unit": "vehicle"}
    answer = follow(client, f"{root}/goods/add", values, errors=True)
    assert b'href="#id_unit"' in answer.content
    follow(client, f"{root}/goods/add", {**values, "unit": "t"})
    use = {"origin": "CN", "destination": "IN", "end_use": "ev", "text": "Traction motors"}
    follow(client, f"{root}/use", use)
    less = {**certificate_form(), "goods_quantity_1": "9"}
    without_unit = {**less, "goods_unit_1": ""}
    answer = follow(client, f"{root}/certificate", without_unit, errors=True)
    assert b'href="#id_goods_unit_1"' in answer.content
    follow(client, f"{root}/certificate", less)
    answer = client.get(f"{root}/tasks.json").json()
    defects = {task["task"]: task["defects"] for task in answer["tasks"]}
    assert "9 t certified" in " ".join(defects["certificate"])
    form = client.get(f"{root}/certificate").context["form"]
    first = [form[f"goods_{part}_1"].value() for part in ("item", "quantity", "unit")]
    assert first == ["ndfeb_magnet_heavy", "9", "t"]
    assert not form["goods_item_2"].value()
    follow(client, f"{root}/certificate", certificate_form())
    for kind in ("end_user_certificate", "contract"):
        follow(client, f"{root}/documents", {"kind": kind, "upload": pdf()})
    answer = follow(client, f"{root}/submit", {})
    assert b"is handed in" in answer.content
    assert Application.objects.get().state == "submitted"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"MZ\x90\x00\x03", b"of a kind that is not taken"),
        ("a.pdf", b"", b"empty"),
        ("a.zip", b"PK\x03\x04broken", b"of a kind"),
    ],
)
def test_uploads_are_told_apart_by_their_bytes(people, sign_in, name, content, said) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = draft(people)
    upload = SimpleUploadedFile(name, content, content_type="application/pdf")
    answer = sign_in(people.holder).post(
        f"/applications/{case.reference}/documents", {"kind": "other", "upload": upload}
    )
    assert answer.status_code == 422
    assert said in answer.content


def test_documents_come_back_as_downloads_only(people, sign_in) -> None:
    submitted(people)
    document = Document.objects.first()
    address = reverse("licensing:document", args=[document.pk])
    answer = sign_in(people.officer).get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer.content.startswith(b"%PDF")
    for somebody in (people.stranger, people.foreign_officer):
        assert sign_in(somebody).get(address).status_code == 404


def test_case_by_forms_from_review_to_licence_to_expiry(people, sign_in) -> None:
    case = submitted(people)
    root = f"/applications/{case.reference}"
    officer, decider = sign_in(people.officer), sign_in(people.decider)
    second, customs = sign_in(people.decider2), sign_in(people.customs)
    follow(officer, f"{root}/take", {})
    soon = timezone.now().date() + timedelta(days=3)
    follow(officer, f"{root}/ask", {"question": "Which motor?", "due_on": soon})
    holder = sign_in(people.holder)
    question = case.requests.get()
    follow(holder, f"/questions/{question.pk}", {"text": "4 kW"})
    follow(officer, f"{root}/consult", {"team": "end use", "question": "Your view?"})
    advice = case.advice.get()
    assert holder.get(f"/advice/{advice.pk}").status_code == 403
    follow(
        sign_in(people.officer2),
        f"/advice/{advice.pk}",
        {"recommendation": "approve", "text": "Fine."},
    )
    follow(officer, f"{root}/conclude", {"reason": "complete"})
    today = timezone.now().date()
    decision = {
        "outcome": "approve",
        "grounds": "civil use",
        "granted_1": "10",
        "valid_from": today - timedelta(days=10),
        "valid_to": today + timedelta(days=100),
        "conditions": ["no_military_use"],
        "no_reexport_to": ["US"],
        "max_single_shipment": "6",
    }
    answer = follow(decider, f"{root}/propose", decision, errors=True)
    assert b'href="#id_shipment_unit"' in answer.content
    decision["shipment_unit"] = "t"
    answer = follow(decider, f"{root}/propose", {**decision, "granted_1": "11"}, errors=True)
    assert b"more is granted" in answer.content.lower()
    follow(decider, f"{root}/propose", decision)
    answer = follow(decider, f"{root}/countersign", {}, errors=True)
    assert b"other than the person who decided" in answer.content
    assert b"civil use" not in holder.get(root).content
    follow(second, f"{root}/countersign", {})
    licence = Licence.objects.get()
    given = ["no_military_use", "no_reexport_to:US", "max_single_shipment:6 t"]
    assert [row.text for row in licence.conditions.order_by("id")] == given
    home = f"/licences/{licence.reference}"
    reason = {"reason": "asked by the end user's country"}
    answer = follow(decider, f"{home}/amend-conditions", reason, errors=True)
    assert b"Choose one condition" in answer.content
    follow(decider, f"{home}/amend-conditions", {**reason, "site_only": "plant_1"})
    assert licence.conditions.order_by("id").last().text == "site_only:plant_1"
    entry = {"line": "1", "kind": "draw", "at": today, "refers_to": "", "note": ""}
    follow(customs, f"{home}/draw", {**entry, "quantity": "6", "reference": "D1"})
    answer = follow(
        customs, f"{home}/draw", {**entry, "quantity": "5", "reference": "D2"}, errors=True
    )
    assert b"exceeds what is left" in answer.content
    follow(customs, f"{home}/draw", {**entry, "quantity": "4", "reference": "D3"})
    assert customs.get(f"{home}.json").json()["licence"]["state"] == "exhausted"
    follow(decider, f"{home}/suspend", {"reason": "a new measure"})
    assert b"Suspended" in holder.get(home).content
    Licence.objects.update(valid_to=today)
    assert holder.get(f"{home}.json").json()["licence"]["state"] == "expired"
    answer = holder.get("/licences.json?state=expired").json()
    assert answer["total"] == 1
    assert answer["rows"][0]["state"] == "Expired"


def test_the_list_derives_states_as_the_library_does(people, sign_in) -> None:
    today = timezone.now().date()
    for number, (quantity, drawn) in enumerate([("3", "3"), ("3", "1"), ("3", None), ("2", "2")]):
        licence = licensed(people, quantity, conditions=[])
        if drawn:
            post_entry(
                licence,
                actor=people.customs,
                line=1,
                kind=EntryKind.DRAW,
                quantity=Decimal(drawn),
                unit="t",
                reference=f"D{number}",
                at=today,
            )
    last = Licence.objects.last()
    Licence.objects.filter(pk=last.pk).update(valid_to=today)
    client = sign_in(people.holder)
    found = {
        state: [row["state"] for row in client.get(f"/licences.json?state={state}").json()["rows"]]
        for state in ("active", "exhausted", "expired")
    }
    assert found == {
        "active": ["Active", "Active"],
        "exhausted": ["Exhausted"],
        "expired": ["Expired"],
    }
    lines = client.get("/licences.csv?state=active").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 3


PAGES = [
    "/",
    "/applications",
    "/applications?state=submitted&order=oldest&q=A",
    "/applications/{case}",
    "/licences",
    "/licences?state=active&order=ending&q=L",
    "/licences/{licence}",
    "/licences/{licence}/ledger",
    "/statistics",
    "/statistics?since=2025-01-01",
    "/audit",
    "/account",
    "/api",
]


@pytest.mark.parametrize("address", PAGES)
def test_pages_and_their_data_for_every_role(people, sign_in, address: str) -> None:
    case, licence = proposed(people), licensed(people)
    address = address.format(case=case.reference, licence=licence.reference)
    path, _, query = address.partition("?")
    seen = 0
    for user in (people.holder, people.officer, people.decider, people.auditor, people.customs):
        client = sign_in(user)
        answer = client.get(address)
        assert answer.status_code in (200, 403)
        if answer.status_code == 200:
            seen += 1
            assert b"style=" not in answer.content
            assert b"<style" not in answer.content
            data = client.get(f"{path if path != '/' else '/home'}.json?{query}")
            assert data.status_code == 200
            assert isinstance(data.json(), dict)
    assert seen


FOREIGN = [
    "/applications/{case}",
    "/applications/{case}/tasks",
    "/applications/{case}/use",
    "/applications/{case}/goods/1",
    "/applications/{case}/withdraw",
    "/applications/{case}/take",
    "/applications/{case}/propose",
    "/applications/{case}/countersign",
    "/applications/{case}/screening",
    "/licences/{licence}",
    "/licences/{licence}/ledger",
    "/licences/{licence}/licence.pdf",
    "/licences/{licence}/draw",
    "/licences/{licence}/suspend",
    "/licences/{licence}/surrender",
    "/questions/{question}",
    "/advice/{advice}",
]


@pytest.mark.parametrize("address", FOREIGN)
def test_foreign_objects_are_not_there(people, sign_in, address: str) -> None:
    case, licence = submitted(people), licensed(people)
    review.take(case, actor=people.officer)
    advice = review.consult(case, actor=people.officer, team="end use", question="?")
    other = submitted(people)
    review.take(other, actor=people.officer)
    soon = timezone.now().date() + timedelta(days=3)
    question = review.ask(other, actor=people.officer, question="?", due_on=soon)
    address = address.format(
        case=case.reference, licence=licence.reference, question=question.pk, advice=advice.pk
    )
    for user in (people.stranger, people.foreign_officer, people.foreign_decider):
        client = sign_in(user)
        for method in (client.get, client.post):
            assert method(address).status_code in (403, 404, 405)
    permitted = [
        sign_in(user).get(address).status_code
        for user in (people.holder, people.officer, people.decider, people.customs)
    ]
    assert 200 in permitted or 302 in permitted


def test_drafts_are_hidden_from_the_authority(people, sign_in) -> None:
    case = draft(people)
    assert sign_in(people.officer).get(f"/applications/{case.reference}").status_code == 404
    assert sign_in(people.officer).get("/applications.json").json()["total"] == 0


def test_officials_work_stays_within_the_authority(people, sign_in) -> None:
    case = submitted(people)
    review.take(case, actor=people.officer)
    advice = review.consult(case, actor=people.officer, team="end use", question="Secret?")
    review.give_advice(advice, actor=people.officer2, recommendation="refuse", text="Rumours.")
    review.conclude(case, actor=people.officer, reason="Doubtful.")
    deciding.propose(case, actor=people.decider, outcome="refuse", grounds="Not yet public.")
    for address in (f"/applications/{case.reference}", f"/applications/{case.reference}.json"):
        shown = sign_in(people.holder).get(address).content.decode()
        for secret in ("Secret", "Rumours", "Doubtful", "Not yet public", "Officer2", "Decider"):
            assert secret not in shown, secret
        assert "Not yet public" in sign_in(people.auditor).get(address).content.decode()


def test_queue_narrows_pages_and_exports(people, sign_in) -> None:
    for _ in range(3):
        submitted(people)
    reviewed(people)
    client = sign_in(people.officer)
    assert client.get("/applications.json").json()["total"] == 4
    narrowed = client.get("/applications.json?state=submitted&state=nonsense").json()
    assert narrowed["total"] == 3
    assert narrowed["facets"]["state"] == ["submitted"]
    assert len(client.get("/applications.csv").content.decode("utf-8-sig").splitlines()) == 5


def test_queue_asks_the_database_as_often_for_ten_as_for_one(
    people, sign_in, django_assert_num_queries
) -> None:
    client = sign_in(people.officer)
    submitted(people)
    client.get("/applications")
    # Session, person, count, rows with their organisations, lines, history.
    with django_assert_num_queries(6):
        client.get("/applications")
    for _ in range(9):
        submitted(people)
    with django_assert_num_queries(6):
        answer = client.get("/applications")
    assert len(answer.context["listing"].rows) == 10


def test_licences_ask_the_database_as_often_for_five_as_for_one(
    people, sign_in, django_assert_max_num_queries
) -> None:
    client = sign_in(people.officer)
    for _ in range(5):
        licensed(people)
    with django_assert_max_num_queries(7):
        assert client.get("/licences.json").json()["total"] == 5


def test_the_pages_of_a_case_and_a_licence_ask_for_each_table_once(
    people, sign_in, django_assert_max_num_queries
) -> None:
    licence = licensed(people)
    client = sign_in(people.officer)
    addresses = (f"/applications/{licence.application.reference}", f"/licences/{licence.reference}")
    for address, most in zip(addresses, (14, 10), strict=True):
        client.get(address)
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_paper(people, sign_in) -> None:
    licence = licensed(people)
    answer = sign_in(people.holder).get(f"/licences/{licence.reference}/licence.pdf")
    assert answer["Content-Type"] == "application/pdf"
    from io import BytesIO

    from pypdf import PdfReader

    text = " ".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    for word in (licence.reference, "Acme Magnets", "10 t", "no single shipment above 5 t"):
        assert word in text


def test_screening_keeps_verdicts_of_people(people, sign_in) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    case = submitted(people)
    client = sign_in(people.officer)
    listed = SimpleUploadedFile("l.csv", b"name,id\nTwo Maker,1\nSomebody Else,2\n")
    follow(
        client,
        "/screening-lists/add",
        {"name": "Denied", "version": "2025-06", "upload": listed},
    )
    bad = SimpleUploadedFile("l.csv", b"who\nx\n")
    follow(
        client,
        "/screening-lists/add",
        {"name": "Denied", "version": "2", "upload": bad},
        errors=True,
    )
    rows = client.get(f"/applications/{case.reference}/screening.json").json()["rows"]
    found = {row["party"]: row for row in rows}
    assert found["Maker Two"]["candidate"] == "Two Maker"
    assert found["Maker Two"]["score"] == 100.0
    assert found["Buyer One"]["candidate"] == ""
    address = f"{found['Maker Two']['address']}?entry=1"
    follow(client, address, {"verdict": "no_match", "grounds": "Another country."})
    assert client.post(found["Buyer One"]["address"] + "?entry=9").status_code == 404
    follow(client, found["Maker Two"]["address"], {"grounds": "none"}, errors=True)
    kept = ScreeningDecision.objects.get()
    assert (kept.verdict, str(kept.list)) == ("no_match", "Denied, 2025-06")


def test_importer_tracks_what_sources_tell(people, sign_in) -> None:
    client = sign_in(people.holder)
    follow(client, "/licences/take-over", {"pack": "rare_earth_magnets"})
    count = Licence.objects.filter(posture="asserted").count()
    assert count > 3
    assert tracking.import_from_pack(actor=people.holder, pack="rare_earth_magnets") == 0
    licence = Licence.objects.filter(posture="asserted").first()
    home = f"/licences/{licence.reference}"
    answer = client.get(home)
    assert b"somebody else's act" in answer.content
    assert b"is not published" in answer.content
    assert sign_in(people.officer).get(home).status_code == 404
    assert sign_in(people.stranger).get(home).status_code == 404
    root = f"/tracked/{licence.reference}"
    entry = {
        "line": "1",
        "kind": "draw",
        "quantity": "1",
        "reference": "S1",
        "at": timezone.now().date(),
    }
    answer = follow(client, f"{root}/ship", entry, errors=True)
    assert b"is not known" in answer.content
    follow(client, f"{root}/quantity", {"quantity": "5", "source": "supplier's letter"})
    follow(client, f"{root}/ship", entry)
    follow(client, f"{root}/ship", {**entry, "quantity": "4.5", "reference": "S2"}, errors=True)
    follow(client, f"{root}/assert", {"source": "A paper", "says": "denies", "grade": "C"})
    assert b"Denies" in client.get(home).content


def test_suspension_under_a_measure(people, sign_in) -> None:
    licence = licensed(people)
    client = sign_in(people.decider)
    from coercivity.desk import packs
    from coercivity.desk.licensing.services.measures import landings

    today = timezone.now().date()
    found = None
    for _, measure in packs.register_of("rare_earth_magnets").published(None):
        rows = landings(people.decider, pack="rare_earth_magnets", measure=measure.id, on=today)
        if rows and rows[0].governs:
            found = measure.id
    assert found is not None
    address = f"/licences/measure?measure=rare_earth_magnets:{found}&on={today}"
    answer = client.get(address)
    assert licence.reference.encode() in answer.content
    follow(client, address, {"licences": [licence.reference], "reason": "new measure"})
    licence.refresh_from_db()
    assert licence.state == "suspended"
    issuing.reinstate(licence, actor=people.decider, reason="suspended until further notice")
