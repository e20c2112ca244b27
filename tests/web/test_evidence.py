"""Evidence: two notes handed in, reviewed, folded into a timeline, asked of the register."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import Error, transaction
from django.urls import reverse

from coercivity.claims.extraction import read_claims
from coercivity.desk.accounts.audit import verify
from coercivity.desk.register.convert import claim_of
from coercivity.desk.register.models import (
    ClaimRow,
    EventRow,
    EvidenceDocument,
    EvidenceSet,
    JudgementRow,
    VerdictRow,
)
from coercivity.desk.register.services import adding, judging
from coercivity.desk.register.services.reading import read_again, read_waiting
from coercivity.desk.register.services.settling import vocabulary_of
from coercivity.documents import DocumentSet, assign_families
from coercivity.documents.readers import parse_document
from coercivity.errors import InputError, NotFoundError, UsageError
from coercivity.events import judge, read_judgements
from web.evidence import DATED, PACK, UNDATED, add_both, add_note, ask_once, upload

pytestmark = pytest.mark.django_db


def claims_by_words(within: EvidenceSet) -> dict[str, ClaimRow]:
    rows = ClaimRow.objects.filter(document__within=within).select_related("document__within")
    names = {"some": "some Indian", "four": "four Indian", "asked": "whether four"}
    return {key: next(r for r in rows if words in r.text) for key, words in names.items()}


def act(client, row: ClaimRow, judgement: str, **said: str):
    return client.post(reverse(f"register:{judgement}", args=[row.document_id, row.claim]), said)


def test_two_notes_from_upload_to_determination(people, sign_in) -> None:
    client = sign_in(people.analyst)
    for text, name in ((DATED, "dated.txt"), (UNDATED, "undated.txt")):
        said = {"pack": PACK, "upload": upload(text, name)}
        answer = client.post(reverse("register:add"), said)
        assert answer.status_code == 302, answer.content.decode()
    undated = EvidenceDocument.objects.get(name="undated.txt")
    assert undated.state == "read"
    assert (undated.published, undated.basis) == ("2025-10-31", "cluster")
    shown = client.get(answer["Location"]).content.decode()
    assert "borrowed from dated.txt" in shown
    assert "China has granted licences to four Indian companies" in shown
    assert "<mark>" in shown

    rows = claims_by_words(undated.within)
    page = client.get(reverse("register:claim", args=[undated.pk, rows["four"].claim]))
    shown = page.content.decode()
    assert "Second says more".lower() in shown.lower()
    assert "Ministry of External Affairs" in shown

    assert act(client, rows["four"], "correct", name="count", value="unknown").status_code == 302
    assert act(client, rows["some"], "accept", note="heard it").status_code == 302
    fresh = claims_by_words(undated.within)
    assert fresh["four"].standing == "corrected"
    assert {s["name"]: s["value"] for s in fresh["four"].judged["slots"]}["count"] == "unknown"
    assert {s["name"]: s["value"] for s in fresh["four"].reading["slots"]}["count"] == "4"
    verdicts = VerdictRow.objects.filter(within=undated.within, b__isnull=False)
    assert "AGREE" in set(verdicts.values_list("relation", flat=True))

    event = EventRow.objects.get(within=undated.within, origin="both")
    timeline = client.get(reverse("register:events"), {"origin": "both"}).content.decode()
    assert event.title in timeline
    address = reverse("register:event", args=[undated.within_id, event.event])
    shown = client.get(address).content.decode()
    assert "Only asks" in shown
    assert "a licence is an exception, not a repeal" in shown
    question = client.get(address).context["question"]
    asked = parse_qs(urlsplit(question).query)
    assert asked["destination"] == ["IN"]
    shown = client.get(question).content.decode()
    assert "Not settled: refer" in shown or "Licence required" in shown
    assert "state unchanged, a licence is an exception" in shown


def test_what_is_kept_is_what_the_library_reads(people) -> None:
    within = add_both(people.analyst)
    documents = tuple(
        parse_document(text.encode(), name=name)
        for text, name in ((DATED, "dated.txt"), (UNDATED, "undated.txt"))
    )
    docset = DocumentSet(assign_families(documents))
    expected = judge(read_claims(docset, vocabulary_of(PACK)), ())
    rows = ClaimRow.objects.filter(document__within=within)
    assert {row.claim: claim_of(row.reading) for row in rows} == {
        claim.id: claim for claim in expected.claims
    }
    verdicts = set(VerdictRow.objects.values_list("verdict", "relation", "rule"))
    assert verdicts == {(v.id, v.relation, v.rule) for v in expected.verdicts}


def test_reject_undo_and_undo_the_undoing(people, sign_in) -> None:
    within = add_both(people.analyst)
    client, row = sign_in(people.analyst), claims_by_words(within)["four"]
    assert act(client, row, "reject", note="not said").status_code == 302
    row.refresh_from_db()
    assert row.standing == "rejected"
    assert not VerdictRow.objects.filter(b=row).exists()
    assert not VerdictRow.objects.filter(a=row).exists()
    first = JudgementRow.objects.get()
    undone = client.post(reverse("register:undo", args=[first.pk]), {"note": "it is"})
    assert undone.status_code == 302
    row.refresh_from_db()
    assert row.standing == "unjudged"
    again = client.post(reverse("register:undo", args=[first.pk]), {})
    assert again.status_code == 422, "what does not stand cannot be taken back"
    second = JudgementRow.objects.get(undoes=first.row)
    assert client.post(reverse("register:undo", args=[second.pk]), {}).status_code == 302
    row.refresh_from_db()
    assert row.standing == "rejected"
    shown = client.get(reverse("register:claim", args=[row.document_id, row.claim]))
    steps = shown.context["history"]
    assert [step["stands"] for step in steps] == [True, False, True]
    assert "not said" in shown.content.decode()
    assert verify("evidence/institute/rare_earth_magnets") == 5


def test_judgements_outlive_another_reading(people) -> None:
    within = add_both(people.analyst)
    row = claims_by_words(within)["four"]
    judging.judge_claim(row, actor=people.analyst, action="correct", changes={"count": "3"})
    assert read_again(within) == 2
    assert read_waiting(within, ask=ask_once) == 0
    fresh = claims_by_words(within)["four"]
    assert fresh.pk == row.pk
    assert fresh.standing == "corrected"
    # A later reader may give the words another id; the row is found by their place.
    ClaimRow.objects.filter(pk=row.pk).update(claim="0" * 16)
    reading = {**fresh.reading, "id": "0" * 16}
    ClaimRow.objects.filter(pk=row.pk).update(reading=reading)
    judging.judge_claim(claims_by_words(within)["some"], actor=people.analyst, action="accept")
    assert claims_by_words(within)["four"].standing == "corrected"


def test_same_and_different_event(people, sign_in) -> None:
    # Far from every event of the subject's own table, which would take both in.
    within = add_note(people.analyst, DATED.replace("2025-10-31", "2027-03-05"), "dated.txt").within
    add_note(people.analyst, UNDATED, "undated.txt")
    client, rows = sign_in(people.analyst), claims_by_words(within)
    assert EventRow.objects.filter(within=within).exclude(origin="pack").count() == 1
    said = {"other": rows["four"].claim, "note": "another grant"}
    assert act(client, rows["some"], "different", **said).status_code == 302
    told = EventRow.objects.filter(within=within).exclude(origin="pack")
    assert told.count() == 2
    assert act(client, rows["some"], "same", other="ffff").status_code == 422
    assert act(client, rows["some"], "same", **said).status_code == 302
    assert told.count() == 1
    verdict = VerdictRow.objects.get(relation="COMPATIBLE", within=within)
    shown = client.get(reverse("register:verdict", args=[within.pk, verdict.verdict]))
    assert "judged by analyst" in shown.content.decode()


def test_corrections_that_cannot_be_are_refused_and_nothing_is_kept(people, sign_in) -> None:
    within = add_both(people.analyst)
    client, row = sign_in(people.analyst), claims_by_words(within)["some"]
    for said in (
        {"name": "frame", "value": "NONSENSE"},
        {"name": "when", "value": "soon"},
        {"name": "polarity", "value": "maybe"},
        {"name": "", "value": "4"},
    ):
        answer = act(client, row, "correct", **said)
        assert answer.status_code == 422, said
        assert "There is a problem" in answer.content.decode()
    assert not JudgementRow.objects.exists()
    with pytest.raises(NotFoundError):
        judging.judge_claim(row, actor=people.analyst, action="same_event", other="0" * 16)
    with pytest.raises(UsageError):
        judging.judge_claim(row, actor=people.analyst, action="wish")
    with pytest.raises(InputError):
        judging.judge_claim(row, actor=people.holder, action="accept")
    assert not JudgementRow.objects.exists()


def test_judgements_are_never_changed_and_leave_as_a_file(people, sign_in, tmp_path) -> None:
    within = add_both(people.analyst)
    row = claims_by_words(within)["some"]
    made = judging.judge_claim(row, actor=people.analyst, action="accept")
    for change in (
        lambda: JudgementRow.objects.filter(pk=made.pk).update(claim="x"),
        lambda: JudgementRow.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(Error), transaction.atomic():
            change()
    answer = sign_in(people.analyst).get(reverse("register:judgement_file", args=[within.pk]))
    path = tmp_path / "judgements"
    path.write_bytes(answer.content)
    rows, torn = read_judgements(path)
    assert (len(rows), torn) == (1, ())
    assert rows[0].to_json() == made.body


def test_foreign_evidence_is_not_there(people, sign_in) -> None:
    within = add_both(people.analyst)
    rows, document = claims_by_words(within), within.documents.first()
    made = judging.judge_claim(rows["some"], actor=people.analyst, action="accept")
    event, verdict = within.events.first(), within.verdicts.first()
    claim = (rows["some"].document_id, rows["some"].claim)
    seen = [
        ("document", [document.pk]),
        ("file", [document.pk]),
        ("claim", claim),
        ("event", [within.pk, event.event]),
        ("verdict", [within.pk, verdict.verdict]),
        ("judgement_file", [within.pk]),
    ]
    changed = [(name, claim) for name in ("accept", "reject", "correct", "same", "different")]
    changed += [(name, [document.pk]) for name in ("read", "withdraw", "restore", "describe")]
    changed += [("undo", [made.pk])]
    own, foreign = sign_in(people.analyst), sign_in(people.officer)
    for name, args in seen:
        assert own.get(reverse(f"register:{name}", args=args)).status_code == 200, name
        assert foreign.get(reverse(f"register:{name}", args=args)).status_code == 404, name
    for name, args in changed:
        assert foreign.post(reverse(f"register:{name}", args=args)).status_code == 404, name
    for name in ("evidence", "claims", "verdicts", "events", "judgements"):
        assert foreign.get(reverse(f"register:{name}.json")).json()["total"] == 0, name
        assert own.get(reverse(f"register:{name}.json")).json()["total"] > 0, name
    assert JudgementRow.objects.count() == 1


def test_the_same_bytes_are_kept_once_for_two_organisations(people) -> None:
    first = add_note(people.analyst, DATED, "a.txt")
    second = add_note(people.officer, DATED, "b.txt")
    assert first.file_id == second.file_id
    assert first.within != second.within
    judging.judge_claim(first.claims.first(), actor=people.analyst, action="reject")
    assert set(second.claims.values_list("standing", flat=True)) == {"unjudged"}


def test_a_withdrawn_document_counts_no_more_and_takes_its_date_with_it(people, sign_in) -> None:
    within = add_both(people.analyst)
    client = sign_in(people.analyst)
    dated = within.documents.get(name="dated.txt")
    client.post(reverse("register:withdraw", args=[dated.pk]))
    undated = within.documents.get(name="undated.txt")
    assert (undated.state, undated.published, undated.borrowed) == ("read", "", None)
    relations = within.verdicts.values_list("relation", flat=True)
    assert set(relations) == {"SINGLE_SOURCE"}
    client.post(reverse("register:restore", args=[dated.pk]))
    undated.refresh_from_db()
    assert undated.published == "2025-10-31"


def test_a_date_and_publisher_said_by_a_person(people, sign_in) -> None:
    row = add_note(people.analyst, UNDATED, "undated.txt")
    assert row.published == ""
    said = {"publisher": "A daily", "url": "https://daily.example/x", "told": "2025-10-31"}
    address = reverse("register:describe", args=[row.pk])
    client = sign_in(people.analyst)
    assert client.post(address, {**said, "told": "soon"}).status_code == 422
    assert client.post(address, {**said, "url": "javascript:alert(1)"}).status_code == 422
    assert client.post(address, said).status_code == 302
    row.refresh_from_db()
    assert (row.published, row.basis, row.publisher) == ("2025-10-31", "index", "A daily")
    claim = row.claims.first()
    assert claim_of(claim.reading).said_at.value == "2025-10-30"


def test_markup_is_text_wherever_it_is_shown(people, sign_in) -> None:
    within = add_both(people.analyst)
    client = sign_in(people.analyst)
    name = '<img src=x onerror="alert(1)">.html'
    html = (
        "<html><head><meta name='date' content='2025-10-31'></head><body>"
        "<p>China has granted licences to Indian companies to import rare earth magnets, the "
        "Ministry of External Affairs said &lt;script&gt;alert(2)&lt;/script&gt; on Thursday.</p>"
        "<script>alert(3)</script><p onclick='alert(4)'>Nothing else was said by anybody.</p>"
        "</body></html>"
    )
    row = adding.add_upload(
        actor=people.analyst, pack=PACK, upload=upload(html, name), publisher="<b>Bold</b>"
    )
    read_waiting(row.within, ask=ask_once)
    claims = claims_by_words(within)
    judging.judge_claim(
        claims["some"], actor=people.analyst, action="correct",
        changes={"place": "<i>here</i>"}, note="<script>alert(5)</script>",
    )  # fmt: skip
    undated = within.documents.get(name="undated.txt")
    addresses = [
        reverse("register:evidence"),
        reverse("register:claims"),
        reverse("register:verdicts"),
        reverse("register:events"),
        reverse("register:judgements"),
        reverse("register:document", args=[undated.pk]),
        reverse("register:document", args=[row.pk]),
        reverse("register:claim", args=[claims["some"].document_id, claims["some"].claim]),
    ]
    for address in addresses:
        answer = client.get(address)
        shown = answer.content.decode()
        for wrong in ("<script>alert", "<img", "<b>Bold", "<i>here", "onclick='", "style="):
            assert wrong not in shown, (address, wrong)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    shown = client.get(reverse("register:document", args=[undated.pk])).content.decode()
    assert "&lt;script&gt;alert(&quot;no&quot;)&lt;/script&gt; &amp;" in shown
    down = client.get(reverse("register:file", args=[row.pk]))
    assert down.headers["Content-Type"] == "application/octet-stream"
    assert down.headers["Content-Disposition"].startswith("attachment")


def test_lists_have_facets_search_json_and_csv(people, sign_in) -> None:
    add_both(people.analyst)
    client = sign_in(people.analyst)
    found = client.get(reverse("register:claims.json"), {"polarity": "questioned"}).json()
    assert [row["polarity"] for row in found["rows"]] == ["questioned"]
    found = client.get(reverse("register:evidence.json"), {"q": "spokesperson"}).json()
    assert [row["name"] for row in found["rows"]] == ["dated.txt"]
    found = client.get(reverse("register:evidence.json"), {"basis": "cluster"}).json()
    assert [row["name"] for row in found["rows"]] == ["undated.txt"]
    for name in ("evidence", "claims", "verdicts", "events", "judgements"):
        answer = client.get(reverse(f"register:{name}.csv"))
        assert answer.headers["Content-Type"].startswith("text/csv"), name
    lines = client.get(reverse("register:claims.csv")).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + ClaimRow.objects.count()
    shown = client.get(reverse("register:claims"), {"order": "review"}).context["listing"].rows
    orders = [row.review_order for row in shown if row.review_order is not None]
    assert orders == sorted(orders)
    page = client.get(reverse("register:document.json", args=[EvidenceDocument.objects.first().pk]))
    assert page.json()["claims"][0]["asserted"] in (True, False)


def test_list_pages_do_not_ask_once_a_row(people, sign_in, django_assert_max_num_queries) -> None:
    add_both(people.analyst)
    client = sign_in(people.analyst)
    for name in ("evidence", "claims", "verdicts", "events", "judgements"):
        with django_assert_max_num_queries(12):
            assert client.get(reverse(f"register:{name}")).status_code == 200


def test_json_of_a_claim_and_of_an_event(people, sign_in) -> None:
    within = add_both(people.analyst)
    row = claims_by_words(within)["asked"]
    client = sign_in(people.analyst)
    told = client.get(reverse("register:claim.json", args=[row.document_id, row.claim])).json()
    assert told["claim"]["polarity"] == "questioned"
    assert told["claim"]["asserted"] is False
    assert told["verdicts"][0]["rule"] == "asked_not_said"
    event = within.events.get(origin="both")
    told = client.get(reverse("register:event.json", args=[within.pk, event.event])).json()
    assert row.claim in told["event"]["questions"]
    assert row.claim not in told["event"]["supports"]
    assert json.dumps(told["register"])
