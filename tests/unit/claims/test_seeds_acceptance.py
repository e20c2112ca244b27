"""The acceptance table of the evidence plan, with exact offsets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from coercivity.claims import extract, reconcile
from coercivity.documents import read_folder
from coercivity.events import fold_claims, policy_state

CASES = yaml.safe_load(
    (Path(__file__).parents[2] / "cases" / "seeds_acceptance.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="module")
def evidence(shared, pack):
    claims = extract(read_folder(shared / "seeds"), pack)
    return claims, reconcile(claims)


def find(claims, doc, span, frame):
    document = claims.documents[doc]
    found = [
        claim
        for claim in claims
        if claim.document == document.id
        and (claim.span.start, claim.span.end) == tuple(span)
        and claim.frame == frame
    ]
    assert len(found) == 1, f"D{doc} {span} {frame}: {len(found)} claims"
    return found[0]


def ids(rows):
    return [f"D{r.get('doc', 0)}-{r.get('span', r.get('a'))[0]}-{r['frame']}" for r in rows]


@pytest.mark.parametrize("row", CASES["claims"], ids=ids(CASES["claims"]))
def test_claim_is_found_at_its_offsets(evidence, row):
    claims, _ = evidence
    claim = find(claims, row["doc"], row["span"], row["frame"])
    assert claims.documents[row["doc"]].text[slice(*row["span"])] == claim.span.exact
    for name in ("mode", "kind", "polarity", "block"):
        if name in row:
            assert getattr(claim, name) == row[name]
    if "speaker" in row:
        assert claim.speaker is not None
        assert claim.speaker.party == row["speaker"]
    if "said" in row:
        assert claim.said_at is not None
        assert claim.said_at.value == row["said"]
        assert claim.when is None, "the day of the statement is not the day of the grant"
    if "when" in row:
        assert claim.when is not None
        assert claim.when.value == row["when"]
    if "latest" in row:
        assert claim.when.latest == date.fromisoformat(row["latest"])
        assert claim.when.earliest is None
    for name, value in row.get("slots", {}).items():
        assert value in claim.values(name)


@pytest.mark.parametrize("row", CASES["verdicts"], ids=[r["row"] for r in CASES["verdicts"]])
def test_verdict(evidence, row):
    claims, verdicts = evidence
    spans = {
        (v.span_a.start, v.span_a.end, v.span_b.start, v.span_b.end): v
        for v in verdicts
        if v.span_b is not None and claims.get(v.a).frame == row["frame"]
    }
    verdict = spans[(*row["a"], *row["b"])]
    assert verdict.relation == row["relation"]
    assert verdict.rule


@pytest.mark.parametrize("row", CASES["single_source"], ids=ids(CASES["single_source"]))
def test_single_source(evidence, row):
    claims, verdicts = evidence
    claim = find(claims, row["doc"], row["span"], row["frame"])
    assert [v.relation for v in verdicts if claim.id in (v.a, v.b)] == ["SINGLE_SOURCE"]


def test_shorter_quotation_is_named(evidence):
    _, verdicts = evidence
    same = [v for v in verdicts if v.relation == "SAME_UTTERANCE"]
    assert len(same) == 1
    assert "the second is shortened" in same[0].note


def test_undated_article_borrows_its_date_and_says_so(evidence):
    claims, _ = evidence
    first = claims.documents[0]
    assert first.published.basis == "cluster"
    assert first.published.confidence == "low"
    said = find(claims, 0, [63, 168], "LICENCE_GRANTED").said_at
    assert said.basis == "cluster"
    assert any("borrowed" in note for note in claims.notes)


def test_four_is_only_asked(evidence):
    claims, _ = evidence
    holding = [c for c in claims if "4" in c.values("count")]
    assert holding
    assert all(c.kind == "question" and not c.is_asserted for c in holding)


def test_policy_state_after_both(evidence, pack):
    claims, verdicts = evidence
    row = CASES["state"]
    for with_pack in (False, True):
        state = policy_state(
            fold_claims(claims, verdicts, pack, with_pack=with_pack),
            pack,
            actor=row["actor"],
            items=[row["item"]],
            destination=row["destination"],
            on=date.fromisoformat(row["day"]),
        )
        assert state.status == row["status"]
        assert len(state.exceptions) == 1
        exception = dict(state.exceptions[0])
        exception.pop("event")
        assert exception == row["exception"]


def test_licence_event_has_unknown_count_and_no_grant_date(evidence, pack):
    claims, verdicts = evidence
    events = fold_claims(claims, verdicts, pack, with_pack=False)
    (licence,) = [e for e in events if e.frame == "LICENCE_GRANTED" and e.supports]
    assert licence.when is None
    assert licence.slot("count") == "unknown"
    assert licence.slot("count_questioned") == "4"
    assert licence.slot("known_by") == "2025-10-30"
    assert licence.status == "confirmed"
    assert licence.independent_families == 2


def test_open_statements_belong_to_the_question_of_the_deal(evidence, pack):
    claims, verdicts = evidence
    events = fold_claims(claims, verdicts, pack, with_pack=False)
    (deal,) = [e for e in events if e.frame == "DEAL" and e.status == "questioned"]
    starts = {claims.get(name).span.start for name in deal.open_statements}
    assert starts == {1029, 1212, 1632}


def test_order_of_documents_does_not_matter(evidence, pack, shared):
    from dataclasses import replace

    claims, verdicts = evidence
    found = read_folder(shared / "seeds")
    turned = extract(replace(found, documents=found.documents[::-1]), pack)
    assert {c.id for c in turned} == {c.id for c in claims}
    relations = sorted(v.relation for v in reconcile(turned))
    assert relations == sorted(v.relation for v in verdicts)
