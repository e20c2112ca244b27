"""Verdicts come from slots and polarity, never from likeness of wording."""

from __future__ import annotations

from dataclasses import replace

import pytest

from coercivity.claims import reconcile
from coercivity.errors import InputError

HEAD = "date 2024-03-15\n\n"


def verdict(read, one, two, relation=None):
    claims = read(HEAD + one, HEAD + two)
    found = [v for v in reconcile(claims) if v.b]
    assert found, [(c.frame, c.text, c.modality) for c in claims]
    if relation:
        assert relation in {v.relation for v in found}, [(v.relation, v.rule) for v in found]
    return next(v for v in found if relation is None or v.relation == relation)


def test_agreement_in_other_words(read):
    verdict(
        read,
        "Norway has granted licences to several Chilean companies for optical lenses.",
        "Licences for optical lenses were granted by Norway to some Chilean firms.",
        "AGREE",
    )


def test_granted_against_not_granted_is_a_conflict(read):
    found = verdict(
        read,
        "Norway has granted licences for lenses to Chilean companies.",
        "Norway has not granted licences for lenses to Chilean companies.",
        "CONFLICT",
    )
    assert found.rule == "polarity"


def test_wrong_grantor_is_a_conflict_on_the_actor(read):
    found = verdict(
        read,
        "Norway has granted licences to several Chilean firms to import lenses.",
        "Chile has granted licences to several Chilean firms to import lenses from Norway.",
        "CONFLICT",
    )
    (actor,) = [d for d in found.differences if d.slot == "actor"]
    assert (actor.a, actor.b, actor.relation) == ("NO", "CL", "conflict")


def test_three_against_four_is_a_conflict_and_digits_equal_words(read):
    one = "Norway has granted licences for lenses to {} Chilean companies."
    assert verdict(read, one.format("three"), one.format("four")).relation == "CONFLICT"
    assert verdict(read, one.format("4"), one.format("four")).relation == "AGREE"


def test_a_number_refines_an_unknown_number(read):
    one = "Norway has granted licences for lenses to {} Chilean companies."
    assert verdict(read, one.format("several"), one.format("four")).relation == "REFINES"


def test_question_is_only_related(read):
    found = verdict(
        read,
        "A reporter asked whether Norway had granted licences for lenses to four Chilean firms.",
        "Norway has granted licences for lenses to three Chilean companies.",
    )
    assert (found.relation, found.rule) == ("RELATED", "asked_not_said")


def test_other_destination_is_compatible(read):
    found = verdict(
        read,
        "Norway lifted its restrictions on lenses on Monday.",
        "Norway did not lift its restrictions on lenses for Chile on Monday.",
    )
    assert (found.relation, found.rule) == ("COMPATIBLE", "other_destination")


def test_dates_far_apart_are_two_events(read):
    claims = read(
        HEAD + "Norway halted exports of lenses to Chile on January 5, 2024.",
        HEAD + "Norway halted exports of lenses to Chile on February 20, 2024.",
    )
    assert {v.relation for v in reconcile(claims)} == {"SINGLE_SOURCE"}


def test_numbers_within_hedge_agree_and_beyond_conflict(read):
    one = "Chile imported {} tonnes of optical glass in 2023."
    assert verdict(read, one.format("about 540"), one.format("550")).relation == "AGREE"
    assert verdict(read, one.format("about 540"), one.format("870")).relation == "CONFLICT"


def test_wider_scope_is_related_not_a_conflict(pack):
    from coercivity.claims import extract
    from coercivity.documents import DocumentSet, assign_families
    from coercivity.documents.readers import parse_document

    texts = [
        "China exported 3,000 tonnes of rare earth magnets in June 2025.",
        "China exported 1,000 tonnes of samarium-cobalt magnets in June 2025.",
    ]
    documents = [parse_document((HEAD + t).encode(), name=f"{i}.txt") for i, t in enumerate(texts)]
    claims = extract(DocumentSet(assign_families(documents)), pack)
    assert [(v.relation, v.rule) for v in reconcile(claims)] == [("RELATED", "other scope")]


def test_same_words_of_one_speaker_are_one_utterance(read):
    found = verdict(
        read,
        "Kari Nordmann said: “Yes, several Chilean firms have received licences for lenses, "
        "from us.”",
        "“Several Chilean firms have received licences for lenses,” said Kari Nordmann.",
        "SAME_UTTERANCE",
    )
    assert "shortened" in found.note


def test_other_words_on_one_question_diverge(read):
    found = verdict(
        read,
        "Kari Nordmann said: “We have not looked at the talks between Peru and Bolivia yet.”",
        "“We are examining what Peru and Bolivia agreed,” Kari Nordmann said.",
    )
    assert found.relation == "DIVERGENT_QUOTE"


def test_copies_are_not_compared(read):
    text = HEAD + "Norway has granted licences to several Chilean firms to import lenses. " * 3
    assert not [v for v in reconcile(read(text, text + "\nShare this")) if v.b]


def test_verdicts_are_sorted_unique_and_named(read):
    claims = read(
        HEAD + "Norway has granted licences for lenses to Chilean companies.",
        HEAD + "Norway has not granted licences for lenses to Chilean companies.",
    )
    verdicts = reconcile(claims)
    assert len({v.id for v in verdicts}) == len(verdicts)
    assert all(v.rule for v in verdicts)
    assert verdicts == reconcile(claims)


def test_claims_without_words_cannot_be_compared(read):
    with pytest.raises(InputError):
        reconcile(replace(read(HEAD + "Norway said so."), vocabulary=None))
