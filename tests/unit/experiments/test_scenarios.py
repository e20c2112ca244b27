"""Scenarios are read, extended and checked; hypotheses stay out of the register."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from coercivity.catalogue import Pack, open_pack
from coercivity.controls import build_register
from coercivity.errors import InputError, NotFoundError
from coercivity.experiments import find_scenario, load_scenarios
from support.small_pack import TEXT, write_small_pack


def test_scenarios_come_in_the_order_of_the_file_with_their_parts(small: Pack) -> None:
    found = load_scenarios(small)
    assert [s.id for s in found] == [
        "free",
        "closed",
        "licensed",
        "granted",
        "relaxed",
        "revoked",
        "as_told",
    ]
    free, closed = found[0], found[1]
    assert free.instruments == ()
    assert free.licences == ()
    assert closed.instruments == ("act_1",)
    assert find_scenario(found, "licensed").instruments is None
    granted = find_scenario(found, "granted").grants[0]
    assert (granted.holders, granted.on, granted.quantity) == (
        ("country:SE",),
        date(2025, 2, 10),
        "half",
    )


def test_extending_takes_over_actions_grants_and_caps_but_not_instruments(small: Pack) -> None:
    found = load_scenarios(small)
    relaxed = find_scenario(found, "relaxed")
    assert [g.id for g in relaxed.grants] == ["grant_se"]
    assert [a.id for a in relaxed.actions] == ["relax_fi"]
    assert relaxed.licences == ()


def test_hypothetical_actions_are_marked_and_never_enter_the_register(small: Pack) -> None:
    relaxed = find_scenario(load_scenarios(small), "relaxed")
    assert all(action.hypothetical for action in relaxed.actions)
    assert "relax_fi" not in {a.id for a in build_register(small).actions}


def _broken(tmp_path: Path, old: str, new: str) -> Pack:
    text = TEXT["scenarios.yaml"]
    assert old in text
    return open_pack(write_small_pack(tmp_path, scenarios_yaml=text.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("instruments: [act_1]", "instruments: [act_9]", "no instrument is called 'act_9'"),
        ("series: wire_exports", "series: no_such", "names series 'no_such'"),
        ('"country:SE"', '"country:ZZ"', "'ZZ' is not a country code"),
        ('"country:SE"', "nobody", "holder 'nobody' is no party"),
        ("extends: licensed", "extends: never", "it extends 'never'"),
        ("  unknown_open: open_after\n", "", "no probability is named"),
        ("extends: licensed", "extends: relaxed", "extends itself"),
    ],
)
def test_a_wrong_scenario_is_named_with_file_and_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    with pytest.raises(InputError, match="problems in the scenarios") as caught:
        load_scenarios(_broken(tmp_path, old, new))
    problems = [p for p in caught.value.problems if message in p.what]
    assert problems, caught.value.problems
    assert problems[0].where.startswith("scenarios.yaml:")
    assert caught.value.exit_code == 3


def test_an_unknown_scenario_lists_those_there_are(small: Pack) -> None:
    with pytest.raises(NotFoundError, match="closed") as caught:
        find_scenario(load_scenarios(small), "war")
    assert caught.value.exit_code == 4


def test_the_first_pack_has_the_nine_scenarios_each_with_a_sentence(pack: Pack) -> None:
    found = load_scenarios(pack)
    assert [s.id for s in found] == [
        "no_controls",
        "april_controls_no_licences",
        "reported_licences",
        "us_only_relaxation",
        "relaxation_extended_to_india",
        "all_pending_approved",
        "licences_revoked",
        "suspension_lapses",
        "as_reported",
    ]
    assert all(len(s.sentence) > 60 and "20" in s.sentence for s in found)
    lapses = find_scenario(found, "suspension_lapses")
    assert {a.start for a in lapses.actions} == {date(2026, 11, 10)}
    india = find_scenario(found, "relaxation_extended_to_india")
    assert [a.destinations for a in india.actions] == [("US",), ("IN",)]
    assert find_scenario(found, "as_reported").caps[0].series == "china_magnet_exports_t"
