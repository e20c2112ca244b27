"""The cases written by experts, on the second pack: the same code, another subject."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from coercivity.catalogue import open_pack
from coercivity.controls import Query, action_from, build_register, determine

CASES = Path(__file__).resolve().parents[2] / "cases" / "controls_fertiliser"
KEYS = {"case", "query", "outcome", "decides", "missing", "knowledge_ends", "actions"}


def _load() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}:{number}:{case['case']}")
        for path in sorted(CASES.glob("*.yaml"))
        for number, case in enumerate(yaml.safe_load(path.read_text("utf-8")))
    ]


ALL = _load()


@pytest.fixture(scope="module")
def register():
    return build_register(open_pack("fertiliser"))


def _query(given: dict[str, Any]) -> Query:
    on = given["day"]
    return Query(
        item=given["item"],
        origin=given["from"],
        destination=given["to"],
        on=datetime.fromisoformat(on) if isinstance(on, str) else on,
        known_at=given.get("known_at"),
        hs_code=given.get("hs_code"),
    )


@pytest.mark.parametrize("case", ALL)
def test_case(case: dict[str, Any], register: Any) -> None:
    assert set(case) <= KEYS, "a key that nothing checks"
    if "actions" in case:
        register = register.with_actions(
            [action_from(row, hypothetical=True) for row in case["actions"]]
        )
    found = determine(register, _query(case["query"]))
    assert found.outcome == case["outcome"], [step.text for step in found.trace[:4]]
    wanted = case.get("decides") or {}
    if wanted:
        step = found.deciding
        assert step is not None
        assert step.number == wanted["number"]
        assert step.article == wanted.get("article", step.article)
        assert wanted.get("source", step.sources[0]) in step.sources
    for phrase in case.get("missing", ()):
        assert any(phrase in fact for fact in found.missing), found.missing
    if "knowledge_ends" in case:
        assert found.knowledge_ends == case["knowledge_ends"]


def test_there_are_enough_cases() -> None:
    outcomes = {case.values[0]["outcome"] for case in ALL}
    assert len(ALL) >= 25
    assert outcomes == {"FREE", "LICENCE_REQUIRED", "PROHIBITED", "UNKNOWN_REFER"}
