"""Plans: gates on known days, licence room to the right lanes, caps by month."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from coercivity.catalogue import Pack, open_pack
from coercivity.engine.schedule import LICENCE_ONLY, NEVER, OPEN, UNKNOWN
from coercivity.errors import InputError, NotFoundError
from coercivity.experiments import Ensemble, load_scenarios, plan_scenario, prepare
from coercivity.experiments.room import Allowance, LaneLabels, covered_lanes
from support.small_pack import TEXT, write_small_pack

FI, SE = 0, 1


def gate(run: Ensemble, scenario: str, lane: int, day: date) -> int:
    schedule = run.plans[scenario].schedule
    destinations = run.network.lanes["destination"].tolist()
    assert destinations == ["FI", "SE"]
    return int(schedule.gate[schedule.segment_of(schedule.index_of(day)), lane])


def test_gates_change_on_the_days_the_acts_say(run: Ensemble) -> None:
    assert gate(run, "closed", FI, date(2025, 1, 31)) == OPEN
    assert gate(run, "closed", FI, date(2025, 2, 1)) == LICENCE_ONLY
    assert gate(run, "free", FI, date(2025, 2, 1)) == OPEN


def test_a_suspension_that_ran_out_is_unknown_and_only_where_it_applied(run: Ensemble) -> None:
    assert gate(run, "licensed", SE, date(2025, 3, 31)) == LICENCE_ONLY
    assert gate(run, "licensed", SE, date(2025, 4, 1)) == UNKNOWN
    assert gate(run, "licensed", FI, date(2025, 4, 1)) == LICENCE_ONLY


def test_a_hypothetical_relaxation_opens_one_destination_only(run: Ensemble) -> None:
    assert gate(run, "relaxed", FI, date(2025, 2, 14)) == LICENCE_ONLY
    assert gate(run, "relaxed", FI, date(2025, 2, 15)) == OPEN
    assert gate(run, "relaxed", SE, date(2025, 2, 15)) == LICENCE_ONLY


def test_every_gate_that_is_not_open_has_a_reason_that_names_the_measure(run: Ensemble) -> None:
    for planned in run.plans.values():
        schedule = planned.schedule
        closed = schedule.gate != OPEN
        assert (schedule.reason[closed] >= 0).all()
        for position in np.unique(schedule.reason[closed]):
            reason = schedule.reasons[position]
            assert reason.refs[0] in {"act_1_wire", "act_2_wire"}


def test_unknown_gates_open_in_the_members_drawn_open(run: Ensemble) -> None:
    schedule = run.plans["licensed"].schedule
    assert (schedule.unknown_open == (run.draws["open_after"] > 0.5)).all()
    assert 0.3 < schedule.unknown_open.mean() < 0.7
    assert not run.plans["closed"].schedule.unknown_open.any()


def test_a_licence_gives_its_tonnes_to_its_holder_from_its_first_day(run: Ensemble) -> None:
    planned = run.plans["licensed"].room
    assert planned.room is not None
    assert planned.importers == ("maker_fi",)
    assert planned.room.lane_licence.tolist() == [0, -1]
    assert (planned.room.credit_amount == 8.0).all()
    assert (planned.room.credit_day == (date(2025, 3, 1) - date(2025, 1, 1)).days).all()


def test_a_share_is_one_of_the_baseline_flow_over_the_validity(run: Ensemble) -> None:
    planned = run.plans["granted"].room
    assert planned.room is not None
    row = planned.room.credit_ids.index("grant_se")
    days = (date(2025, 5, 1) - date(2025, 2, 10)).days
    assert planned.room.credit_amount[row] == pytest.approx(0.5 * 50 * 0.01 * days)


def test_a_revocation_ends_what_began_before_it(run: Ensemble) -> None:
    room = run.plans["revoked"].room.room
    assert room is not None
    assert set(room.credit_expiry[:, 0]) == {(date(2025, 3, 10) - date(2025, 1, 1)).days}
    unrevoked = run.plans["granted"].room.room
    assert unrevoked is not None
    assert NEVER in set(unrevoked.credit_expiry[:, 0].tolist())


def test_caps_follow_the_months_and_a_month_without_total_is_said_to_have_none(
    run: Ensemble,
) -> None:
    planned = run.plans["as_told"]
    caps = planned.schedule.caps
    assert caps is not None
    assert caps.carry
    assert caps.days.tolist() == [0, 31, 59, 90]
    assert caps.rate[:2, 0, 0] == pytest.approx([20 / 31, 9 / 28])
    assert np.isinf(caps.rate[2:]).all()
    assert caps.lane_cap.tolist() == [0, 0]
    assert any("2025-03" in note and "no cap" in note for note in planned.assumptions)
    assert not any("2025-04" in note for note in planned.assumptions)


def test_a_licence_that_covers_no_lane_is_said_to_change_nothing(tmp_path: Path) -> None:
    text = TEXT["scenarios.yaml"].replace('holders: ["country:SE"]', 'holders: ["country:FR"]')
    pack = open_pack(write_small_pack(tmp_path, scenarios_yaml=text))
    setting = prepare(pack, members=8)
    granted = next(s for s in load_scenarios(pack) if s.id == "granted")
    notes = plan_scenario(setting, granted).assumptions
    assert any("grant_se covers no lane" in note for note in notes)


def test_a_cap_on_lanes_without_one_unit_is_refused(tmp_path: Path) -> None:
    text = TEXT["scenarios.yaml"].replace(
        'origin: "NO", items: [wire]', "origin: FR, items: [wire]"
    )
    pack = open_pack(write_small_pack(tmp_path, scenarios_yaml=text))
    setting = prepare(pack, members=8)
    with pytest.raises(InputError, match="covers no lane") as caught:
        plan_scenario(setting, next(s for s in load_scenarios(pack) if s.id == "as_told"))
    assert caught.value.problem.where.startswith("scenarios.yaml:")


def test_an_instrument_that_is_not_in_the_register_is_refused(small: Pack) -> None:
    from dataclasses import replace

    setting = prepare(small, members=8)
    with pytest.raises(NotFoundError, match="act_9"):
        plan_scenario(setting, replace(load_scenarios(small)[1], instruments=("act_9",)))


def _allow(**changes: object) -> Allowance:
    given: dict[str, object] = {
        "id": "a",
        "holders": ("*",),
        "items": ("wire",),
        "from_day": 0,
        "until_day": NEVER,
        "quantity": np.ones(1),
        "unit": "t",
    }
    return Allowance(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [True, True, False]),
        ({"holders": ("maker_fi",)}, [True, False, False]),
        ({"holders": ("parent_fi",)}, [True, False, False]),
        ({"holders": ("mill",)}, [True, True, False]),
        ({"holders": ("country:EU",)}, [True, True, False]),
        ({"holders": ("country:NO",)}, [False, False, False]),
        ({"items": ("metalware",)}, [True, True, True]),
        ({"destination": "SE"}, [False, True, False]),
        ({"origin": "DK"}, [False, False, False]),
        ({"exporters": ("other",)}, [False, False, False]),
    ],
)
def test_which_lanes_a_licence_covers(changes: dict[str, object], expected: list[bool]) -> None:
    lanes = LaneLabels.of(
        {
            "item": ["wire", "wire", "rod"],
            "origin": ["NO", "NO", "NO"],
            "destination": ["FI", "SE", "FI"],
            "exporter": ["mill", "mill", "mill"],
            "importer": ["maker_fi", "maker_se", "maker_fi"],
        }
    )
    found = covered_lanes(
        _allow(**changes),
        lanes,
        item_parents={"wire": ("metalware",), "rod": ("metalware",)},
        party_parents={"maker_fi": "parent_fi"},
    )
    assert found.tolist() == expected
