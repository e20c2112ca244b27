"""Choosing pairs misses nothing that a comparison of each with each finds, and stays cheap."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import combinations
from time import process_time

import pytest

from coercivity.claims import reconcile
from coercivity.claims.candidates import MEMBERS, NEIGHBOURS, plan_pairs
from coercivity.claims.reconcile import Topics, _pair, reconcile_with_notes
from coercivity.claims.vocabulary import load_vocabulary
from coercivity.events import fold_claims
from coercivity.events.grouping import group_claims
from support.made_claims import (
    START,
    made_claim,
    made_document,
    made_period,
    made_set,
)

ACTS = ("LICENCE_GRANTED", "CONTROL_ANNOUNCED", "MEETING", "PRODUCTION_CUT", "APPLICATION_STATUS")


@pytest.fixture(scope="module")
def words(lenses):
    return load_vocabulary(lenses)


def some_claims(n_documents, seed, vocabulary, *, days=40, families=0):
    """Claims with every way of finding each other: lands, parties, items, words, no date."""
    rng = random.Random(seed)
    documents, claims = [], []
    for number in range(n_documents):
        day = None if rng.random() < 0.1 else rng.randrange(days)
        family = f"family{rng.randrange(families)}" if families else ""
        document = made_document(number, day=day, family=family)
        documents.append(document)
        claims.extend(some_claim(rng, document, place) for place in range(0, 40, 10))
    return made_set(claims, documents, vocabulary)


def some_claim(rng, document, place):
    frame = rng.choice((*ACTS, "QUANTITY"))
    polarity = rng.choice(["affirmed"] * 6 + ["negated", "questioned"])
    land = rng.choice(["CL", "PE", "NO", "several firms"])
    item = rng.choice(["lens", "glass"])
    when = None
    if rng.random() < 0.3:
        first = START + timedelta(days=rng.randrange(40))
        when = made_period(document, first, first + timedelta(days=rng.choice([0, 3, 29])), "day")
    if frame == "QUANTITY":
        low = float(rng.randrange(1, 4) * 100)
        return made_claim(document, frame, place=place, low=low, item=item, measure="export")
    slots = {
        "LICENCE_GRANTED": {"recipient": land, "item": item},
        "CONTROL_ANNOUNCED": {"actor": land, "item": item} if land != "PE" else {"item": item},
        "MEETING": {"participant": land, "topic": "exports of lenses"},
        "PRODUCTION_CUT": {"actor": land},
        "APPLICATION_STATUS": {"status": rng.choice(["pending", "filed"]), "actor": "NO"},
    }[frame]
    return made_claim(document, frame, place=place, polarity=polarity, when=when, **slots)


def by_brute_force(claimset):
    """Verdicts of each claim with each of another family."""
    documents = {document.id: document for document in claimset.documents}
    topics = Topics(claimset)
    found = set()
    for a, b in combinations(claimset.claims, 2):
        if documents[a.document].family != documents[b.document].family:
            verdict = _pair(a, b, topics, documents, claimset.vocabulary)
            if verdict is not None:
                found.add((a.id, b.id, verdict.relation, verdict.rule))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_pair_that_meets_is_missed(words, seed):
    claims = some_claims(12, seed, words)
    plan = plan_pairs(
        claims.claims, {d.id: d for d in claims.documents}, words, topics=Topics(claims).of
    )
    assert plan.n_left_out == 0
    assert max(plan.classes.count(number) for number in plan.classes) <= MEMBERS
    found = {(v.a, v.b, v.relation, v.rule) for v in reconcile(claims) if v.b}
    assert found == by_brute_force(claims)
    assert len(plan.pairs) < len(claims) * (len(claims) - 1) / 2


@pytest.mark.parametrize("seed", range(3))
def test_many_alike_meet_through_a_few_and_make_the_same_events(words, seed):
    claims = some_claims(60, seed, words, days=3, families=25)
    verdicts = reconcile(claims)
    every = by_brute_force(claims)
    assert {(v.a, v.b, v.relation, v.rule) for v in verdicts if v.b} <= every
    assert len([v for v in verdicts if v.b]) <= len(every)
    single = {v.a for v in verdicts if v.relation == "SINGLE_SOURCE"}
    touched = {name for a, b, _, rule in every if rule != "asked_not_said" for name in (a, b)}
    assert not single & touched
    whole = [replace_pair(claims, row) for row in sorted(every)]
    assert groups(claims, verdicts, words) == groups(claims, whole, words)


def replace_pair(claims, row):
    documents = {document.id: document for document in claims.documents}
    return _pair(
        claims.get(row[0]), claims.get(row[1]), Topics(claims), documents, claims.vocabulary
    )


def groups(claims, verdicts, words):
    return {frozenset(c.id for c in group) for group in group_claims(claims, verdicts, words)}


def big_set(n_claims, words, *, one_event):
    rng = random.Random(n_claims)
    documents, claims = [], []
    for number in range(n_claims // 5):
        day = 0 if one_event else rng.randrange(365)
        document = made_document(number, day=day, family=f"family{rng.randrange(n_claims // 8)}")
        documents.append(document)
        for place in range(0, 50, 10):
            count = str(rng.randrange(n_claims)) if one_event else str(rng.randrange(5))
            land = "CL" if one_event else rng.choice(["CL", "PE", "AR", "BR", "MX"])
            claims.append(
                made_claim(
                    document,
                    "LICENCE_GRANTED",
                    place=place,
                    recipient=land,
                    item="lens",
                    actor="NO",
                    count=count,
                )
            )
    return made_set(claims, documents, words)


def seconds(claims, pack):
    began = process_time()
    verdicts, notes = reconcile_with_notes(claims)
    events = fold_claims(claims, verdicts, pack, with_pack=False)
    return process_time() - began, verdicts, notes, events


def test_five_thousand_claims_in_bounded_time(words, lenses):
    """Ten thousand comparisons a second would need twenty minutes for each with each."""
    took, verdicts, _, events = seconds(big_set(5000, words, one_event=False), lenses)
    assert took < 60
    assert len(verdicts) < 5000 * NEIGHBOURS
    assert events


def test_work_grows_with_the_claims_not_their_square(words):
    sizes = []
    for n_claims in (500, 1000, 2000):
        claims = big_set(n_claims, words, one_event=True)
        plan = plan_pairs(claims.claims, {d.id: d for d in claims.documents}, words)
        sizes.append(len(plan.pairs))
    assert sizes[1] < 2.3 * sizes[0]
    assert sizes[2] < 2.3 * sizes[1]


def test_what_was_left_out_is_said(words):
    _, notes = reconcile_with_notes(big_set(500, words, one_event=True))
    assert len(notes) == 1
    assert "not compared" in notes[0]
    assert reconcile_with_notes(some_claims(12, 1, words))[1] == ()


def test_undated_claims_meet_only_over_a_named_party(words):
    documents = [made_document(0, day=None), made_document(1, day=3)]
    slots = {"actor": "andes_optics", "item": "lens"}
    claims = [made_claim(d, "PRODUCTION_CUT", **slots) for d in documents]
    assert not [v for v in reconcile(made_set(claims, documents, words)) if v.b]
    from dataclasses import replace

    named = [
        replace(
            c, slots=tuple(replace(s, kind="party") if s.name == "actor" else s for s in c.slots)
        )
        for c in claims
    ]
    assert [v.relation for v in reconcile(made_set(named, documents, words))] == ["AGREE"]


def test_a_long_period_meets_a_day_far_inside_it(words):
    documents = [made_document(0), made_document(1)]
    year = made_period(documents[0], date(2023, 1, 1), date(2023, 12, 31), "2023")
    day = made_period(documents[1], date(2023, 11, 2), date(2023, 11, 2), "2023-11-02")
    claims = [
        made_claim(documents[0], "CONTROL_ANNOUNCED", when=year, actor="NO", item="lens"),
        made_claim(documents[1], "CONTROL_ANNOUNCED", when=day, actor="NO", item="lens"),
    ]
    (verdict,) = reconcile(made_set(claims, documents, words))
    assert (verdict.relation, verdict.rule) == ("REFINES", "second says more")
