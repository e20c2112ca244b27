"""Pairs of reports by two outlets, labelled for these tests: the verdict and what differs."""

from __future__ import annotations

import pytest

from support.labelled_evidence import cases, differs_right, is_right_verdict, verdicts_of

PAIRS = cases("pairs.yaml")

LEAST_VERDICTS = 0.88
LEAST_DIFFERENCES = 0.90


@pytest.fixture(scope="module")
def found(pack):
    return {row["id"]: verdicts_of(row, pack)[0] for row in PAIRS}


def test_there_are_enough_of_every_kind():
    assert len(PAIRS) >= 60
    relations = {row["verdict"] for row in PAIRS}
    assert len(relations) == 8


def test_verdicts_reach_what_was_measured(found):
    missed = [
        (row["id"], row["verdict"], sorted({v.relation for v in found[row["id"]]}))
        for row in PAIRS
        if not is_right_verdict(row, found[row["id"]])
    ]
    assert 1 - len(missed) / len(PAIRS) >= LEAST_VERDICTS, missed


def test_differing_slots_reach_what_was_measured(found):
    rows = [row for row in PAIRS if "differs" in row]
    assert len(rows) >= 25
    missed = [row["id"] for row in rows if not differs_right(row, found[row["id"]])]
    assert 1 - len(missed) / len(rows) >= LEAST_DIFFERENCES, missed


@pytest.mark.parametrize(
    "name", [row["id"] for row in PAIRS if row["verdict"] not in ("CONFLICT", "DIVERGENT_QUOTE")]
)
def test_no_conflict_is_made_where_there_is_none(found, name):
    conflicts = [v for v in found[name] if v.relation == "CONFLICT"]
    assert not conflicts, [(v.rule, v.note) for v in conflicts]


@pytest.mark.parametrize("name", [row["id"] for row in PAIRS if row["verdict"] == "CONFLICT"])
def test_no_conflict_is_called_agreement(found, name):
    assert not [v for v in found[name] if v.relation in ("AGREE", "SAME_UTTERANCE")]


def test_every_verdict_names_its_rule_and_both_spans(found):
    verdicts = [verdict for rows in found.values() for verdict in rows]
    assert verdicts
    for verdict in verdicts:
        assert verdict.rule
        assert verdict.span_a.exact
        assert verdict.relation == "SINGLE_SOURCE" or verdict.span_b.exact
