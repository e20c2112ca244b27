"""Judgements are rows: added, undone by further rows, never overwritten, safe in a crash."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import replace

import pytest

from coercivity.claims import reconcile
from coercivity.errors import NotFoundError, UsageError
from coercivity.events import (
    append_judgement,
    apply_judgements,
    effective_judgements,
    fold_claims,
    read_judgements,
)

HEAD = "date 2024-03-15\n\n"
WHO = {"who": "ana", "when": "2024-03-16T10:00:00+00:00"}


@pytest.fixture
def rows(tmp_path):
    return tmp_path / "judgements.jsonl"


def test_rows_are_only_added(rows):
    first = append_judgement(rows, "accept", claim="c1", **WHO)
    before = rows.read_bytes()
    second = append_judgement(rows, "reject", claim="c1", **WHO)
    assert rows.read_bytes().startswith(before)
    assert read_judgements(rows) == ((first, second), ())


def test_row_is_on_disk_before_the_call_returns(rows, monkeypatch):
    synced = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(handle), real(handle)))
    append_judgement(rows, "accept", claim="c1", **WHO)
    assert synced


def test_torn_line_is_reported_and_swallows_nothing(rows):
    first = append_judgement(rows, "accept", claim="c1", **WHO)
    with rows.open("ab") as handle:
        handle.write(b'{"id": "torn", "act')
    third = append_judgement(rows, "reject", claim="c2", **WHO)
    read, problems = read_judgements(rows)
    assert read == (first, third)
    assert [problem.where for problem in problems] == ["judgements.jsonl:2"]


def test_killed_writer_loses_nothing_that_was_acknowledged(rows):
    program = textwrap.dedent(
        """
        import os, sys
        from coercivity.events import append_judgement
        for number in range(5):
            row = append_judgement(sys.argv[1], "accept", claim=f"c{number}", who="ana",
                                   when="2024-03-16")
            print(row.id, flush=True)
        with open(sys.argv[1], "ab") as handle:
            handle.write(b'{"half')
            handle.flush()
            os._exit(9)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(rows)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 9, done.stderr
    read, problems = read_judgements(rows)
    assert [row.id for row in read] == done.stdout.split()
    assert len(problems) == 1


def test_undoing_is_another_row(rows):
    first = append_judgement(rows, "reject", claim="c1", **WHO)
    append_judgement(rows, "accept", claim="c1", undoes=first.id, **WHO)
    read, _ = read_judgements(rows)
    assert len(read) == 2
    assert effective_judgements(read) == ()


def test_later_judgement_stands(rows):
    append_judgement(rows, "reject", claim="c1", **WHO)
    later = append_judgement(rows, "accept", claim="c1", **WHO)
    assert effective_judgements(read_judgements(rows)[0]) == (later,)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("praise", {"claim": "c1"}),
        ("same_event", {"claim": "c1"}),
        ("correct", {"claim": "c1"}),
        ("accept", {"claim": ""}),
    ],
)
def test_incomplete_judgement_is_refused_and_not_written(rows, action, fields):
    with pytest.raises(UsageError):
        append_judgement(rows, action, **fields, **WHO)
    assert not rows.exists()


def test_missing_file(rows):
    with pytest.raises(NotFoundError):
        read_judgements(rows)


@pytest.fixture
def evidence(read):
    claims = read(
        HEAD + "Norway has granted licences to three Chilean firms to import lenses.",
        HEAD + "Norway has granted licences to four Chilean firms to import lenses.",
    )
    return claims, reconcile(claims)


def judged(evidence, rows, action, **fields):
    append_judgement(rows, action, **fields, **WHO)
    return apply_judgements(*evidence, read_judgements(rows)[0])


def test_reject_leaves_the_claim_out_and_the_original_whole(evidence, rows):
    claims, verdicts = evidence
    before = (claims.claims, verdicts)
    changed, left = judged(evidence, rows, "reject", claim=claims.claims[0].id)
    assert claims.claims[0].id not in {claim.id for claim in changed}
    assert not [v for v in left if claims.claims[0].id in (v.a, v.b)]
    assert (claims.claims, verdicts) == before


def test_correct_changes_a_slot_and_names_who(evidence, rows, lenses):
    claims, _ = evidence
    name = claims.claims[0].id
    changed, _ = judged(evidence, rows, "correct", claim=name, changes={"count": "4"})
    slot = changed.get(name).slot("count")
    assert (slot.value, slot.rule) == ("4", "corrected by ana")
    assert slot.span is not None
    (event,) = fold_claims(changed, reconcile(changed), lenses)
    assert event.slot("count") == "4"
    assert claims.get(name).slot("count").value == "3"


def test_accept_raises_confidence(evidence, rows):
    claims, _ = evidence
    low = replace(claims.claims[0], confidence="low")
    weak = replace(claims, claims=(low, *claims.claims[1:]))
    changed, _ = judged((weak, ()), rows, "accept", claim=low.id)
    assert changed.get(low.id).confidence == "high"


def test_different_event_parts_and_same_event_joins(evidence, rows, lenses):
    claims, verdicts = evidence
    one, two = (claim.id for claim in claims.claims)
    assert len(fold_claims(claims, verdicts, lenses)) == 1
    changed, left = judged(evidence, rows, "different_event", claim=one, other=two)
    assert len(fold_claims(changed, left, lenses)) == 2
    changed, left = judged(evidence, rows, "same_event", claim=two, other=one)
    assert len(fold_claims(changed, left, lenses)) == 1


def test_applying_twice_is_applying_once(evidence, rows):
    claims, _ = evidence
    once = judged(evidence, rows, "correct", claim=claims.claims[0].id, changes={"count": "4"})
    again = apply_judgements(*evidence, read_judgements(rows)[0])
    assert once == again


def test_row_is_plain_json(rows):
    append_judgement(rows, "correct", claim="c1", changes={"count": "4"}, note="read it", **WHO)
    assert json.loads(rows.read_text(encoding="utf-8"))["changes"] == {"count": "4"}
