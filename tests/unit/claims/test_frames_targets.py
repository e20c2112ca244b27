"""Targets of the evidence plan, on restated reports where they are at hand and on own ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from coercivity.claims.evaluation import evaluate_claims

CASES = Path(__file__).parents[2] / "cases" / "evidence"


def test_targets_on_the_restated_reports(shared, pack):
    gold = shared / "documents-dev.gold.jsonl"
    if not gold.is_file():
        pytest.skip("the restated reports are not at hand")
    result = evaluate_claims(gold, pack, documents=shared).to_json()
    assert result["slot_f1"] >= 0.85
    assert result["false_assertions"] == 0, result["false_assertion_items"]
    assert result["false_lifts"] == 0, result["false_lift_items"]
    assert result["strict"]["slots"]["f1"] >= 0.75
    assert result["per_slot"]["kind"]["recall"] >= 0.95


@pytest.mark.parametrize(("name", "least"), [("frames_held_out", 0.90), ("frames_second", 0.90)])
def test_own_reports_in_other_words(tmp_path, pack, name, least):
    rows = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    result = evaluate_claims(gold, pack).to_json()
    assert result["documents"] == len(rows)
    assert result["slot_f1"] >= least
    assert result["false_assertions"] == 0, result["false_assertion_items"]
    assert result["false_lifts"] == 0, result["false_lift_items"]
