"""Places in the queue: what relief for one destination is worth to the others, and no more."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from coercivity.catalogue import open_pack
from coercivity.claims.quantities import GRADE_WEIGHTS
from coercivity.errors import NotFoundError
from coercivity.experiments.ensemble import plan_scenario, prepare
from coercivity.experiments.queues import (
    Queue,
    QueueLine,
    extra_decisions,
    load_queues,
    queue_allowances,
)
from coercivity.experiments.scenarios import QueueRelief, find_scenario, load_scenarios
from coercivity.licences import load_application_counts
from coercivity.licences.time_to_decision import estimate_decision_times, usable_readings

MONDAY = date(2025, 1, 6)
QUEUE = Queue(
    id="desk",
    title="A desk",
    authority="office",
    instrument="order",
    start=MONDAY,
    discipline="shared",
    statutory="law",
    capacity="capacity",
    validity="validity",
    tranche_days=7,
    lines=(
        QueueLine("AA", "waiting_aa", "arrivals", "approval", "coverage", ("lamp",)),
        QueueLine("BB", "waiting_bb", "arrivals"),
    ),
)
DRAWS = {
    "waiting_aa": np.array([10.0, 10.0]),
    "waiting_bb": np.array([90.0, 0.0]),
    "arrivals": np.zeros(2),
    "capacity": np.array([2.0, 2.0]),
    "approval": np.array([0.5, 1.0]),
    "coverage": np.array([0.4, 0.4]),
    "validity": np.array([100.0, 50.0]),
}
UNITS = {"validity": "day", "coverage": "1", "approval": "1"}
RELIEF = QueueRelief("bb_is_free", "desk", "BB", MONDAY)


def test_extra_decisions_are_those_the_relieved_leave_behind() -> None:
    calendar = [MONDAY + timedelta(days=n) for n in range(5)]
    extra = extra_decisions(QUEUE, [RELIEF], DRAWS, calendar=calendar)
    # With BB's ninety gone AA gets both of a day's decisions instead of a tenth of them; in the
    # other member nobody of BB waited, so nothing is gained.
    assert extra[0, :, 0] == pytest.approx(np.arange(1, 6) * (2.0 - 0.2))
    assert extra[0, :, 1] == pytest.approx(0.0)
    assert (extra[1] == 0.0).all()


def test_tranches_are_days_of_cover_for_their_validity() -> None:
    found = queue_allowances([RELIEF], {"desk": QUEUE}, DRAWS, UNITS, start=MONDAY, days=30)
    first = found[0]
    assert (first.id, first.holders, first.items) == ("desk_aa_1", ("country:AA",), ("lamp",))
    assert (first.from_day, first.until_day, first.unit) == (5, 105, "day")
    # Nine of ten decided, half approved, covering 0.4 of the flow for a hundred days.
    assert first.quantity == pytest.approx([9.0 / 10 * 0.5 * 0.4 * 100, 0.0])
    # AA's ten are decided in the first week and a half: later weeks give what is left, then none.
    total = sum(allowance.quantity for allowance in found)
    assert total[0] <= 0.5 * 0.4 * 100
    assert all(allowance.from_day < 30 for allowance in found)


def test_a_batch_that_takes_places_gives_nobody_a_licence() -> None:
    takes = QueueRelief("batch", "desk", "BB", MONDAY, leaves=0.0, takes="arrivals")
    draws = DRAWS | {"arrivals": np.array([1.0, 1.0])}
    assert not queue_allowances([takes], {"desk": QUEUE}, draws, UNITS, start=MONDAY, days=30)


def test_unknown_queues_and_lines_are_named() -> None:
    with pytest.raises(NotFoundError, match="no queue is called 'desk'"):
        queue_allowances([RELIEF], {}, DRAWS, UNITS, start=MONDAY, days=30)
    stranger = QueueRelief("x", "desk", "CC", MONDAY)
    with pytest.raises(NotFoundError, match="no line for 'CC'"):
        queue_allowances([stranger], {"desk": QUEUE}, DRAWS, UNITS, start=MONDAY, days=30)


def test_the_us_relaxation_of_the_pack_frees_places_for_india_only_there() -> None:
    pack = open_pack("rare_earth_magnets")
    setting = prepare(pack, members=8, seed=1)
    scenarios = load_scenarios(pack)
    with_queue = plan_scenario(setting, find_scenario(scenarios, "us_only_relaxation"))
    without = plan_scenario(setting, find_scenario(scenarios, "reported_licences"))
    assert any("mofcom_rare_earths_in_1" in names for names in with_queue.room.allowances)
    assert not any("mofcom_rare_earths" in n for names in without.room.allowances for n in names)
    assert any(note.startswith("us_buyers_leave_the_queue") for note in with_queue.assumptions)


def test_the_share_approved_in_the_pack_is_the_estimate_from_its_counts() -> None:
    pack = open_pack("rare_earth_magnets")
    queue = load_queues(pack)["mofcom_rare_earths"]
    instruments = {row["id"]: row for row in pack.table("instruments")}
    since = instruments[queue.instrument]["published_on"]
    weights = {key: GRADE_WEIGHTS[source.grade] for key, source in pack.sources.items()}
    readings = usable_readings(
        load_application_counts(pack), country="IN", since=since, weights=weights
    )
    times = estimate_decision_times(readings, country="IN", since=since, draws=20_000, seed=0)
    row = next(r for r in pack.table("quantities") if r["id"] == "india_approval_share")
    low, high = np.quantile(times.approval_share, [0.05, 0.95])
    assert (row["low"], row["high"]) == (
        pytest.approx(low, abs=0.01),
        pytest.approx(high, abs=0.01),
    )
