"""The cases written by experts, on the first pack."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from coercivity.controls import Query, action_from, build_register, determine

CASES = Path(__file__).resolve().parents[2] / "cases" / "controls"


def _load() -> list[Any]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text("utf-8"))):
            found.append(pytest.param(case, id=f"{path.stem}:{number}:{case['case']}"))
    return found


ALL = _load()


@pytest.fixture(scope="module")
def register(pack):
    return build_register(pack)


def _query(given: dict[str, Any]) -> Query:
    on = given["day"]
    return Query(
        item=given["item"],
        origin=given["from"],
        destination=given["to"],
        on=datetime.fromisoformat(on) if isinstance(on, str) else on,
        end_use=given.get("end_use", "civil"),
        end_user=given.get("end_user"),
        known_at=given.get("known_at"),
        contains=tuple(given["contains"]) if "contains" in given else None,
        origin_content_share=given.get("content_share"),
        owned_by=tuple(given["owned_by"].items()) if "owned_by" in given else None,
        hs_code=given.get("hs_code"),
    )


@pytest.mark.parametrize("case", ALL)
def test_case(case: dict[str, Any], register: Any) -> None:
    known = {
        "case",
        "query",
        "outcome",
        "decides",
        "missing",
        "knowledge_ends",
        "assumed",
        "actions",
    }
    assert set(case) <= known, "a key that nothing checks"
    if "actions" in case:
        register = register.with_actions(
            [action_from(row, hypothetical=True) for row in case["actions"]]
        )
    found = determine(register, _query(case["query"]))
    assert found.outcome == case["outcome"], [step.text for step in found.trace[:4]]
    if case["outcome"] == "FREE":
        assert found.deciding is None or found.deciding.effect == "exempt"
    _check_decides(case, found)
    for phrase in case.get("missing", ()):
        assert any(phrase in fact for fact in found.missing), found.missing
    for phrase in case.get("assumed", ()):
        assert any(phrase in fact for fact in found.assumed), found.assumed
    if "knowledge_ends" in case:
        assert found.knowledge_ends == case["knowledge_ends"]


def _check_decides(case: dict[str, Any], found: Any) -> None:
    wanted = case.get("decides")
    if wanted is None:
        return
    step = found.deciding
    assert step is not None
    assert step is found.trace[0]
    assert step.decides
    assert step.number == wanted["number"]
    assert step.sources
    if "article" in wanted:
        assert step.article == wanted["article"]
    if "source" in wanted:
        assert wanted["source"] in step.sources


def test_there_are_enough_cases_and_each_outcome_is_among_them() -> None:
    outcomes = {case.values[0]["outcome"] for case in ALL}
    assert len(ALL) >= 60
    assert outcomes == {
        "FREE",
        "DECLARATION",
        "LICENCE_REQUIRED",
        "PRESUMED_DENIED",
        "PROHIBITED",
        "UNKNOWN_REFER",
    }


def test_every_case_that_is_not_free_names_what_would_make_it_free(register: Any) -> None:
    for case in (case.values[0] for case in ALL):
        if "actions" in case or case["outcome"] == "FREE":
            continue
        found = determine(register, _query(case["query"]))
        assert found.free_if
        if case["outcome"] == "UNKNOWN_REFER":
            assert found.missing


def test_a_state_believed_later_equals_the_record(register: Any) -> None:
    day = date(2025, 12, 1)
    asked = Query(item="rare_earth_line_service", origin="CN", destination="IN", on=day)
    assert determine(register, asked).outcome == "FREE"
