"""The cases written by experts, on every pack that has some."""

from datetime import date

import pytest

from coercivity.catalogue import open_pack
from coercivity.controls import Outcome, Query, build_register, determine
from mutate_pack import is_caught, measure, mutants
from support.control_cases import FIRST_PACK, Case, cases, check, packs_with_cases, query_of

ALL = [case for pack in packs_with_cases() for case in cases(pack)]
REGISTERS = {}


def register_of(pack):
    if pack not in REGISTERS:
        REGISTERS[pack] = build_register(open_pack(pack))
    return REGISTERS[pack]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in ALL])
def test_case(case):
    check(case, register_of(case.pack))


def test_there_are_enough_cases_and_each_outcome_is_among_them():
    asked = [case for case in ALL if "query" in case.values and case.pack == FIRST_PACK]
    assert len({case.name.split(".")[0] for case in asked}) >= 150
    assert {case.values["outcome"] for case in asked} == {outcome.value for outcome in Outcome}


def test_a_state_believed_later_equals_the_record():
    day = date(2025, 12, 1)
    asked = Query(item="rare_earth_line_service", origin="CN", destination="IN", on=day)
    assert determine(register_of(FIRST_PACK), asked).outcome == "FREE"


@pytest.mark.parametrize(
    "field", ["outcome", "decides", "missing", "notes", "silent", "knowledge_ends"]
)
def test_a_case_with_a_wrong_expectation_fails(field):
    case = next(c for c in ALL if c.values.get("notes") and c.values["outcome"] == "UNKNOWN_REFER")
    wrong = {
        "outcome": "FREE",
        "decides": {"number": "0/1900"},
        "missing": ["something else"],
        "notes": ["no_measure"],
        "silent": case.values["notes"],
        "knowledge_ends": date(1900, 1, 1),
    }
    changed = Case(case.name, case.pack, {**case.values, field: wrong[field]})
    with pytest.raises(AssertionError):
        check(changed, register_of(case.pack))


def test_some_changes_of_the_pack_are_caught():
    register, some = register_of(FIRST_PACK), cases()
    assert not is_caught(register, some)
    sample = [m for number, m in enumerate(mutants(register)) if number % 70 == 7]
    assert len(sample) >= 10
    caught = [is_caught(mutant.register, some) for mutant in sample]
    assert sum(caught) / len(caught) >= 0.9


@pytest.mark.slow
@pytest.mark.parametrize("pack", packs_with_cases())
def test_nearly_every_change_of_a_pack_is_caught(pack):
    found = measure(pack)
    assert found["caught_share"] >= 0.95, found["missed"]


def test_questions_are_read_with_their_time_zone():
    case = next(c for c in ALL if "20:00:00" in str(c.values.get("query", {}).get("day")))
    assert query_of(case.values["query"]).on.tzinfo is not None
