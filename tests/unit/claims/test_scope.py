"""Numbers are compared within one scope; other scopes are related, never in conflict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from coercivity.claims import RELATIONS, reconcile
from coercivity.claims.model import Speaker
from coercivity.claims.vocabulary import load_vocabulary
from coercivity.documents.model import Span
from support.made_claims import made_claim, made_document, made_period, made_set


@pytest.fixture(scope="module")
def words(pack):
    return load_vocabulary(pack)


def number(document, low, *, when=None, name="", **slots):
    claim = made_claim(
        document, "QUANTITY", low=low, when=when,
        **({"item": "rare_earth_magnet", "measure": "export", "actor": "CN"} | slots),
    )  # fmt: skip
    if not name:
        return claim
    span = Span(document.id, 20, 20 + len(name), name)
    filled = tuple(replace(s, span=span) if s.name == "item" else s for s in claim.slots)
    return replace(claim, slots=filled)


def only(words, one, two):
    documents = (made_document(0), made_document(1))
    claims = [make(document) for make, document in zip((one, two), documents, strict=True)]
    found = [v for v in reconcile(made_set(claims, documents, words)) if v.b]
    assert len(found) <= 1
    return (found[0].relation, found[0].rule) if found else None


def test_same_scope_other_number_is_a_conflict(words):
    assert only(words, lambda d: number(d, 300), lambda d: number(d, 400)) == (
        "CONFLICT",
        "slot conflict: value",
    )


def test_same_number_in_other_units_agrees(words):
    tonnes = lambda d: number(d, 5000)  # noqa: E731
    kilotonnes = lambda d: number(d, 5, unit="kt")  # noqa: E731
    assert only(words, tonnes, kilotonnes) == ("AGREE", "within hedge")


@pytest.mark.parametrize(
    "other",
    [
        {"item": "rare_earth"},
        {"destination": "US"},
        {"origin": "MM"},
        {"base": "2024-10"},
    ],
)
def test_another_scope_is_related(words, other):
    found = only(words, lambda d: number(d, 300), lambda d: number(d, 400, **other))
    assert found == ("RELATED", "other scope")


@pytest.mark.parametrize(
    ("one", "two", "relation"),
    [
        ("rare earth magnets", "permanent magnets", "RELATED"),
        ("rare-earth magnets", "rare earth magnet", "CONFLICT"),
        ("rare earth magnets", "magnets", "CONFLICT"),
        ("rare earths", "rare earth elements", "CONFLICT"),
        ("permanent magnets", "rare earth permanent magnets", "RELATED"),
    ],
)
def test_another_name_of_an_item_may_be_another_scope(words, one, two, relation):
    found = only(words, lambda d: number(d, 300, name=one), lambda d: number(d, 400, name=two))
    assert found is not None
    assert found[0] == relation


def test_other_periods_do_not_meet(words):
    def in_month(month, low):
        def make(document):
            first = date(2023, month, 1)
            return number(document, low, when=made_period(document, first, first, f"2023-{month}"))

        return make

    assert only(words, in_month(1, 300), in_month(2, 400)) is None
    assert only(words, in_month(1, 300), in_month(1, 400))[0] == "CONFLICT"


def test_kilograms_and_rupees_do_not_meet(words):
    assert only(words, lambda d: number(d, 300), lambda d: number(d, 400, unit="INR")) is None


def test_all_eight_verdicts_occur(words):
    """One set of claims that yields each verdict at least once."""
    documents = [made_document(n) for n in range(4)]
    one, two, three, four = documents
    grant = {"recipient": "IN", "item": "rare_earth_magnet", "actor": "CN"}
    halt = {"actor": "CN", "item": "fertiliser"}
    speaker = Speaker("Kari Nordmann", party="somebody")
    claims = [
        made_claim(one, "LICENCE_GRANTED", **grant),
        made_claim(two, "LICENCE_GRANTED", **grant),
        made_claim(three, "LICENCE_GRANTED", count="4", **grant),
        made_claim(four, "LICENCE_GRANTED", **(grant | {"actor": "IN"})),
        made_claim(one, "SUPPLY_HALTED", place=20, **halt, destination="IN"),
        made_claim(two, "SUPPLY_HALTED", place=20, **halt, place_slot="x", until="2024-05"),
        made_claim(three, "MEETING", place=30, polarity="questioned", participant="IN"),
        made_claim(four, "MEETING", place=30, participant="IN", topic="magnets"),
        made_claim(one, "TIGHTENED", place=40, actor="US", item="fertiliser"),
        *(
            replace(
                made_claim(d, None, place=50, about="x", also="y"),
                mode="direct", kind="answer", speaker=speaker, text=text,
                slots=tuple(s for v in ("IN", "US") for s in made_claim(d, None, about=v).slots),
            )
            for d, text in (
                (one, "We will look at what they have agreed there"),
                (two, "No comment on anything of that kind today, thank you"),
                (three, "look at what they have agreed there"),
            )
        ),
    ]  # fmt: skip
    found = {v.relation for v in reconcile(made_set(claims, documents, words))}
    assert found == set(RELATIONS)


def tally(count, *, day=0, **slots):
    def make(number):
        document = made_document(number, day=day if number else 0)
        return document, made_claim(
            document, "APPLICATION_STATUS", status="pending", count=count, item="lens", **slots
        )

    return make


@pytest.mark.parametrize(
    ("one", "two", "relation"),
    [
        ({"applicant": "IN"}, {"applicant": "IN"}, "CONFLICT"),
        ({"applicant": "IN"}, {}, "RELATED"),
        ({}, {}, "RELATED"),
        ({"applicant": "IN"}, {"applicant": "IN", "day": 3}, "RELATED"),
    ],
)
def test_tallies_conflict_only_for_the_same_applicants_and_day(words, one, two, relation):
    rows = [tally("30", **one)(0), tally("121", **two)(1)]
    claims = made_set([c for _, c in rows], [d for d, _ in rows], words)
    assert [v.relation for v in reconcile(claims) if v.b] == [relation]


def test_a_licence_abroad_does_not_contradict_none_at_home(words):
    documents = (made_document(0), made_document(1))
    shared = {"item": "rare_earth_magnet", "actor": "CN"}
    claims = [
        made_claim(documents[0], "LICENCE_GRANTED", polarity="negated", recipient="IN", **shared),
        made_claim(documents[1], "LICENCE_GRANTED", recipient="units abroad", **shared),
    ]
    (verdict,) = [v for v in reconcile(made_set(claims, documents, words)) if v.b]
    assert (verdict.relation, verdict.rule) == ("COMPATIBLE", "other_destination")
