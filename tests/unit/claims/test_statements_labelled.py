"""Statements labelled for these tests, independently of the rules: how each frame stands.

The rates are measured over the whole file; ``docs/explanation/evidence-evaluation.md`` has those of
the first, blind run. What must never be wrong is asserted statement by statement.
"""

from __future__ import annotations

from collections import Counter

import pytest

from support.labelled_evidence import (
    Outcome,
    cases,
    is_read,
    reading_of,
    score_statement,
    tells,
    wrong_endings,
)

STATEMENTS = cases("statements.yaml")
NO_FACT = ("denied", "question", "hedged", "absent", "planned")

LEAST_READINGS = 0.95
LEAST_SLOTS = 0.95


@pytest.fixture(scope="module")
def outcomes(pack) -> dict[str, Outcome]:
    return {row["id"]: score_statement(row, pack) for row in STATEMENTS}


def test_there_are_enough_of_every_kind():
    assert len(STATEMENTS) >= 100
    assert len({row["id"] for row in STATEMENTS}) == len(STATEMENTS)
    readings = Counter(row.get("reading") for row in STATEMENTS)
    assert min(readings[name] for name in ("asserted", "denied", "question", "hedged")) >= 10


@pytest.mark.parametrize("name", [row["id"] for row in STATEMENTS if row.get("reading") in NO_FACT])
def test_what_is_no_fact_is_never_told_as_one(outcomes, name):
    """Without exception: neither the frame, nor the state of applications that says the same."""
    outcome = outcomes[name]
    told = [
        claim
        for claim in outcome.claims
        if tells(claim, outcome.row["frame"]) and claim.is_asserted and claim.polarity == "affirmed"
    ]
    assert not told, [(claim.text, claim.rules) for claim in told]


@pytest.mark.parametrize("name", [row["id"] for row in STATEMENTS])
def test_no_control_is_wrongly_suspended_or_lifted(outcomes, name):
    wrong = wrong_endings(outcomes[name])
    assert not wrong, [(claim.text, claim.rules) for claim in wrong]


def test_readings_reach_what_was_measured(outcomes):
    labelled = [o for o in outcomes.values() if "reading" in o.row]
    right = [o for o in labelled if is_read(o.reading, o.row["reading"])]
    missed = [(o.row["id"], o.row["reading"], o.reading) for o in labelled if o not in right]
    assert len(right) / len(labelled) >= LEAST_READINGS, missed


def test_slots_reach_what_was_measured(outcomes):
    slots = [
        (o.row["id"], name, right) for o in outcomes.values() for name, right in o.slots.items()
    ]
    assert len(slots) >= 60
    missed = [row[:2] for row in slots if not row[2]]
    assert 1 - len(missed) / len(slots) >= LEAST_SLOTS, missed


def test_the_score_can_fail(pack):
    """A label that is not so is not counted as read."""
    row = {
        "published": "2025-10-31",
        "text": "China has granted licences to three Indian firms.",
        "frame": "LICENCE_GRANTED",
        "who": "India",
        "when": "2025-10-01",
    }
    outcome = score_statement({**row, "reading": "denied"}, pack)
    assert outcome.reading == "asserted"
    assert not is_read(outcome.reading, "denied")
    assert outcome.slots == {"who": False, "when": False}
    assert reading_of([]) == "absent"
