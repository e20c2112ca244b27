"""Text written before the rules met it: halves A and B, and single turns of phrase."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from coercivity.catalogue import open_pack
from coercivity.claims import extract
from coercivity.claims.evaluation import evaluate_claims
from coercivity.documents import DocumentSet, assign_families
from coercivity.documents.readers import parse_document

CASES = Path(__file__).parents[2] / "cases" / "evidence"
HELD_OUT = CASES / "held_out"
LEAST_TOLD = 118
"""Of 134 acts told as facts, those that must be found."""


@pytest.fixture(scope="module")
def pack():
    return open_pack("rare_earth_magnets")


def read_lines(lines, pack):
    """Read each line as a document of its own; claims by line."""
    documents = [
        parse_document(f"date 2026-01-15\n{line}".encode(), name=f"{position}.txt")
        for position, line in enumerate(lines)
    ]
    claims = extract(DocumentSet(assign_families(documents)), pack)
    found = {document.id: [] for document in documents}
    for claim in claims:
        if claim.frame is not None and claim.frame != "QUANTITY":
            found[claim.document].append(claim)
    return [found[document.id] for document in documents]


# A little below what was reached, so that a rule may move a slot; the zeros may not move.
@pytest.mark.parametrize(("half", "slots", "numbers"), [("a", 0.85, 0.93), ("b", 0.70, 0.93)])
def test_half_is_read_as_well_as_before(half, slots, numbers, pack):
    result = evaluate_claims(HELD_OUT / f"gold_{half}.jsonl", pack, documents=HELD_OUT).to_json()
    assert result["false_assertion_items"] == []
    assert result["false_lift_items"] == []
    assert result["slot_f1"] >= slots
    assert result["number_f1"] >= numbers


@pytest.mark.parametrize("part", ["round_1", "round_2", "round_3"])
def test_what_is_not_so_is_never_told_as_a_fact(part, pack):
    lines = yaml.safe_load((CASES / "not_so.yaml").read_text(encoding="utf-8"))[part]
    told = [
        (line, claim.frame)
        for line, claims in zip(lines, read_lines(lines, pack), strict=True)
        for claim in claims
        if claim.is_asserted and claim.polarity == "affirmed"
    ]
    assert told == []


def test_what_is_so_is_told_in_many_wordings(pack):
    rows = yaml.safe_load((CASES / "told.yaml").read_text(encoding="utf-8"))
    claims = read_lines([text for _, text in rows], pack)
    found = [
        any(c.frame == frame and c.is_asserted and c.polarity == "affirmed" for c in here)
        for (frame, _), here in zip(rows, claims, strict=True)
    ]
    assert sum(found) >= LEAST_TOLD, [row for row, hit in zip(rows, found, strict=True) if not hit]
